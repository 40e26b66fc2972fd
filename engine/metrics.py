"""Numbers of a run over time: one writer, any number of readers, each with its own cursor, no lock."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STEP_LOSS = "step_loss"
TRAIN_LOSS = "train_loss"
VALIDATION_LOSS = "val_loss"
TRAIN_ACCURACY = "train_accuracy"
VALIDATION_ACCURACY = "val_accuracy"
RATE = "learning_rate"
PENALTY = "penalty"
SERIES = (STEP_LOSS, TRAIN_LOSS, VALIDATION_LOSS, TRAIN_ACCURACY, VALIDATION_ACCURACY, RATE, PENALTY)

Floats = NDArray[np.float64]


class _Series:
    """Growing pair of arrays. The writer fills a row and only then raises `count`, so a reader never sees a half row."""

    __slots__ = ("_rows", "count")

    def __init__(self) -> None:
        self._rows = np.empty((256, 2), dtype=np.float64)
        self.count = 0

    def extend(self, steps: Floats, values: Floats) -> None:
        needed = self.count + len(values)
        if needed > len(self._rows):
            grown = np.empty((max(needed, 2 * len(self._rows)), 2), dtype=np.float64)
            grown[: self.count] = self._rows[: self.count]
            self._rows = grown
        self._rows[self.count : needed, 0] = steps
        self._rows[self.count : needed, 1] = values
        self.count = needed

    def since(self, cursor: int) -> tuple[Floats, Floats, int]:
        count, rows = self.count, self._rows
        part = rows[cursor:count]
        return part[:, 0], part[:, 1], count


class MetricLog:
    """The log of one run (one `generation`). Steps are optimizer steps done so far; an epoch's value stands at its last step;
    its learning rate is that of the step after it."""

    def __init__(self, generation: int, steps_per_epoch: int) -> None:
        self.generation = generation
        self.steps_per_epoch = steps_per_epoch
        self._series = {name: _Series() for name in SERIES}
        self.changes: list[tuple[int, str]] = []
        """(step, sentence) for every hyper-parameter that was changed while the run went on."""

    def append(self, name: str, step: float, value: float) -> None:
        """Engine thread only."""
        self._series[name].extend(np.array([step]), np.array([value]))

    def extend(self, name: str, steps: Floats, values: Floats) -> None:
        """Engine thread only: many steps at once."""
        self._series[name].extend(steps, values)

    def since(self, name: str, cursor: int = 0) -> tuple[Floats, Floats, int]:
        """Steps and values recorded from `cursor` on, and the next cursor. Any thread."""
        return self._series[name].since(cursor)

    def mean_of_batches(self, step: int) -> float | None:
        """The plain mean of the batches' losses of the epoch that ends at this step; None where no epoch ends.

        The loss of the epoch is another number when the last batch is shorter: it weighs every row alike.
        """
        steps, values, _ = self.since(STEP_LOSS)
        inside = values[(steps > step - self.steps_per_epoch) & (steps <= step)]
        if step <= 0 or step % self.steps_per_epoch or len(inside) != self.steps_per_epoch:
            return None
        return float(inside.mean())

    def last(self, name: str) -> float | None:
        _, values, count = self.since(name, max(0, self._series[name].count - 1))
        return float(values[-1]) if count and len(values) else None
