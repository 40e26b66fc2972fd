"""The parts of a prediction picture that move while training goes on: changed in place, since a picture made anew eight
times a second takes the window's thread from everything else.
"""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from engine.views import Array, PredictionView
from gui.curves.pyramid import Floats
from gui.theme.tokens import Theme


def rgb(color: str) -> Floats:
    """The three parts of a hex colour, 0–255."""
    parsed = QColor(color)
    return np.array([parsed.red(), parsed.green(), parsed.blue()], dtype=float)


class ConfusionMatrix:
    """Counts in coloured cells: rows are true classes, columns predicted ones."""

    def __init__(self, item: pg.PlotItem, theme: Theme) -> None:
        self._item, self._theme = item, theme
        self._ends = rgb(theme.zero), rgb(theme.accent)
        self._image = pg.ImageItem(levels=(0, 255))
        self._texts: dict[tuple[int, int], pg.TextItem] = {}
        self._shown: dict[tuple[int, int], tuple[str, bool]] = {}
        item.addItem(self._image)

    def show(self, counts: Floats) -> None:
        """Counts (classes, classes); only cells that differ from before are touched."""
        share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        low, high = self._ends
        colors = (low + (high - low) * share[..., None]).astype(np.uint8)
        self._image.setImage(np.transpose(colors, (1, 0, 2)), levels=(0, 255))
        cells = {(int(row), int(column)) for row, column in np.argwhere(counts > 0)}
        for cell in self._shown.keys() - cells:
            self._texts[cell].hide()
            del self._shown[cell]
        for cell in cells:
            self._show_cell(cell, f"{counts[cell]:.0f}", bool(share[cell] > 0.5))

    def _show_cell(self, cell: tuple[int, int], count: str, dark: bool) -> None:
        if self._shown.get(cell) == (count, dark):
            return
        if cell not in self._texts:
            self._texts[cell] = pg.TextItem(anchor=(0.5, 0.5))
            self._texts[cell].setPos(cell[1] + 0.5, cell[0] + 0.5)
            self._item.addItem(self._texts[cell])
        text = self._texts[cell]
        text.setText(count, QColor(self._theme.on_accent if dark else self._theme.text))
        text.show()
        self._shown[cell] = (count, dark)


class Surface:
    """The network's answers on a grid of the two inputs, as a background."""

    def __init__(self, item: pg.PlotItem) -> None:
        self.image = pg.ImageItem(levels=(0, 255))
        item.addItem(self.image)

    def show(self, view: PredictionView, colors: Array) -> None:
        """`colors` (len(view.y), len(view.x), 3); the cells are centred on the grid's points."""
        self.image.setImage(np.transpose(colors, (1, 0, 2)), levels=(0, 255))
        x, y = np.asarray(view.x, dtype=float), np.asarray(view.y, dtype=float)
        dx, dy = x[1] - x[0], y[1] - y[0]
        self.image.setRect(QRectF(x[0] - dx / 2, y[0] - dy / 2, x[-1] - x[0] + dx, y[-1] - y[0] + dy))
