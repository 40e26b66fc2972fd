"""The traced steps are the textbook's, bit for bit: losses, weights, gradients, optimizer, random stream, curves."""

from __future__ import annotations

import pytest

from tests.engine.tensors.fast.swaps import by_the_textbook, combination, differences, swapping

COMBINATIONS, STEPS = 60, 30
"""In full, as it was judged: `python -m tests.engine.tensors.fast`."""


@pytest.mark.parametrize("first", range(0, COMBINATIONS, 10))
def test_random_models_losses_and_optimizers_with_swaps_at_random_steps(first: int) -> None:
    for number in range(first, first + 10):
        check(number, STEPS)


def check(number: int, steps: int) -> None:
    """Train one combination both ways; where the textbook ends in NaN, so does the other, at the same step and as it."""
    project = combination(number)
    textbook, end = by_the_textbook(project, steps)
    traced, same_end = swapping(project, steps, number)
    assert (end, differences(textbook, traced)) == (same_end, []), f"combination {number}"
