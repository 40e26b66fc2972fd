"""Derivatives without calculus: central differences in float64, with the step h chosen for the smallest error."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from engine.tensors.kinks import Bend, Snapshot, crossed, snapshot
from engine.tensors.replay import Replay

_LARGEST = 1e-2
_HALVINGS = 20


@dataclass(frozen=True, slots=True)
class Slope:
    """The derivative by central differences, the h it was found with, and what rounding can do to it.

    `near` names a kink that even the smallest h goes over. `aside` are the passes a small step to each side.
    """

    value: float
    h: float
    noise: float
    near: str
    aside: tuple[Snapshot, Snapshot]


@dataclass(slots=True, eq=False)
class Probe:
    """Moves one element θ of a parameter and looks at the loss. The parameter is put back after every look."""

    replay: Replay
    parameter: Tensor
    index: tuple[int, ...]
    bending: tuple[Bend, ...]
    here: Snapshot
    rounding: float
    """How far rounding may move the loss, absolutely."""
    theta: float = field(init=False)

    def __post_init__(self) -> None:
        self.theta = self.parameter[self.index].item()

    def at(self, value: float) -> Snapshot:
        """The step with θ = value."""
        with torch.no_grad():
            self.parameter[self.index] = value
            seen = snapshot(self.bending, self.replay.run())
            self.parameter[self.index] = self.theta
        return seen

    def slope(self) -> Generator[None, None, Slope]:
        """(4·D(h/2) − D(h))/3 of D(h) = (L(θ+h) − L(θ−h))/2h: of fourth order in h (Richardson 1911).

        h starts at 0.01·max(1, |θ|) and is halved while the numbers still come closer to each other: a larger h bends with the
        loss, a smaller one loses digits to rounding. An h whose path goes over a kink of some layer is never used.
        Works in pieces: it yields after every h.
        """
        h = _LARGEST * max(1.0, abs(self.theta))
        best: tuple[float, float, float] | None = None  # error, value, h
        before: tuple[float, float] | None = None  # D and h of twice this h
        last: float | None = None
        near, sides = "", (self.here, self.here)
        for _ in range(_HALVINGS):
            sides = self.at(self.theta + h), self.at(self.theta - h)
            near = next((text for side in sides if (text := crossed(self.bending, self.here, side))), "")
            difference = self._difference(sides, h)
            if near or before is None:
                before, last = (None if near else (difference, h)), None
            else:
                value = (4 * difference - before[0]) / 3
                error = self.rounding / h + (abs(value - last) if last is not None else abs(value - difference))
                if best is None or error <= best[0]:
                    best = error, value, before[1]
                elif self.rounding / h > best[0]:  # from here on it can only get worse
                    break
                before, last = (difference, h), value
            h /= 2
            yield
        if best is None:  # every h goes over a kink
            return Slope(difference, 2 * h, self.rounding / h, near, sides)
        return Slope(best[1], best[2], 2 * self.rounding / best[2], "", sides)

    def _difference(self, sides: tuple[Snapshot, Snapshot], h: float) -> float:
        # What was really added: θ + h is rounded to the next number of float64.
        return (sides[0].loss - sides[1].loss) / ((self.theta + h) - (self.theta - h))
