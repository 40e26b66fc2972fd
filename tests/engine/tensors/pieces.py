"""Answers that come in pieces, waited for."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")


def finished(pieces: Generator[None, None, T]) -> T:
    """What the work comes to, done without a break."""
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
