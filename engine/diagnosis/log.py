"""The looks at one run, kept in bounded memory: when it is full, every second one of the older half goes."""

from __future__ import annotations

import numpy as np

from engine.diagnosis.values import Floats, Look, ProbeView

MOST = 256
"""Columns that are kept. A strip on the screen is hardly wider in them."""

_PARAMETERS = ("gradients", "weights", "updates")
_LAYERS = ("means", "stds", "dead", "saturated", "equal")


class ProbeLog:
    """Engine thread only; readers get views, which are copies."""

    def __init__(
        self,
        parameters: tuple[str, ...],
        sizes: tuple[int, ...],
        layers: tuple[str, ...],
        kinds: tuple[str, ...],
        rows: int,
    ) -> None:
        self._names = (parameters, sizes, layers, kinds)
        self._rows = rows
        self._steps = np.empty(MOST, np.int64)
        self._losses = np.empty(MOST)
        tables = {name: len(parameters) for name in _PARAMETERS} | {name: len(layers) for name in _LAYERS}
        self._tables = {name: np.full((count, MOST), np.nan) for name, count in tables.items()}
        self.count = 0
        self.trouble = ""

    @property
    def last(self) -> int | None:
        """The step of the newest look."""
        return int(self._steps[self.count - 1]) if self.count else None

    def append(self, look: Look) -> None:
        """Keep a look; the step after it was not taken yet."""
        if self.count == MOST:
            self._thin()
        at = self.count
        self._steps[at], self._losses[at] = look.step, look.loss
        for name, table in self._tables.items():
            table[:, at] = np.nan if name == "updates" else getattr(look, name)
        self.count += 1

    def fill(self, updates: Floats) -> None:
        """(P,) how far the step after the newest look moved every parameter."""
        self._tables["updates"][:, self.count - 1] = updates

    def view(self) -> ProbeView:
        """A copy of all looks."""
        parameters, sizes, layers, kinds = self._names
        tables = {name: _frozen(table[:, : self.count]) for name, table in self._tables.items()}
        return ProbeView(
            parameters,
            sizes,
            layers,
            kinds,
            self._rows,
            steps=_frozen(self._steps[: self.count]),  # type: ignore[arg-type]
            losses=_frozen(self._losses[: self.count]),
            trouble=self.trouble,
            **tables,
        )

    def _thin(self) -> None:
        """Later looks, more of them per step, stay; of the older half every second one goes."""
        half = MOST // 2
        kept = np.r_[np.arange(0, half, 2), np.arange(half, MOST)]
        self._steps[: len(kept)], self._losses[: len(kept)] = self._steps[kept], self._losses[kept]
        for table in self._tables.values():
            table[:, : len(kept)] = table[:, kept]
        self.count = len(kept)


def _frozen(array: Floats) -> Floats:
    copy = array.copy()
    copy.setflags(write=False)
    return copy
