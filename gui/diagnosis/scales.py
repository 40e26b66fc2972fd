"""Colours for the numbers of the strip. Sequences are cividis (Nuñez et al. 2018), made for colour-blind eyes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from gui.theme.tokens import Theme

Floats = NDArray[np.float64]
Pixels = NDArray[np.uint32]
Kind = Literal["sequence", "around", "share"]

DECADES = 12
"""A sequence spans no more powers of ten than this; what is smaller gets its lowest colour."""
AROUND = 3
"""A scale around a target reaches so many powers of ten to either side."""
STEPS = 256


@dataclass(frozen=True, slots=True)
class Scale:
    """From a number to a colour: "sequence" and "around" are logarithmic, "share" goes from 0 to 1."""

    kind: Kind
    low: float
    high: float

    def place(self, values: Floats) -> Floats:
        """Where on the scale the numbers lie, 0 to 1; NaN where there is no number, infinity at the end."""
        if self.kind == "share":
            return np.clip(values, 0.0, 1.0)
        low, high = math.log10(self.low), math.log10(self.high)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log10(np.where(values >= 0, values, np.nan))
        return np.clip((logs - low) / max(high - low, 1e-9), 0.0, 1.0)

    def pixels(self, values: Floats, theme: Theme) -> Pixels:
        """0xffRRGGBB per number; the panel's colour where none was measured, the problems' where it is infinite or NaN."""
        places = self.place(values)
        table = _ramp(self.kind, theme)
        found = table[np.where(np.isnan(places), 0, np.nan_to_num(places) * (STEPS - 1)).round().astype(int)]
        found = np.where(np.isposinf(values), np.uint32(QColor(theme.problem).rgba()), found)
        return np.where(np.isnan(places), np.uint32(QColor(theme.panel).rgba()), found).astype(np.uint32)

    def marks(self) -> tuple[tuple[float, str], ...]:
        """Places on the scale and the numbers that stand there."""
        if self.kind == "share":
            return ((0.0, "0 %"), (1.0, "100 %"))
        if self.kind == "around":
            middle = math.sqrt(self.low * self.high)
            return ((0.0, f"≤ {_power(self.low)}"), (0.5, _power(middle)), (1.0, f"≥ {_power(self.high)}"))
        return ((0.0, _power(self.low)), (1.0, _power(self.high)))


def sequence(values: Floats) -> Scale:
    """Whole powers of ten around all finite numbers above 0."""
    known = values[np.isfinite(values) & (values > 0)]
    if not known.size:
        return Scale("sequence", 0.1, 1.0)
    high = math.ceil(math.log10(float(known.max())) - 1e-9)
    low = max(math.floor(math.log10(float(known.min())) + 1e-9), high - DECADES)
    return Scale("sequence", 10.0 ** min(low, high - 1), 10.0**high)


def around(target: float) -> Scale:
    return Scale("around", target / 10**AROUND, target * 10**AROUND)


SHARE = Scale("share", 0.0, 1.0)


def _power(value: float) -> str:
    if 0.01 <= value <= 100:
        return f"{value:g}"
    digits, _, exponent = f"{value:.0e}".partition("e")
    return f"{digits}e{int(exponent)}"


@lru_cache(maxsize=8)
def _ramp(kind: Kind, theme: Theme) -> Pixels:
    """(STEPS,) the colours of a scale."""
    if kind == "sequence":
        table = pg.colormap.get("cividis").getLookupTable(nPts=STEPS).astype(float)
    elif kind == "share":
        table = _between((theme.border, theme.warning, theme.problem))
    else:
        table = _between((theme.negative, theme.border, theme.positive))
    red, green, blue = (table[:, index].round().astype(np.uint32) for index in range(3))
    return np.asarray(0xFF000000 | red << 16 | green << 8 | blue, np.uint32)


def _between(colors: tuple[str, ...]) -> Floats:
    shades = [QColor(color) for color in colors]
    stops: Floats = np.array([(one.red(), one.green(), one.blue()) for one in shades], dtype=np.float64)
    places, marks = np.linspace(0, len(colors) - 1, STEPS), np.arange(len(colors), dtype=np.float64)
    return np.stack([np.interp(places, marks, stops[:, index]) for index in range(3)], axis=1)
