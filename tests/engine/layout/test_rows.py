"""Crossings and nearest places against slow, obvious ways to compute them."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.layout.rows import crossings, nearest_places


@given(st.lists(st.integers(0, 12), max_size=30))
def test_crossings_are_inversions(ends: list[int]) -> None:
    assert crossings(ends) == sum(a > b for a, b in combinations(ends, 2))


@given(
    st.lists(
        st.tuples(st.floats(-100, 100), st.floats(0.1, 10), st.floats(0, 20)),
        min_size=1,
        max_size=12,
    )
)
def test_places_keep_their_gaps_and_no_small_move_is_nearer(items: list[tuple[float, float, float]]) -> None:
    wishes, weights, gaps = [i[0] for i in items], [i[1] for i in items], [i[2] for i in items][:-1]
    places = nearest_places(wishes, weights, gaps)

    def cost(at: list[float]) -> float:
        return sum(w * (x - wish) ** 2 for x, wish, w in zip(at, wishes, weights, strict=True))

    def kept(at: list[float]) -> bool:
        return all(b - a >= gap - 1e-9 for a, b, gap in zip(at, at[1:], gaps, strict=False))

    assert all(b - a >= gap - 1e-6 for a, b, gap in zip(places, places[1:], gaps, strict=False))
    for first, last in combinations(range(len(places) + 1), 2):  # every run of neighbours, moved a little
        for move in (-0.01, 0.01):
            other = [x + move if first <= i < last else x for i, x in enumerate(places)]
            assert not kept(other) or cost(other) >= cost(places) - 1e-6


def test_wishes_that_fit_are_granted() -> None:
    assert nearest_places([0.0, 10.0, 30.0], [1.0, 1.0, 1.0], [5.0, 5.0]) == pytest.approx([0.0, 10.0, 30.0])
    assert nearest_places([0.0, 0.0], [1.0, 3.0], [4.0]) == pytest.approx([-3.0, 1.0])
    assert nearest_places([], [], []) == []
