"""Cell colours for signed numbers: hue by sign, strength by size, and a text colour that stays readable on them."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from engine.views import Array
from gui.theme.tokens import Theme

LEVELS = 64
"""Steps on each side of zero."""


@cache
def ramp(theme: Theme) -> tuple[QColor, ...]:
    """2·LEVELS + 1 colours from the strongest negative over zero to the strongest positive."""
    return tuple(_shade(theme, step / LEVELS) for step in range(-LEVELS, LEVELS + 1))


@cache
def ink(theme: Theme) -> tuple[QColor, ...]:
    """For every colour of the ramp the text colour with the greater contrast on it."""
    one, other = QColor(theme.text), QColor(theme.field)
    return tuple(one if contrast(one, back) >= contrast(other, back) else other for back in ramp(theme))


def levels(values: Array, largest: float) -> NDArray[np.intp]:
    """Index into the ramp for every value; `largest` is the magnitude that gets the full hue. nan counts as zero."""
    numbers = np.nan_to_num(np.asarray(values, dtype=np.float64), nan=0.0, posinf=largest, neginf=-largest)
    share = np.clip(numbers / largest, -1.0, 1.0) if largest > 0 else np.zeros(numbers.shape)
    return np.asarray(np.rint(share * LEVELS), dtype=np.intp) + LEVELS


def largest_magnitude(values: Array) -> float:
    """The greatest finite |value|, 0 when there is none."""
    if values.size == 0:
        return 0.0
    ends = float(values.min()), float(values.max())
    if np.isfinite(ends).all():
        return max(abs(ends[0]), abs(ends[1]))
    finite = values[np.isfinite(values)]
    return largest_magnitude(finite)


def mix(first: QColor, second: QColor, share: float) -> QColor:
    """`first` with `share` of `second` in it."""
    parts = ((one + (two - one) * share) for one, two in zip(_rgb(first), _rgb(second), strict=True))
    return QColor.fromRgbF(*parts)


def contrast(one: QColor, two: QColor) -> float:
    """The contrast ratio of WCAG 2, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(two)))
    return (high + 0.05) / (low + 0.05)


def _shade(theme: Theme, share: float) -> QColor:
    hue = theme.positive if share > 0 else theme.negative
    strongest = 0.47 if theme.dark else 0.72  # the full hue leaves neither light nor dark text enough contrast
    return mix(QColor(theme.zero), QColor(hue), abs(share) * strongest)


def _rgb(color: QColor) -> tuple[float, float, float]:
    return color.redF(), color.greenF(), color.blueF()


def _luminance(color: QColor) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _rgb(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
