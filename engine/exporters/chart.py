"""A line chart as plain data and as a scene: axes with round numbers, units, legend; numbers first, pixels second."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.exporters.drawing import Box, Item, Line, Point, Scene, Text

Floats = NDArray[np.float64]

INK, SOFT, GRID = "#1f2733", "#5b6675", "#e3e7ed"
MOST_POINTS = 1600
_LEFT, _RIGHT, _TOP, _BOTTOM, _GAP = 76.0, 28.0, 84.0, 56.0, 64.0
_LOG_FROM = 50.0
"""Losses that span more than this factor are drawn on a logarithmic axis."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One line: `x` and `y` of the same length. A faint one lies behind the others."""

    label: str
    colour: str
    x: Floats
    y: Floats
    faint: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """One pair of axes. `share` marks values between 0 and 1, shown as percent; `log` allows a logarithmic axis."""

    title: str
    x_title: str
    curves: tuple[Curve, ...]
    share: bool = False
    log: bool = False


def chart(title: str, subtitle: str, panels: tuple[Panel, ...], width: float = 960.0, height: float = 480.0) -> Scene:
    """The panels side by side under a common title."""
    items: list[Item] = [
        Text(_LEFT - 48, 32, title, INK, 18, bold=True),
        Text(_LEFT - 48, 54, subtitle, SOFT, 12),
    ]
    each = (width - _LEFT - _RIGHT - (_LEFT + _GAP - 40) * (len(panels) - 1)) / len(panels)
    for index, panel in enumerate(panels):
        left = _LEFT + index * (each + _LEFT + _GAP - 40)
        items += _Axes(panel, left, _TOP + 24, each, height - _TOP - 24 - _BOTTOM).items()
    text = "; ".join(f"{panel.title}: {', '.join(curve.label for curve in panel.curves)}" for panel in panels)
    return Scene(width, height, tuple(items), title=title, text=text)


class _Axes:
    """The map from values to pixels of one panel."""

    def __init__(self, panel: Panel, left: float, top: float, width: float, height: float) -> None:
        self.panel, self.left, self.top, self.width, self.height = panel, left, top, width, height
        values = np.concatenate([curve.y[np.isfinite(curve.y)] for curve in panel.curves] or [np.empty(0)])
        steps = np.concatenate([curve.x for curve in panel.curves] or [np.empty(0)])
        self.log = panel.log and _spans_decades(values)
        self.low, self.high, self.y_ticks = _log_range(values) if self.log else _range(values)
        self.first = float(steps.min()) if len(steps) else 0.0
        self.last = max(float(steps.max()) if len(steps) else 1.0, self.first + 1e-9)

    def items(self) -> list[Item]:
        panel, right, bottom = self.panel, self.left + self.width, self.top + self.height
        title = panel.title + (" (logarithmic axis)" if self.log else "")
        items: list[Item] = [Text(self.left, self.top - 14, title, INK, 13, bold=True)]
        for value in self.y_ticks:
            y = self._y(value)
            items.append(Line(((self.left, y), (right, y)), GRID))
            items.append(Text(self.left - 8, y + 4, self._label(value), SOFT, 11, "end"))
        for value in _ticks(self.first, self.last, 6, whole=self.last - self.first >= 2):
            x = self._x(value)
            items.append(Line(((x, bottom), (x, bottom + 5)), SOFT))
            items.append(Text(x, bottom + 19, f"{value:g}", SOFT, 11, "middle"))
        items.append(Line(((self.left, bottom), (right, bottom)), SOFT))
        items.append(Text((self.left + right) / 2, bottom + 40, panel.x_title, SOFT, 12, "middle"))
        for curve in sorted(panel.curves, key=lambda curve: not curve.faint):
            items += self._lines(curve)
        return [*items, *self._legend(right)]

    def _legend(self, right: float) -> list[Item]:
        """Top right inside the axes: curves of a training seldom pass there, and a white box keeps it readable."""
        curves = self.panel.curves
        if not curves:
            return []
        wide = max(len(curve.label) for curve in curves) * 6.6 + 44
        falls = not self.panel.share
        x, y = right - wide - 6, self.top + 6 if falls else self.top + self.height - len(curves) * 18 - 16
        items: list[Item] = [Box(x, y, wide, len(curves) * 18 + 10, "#ffffff", GRID, 4)]
        for index, curve in enumerate(curves):
            row = y + 14 + index * 18
            items.append(Line(((x + 8, row), (x + 28, row)), _tint(curve), 1.5 if curve.faint else 2.5))
            items.append(Text(x + 34, row + 4, curve.label, INK, 11))
        return items

    def _lines(self, curve: Curve) -> list[Item]:
        """The curve, cut where its values are not finite; a single value becomes a dot."""
        x, y = thin(curve.x, curve.y, MOST_POINTS)
        thickness = 1.0 if curve.faint else 2.0
        lines: list[Item] = []
        for part in _finite_runs(y if not self.log else np.where(y > 0, y, np.nan)):
            points: tuple[Point, ...] = tuple((self._x(a), self._y(b)) for a, b in zip(x[part], y[part], strict=True))
            if len(points) == 1:
                (a, b) = points[0]
                lines.append(Box(a - 3, b - 3, 6, 6, _tint(curve), radius=3))
            else:
                lines.append(Line(points, _tint(curve), thickness))
        return lines

    def _x(self, value: float) -> float:
        return self.left + (value - self.first) / (self.last - self.first) * self.width

    def _y(self, value: float) -> float:
        low, high = (math.log10(self.low), math.log10(self.high)) if self.log else (self.low, self.high)
        place = math.log10(value) if self.log else value
        return self.top + self.height - (place - low) / (high - low) * self.height

    def _label(self, value: float) -> str:
        return f"{100 * value:g} %" if self.panel.share else f"{value:g}"


def thin(x: Floats, y: Floats, most: int) -> tuple[Floats, Floats]:
    """At most about `most` points: of every stretch its least and its greatest value, so that no peak is lost."""
    if len(x) <= most:
        return x, y
    chosen: list[int] = []
    for stretch in np.array_split(np.arange(len(x)), most // 2):
        values = y[stretch]
        finite = np.isfinite(values)
        if not finite.all():
            chosen += [int(stretch[0]), int(stretch[np.argmin(finite)])]
            continue
        chosen += sorted({int(stretch[np.argmin(values)]), int(stretch[np.argmax(values)])})
    rows = np.unique(chosen)
    return x[rows], y[rows]


def _finite_runs(values: Floats) -> list[slice]:
    runs, start = [], None
    for index, good in enumerate([*np.isfinite(values).tolist(), False]):
        if good and start is None:
            start = index
        elif not good and start is not None:
            runs.append(slice(start, index))
            start = None
    return runs


def _tint(curve: Curve) -> str:
    """The colour itself, or for a faint curve its mix with white."""
    if not curve.faint:
        return curve.colour
    parts = [int(curve.colour[place : place + 2], 16) for place in (1, 3, 5)]
    return "#" + "".join(f"{round(0.35 * part + 0.65 * 255):02x}" for part in parts)


def _spans_decades(values: Floats) -> bool:
    positive = values[values > 0]
    return len(positive) == len(values) > 0 and float(values.max()) > _LOG_FROM * float(values.min())


def _log_range(values: Floats) -> tuple[float, float, list[float]]:
    low, high = float(values.min()), float(values.max())
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    step = max(1, math.ceil((last - first) / 8))
    marks = (1, 2, 5) if last - first <= 3 else (1,)
    ticks = [mark * 10.0**power for power in range(first, last + 1, step) for mark in marks]
    return low / 1.15, high * 1.15, [tick for tick in ticks if low / 1.15 <= tick <= high * 1.15]


def _range(values: Floats) -> tuple[float, float, list[float]]:
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    if 0 <= low < 0.4 * high:
        low = 0.0
    if high - low <= 1e-12 * max(abs(high), abs(low)):
        low, high = low - max(0.5, abs(low) / 2), high + max(0.5, abs(high) / 2)
    ticks = _ticks(low, high, 6)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else high - low
    below, above = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    return below, above, _ticks(below, above, 7)


def _ticks(low: float, high: float, most: int, whole: bool = False) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten) from `low` to `high`."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= rough * (1 - 1e-9))
    if whole:
        step = max(1.0, step)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{index * step:.12g}") for index in range(first, last + 1)]
