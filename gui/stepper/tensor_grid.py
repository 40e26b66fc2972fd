"""A tensor's numbers as a table: coloured by sign and size, exact in the tool tip and on copy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QBrush, QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QFrame, QHeaderView, QTableView, QWidget

from engine.views import Array
from gui.stepper.numbers import digits, exact, tab_separated
from gui.stepper.tint import ink, largest_magnitude, levels, ramp
from gui.theme.fonts import number_font
from gui.theme.tokens import LIGHT, Theme

Index = QModelIndex | QPersistentModelIndex
ROWS_SHOWN = 8
_SAMPLE = 400
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_NOTHING = np.zeros((0, 0))


class TensorModel(QAbstractTableModel):
    """Read-only cells over a 2-D array. The array is never copied; cells are made when they are painted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: Array = _NOTHING
        self.names: tuple[Sequence[str], Sequence[str]] | None = None
        """Of rows and columns, where numbers would say too little."""
        self._largest = 0.0
        self._place = ""
        self._theme = LIGHT

    def show_values(self, values: Array, largest: float, place: str) -> None:
        """`largest` is the magnitude of the full hue; `place` names the indices in tool tips, with {row} and {column}."""
        self.beginResetModel()
        self.values, self._largest, self._place = values, largest, place
        self.endResetModel()

    def show_theme(self, theme: Theme) -> None:
        self.beginResetModel()
        self._theme = theme
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else int(self.values.shape[0])

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else int(self.values.shape[1])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        value = self.values[index.row(), index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return digits(value)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{self._called(index.row(), index.column())} = {exact(value)}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT
        if role in (Qt.ItemDataRole.BackgroundRole, Qt.ItemDataRole.ForegroundRole):
            colors = ramp(self._theme) if role == Qt.ItemDataRole.BackgroundRole else ink(self._theme)
            return QBrush(colors[int(levels(value, self._largest))])
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return self.names[orientation == Qt.Orientation.Horizontal][section] if self.names else str(section)

    def _called(self, row: int, column: int) -> str:
        if self.names is not None:
            return f"∂{self.names[0][row]}/∂{self.names[1][column]}"
        return self._place.format(row=row, column=column)


class TensorGrid(QTableView):
    """The table. It is as large as its numbers need, up to `ROWS_SHOWN` rows; beyond that it scrolls."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cells = TensorModel(self)
        self._wanted = QSize(0, 0)
        self.setModel(self.cells)
        self.setFont(number_font())
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setMinimumSectionSize(16)
            header.setHighlightSections(False)
            header.setSectionsClickable(True)
        self.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def show_values(self, values: Array, largest: float, place: str, headers: tuple[bool, bool]) -> None:
        """Show a 2-D array. `headers` says whether rows and columns are numbered."""
        self.cells.show_values(values, largest, place)
        self.verticalHeader().setVisible(headers[0])
        self.horizontalHeader().setVisible(headers[1])
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(self._wanted.width(), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self._wanted.width(), 120), self.minimumHeight())

    def copy(self) -> None:
        """Put the selected block, or everything when nothing is selected, on the clipboard: exact, tab-separated."""
        QGuiApplication.clipboard().setText(self.copied_text())

    def copied_text(self) -> str:
        chosen = self.selectedIndexes()
        if not chosen:
            return tab_separated(self.cells.values)
        rows = sorted({index.row() for index in chosen})
        columns = sorted({index.column() for index in chosen})
        return tab_separated(self.cells.values[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif self.cells.values.size <= 1 and event.key() not in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            event.ignore()  # one number: there is nowhere to go inside, so the arrows step along the tape
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """As high as the rows shown, and the scroll bar below when the columns do not fit."""
        bar = self.horizontalScrollBar().sizeHint().height() if self.width() < self._wanted.width() else 0
        self.setFixedHeight(self._wanted.height() + bar)

    def _fit(self) -> None:
        metrics = QFontMetrics(self.font())
        rows, columns = self.cells.values.shape
        sample = self.cells.values[:: max(1, rows // 20), : max(1, _SAMPLE // min(rows or 1, 20))]
        widest = max((len(digits(value)) for value in sample.ravel()), default=1)
        across, down = self.cells.names or ((), ())
        titles = max(map(len, down), default=len(str(columns)))
        wide = metrics.horizontalAdvance("0") * max(widest, titles, 5) + 18
        high = metrics.height() + 8
        self.horizontalHeader().setDefaultSectionSize(wide)
        self.verticalHeader().setDefaultSectionSize(high)
        side_titles = max(map(len, across), default=len(str(max(rows - 1, 0))))
        self.verticalHeader().setFixedWidth(metrics.horizontalAdvance("0") * side_titles + 16)
        left = 0 if self.verticalHeader().isHidden() else self.verticalHeader().width()
        top = 0 if self.horizontalHeader().isHidden() else self.horizontalHeader().sizeHint().height()
        frame = 2 * max(1, self.frameWidth())
        side = self.verticalScrollBar().sizeHint().width() if rows > ROWS_SHOWN else 0
        self._wanted = QSize(left + wide * columns + side + frame, top + high * max(min(rows, ROWS_SHOWN), 1) + frame)
        self.setMaximumWidth(self._wanted.width())
        self._make_room()
        self.scrollToTop()
        self.horizontalScrollBar().setValue(0)


def show_array(grid: TensorGrid, values: Array, whole: Array, place: str) -> None:
    """Show a 2-D part of the tensor `whole`, coloured by the largest magnitude of all of it."""
    grid.show_values(values, largest_magnitude(whole), place, (whole.ndim > 1, whole.ndim > 0))
