"""Fewest points that draw the same line: the least and the greatest of every bucket, kept while the series grows.

A curve of a million steps is drawn with two points a pixel; no peak is lost (performance.md, "The window while training").
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FACTOR = 16


class _Level:
    """Complete buckets of one size: first step, least and greatest value of each, in growing arrays."""

    def __init__(self) -> None:
        self._rows = np.empty((64, 3))
        self.count = 0

    @property
    def rows(self) -> Floats:
        return self._rows[: self.count]

    def extend(self, rows: Floats) -> None:
        needed = self.count + len(rows)
        if needed > len(self._rows):
            grown = np.empty((max(needed, 2 * len(self._rows)), 3))
            grown[: self.count] = self.rows
            self._rows = grown
        self._rows[self.count : needed] = rows
        self.count = needed


class Pyramid:
    """Min/max levels over a series whose raw points stay where they are."""

    def __init__(self) -> None:
        self._levels: list[_Level] = []

    def update(self, steps: Floats, values: Floats) -> None:
        """Take in what was appended since the last call; `steps` and `values` are the whole series."""
        below_count = len(values)
        index = 0
        while below_count // FACTOR > 0:
            if index == len(self._levels):
                self._levels.append(_Level())
            level = self._levels[index]
            complete = below_count // FACTOR
            if complete > level.count:
                span = slice(level.count * FACTOR, complete * FACTOR)
                if index == 0:
                    part = np.column_stack([steps[span], values[span], values[span]])
                else:
                    part = self._levels[index - 1].rows[span]
                level.extend(_reduced(part))
            below_count = level.count
            index += 1

    def drawn(self, steps: Floats, values: Floats, low: float, high: float, pixels: int) -> tuple[Floats, Floats]:
        """Points to draw between the steps `low` and `high`: all, or at least two a pixel."""
        first = max(0, int(np.searchsorted(steps, low)) - 1)
        last = min(len(steps), int(np.searchsorted(steps, high, side="right")) + 1)
        depth, size = -1, 1
        while depth + 1 < len(self._levels) and (last - first) / (size * FACTOR) >= 2 * pixels:
            depth, size = depth + 1, size * FACTOR
        if depth < 0:
            return steps[first:last], values[first:last]
        rows = self._levels[depth].rows[first // size : last // size]
        tail = max(first, (last // size) * size)
        x = np.concatenate([np.repeat(rows[:, 0], 2), steps[tail:last]])
        y = np.concatenate([rows[:, 1:].reshape(-1), values[tail:last]])
        return x, y


def _reduced(rows: Floats) -> Floats:
    buckets = rows.reshape(-1, FACTOR, 3)
    return np.column_stack([buckets[:, 0, 0], buckets[:, :, 1].min(axis=1), buckets[:, :, 2].max(axis=1)])
