"""The Init Lab: spread of activations and gradients layer by layer, one line per rule that draws weights."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QSpinBox,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.catalog import LAYERS
from engine.inspection import SpreadRow, SpreadView
from gui.curves.colors import class_colors
from gui.pump import Update
from gui.stepper.numbers import digits
from gui.stepper.parts import EmptyPage, Stack, plain_label
from gui.theme.tokens import GRID, LIGHT, Theme

DRAW = "Compare the rules"
EMPTY_TEXT = (
    "Many equal layers in a row, their weights drawn by each rule: how far the activations spread after every layer on the way "
    "forward, and the gradients on the way back. Lines that stay level are what a rule is for."
)
ACTIVATIONS = ("tanh", "relu", "sigmoid", "leaky_relu", "gelu", "silu", "elu", "identity")
COLUMNS = ("Rule", "Var(w)", "Activations, first → last", "Gradient of the first weights")
_DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine)


class SpreadPanel(QWidget):
    """Shows one SpreadView; asks again when a setting changes."""

    spreadRequested = Signal(str, int, int, int)
    """Activation, depth, width, seed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = LIGHT
        self.view: SpreadView | None = None
        self.empty = EmptyPage("No rule tried yet", EMPTY_TEXT, DRAW)
        self.activation = QComboBox()
        for kind in ACTIVATIONS:
            self.activation.addItem(LAYERS[kind].title, kind)
        self.activation.setAccessibleName("Activation")
        self.activation.setToolTip("What follows every linear layer")
        self.layers = _spin("Depth", "So many linear layers in a row", 2, 50, 10)
        self.neurons = _spin("Width", "Neurons in every layer", 2, 500, 100)
        self.seed = _spin("Seed", "Fixes samples, targets and weights: torch.manual_seed", 0, 2**31 - 1, 0)
        self.charts = (_chart("activation"), _chart("gradient"))
        self.table = QTableWidget(0, len(COLUMNS))
        self._pages = Stack()
        self._arrange()
        self.empty.button.clicked.connect(self.ask)
        self.activation.activated.connect(self.ask)
        for spin in (self.layers, self.neurons, self.seed):
            spin.editingFinished.connect(self._entered)
        self.table.itemSelectionChanged.connect(self._draw)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        for chart in self.charts:
            chart.setBackground(theme.panel)
            for side in ("left", "bottom"):
                axis = chart.getPlotItem().getAxis(side)
                axis.setPen(theme.border)
                axis.setTextPen(theme.muted)
        if self.view is not None:
            self._show(self.view)

    def show_update(self, update: Update) -> None:
        if "spread" in update.changed and update.spread is not None:
            self._show(update.spread)

    def ask(self) -> None:
        """The rules with the present settings."""
        self.spreadRequested.emit(
            self.activation.currentData(), self.layers.value(), self.neurons.value(), self.seed.value()
        )

    def _entered(self) -> None:
        view = self.view
        if view is not None and self._settings() != (view.depth, view.width, view.seed):
            self.ask()

    def _settings(self) -> tuple[int, int, int]:
        return self.layers.value(), self.neurons.value(), self.seed.value()

    def _show(self, view: SpreadView) -> None:
        self.view = view
        self._pages.setCurrentIndex(1)
        with QSignalBlocker(self.table):
            self.table.setRowCount(len(view.rows))
            for index, row in enumerate(view.rows):
                for column, text in enumerate(_cells(row)):
                    item = QTableWidgetItem(text)
                    if column == 0:
                        item.setIcon(_swatch(self._colors()[index]))
                    self.table.setItem(index, column, item)
        self._draw()

    def _colors(self) -> tuple[str, ...]:
        return class_colors(self._theme, len(self.view.rows) if self.view is not None else 0)

    def _draw(self) -> None:
        if self.view is None:
            return
        chosen = {index.row() for index in self.table.selectionModel().selectedRows()}
        for chart, name in zip(self.charts, ("activations", "gradients"), strict=True):
            item = chart.getPlotItem()
            item.clear()
            for number, (row, color) in enumerate(zip(self.view.rows, self._colors(), strict=True)):
                values = np.array(getattr(row, name), dtype=float)
                values[~(values > 0) | ~np.isfinite(values)] = np.nan  # a logarithmic axis has no place for them
                shade = QColor(color)
                shade.setAlphaF(1.0 if not chosen or number in chosen else 0.25)
                pen = pg.mkPen(shade, width=3 if number in chosen else 1, style=_DASHES[number // 10 % 2])
                item.plot(np.arange(1, len(values) + 1), values, pen=pen, connect="finite")
            item.setTitle(f"std of {name}", color=self._theme.muted, size="9pt")

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(GRID, 4, GRID, 4)
        head.setSpacing(GRID)
        fields = (("Activation", self.activation), ("Depth", self.layers), ("Width", self.neurons), ("Seed", self.seed))
        for caption, field in fields:
            head.addWidget(plain_label("small", caption))
            head.addWidget(field)
        head.addStretch(1)
        draw = QPushButton("Draw")
        draw.setToolTip("Draw all rules again with these settings")
        draw.clicked.connect(self.ask)
        head.addWidget(draw)
        self.table.setHorizontalHeaderLabels(COLUMNS)
        self.table.setAccessibleName("Rules and what they do")
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(3 * GRID)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setStretchLastSection(True)
        halves = QSplitter(Qt.Orientation.Horizontal)
        halves.setChildrenCollapsible(False)
        for part in (*self.charts, self.table):
            halves.addWidget(part)
        halves.setSizes([320, 320, 300])
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(halves, 1)
        for each in (self.empty, page):
            self._pages.addWidget(each)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)


def _spin(name: str, tip: str, low: int, high: int, value: int) -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(low, high)
    spin.setValue(value)
    spin.setAccessibleName(name)
    spin.setToolTip(tip)
    spin.setMinimumWidth(64)
    return spin


def _chart(name: str) -> pg.PlotWidget:
    chart = pg.PlotWidget()
    chart.setAccessibleName(f"Spread of the {name}s, layer by layer")
    item = chart.getPlotItem()
    item.setMenuEnabled(False)
    item.hideButtons()
    item.setLogMode(x=False, y=True)
    item.getAxis("left").setWidth(40)
    item.showGrid(x=False, y=True, alpha=0.15)
    return chart


def _cells(row: SpreadRow) -> tuple[str, ...]:
    first, last = row.activations[0], row.activations[-1]
    return row.title, _text(row.variance), f"{_text(first)} → {_text(last)}", _text(row.weight_gradients[0])


def _text(value: float) -> str:
    return digits(value) if math.isfinite(value) else str(value)


def _swatch(color: str) -> QIcon:
    picture = QPixmap(12, 12)
    picture.fill(QColor(color))
    return QIcon(picture)
