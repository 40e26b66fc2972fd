"""What is known of a run's health: looks at its layers over time, and the verdicts that follow. Plain values, no torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.views import Fix

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def _no_row() -> Floats:
    return np.empty((0, 0))


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One look at a run between two steps, on its coming batch and on a fixed sample of training rows."""

    step: int
    """Steps done when it was taken."""
    loss: float
    """Of the coming batch, before its update."""
    gradients: Floats
    """(P,) L2 norm of every parameter's gradient on the coming batch; NaN where it is frozen, infinite where it is not finite."""
    weights: Floats
    """(P,) L2 norm of every parameter."""
    means: Floats
    """(L,) mean of every layer's output over the sample, in eval mode."""
    stds: Floats
    """(L,) its standard deviation, around the mean of all numbers."""
    dead: Floats
    """(L,) share of a ReLU's units that give 0 for every row of the sample; NaN for other layers."""
    saturated: Floats
    """(L,) share of a Sigmoid's or Tanh's outputs where the slope is below SLOPE of its greatest; NaN for other layers."""
    equal: Floats
    """(L,) 1 where all units of a layer have the same weights, biases and gradients, 0 where not; NaN where it has one unit or none."""


SLOPE = 0.05
"""A sigmoid or tanh whose slope is below this share of its greatest is called saturated: |tanh| > 0.975, σ < 0.0127 or > 0.9873."""


@dataclass(frozen=True, slots=True, eq=False)
class ProbeView:
    """All looks that are kept, oldest first: T columns. Rows of parameters are in the model's order, of layers in computation's."""

    parameters: tuple[str, ...] = ()
    """P names: "linear_1.weight"."""
    sizes: tuple[int, ...] = ()
    """Numbers in each of them."""
    layers: tuple[str, ...] = ()
    """L ids."""
    kinds: tuple[str, ...] = ()
    rows: int = 0
    """Rows of the training part that outputs are taken of."""
    steps: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    losses: Floats = field(default_factory=lambda: np.empty(0))
    gradients: Floats = field(default_factory=_no_row)
    """(P, T), as the other tables of parameters; see Look."""
    weights: Floats = field(default_factory=_no_row)
    updates: Floats = field(default_factory=_no_row)
    """L2 norm of what the step after the look changed; NaN while that step was not taken."""
    means: Floats = field(default_factory=_no_row)
    """(L, T), as the other tables of layers."""
    stds: Floats = field(default_factory=_no_row)
    dead: Floats = field(default_factory=_no_row)
    saturated: Floats = field(default_factory=_no_row)
    equal: Floats = field(default_factory=_no_row)
    trouble: str = ""
    """Why nobody looks any more; "" while all is well."""

    def owners(self) -> tuple[str, ...]:
        """Layers that have parameters, in the order of computation."""
        owning = _rows(self.parameters)
        return tuple(layer for layer in self.layers if layer in owning)

    def of_layers(self, table: Floats) -> Floats:
        """(K, T) for every owner the norm over all its parameters, from the norms of each; NaN where none was measured."""
        owners, rows = self.owners(), _rows(self.parameters)
        of_row = np.empty(len(self.parameters), np.int64)
        for index, layer in enumerate(owners):
            of_row[list(rows[layer])] = index
        with np.errstate(over="ignore"):
            squares = np.where(np.isnan(table), 0.0, table**2)
        sums, known = np.zeros((len(owners), table.shape[1])), np.zeros((len(owners), table.shape[1]), bool)
        np.add.at(sums, of_row, squares)
        np.logical_or.at(known, of_row, ~np.isnan(table))
        return np.where(known, np.sqrt(sums), np.nan)

    def of_layer(self, table: Floats, layer: str) -> Floats:
        """(T,) the same for one layer."""
        return np.asarray(self.of_layers(table)[self.owners().index(layer)])

    def count(self, layer: str) -> int:
        """Numbers in all parameters of a layer."""
        return sum(self.sizes[row] for row in _rows(self.parameters)[layer])

    def ratios(self) -> Floats:
        """(K, T) for every owner ‖update‖/‖weights‖ over all its parameters."""
        size = self.of_layers(self.weights)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(size > 0, self.of_layers(self.updates) / size, np.nan)

    def layer(self, table: Floats, layer: str) -> Floats:
        """(T,) a layer's row in a table of layers."""
        return np.asarray(table[self.layers.index(layer)])


@lru_cache(maxsize=8)
def _rows(parameters: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """Layer → its parameters' rows."""
    found: dict[str, list[int]] = {}
    for index, name in enumerate(parameters):
        found.setdefault(name.partition(".")[0], []).append(index)
    return {layer: tuple(rows) for layer, rows in found.items()}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Something that is wrong with a run: what, the evidence with its numbers, where, and what to do."""

    name: str
    title: str
    text: str
    """A sentence with the evidence."""
    threshold: str
    """From where on it is said, and why there."""
    layers: tuple[str, ...] = ()
    """Where it is, the place to look at first; empty when it is about the whole."""
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class DiagnosisView:
    """What the looks show and what follows, for one run (`generation`) after so many steps."""

    generation: int
    step: int
    probes: ProbeView
    verdicts: tuple[Verdict, ...] = ()
