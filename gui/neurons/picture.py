"""Where dots and lines of the neuron view stand and how strong they are: computed first, drawn by view.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF

from engine.views import Array
from gui.neurons.plan import Column, Plan
from gui.stepper.tint import largest_magnitude

Floats = NDArray[np.float64]
LEVELS = 6
"""Steps of a line's width on each side of zero."""
MOST_LINES = 1500
"""The strongest that are drawn; 8,192 take 20 ms and are a blot. A unit that is picked has all of its lines."""
SIDE, ABOVE, BELOW = 44.0, 36.0, 24.0
"""Room at the sides, for the titles and for the captions, in pixels."""
DOT_LARGEST, DOT_SMALLEST = 11.0, 2.0
_GRASP = 5.0
"""So near a line the mouse means it, in pixels."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A weight (with `source`, a unit of the column before), else the bias of a unit; in column 0 an input."""

    column: int
    unit: int
    source: int | None = None


@dataclass(slots=True)
class _Bundle:
    """The lines between two columns."""

    x1: float
    x2: float
    y1: Floats
    y2: Floats
    lines: list[QLineF]
    """Row by row of the weight: of every shown unit, from every shown unit before it."""
    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    shares: Floats
    """−1 to 1: of the largest magnitude of all."""
    levels: NDArray[np.intp]
    drawn: NDArray[np.bool_]
    batches: dict[int, list[QLineF]] = field(default_factory=dict)
    """Level, negative for negative weights → lines."""


class Picture:
    """A plan laid out in a rectangle, with values."""

    def __init__(self, plan: Plan, width: float, height: float) -> None:
        self.plan = plan
        room = max(1.0, width - 2 * SIDE)
        gaps = max(1, len(plan) - 1)
        self.xs = [SIDE + room * number / gaps for number in range(len(plan))]
        self.spacing = room / gaps
        self.ys = [_heights(column, height) for column in plan]
        pitch = min((_pitch(column, height) for column in plan), default=DOT_LARGEST)
        self.radius = float(np.clip(0.4 * pitch, DOT_SMALLEST, DOT_LARGEST))
        self.gap_y = ABOVE + (height - ABOVE - BELOW) / 2
        """Where the "…" of a column with more units than are drawn stands."""
        self.largest = 0.0
        self.values: dict[str, Array] = {}
        self._bundles = [self._bundle(number) for number in range(len(plan) - 1)]

    def show_values(self, values: Mapping[str, Array]) -> None:
        """Weights and biases by name; what is missing, or still of the network before an edit, is drawn as zero."""
        shapes = {
            parameter.name: parameter.shape
            for column in self.plan
            for parameter in (column.weight, column.bias)
            if parameter
        }
        values = {name: array for name, array in values.items() if shapes.get(name) == array.shape}
        self.values = dict(values)
        self.largest = max((largest_magnitude(array) for array in values.values()), default=0.0)
        for bundle, column in zip(self._bundles, self.plan[1:], strict=True):
            assert column.weight is not None
            array = values.get(column.weight.name)
            shares = _shares(array, self.largest)[bundle.rows, bundle.columns] if array is not None else None
            bundle.shares = shares if shares is not None else np.zeros(len(bundle.lines))
        for bundle, most in zip(self._bundles, self._quotas(), strict=True):
            bundle.drawn = _strongest(bundle.shares, most)
            bundle.levels = np.asarray(np.sign(bundle.shares) * np.ceil(np.abs(bundle.shares) * LEVELS), dtype=np.intp)
            bundle.batches = {}
            for level in np.unique(bundle.levels[bundle.drawn]):
                chosen = np.flatnonzero((bundle.levels == level) & bundle.drawn)
                bundle.batches[int(level)] = [bundle.lines[number] for number in chosen.tolist()]

    def batches(self) -> dict[int, list[QLineF]]:
        """All lines by level, the faintest first, so that the strong ones lie on top."""
        joined: dict[int, list[QLineF]] = {}
        for bundle in self._bundles:
            for level, lines in bundle.batches.items():
                joined.setdefault(level, []).extend(lines)
        return {level: joined[level] for level in sorted(joined, key=abs)}

    def _quotas(self) -> list[int]:
        """How many lines are drawn between every two columns: all where they are few, else the same number for each."""
        sizes = [len(bundle.lines) for bundle in self._bundles]
        left, quotas = MOST_LINES, dict.fromkeys(range(len(sizes)), 0)
        for place, number in enumerate(sorted(quotas, key=lambda each: sizes[each])):
            quotas[number] = min(sizes[number], left // (len(sizes) - place))
            left -= quotas[number]
        return [quotas[number] for number in range(len(sizes))]

    def lines_of(self, column: int, unit: int) -> dict[int, list[QLineF]]:
        """All lines that end or begin at a unit, by level."""
        joined: dict[int, list[QLineF]] = {}
        sides = ((column - 1, "rows"), (column, "columns"))
        for number, side in sides:
            if 0 <= number < len(self._bundles):
                bundle = self._bundles[number]
                for index in np.flatnonzero(getattr(bundle, side) == unit).tolist():
                    joined.setdefault(int(bundle.levels[index]), []).append(bundle.lines[index])
        return {level: joined[level] for level in sorted(joined, key=abs)}

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return sum(len(bundle.lines) for bundle in self._bundles)

    def bias(self, column: int) -> Array | None:
        """The biases of a column, None where it has none."""
        own = self.plan[column].bias
        return self.values.get(own.name) if own is not None else None

    def place(self, column: int, unit: int) -> tuple[float, float] | None:
        """Centre of a unit's dot; None when it is left out."""
        shown = self.plan[column].shown
        return (self.xs[column], float(self.ys[column][shown.index(unit)])) if unit in shown else None

    def line(self, pick: Pick) -> QLineF | None:
        """The line of a weight."""
        if pick.source is None:
            return None
        start, end = self.place(pick.column - 1, pick.source), self.place(pick.column, pick.unit)
        return QLineF(*start, *end) if start is not None and end is not None else None

    def at(self, x: float, y: float, of: Pick | None = None) -> Pick | None:
        """What is under the mouse: a dot, else the nearest line, the stronger one where several are as near.

        All lines of the unit `of` count, of the others those that are drawn.
        """
        for number, (dot_x, dot_ys) in enumerate(zip(self.xs, self.ys, strict=True)):
            if abs(x - dot_x) <= self.radius + 2 and len(dot_ys):
                near = int(np.argmin(np.abs(dot_ys - y)))
                if abs(float(dot_ys[near]) - y) <= self.radius + 1:
                    return Pick(number, self.plan[number].shown[near])
        for number, bundle in enumerate(self._bundles):
            if bundle.x1 < x < bundle.x2:
                return self._line_at(number, bundle, (x, y), of)
        return None

    def _line_at(self, number: int, bundle: _Bundle, point: tuple[float, float], of: Pick | None) -> Pick | None:
        x, y = point
        share = (x - bundle.x1) / (bundle.x2 - bundle.x1)
        steep = (bundle.y2 - bundle.y1) / (bundle.x2 - bundle.x1)
        away = np.abs(bundle.y1 + share * (bundle.y2 - bundle.y1) - y) / np.hypot(1.0, steep)
        drawn = bundle.drawn
        if of is not None and of.source is None and of.column in (number, number + 1):
            drawn = drawn | ((bundle.columns if of.column == number else bundle.rows) == of.unit)
        away[~drawn] = np.inf
        if not len(away) or float(away.min()) > _GRASP:
            return None
        near = np.flatnonzero(away <= away.min() + 0.5)
        best = int(near[int(np.argmax(np.abs(bundle.shares[near])))])
        return Pick(number + 1, int(bundle.rows[best]), int(bundle.columns[best]))

    def _bundle(self, number: int) -> _Bundle:
        before, after = self.plan[number], self.plan[number + 1]
        x1, x2 = self.xs[number], self.xs[number + 1]
        y2, y1 = (part.ravel() for part in np.meshgrid(self.ys[number + 1], self.ys[number], indexing="ij"))
        units = np.meshgrid(np.array(after.shown, np.intp), np.array(before.shown, np.intp), indexing="ij")
        lines = [QLineF(x1, top, x2, end) for top, end in zip(y1.tolist(), y2.tolist(), strict=True)]
        zeros = np.zeros(len(lines), np.intp)
        every = np.ones(len(lines), np.bool_)
        return _Bundle(x1, x2, y1, y2, lines, units[0].ravel(), units[1].ravel(), np.zeros(len(lines)), zeros, every)


def _slots(column: Column) -> int:
    return len(column.shown) + (2 if column.elided else 0)


def _pitch(column: Column, height: float) -> float:
    return (height - ABOVE - BELOW) / max(1, _slots(column))


def _heights(column: Column, height: float) -> Floats:
    """The y of every unit that is drawn: evenly, no further apart than looks well, with a gap where some are left out."""
    slots = _slots(column)
    pitch = min(_pitch(column, height), 6 * DOT_LARGEST)
    places = np.arange(len(column.shown), dtype=np.float64)
    if column.elided:
        places[len(column.shown) // 2 + 1 :] += 2
    middle = ABOVE + (height - ABOVE - BELOW) / 2
    found: Floats = middle + (places - (slots - 1) / 2) * pitch
    return found


def _strongest(shares: Floats, most: int) -> NDArray[np.bool_]:
    """Which of the lines are drawn when at most so many are."""
    drawn = np.ones(len(shares), np.bool_)
    if len(shares) > most:
        drawn[np.argpartition(np.abs(shares), len(shares) - most)[: len(shares) - most]] = False
    return drawn


def _shares(values: Array, largest: float) -> Floats:
    """−1 to 1; what is not a number counts as zero."""
    numbers: Floats = np.nan_to_num(np.asarray(values, dtype=np.float64), nan=0.0, posinf=largest, neginf=-largest)
    return np.clip(numbers / largest, -1.0, 1.0) if largest > 0 else np.zeros(numbers.shape)
