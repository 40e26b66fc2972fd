"""A small picture of the data: points of two inputs, a curve's points of one, the first images, or two chosen columns."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.views import Array, DataView
from gui.curves.colors import class_colors
from gui.forms.form import note
from gui.theme.tokens import LIGHT, Theme

MOST_POINTS = 1500
IMAGE_GRID = (5, 10)
MOST_SEQUENCES = 12


class DataPicture(QWidget):
    """Draws a DataView. The training part only: the other parts are for judging, not for looking."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = LIGHT
        self._data: DataView | None = None
        self._plot = pg.PlotWidget()
        self._plot.setFixedHeight(176)
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.setAccessibleName("Picture of the training data")
        self._caption = note("The picture of the data appears when the engine has read it.")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._plot)
        layout.addWidget(self._caption)

    def row_count(self) -> int:
        """Rows of all parts of the data that is shown."""
        return 0 if self._data is None else self._data.rows

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._draw()

    def show_data(self, data: DataView | None) -> None:
        self._data = data
        self._draw()

    def _draw(self) -> None:
        item = self._plot.getPlotItem()
        item.clear()
        self._plot.setBackground(self._theme.panel)
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setPen(self._theme.border)
            axis.setTextPen(self._theme.muted)
            axis.enableAutoSIPrefix(False)
        if self._data is None or not len(self._data.features["train"]):
            return
        features = self._data.features["train"]
        if features.ndim == 4:
            self._draw_images(features)
        elif features.ndim == 3:
            self._draw_sequences(self._data, features)
        elif _square(features) and self._data.task == "classes":
            self._draw_images(features.reshape(len(features), 1, _square(features), _square(features)))
        else:
            self._draw_points(self._data, features)
        item.autoRange(padding=0.06)

    def _draw_images(self, features: Array) -> None:
        rows, columns = IMAGE_GRID
        first = np.asarray(features[: rows * columns, 0], dtype=float)
        height, width = first.shape[1:]
        sheet = np.full((rows * (height + 1), columns * (width + 1)), first.min())
        for index, image in enumerate(first):
            y, x = divmod(index, columns)
            sheet[y * (height + 1) : y * (height + 1) + height, x * (width + 1) : x * (width + 1) + width] = image
        picture = pg.ImageItem(sheet[::-1].T)
        low, high = self._theme.panel, self._theme.text
        picture.setColorMap(pg.ColorMap([0.0, 1.0], [pg.mkColor(low), pg.mkColor(high)]))
        item = self._plot.getPlotItem()
        item.addItem(picture)
        item.showAxes(False)
        item.setAspectLocked(True)
        item.setLabels(left="", bottom="")
        self._caption.setText(f"The first {len(first)} images of the training part, {height}×{width} pixels.")

    def _draw_sequences(self, data: DataView, features: Array) -> None:
        """The first channel of some sequences; what is asked for, when it is a number, stands behind their ends."""
        item = self._plot.getPlotItem()
        item.setAspectLocked(False)
        item.showAxes((True, False, False, True))
        first = np.asarray(features[:MOST_SEQUENCES, :, 0], dtype=float)
        steps = np.arange(first.shape[1])
        for sequence in first:
            item.plot(steps, sequence, pen=pg.mkPen(self._theme.data, width=1))
        if data.task == "regression":
            wanted = np.asarray(data.targets["train"][: len(first)], dtype=float).reshape(len(first), -1)[:, 0]
            self._scatter(np.full(len(first), float(len(steps))), wanted, self._theme.parameter)
        item.setLabels(bottom="step", left="value")
        self._caption.setText(f"The first {len(first)} sequences of the training part; dots: the targets.")

    def _draw_points(self, data: DataView, features: Array) -> None:
        item = self._plot.getPlotItem()
        item.setAspectLocked(False)
        item.showAxes((True, False, False, True))
        step = max(1, len(features) // MOST_POINTS)
        x, targets = np.asarray(features[::step], dtype=float), np.asarray(data.targets["train"][::step])
        names = data.feature_names
        if data.task == "regression":
            self._scatter(x[:, 0], np.asarray(targets, dtype=float).reshape(len(x), -1)[:, 0], self._theme.data)
            item.setLabels(bottom=names[0], left="target")
            self._caption.setText("Every dot is a row of the training part.")
            return
        y = x[:, 1] if x.shape[1] > 1 else np.zeros(len(x))
        colors = class_colors(self._theme, int(targets.max()) + 1)
        for index, color in enumerate(colors):
            self._scatter(x[targets == index, 0], y[targets == index], color)
        item.setLabels(bottom=names[0], left=names[1] if len(names) > 1 else "")
        classes = ", ".join(data.class_names) if data.class_names else f"{len(colors)} classes"
        more = f" The first two of {x.shape[1]} columns." if x.shape[1] > 2 else ""
        self._caption.setText(f"Rows of the training part, coloured by class: {classes}.{more}")

    def _scatter(self, x: Array, y: Array, color: str) -> None:
        self._plot.getPlotItem().plot(x, y, pen=None, symbol="o", symbolSize=4, symbolPen=None, symbolBrush=color)


def _square(features: Array) -> int:
    """The side of a square image laid flat, 0 when the row is no such image."""
    if features.ndim != 2 or features.shape[1] < 64:
        return 0
    side = round(float(features.shape[1]) ** 0.5)
    return side if side * side == features.shape[1] else 0
