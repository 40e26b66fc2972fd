"""Draws a Landscape: a line or a heat map with contour lines, and the optimizer's path with numbered points."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QColor, QTransform

from engine.inspection import Landscape
from engine.views import Array
from gui.stepper.numbers import digits
from gui.theme.tokens import LIGHT, Theme

CONTOURS = 9
APART = 0.045
"""A point of the path gets its number when it is so far from the one numbered before, as a share of the picture's sides."""
Floats = NDArray[np.float64]


class SurfacePlot(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """The picture. `show_point` marks one step of the path."""

    pointed = Signal(str)
    """What the loss is under the mouse; "" when it is elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self._theme: Theme = LIGHT
        self._view: Landscape | None = None
        self._mark = pg.ScatterPlotItem(size=16, symbol="o")
        self.numbers: dict[int, pg.TextItem] = {}
        """The points of the path that have their number beside them."""
        item = self.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.vb.sigRangeChanged.connect(self._number)
        item.getAxis("left").setWidth(64)
        self.setAccessibleName("Loss surface")
        self.scene().sigMouseMoved.connect(self._mouse_moved)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setBackground(theme.panel)
        for side in ("left", "bottom"):
            self.getPlotItem().getAxis(side).setPen(theme.border)
            self.getPlotItem().getAxis(side).setTextPen(theme.muted)
        if self._view is not None:
            self.show_landscape(self._view)

    def show_landscape(self, view: Landscape) -> None:
        """Draw everything anew; the mark is at the start of the path."""
        self._view = view
        item = self.getPlotItem()
        item.clear()
        self.numbers = {}
        flat = view.y.size == 0
        item.setLabel("bottom", view.axes[0], color=self._theme.muted)
        item.setLabel("left", "loss" if flat else view.axes[1], color=self._theme.muted)
        item.showGrid(x=flat, y=flat, alpha=0.15)
        if flat:
            self._draw_line(view)
        else:
            self._draw_map(view)
        self._draw_path(_places(view))
        self._mark = pg.ScatterPlotItem(size=16, symbol="o", brush=None, pen=pg.mkPen(self._theme.accent, width=3))
        item.addItem(self._mark, ignoreBounds=True)
        self.show_point(0)
        kind = "Line" if flat else "Heat map with contour lines"
        self.setAccessibleDescription(f"{kind}: {view.title}. The path has {len(view.path)} points.")

    def show_point(self, step: int) -> None:
        """Mark one point of the path."""
        if self._view is not None:
            x, y = _places(self._view)[step]
            self._mark.setData([x], [y])

    def fit(self) -> None:
        """Everything in sight again."""
        if self._view is not None:
            self._frame(self._view)

    def fit_path(self) -> None:
        """The path as large as the picture."""
        if self._view is not None:
            places = _places(self._view)
            places = places[np.isfinite(places).all(axis=1)]
            low, high = places.min(axis=0), places.max(axis=0)
            size = np.maximum(high - low, 1e-9 + 1e-6 * np.abs(high))
            self.getPlotItem().vb.setRange(QRectF(*low, *size), padding=0.08)

    def _draw_line(self, view: Landscape) -> None:
        heights = np.asarray(view.z, dtype=float)
        good = np.isfinite(heights)
        item = self.getPlotItem()
        item.plot(np.asarray(view.x)[good], heights[good], pen=pg.mkPen(self._theme.forward, width=2), antialias=True)
        self._frame(view)

    def _draw_map(self, view: Landscape) -> None:
        share = heat(view.z)
        low, high = _rgb(self._theme.panel), _rgb(self._theme.forward)
        colors = (low + (high - low) * (0.75 * share[..., None])).astype(np.uint8)
        x, y = np.asarray(view.x, dtype=float), np.asarray(view.y, dtype=float)
        frame = _cells(x, y)
        picture = pg.ImageItem(np.transpose(colors, (1, 0, 2)), levels=(0, 255))
        picture.setRect(frame)
        self.getPlotItem().addItem(picture)
        place = QTransform(frame.width() / len(x), 0, 0, frame.height() / len(y), frame.left(), frame.top())
        for level in np.linspace(0, 1, CONTOURS + 2)[1:-1]:
            line = pg.IsocurveItem(data=share.T, level=level, pen=pg.mkPen(self._theme.muted, width=1))
            line.setTransform(place)
            self.getPlotItem().addItem(line, ignoreBounds=True)
        self._frame(view)

    def _frame(self, view: Landscape) -> None:
        box = self.getPlotItem().vb
        x = np.asarray(view.x, dtype=float)
        if view.y.size:
            box.setRange(_cells(x, np.asarray(view.y, dtype=float)), padding=0)
            return
        heights = np.asarray(view.z, dtype=float)
        top = float(np.nanmax(heights[np.isfinite(heights)], initial=0.0))
        box.setRange(QRectF(x[0], min(0.0, float(np.nanmin(heights))), x[-1] - x[0], top or 1.0), padding=0.04)

    def _draw_path(self, places: Floats) -> None:
        item, color = self.getPlotItem(), self._theme.backward
        item.plot(
            places[:, 0],
            places[:, 1],
            pen=pg.mkPen(color, width=1),
            symbol="o",
            symbolSize=7,
            symbolBrush=color,
            symbolPen=pg.mkPen(self._theme.panel),
            antialias=True,
        )
        self._number()

    def _number(self) -> None:
        """Number those points of the path that stand apart at the present zoom."""
        if self._view is None:
            return
        item, places = self.getPlotItem(), _places(self._view)
        area = item.vb.viewRect()
        wanted = numbered(places, (area.width(), area.height()))
        for step in set(self.numbers) - set(wanted):
            item.removeItem(self.numbers.pop(step))
        for step in wanted:
            if step not in self.numbers:
                self.numbers[step] = text = pg.TextItem(str(step), color=QColor(self._theme.text), anchor=(0.5, 1.15))
                text.setPos(*places[step])
                item.addItem(text, ignoreBounds=True)

    def _mouse_moved(self, position: object) -> None:
        view, box = self._view, self.getPlotItem().vb
        if view is None or not box.sceneBoundingRect().contains(position):
            self.pointed.emit("")
            return
        point = box.mapSceneToView(position)
        column = int(np.argmin(np.abs(np.asarray(view.x) - point.x())))
        if not view.y.size:
            self.pointed.emit(f"{view.axes[0]} {digits(view.x[column])}: loss {digits(view.z[column])}")
            return
        row = int(np.argmin(np.abs(np.asarray(view.y) - point.y())))
        where = f"{view.axes[0]} {digits(view.x[column])}, {view.axes[1]} {digits(view.y[row])}"
        self.pointed.emit(f"{where}: loss {digits(view.z[row, column])}")

    def leaveEvent(self, event: object) -> None:
        self.pointed.emit("")
        super().leaveEvent(event)


def heat(z: Array) -> Floats:
    """Heights from 0 (lowest) to 1 (highest finite one), stretched near the bottom, where paths end."""
    heights = np.asarray(z, dtype=float)
    finite = heights[np.isfinite(heights)]
    if not finite.size:
        return np.zeros(heights.shape)
    low, high = float(finite.min()), float(finite.max())
    share: Floats = np.clip(np.nan_to_num((heights - low) / ((high - low) or 1.0), nan=1.0, posinf=1.0), 0, 1) ** 0.4
    return share


def numbered(places: Floats, size: tuple[float, float]) -> list[int]:
    """Which points of the path get their number: the first, and each that stands apart from all numbered before."""
    chosen: list[int] = []
    scaled = places / np.array(size)
    for step in range(len(places)):
        if not np.isfinite(scaled[step]).all():
            continue
        if all(np.abs(scaled[step] - scaled[other]).max() >= APART for other in chosen):
            chosen.append(step)
    return chosen


def _places(view: Landscape) -> Floats:
    """Where the points of the path stand in the picture."""
    return np.asarray(view.path, dtype=float)[:, :2]


def _cells(x: Floats, y: Floats) -> QRectF:
    """The area of a heat map whose outer cells are centred on the first and last coordinates."""
    dx, dy = x[1] - x[0], y[1] - y[0]
    return QRectF(x[0] - dx / 2, y[0] - dy / 2, x[-1] - x[0] + dx, y[-1] - y[0] + dy)


def _rgb(color: str) -> Floats:
    parsed = QColor(color)
    return np.array([parsed.red(), parsed.green(), parsed.blue()], dtype=float)
