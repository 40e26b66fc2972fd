"""A speed limit for lectures: how many steps may be taken now, and how long there is nothing to do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.commands import LimitSpeed

if TYPE_CHECKING:
    from engine.tensors.train import Run

_SLACK = 0.05
"""Seconds by which steps may be late and still be caught up; a longer stand is no debt."""


class Pacer:
    """Spreads steps evenly over time. Without a limit it never has anybody wait. Never sleeps itself: the queue is waited at."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._gap = 0.0
        self._next = 0.0

    def limit(self, command: LimitSpeed) -> None:
        """Another limit, in steps per second; None: none."""
        self._gap = 0.0 if command.steps_per_second is None else 1.0 / command.steps_per_second
        self._next = self._clock()

    @property
    def limited(self) -> bool:
        return self._gap > 0

    def wait(self) -> float:
        """Seconds until a step may be taken; 0 when one may now."""
        return max(0.0, self._next - self._clock()) if self._gap else 0.0

    def rest(self, run: Run | None, goal: int | None) -> float:
        """Seconds for which a run on its way to a step (None: to its end) has nothing to do at all."""
        if run is None or not run.settled or (run.finished if goal is None else goal <= run.step):
            return 0.0
        return self.wait()

    def allowed(self, most: int | None) -> int | None:
        """How many of the steps that are wanted may be taken now; None: as many as fit. At least one, so wait before."""
        if not self._gap:
            return most
        due = 1 + int(min(_SLACK, max(0.0, self._clock() - self._next)) / self._gap)
        return due if most is None else min(due, most)

    def took(self, steps: int) -> None:
        """So many steps were taken."""
        if self._gap and steps:
            self._next = max(self._next, self._clock() - _SLACK) + steps * self._gap
