"""What the strip shows, as plain rows of numbers: one section per quantity, one row per layer, one column per look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.diagnosis import ProbeView
from engine.diagnosis.descent import TARGET
from gui.diagnosis.scales import SHARE, Floats, Scale, around, sequence

QUIET = frozenset({"flatten", "reshape", "identity", "dropout"})
"""In eval mode they pass on what they get: their spread is that of the layer before."""


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A table (layers, looks) with its title, what it is, and its colours."""

    name: str
    title: str
    tip: str
    layers: tuple[str, ...]
    values: Floats
    scale: Scale


def sections(probes: ProbeView) -> tuple[Section, ...]:
    """All of a run's, the gradient first; those without a layer are left out."""
    if not len(probes.steps):
        return ()
    owners = probes.owners()
    gradient = probes.of_layers(probes.gradients)
    found = [
        Section(
            "gradient",
            "Gradient norm",
            "‖∂L/∂w‖ over all parameters of the layer, on the coming batch, before clipping",
            owners,
            gradient,
            sequence(gradient),
        ),
        Section(
            "ratio",
            "Update / weight",
            "‖w after − w before‖ / ‖w before‖ of one step; about 0.001 is usual",
            owners,
            probes.ratios(),
            around(TARGET),
        ),
        _shares(
            probes, "dead", "Dead units", probes.dead, "Share of the units that give 0 for every row of the sample"
        ),
        _shares(
            probes,
            "saturated",
            "Saturated",
            probes.saturated,
            "Share of the outputs where the curve's slope is below 5 % of its greatest",
        ),
        _spread(probes),
    ]
    return tuple(section for section in found if section.layers)


def _shares(probes: ProbeView, name: str, title: str, table: Floats, tip: str) -> Section:
    known = ~np.isnan(table).all(axis=1)
    layers, values = tuple(np.array(probes.layers)[known].tolist()), table[known]
    rows = f"{tip}, {probes.rows:,} rows of the training part"
    return Section(name, title, rows, layers, values, SHARE)


def _spread(probes: ProbeView) -> Section:
    loud = np.array([kind not in QUIET for kind in probes.kinds])
    layers, values = tuple(np.array(probes.layers)[loud].tolist()), probes.stds[loud]
    tip = f"Standard deviation of the layer's outputs over {probes.rows:,} rows of the training part, in eval mode"
    return Section("spread", "Output spread", tip, layers, values, sequence(values))
