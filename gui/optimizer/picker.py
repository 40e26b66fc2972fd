"""Which number the lens is about: a parameter in a list, an element in its table."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QSignalBlocker, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from engine.inspection import UpdateLens
from gui.stepper.parts import ElidedLabel
from gui.stepper.tensor_grid import TensorGrid, show_array
from gui.theme.tokens import LIGHT, Theme


class _Framed(QStyledItemDelegate):
    """The chosen cell keeps its colour, which says its value, and gets a frame."""

    color = LIGHT.accent

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        option.state &= ~QStyle.StateFlag.State_Selected
        super().paint(painter, option, index)
        if chosen:
            painter.setPen(QPen(QColor(self.color), 2))
            painter.drawRect(option.rect.adjusted(1, 1, -1, -1))


class ElementPicker(QWidget):
    """Asks for another element when a parameter or a cell is chosen. A weight of many axes is shown one row per filter."""

    picked = Signal(str, object)
    """Parameter, and index as a tuple; the empty one means the element with the greatest gradient."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: UpdateLens | None = None
        self.parameters = QComboBox()
        self.parameters.setAccessibleName("Parameter")
        self.parameters.setToolTip("Whose update is taken apart, as in model.named_parameters()")
        self.grid = TensorGrid()
        self._framed = _Framed(self)
        self.grid.setItemDelegate(self._framed)
        self.grid.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.grid.setToolTip("Click a number to take its update apart")
        self.shape = ElidedLabel("small")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self.parameters, self.shape, self.grid):
            column.addWidget(widget)
        column.addStretch(1)
        self.parameters.activated.connect(self._parameter_chosen)
        self.grid.selectionModel().currentChanged.connect(self._cell_chosen)

    def show_lens(self, view: UpdateLens) -> None:
        """The values of its parameter before the step, with its element marked."""
        before, self._view = self._view, view
        if view.values is None:
            return
        with QSignalBlocker(self.parameters):
            if [self.parameters.itemText(row) for row in range(self.parameters.count())] != list(view.parameters):
                self.parameters.clear()
                self.parameters.addItems(view.parameters)
            self.parameters.setCurrentText(view.parameter)
        values = view.values.values
        flat = _as_table(values)
        self.shape.setText(f"before the step, shape {tuple(values.shape)}")
        self.grid.setAccessibleName(f"Numbers of {view.parameter} before the step")
        with QSignalBlocker(self.grid.selectionModel()):
            if before is None or before.values is None or not np.array_equal(before.values.values, values):
                show_array(self.grid, flat, flat, f"{view.parameter}: row {{row}}, column {{column}}")
            cell = self.grid.cells.index(*_cell(view.index, values.shape))
            flags = QItemSelectionModel.SelectionFlag
            self.grid.selectionModel().setCurrentIndex(cell, flags.ClearAndSelect)
        self.grid.viewport().update()
        self.grid.scrollTo(cell)

    def show_theme(self, theme: Theme) -> None:
        self._framed.color = theme.accent
        self.grid.cells.show_theme(theme)

    def _parameter_chosen(self, _: int) -> None:
        self.picked.emit(self.parameters.currentText(), ())

    def _cell_chosen(self, cell: QModelIndex, _: QModelIndex) -> None:
        if self._view is not None and self._view.values is not None and cell.isValid():
            index = _index(cell.row(), cell.column(), self._view.values.shape)
            self.picked.emit(self._view.parameter, index)


def _as_table(values: np.ndarray) -> np.ndarray:
    return values.reshape(1, -1) if values.ndim < 2 else values.reshape(values.shape[0], -1)


def _cell(index: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, int]:
    """Where an element stands in the table."""
    number = int(np.ravel_multi_index(index, shape)) if shape else 0
    wide = int(np.prod(shape[1:])) if len(shape) > 1 else max(1, int(np.prod(shape)))
    return divmod(number, wide)


def _index(row: int, column: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The element at a place of the table."""
    if not shape:
        return ()
    wide = int(np.prod(shape[1:])) if len(shape) > 1 else shape[0]
    return tuple(int(part) for part in np.unravel_index(row * wide + column, shape))
