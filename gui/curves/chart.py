"""A chart of series against training time, dressed in the theme: axes with units, grid, crosshair, linear or log."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal

from gui.curves.pyramid import Floats, Pyramid
from gui.theme.tokens import LIGHT, Theme

GHOST_ALPHA = 90
WIDE_PEN_POINTS = 100
"""Measured with 1,000: 45 ms a frame, and training at a tenth of its speed."""


class Line:
    """One series on a chart, thinned to the pixels there are."""

    def __init__(self, chart: Chart, name: str, label: str, dashed: bool = False, faint: bool = False) -> None:
        self.name = name
        self.label = label
        self.dashed, self.faint = dashed, faint
        self.color = "#000000"
        self._dress: tuple[str, int, bool] | None = None
        self.steps: Floats = np.empty(0)
        self.values: Floats = np.empty(0)
        self._pyramid = Pyramid()
        self.chart = chart
        self.item = pg.PlotDataItem(antialias=False)
        chart.getPlotItem().addItem(self.item)

    def show(self, steps: Floats, values: Floats) -> None:
        """Take the whole series; an appended one costs only its new points."""
        if len(values) < len(self.values):
            self._pyramid = Pyramid()
        self.steps, self.values = steps, values
        self._pyramid.update(steps, values)

    def paint(self, low: float, high: float, pixels: int, scale: float) -> None:
        """Hand pyqtgraph what is between the steps `low` and `high`, `scale` steps to one unit of the axis."""
        steps, values = self._pyramid.drawn(self.steps, self.values, low, high, pixels)
        if self.chart.logarithmic:
            values = np.where(values > 0, values, np.nan)
        self.item.setData(steps / scale, values * self.chart.factor, connect="finite")

    def dress(self, color: str, alpha: int = 255) -> None:
        self.color = color
        shade = pg.mkColor(color)
        shade.setAlpha(110 if self.faint else alpha)
        # A wide pen over many points costs seconds a frame (pyqtgraph#533).
        width = 2 if len(self.values) < WIDE_PEN_POINTS and not self.faint else 1
        # A lone point draws no line; short series get a dot at every epoch.
        many = self.faint or len(self.values) > 60
        dress = (shade.name(shade.NameFormat.HexArgb), width, many)
        if dress == self._dress:
            return
        self._dress = dress
        style = Qt.PenStyle.DashLine if self.dashed else Qt.PenStyle.SolidLine
        self.item.setPen(pg.mkPen(shade, width=width, style=style))
        self.item.setSymbol(None if many else "o")
        self.item.setSymbolSize(5)
        self.item.setSymbolBrush(shade)
        self.item.setSymbolPen(None)

    def at(self, step: float) -> tuple[float, float] | None:
        """The last recorded (step, value) at or before `step`, None when there is none."""
        index = int(np.searchsorted(self.steps, step + 1e-9, side="right")) - 1
        return None if index < 0 else (float(self.steps[index]), float(self.values[index]))

    def remove(self) -> None:
        self.chart.getPlotItem().removeItem(self.item)


class Chart(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """One chart. Its owner gives it lines and calls `repaint_lines` when data or view changed."""

    pointed = Signal(object)
    """The axis position under the mouse, None when the mouse left."""

    def __init__(self, title: str, unit: str) -> None:
        super().__init__()
        self.title, self.unit = title, unit
        self.factor = 100.0 if unit == "%" else 1.0
        self.lines: list[Line] = []
        self.logarithmic = False
        self._theme: Theme = LIGHT
        self._scale = 1.0
        self.setAccessibleName(f"Chart of the {title}")
        item = self.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        # Every grid line is drawn again with every frame: minor ones, and those across, took two thirds of its 40 ms.
        item.showGrid(x=False, y=True, alpha=0.15)
        for side in ("left", "bottom"):
            item.getAxis(side).setStyle(maxTickLevel=0)
        item.getAxis("left").setWidth(60)
        self._cross = pg.InfiniteLine(angle=90, movable=False)
        self._cross.hide()
        item.addItem(self._cross, ignoreBounds=True)
        self.scene().sigMouseMoved.connect(self._mouse_moved)
        item.vb.sigXRangeChanged.connect(self._view_changed)

    def add_line(self, name: str, label: str, dashed: bool = False, faint: bool = False) -> Line:
        line = Line(self, name, label, dashed, faint)
        self.lines.append(line)
        return line

    def drop(self, line: Line) -> None:
        self.lines.remove(line)
        line.remove()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setBackground(theme.panel)
        item = self.getPlotItem()
        for side in ("left", "bottom"):
            item.getAxis(side).setPen(theme.border)
            item.getAxis(side).setTextPen(theme.muted)
            item.getAxis(side).enableAutoSIPrefix(False)  # "loss (x0.001)" is no axis to read from
        self._cross.setPen(theme.muted)
        # pyqtgraph's own unit would grow SI prefixes: "m%".
        self.setLabel("left", f"{self.title} ({self.unit})" if self.unit else self.title, color=theme.muted)

    def show_axis(self, label: str, steps_per_unit: float) -> None:
        """Name the horizontal axis and say how many steps one unit of it has."""
        self._scale = steps_per_unit
        self.setLabel("bottom", label, color=self._theme.muted)
        self.repaint_lines()

    def show_log(self, on: bool) -> None:
        self.logarithmic = on
        self.getPlotItem().setLogMode(x=False, y=on)
        self.repaint_lines()

    def repaint_lines(self) -> None:
        box = self.getPlotItem().vb
        (low, high), _ = box.viewRange()
        if box.autoRangeEnabled()[0]:
            low, high = -math.inf, math.inf
        pixels = max(100, int(box.width()))
        for line in self.lines:
            line.paint(low * self._scale, high * self._scale, pixels, self._scale)

    def _view_changed(self) -> None:
        """Other points are in sight, unless all are."""
        if not self.getPlotItem().vb.autoRangeEnabled()[0]:
            self.repaint_lines()

    def show_cross(self, position: float | None) -> None:
        self._cross.setVisible(position is not None)
        if position is not None:
            self._cross.setValue(position)

    def fit(self) -> None:
        self.getPlotItem().enableAutoRange()

    def _mouse_moved(self, position: object) -> None:
        box = self.getPlotItem().vb
        inside = box.sceneBoundingRect().contains(position)
        self.pointed.emit(float(box.mapSceneToView(position).x()) if inside else None)

    def leaveEvent(self, event: object) -> None:
        self.pointed.emit(None)
        super().leaveEvent(event)
