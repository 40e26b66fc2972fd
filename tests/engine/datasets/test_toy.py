"""The drawn sets: their geometry without noise, their size, their seed."""

import numpy as np
import pytest
import sklearn.datasets

from engine.datasets import DATASETS, DataError, Dataset, load
from engine.fields import Value
from engine.spec import Choice

TOYS = ("moons", "circles", "xor", "spiral", "blobs")


def made(kind: str, **values: Value) -> Dataset:
    return load(DATASETS[kind].choose(values))


@pytest.mark.parametrize("kind", TOYS)
@pytest.mark.parametrize("n", [10, 31, 400])
def test_size_types_and_balance(kind: str, n: int) -> None:
    data = made(kind, n=n)
    assert (data.features.shape, data.features.dtype) == ((n, 2), np.float32)
    assert (data.targets.shape, data.targets.dtype) == ((n,), np.int64)
    counts = np.bincount(data.targets.astype(np.int64), minlength=len(data.class_names))
    assert len(counts) == len(data.class_names)
    if kind != "xor":
        assert counts.max() - counts.min() <= 1
    assert data.feature_names == ("x1", "x2")


@pytest.mark.parametrize("kind", TOYS)
def test_the_seed_fixes_the_rows(kind: str) -> None:
    first, other = made(kind, seed=3), made(kind, seed=4)
    np.testing.assert_array_equal(
        first.features, DATASETS[kind].make(**dict(DATASETS[kind].choose({"seed": 3}).values))[0]
    )
    assert not np.array_equal(first.features, other.features)


@pytest.mark.parametrize("kind", TOYS)
def test_noise_moves_points_by_its_standard_deviation(kind: str) -> None:
    clean, noisy = made(kind, n=20_000, noise=0.0), made(kind, n=20_000, noise=0.2)
    np.testing.assert_array_equal(clean.targets, noisy.targets)
    moved = noisy.features.astype(np.float64) - clean.features
    assert moved.std() == pytest.approx(0.2, rel=0.02)
    assert moved.mean() == pytest.approx(0, abs=0.005)


@pytest.mark.parametrize("n", [10, 33])
def test_moons_and_circles_without_noise_are_scikit_learns(n: int) -> None:
    points, classes = sklearn.datasets.make_moons(n, shuffle=False, noise=None)
    np.testing.assert_allclose(made("moons", n=n, noise=0.0).features, points, atol=1e-6)
    np.testing.assert_array_equal(made("moons", n=n).targets, classes)
    points, classes = sklearn.datasets.make_circles(n, shuffle=False, noise=None, factor=0.3)
    np.testing.assert_allclose(made("circles", n=n, noise=0.0, factor=0.3).features, points, atol=1e-6)
    np.testing.assert_array_equal(made("circles", n=n).targets, classes)


def test_xor_is_one_where_the_signs_differ() -> None:
    data = made("xor", n=1000, noise=0.0)
    x1, x2 = data.features.T
    np.testing.assert_array_equal(data.targets, (x1 * x2 < 0).astype(np.int64))
    assert np.abs(data.features).max() <= 1
    assert 400 < data.targets.astype(np.int64).sum() < 600


def test_spiral_arms_are_turned_copies_of_each_other() -> None:
    data = made("spiral", n=300, classes=3, noise=0.0, turns=1.5)
    first, second, third = (data.features[data.targets == arm].astype(np.float64) for arm in range(3))
    c, s = np.cos(2 * np.pi / 3), np.sin(2 * np.pi / 3)
    turn = np.array([[c, -s], [s, c]])
    np.testing.assert_allclose(second, first @ turn.T, atol=1e-6)
    np.testing.assert_allclose(third, second @ turn.T, atol=1e-6)
    radius = np.hypot(*first.T)
    np.testing.assert_allclose((radius[0], radius[-1]), (0.1, 1.0), rtol=1e-6)
    np.testing.assert_allclose(first[-1], (-1.0, 0.0), atol=1e-6)  # one and a half turns


def test_blobs_stand_around_centres_on_the_unit_circle() -> None:
    data = made("blobs", n=40_000, classes=4, noise=0.3)
    for label, centre in enumerate([(1, 0), (0, 1), (-1, 0), (0, -1)]):
        cloud = data.features[data.targets == label].astype(np.float64)
        np.testing.assert_allclose(cloud.mean(axis=0), centre, atol=0.02)
        np.testing.assert_allclose(cloud.std(axis=0), 0.3, rtol=0.05)


def test_points_are_the_typed_rows() -> None:
    data = made("points", rows=((1.0, 2.0, 3.0), (4.0, 5.0, 6.0)))
    assert (data.task, data.feature_names) == ("regression", ("x1", "x2"))
    np.testing.assert_array_equal(data.features, np.array([[1, 2], [4, 5]], dtype=np.float32))
    np.testing.assert_array_equal(data.targets, np.array([[3], [6]], dtype=np.float32))
    assert (data.features.dtype, data.targets.dtype) == (np.float32, np.float32)


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        (Choice("points", (("rows", ((1.0,), (2.0,))),)), "at least one feature"),
        (Choice("points", (("rows", ((1e300, 2.0),)),)), "too large"),
        (Choice("points", (("rows", ((1.0, -1e39),)),)), "too large"),
        (Choice("points", (("rows", ()),)), "a table of numbers"),
        (Choice("moons", (("n", 9),)), "Rows must be a whole number at least 10"),
        (Choice("moons", (("colour", 9),)), "no parameter “colour”"),
        (Choice("sun"), "no data set “sun”; the known ones are: moons"),
    ],
)
def test_unusable_choices_are_told(choice: Choice, text: str) -> None:
    with pytest.raises(DataError, match=text):
        load(choice)


def test_loaded_rows_cannot_be_changed() -> None:
    data = made("moons")
    with pytest.raises(ValueError, match="read-only"):
        data.features[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        data.targets[0] = 1
