"""Thinned curves lose no peak, and short ones lose nothing."""

import numpy as np
import pytest

from gui.curves.pyramid import Pyramid


def series(count, seed=0):
    rng = np.random.default_rng(seed)
    return np.arange(1.0, count + 1), rng.normal(size=count)


def test_a_short_series_is_drawn_as_it_is():
    steps, values = series(500)
    pyramid = Pyramid()
    pyramid.update(steps, values)
    x, y = pyramid.drawn(steps, values, -np.inf, np.inf, 400)
    assert np.array_equal(x, steps)
    assert np.array_equal(y, values)


@pytest.mark.parametrize("count", [100_003, 1_000_000])
def test_a_long_series_keeps_its_extremes_and_few_points(count):
    steps, values = series(count)
    values[count // 3] = 99.0
    values[count // 2] = -99.0
    pyramid = Pyramid()
    pyramid.update(steps, values)
    x, y = pyramid.drawn(steps, values, -np.inf, np.inf, 800)
    assert y.max() == 99.0
    assert y.min() == -99.0
    assert len(x) == len(y) <= 800 * 2 * 16 * 2 + 32
    assert np.all(np.diff(x) >= 0)


def test_growing_bit_by_bit_equals_all_at_once():
    steps, values = series(20_000)
    at_once, growing = Pyramid(), Pyramid()
    at_once.update(steps, values)
    for end in (1, 15, 16, 17, 300, 5_000, 5_001, 20_000):
        growing.update(steps[:end], values[:end])
    for pixels in (50, 200, 4000):
        expected = at_once.drawn(steps, values, -np.inf, np.inf, pixels)
        found = growing.drawn(steps, values, -np.inf, np.inf, pixels)
        assert np.array_equal(expected[0], found[0])
        assert np.array_equal(expected[1], found[1])


def test_zooming_in_comes_back_to_the_raw_points():
    steps, values = series(100_000)
    pyramid = Pyramid()
    pyramid.update(steps, values)
    x, y = pyramid.drawn(steps, values, 500.0, 600.0, 800)
    assert np.array_equal(x, steps[498:601])
    assert np.array_equal(y, values[498:601])
