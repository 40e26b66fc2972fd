"""Time, memory and work of one evaluation: asked before every operation."""

from __future__ import annotations

import time

from engine.lab import limits
from engine.tensors.lab.trouble import TroubleError

_PATIENCE = 5
"""A busy computer may take so many times longer by the clock than the work itself takes."""
_SMALLER = "Take fewer rounds or smaller tensors."


class Budget:
    """Counts what one evaluation uses. Every method raises TroubleError when it is too much."""

    def __init__(self) -> None:
        self._end = time.thread_time() + limits.SECONDS
        self._latest = time.monotonic() + _PATIENCE * limits.SECONDS
        self._operations = 0
        self._elements = 0

    def operations(self, count: int = 1) -> None:
        """These many operations are about to run."""
        self._operations += count
        if self._operations > limits.OPERATIONS:
            raise TroubleError(f"The text does more than {limits.OPERATIONS:,} operations.", _SMALLER)
        if time.thread_time() > self._end or time.monotonic() > self._latest:
            raise TroubleError(f"The text computes for more than {limits.SECONDS:g} seconds.", _SMALLER)

    def elements(self, count: int, of_one: bool = True) -> None:
        """A tensor with these many elements is about to be made or written down."""
        if of_one and count > limits.ELEMENTS:
            raise TroubleError(
                f"This would make a tensor of {_shown(count)} elements; the lab takes {limits.ELEMENTS:,}.", _SMALLER
            )
        self._elements += count
        if self._elements > limits.ALL_ELEMENTS:
            raise TroubleError("All tensors of the text together are too large for the lab.", _SMALLER)


def _shown(count: int) -> str:
    return f"{count:,}" if count < 10**15 else "far too many"
