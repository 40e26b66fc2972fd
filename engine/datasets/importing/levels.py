"""The different values of a category, and the order in which they are numbered."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.datasets.importing.cells import is_missing, number

Codes = NDArray[np.int32]


@dataclass(slots=True)
class Levels:
    """The different values of a category, numbered as they come."""

    known: dict[str, int] = field(default_factory=dict)

    def codes(self, cells: list[str] | NDArray[np.float64]) -> Codes:
        """Numbers of the cells' values; −1: missing. Cells that are numbers count by their value: 1 and 1.0 are the same."""
        texts: dict[object, int] = {}
        found = np.empty(len(cells), np.int32)
        for index, cell in enumerate(cells.tolist() if isinstance(cells, np.ndarray) else cells):
            code = texts.get(cell)
            if code is None:
                text = level_text(cell)
                code = texts[cell] = -1 if text is None else self.known.setdefault(text, len(self.known))
            found[index] = code
        return found

    def ordered(self) -> tuple[tuple[str, ...], Codes]:
        """The values in order, numbers before texts, and the place of each old number in it."""
        names = sorted(self.known, key=_order)
        place = np.empty(len(names) + 1, np.int32)
        for new, name in enumerate(names):
            place[self.known[name]] = new
        place[-1] = -1  # code −1 finds it
        return tuple(names), place


def level_text(cell: str | float) -> str | None:
    """A value of a category as its name; None: missing."""
    if isinstance(cell, str):
        if is_missing(cell):
            return None
        value = number(cell)
        if value is None:
            return " ".join(cell.split())[:200]
        cell = value
    if not math.isfinite(cell):
        return None
    return str(int(cell)) if cell == int(cell) and abs(cell) < 1e15 else repr(cell)


def _order(name: str) -> tuple[int, float, str]:
    value = number(name)
    return (0, value, name) if value is not None else (1, 0.0, name)
