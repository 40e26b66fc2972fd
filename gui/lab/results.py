"""The right half of the lab: the error card, the table of names, and the numbers of the selected tensor."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QBoxLayout,
    QFrame,
    QHeaderView,
    QScrollArea,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from engine.inspection import LabView
from gui.lab.problem_card import ProblemCard
from gui.lab.tensor_rows import ADDED, TensorRow, TensorRowsModel, why_none
from gui.stepper.tensors import TensorTable
from gui.theme.tokens import TEXT_SMALL, Theme

_SIDE_BY_SIDE = 400
_ROW = 28
_WIDEST = 184
"""Of a column; longer texts end in "…", and are whole in the tool tip."""


class Results(QWidget):
    """Keeps the selected name from one evaluation to the next."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.card = ProblemCard()
        self.rows = TensorRowsModel(self)
        self.table = QTableView()
        self.value, self.gradient = TensorTable(), TensorTable()
        self._picked = ""
        """The name that was chosen by hand; it stays in front from one evaluation to the next."""
        self._by_itself = False
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._area = QScrollArea()
        self._halves = QSplitter(Qt.Orientation.Vertical)
        self._build_table()
        self._arrange()
        self.table.selectionModel().currentRowChanged.connect(self._row_changed)

    def show_view(self, view: LabView) -> None:
        """Show the names as the evaluation left them."""
        self.card.show_error(view.errors[0] if view.errors else None)
        before = len(self.rows.rows)
        self._by_itself = True
        self.rows.show_view(view)
        names = [row.name for row in self.rows.rows]
        self._show_row(names.index(self._picked) if self._picked in names else _interesting(self.rows.rows))
        self._by_itself = False
        if len(names) != before:
            self._fit_table()
        self._area.setVisible(bool(names))
        self._show_tensor()

    def forget(self) -> None:
        """Another text comes: nothing in it has been chosen yet."""
        self._picked = ""

    def show_theme(self, theme: Theme) -> None:
        for part in (self.card, self.rows, self.value, self.gradient):
            part.show_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = self.width() >= _SIDE_BY_SIDE
        self._sides.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)

    def _show_row(self, row: int) -> None:
        flags = QItemSelectionModel.SelectionFlag
        index = self.rows.index(row, 0)
        self.table.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def _row_changed(self, index: QModelIndex, _: QModelIndex) -> None:
        if index.isValid() and not self._by_itself:
            self._picked = self.rows.rows[index.row()].name
            self._show_tensor()

    def _show_tensor(self) -> None:
        row = self._current()
        tensor = row.tensor if row is not None else None
        self.value.setVisible(row is not None)
        self.gradient.setVisible(tensor is not None)
        if row is None:
            return
        if tensor is None:
            self.value.show_nothing(row.name, row.texts[1])
            return
        self.value.show_tensor(tensor.value, tensor.name)
        if tensor.grad is None:
            self.gradient.show_nothing(f"{tensor.name}.grad", why_none(tensor))
        else:
            self.gradient.show_tensor(tensor.grad, f"{tensor.name}.grad")

    def _at(self) -> int:
        return self.table.currentIndex().row()

    def _current(self) -> TensorRow | None:
        return self.rows.rows[self._at()] if 0 <= self._at() < len(self.rows.rows) else None

    def _fit_table(self) -> None:
        """As high as its rows, but not more than half."""
        header = self.table.horizontalHeader().sizeHint().height() + 18
        high = min(header + _ROW * max(len(self.rows.rows), 2), max(self._halves.height() // 2, header + 3 * _ROW))
        self._halves.setSizes([high, max(self._halves.height() - high, 1)])

    def _build_table(self) -> None:
        table = self.table
        table.setModel(self.rows)
        table.setAccessibleName("Tensors and their gradients")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(_ROW)
        header = table.horizontalHeader()
        header.setStyleSheet(f"QHeaderView::section {{ font-size: {TEXT_SMALL}px; padding: 4px 4px; }}")
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setMinimumSectionSize(40)
        header.setMaximumSectionSize(_WIDEST)
        header.setSectionResizeMode(ADDED, QHeaderView.ResizeMode.Stretch)

    def _arrange(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(12, 8, 12, 12)
        self._sides.setSpacing(16)
        for side in (self.value, self.gradient):
            self._sides.addWidget(side, 1, Qt.AlignmentFlag.AlignTop)
        column.addLayout(self._sides)
        column.addStretch(1)
        self._area.setWidget(inside)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._halves.setChildrenCollapsible(False)
        self._halves.addWidget(self.table)
        self._halves.addWidget(self._area)
        self._halves.setStretchFactor(1, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(8, 8, 8, 8)
        outer.setSpacing(8)
        outer.addWidget(self.card)
        outer.addWidget(self._halves, 1)


def _interesting(rows: tuple[TensorRow, ...]) -> int:
    """The first name that has a gradient, else the last tensor."""
    tensors = [(place, row.tensor) for place, row in enumerate(rows) if row.tensor is not None]
    last = tensors[-1][0] if tensors else 0
    return next((place for place, tensor in tensors if tensor.grad is not None), last)
