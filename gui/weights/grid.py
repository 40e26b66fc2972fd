"""The numbers of a parameter as a table that is edited like a spreadsheet."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QHeaderView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from engine.fields import FieldError, Value
from engine.hand_weights import at, parsed
from engine.views import Array
from gui.stepper.numbers import digits, tab_separated
from gui.stepper.tensor_grid import Index, TensorModel
from gui.theme.fonts import number_font

Cells = dict[tuple[int, int], float | None]
"""Row and column → value; None: as it is drawn."""
_SAMPLE = 40


class WeightModel(TensorModel):
    """Cells of a parameter's slice. What is typed goes out as `typed`; nothing is changed here."""

    typed = Signal(int, int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.by_hand: Value = None
        """Rows of what is set by hand, or None."""
        self._bold = number_font(bold=True)
        self._plain = number_font()

    def show_cells(self, values: Array, largest: float, place: str, by_hand: Value) -> None:
        """The same table with other numbers keeps its selection and an editor that is open."""
        self.by_hand = by_hand
        if values.shape != self.values.shape or place != self._place:
            self.show_values(values, largest, place)
            return
        self.values, self._largest = values, largest
        if values.size:
            self.dataChanged.emit(self.index(0, 0), self.index(values.shape[0] - 1, values.shape[1] - 1))

    def is_by_hand(self, row: int, column: int) -> bool:
        return at(self.by_hand, (row, column)) is not None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.EditRole:
            return shortest(self.values[index.row(), index.column()])
        if role == Qt.ItemDataRole.FontRole:
            return self._font(index)
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            role = Qt.ItemDataRole.ToolTipRole
        if role == Qt.ItemDataRole.ToolTipRole and self.is_by_hand(index.row(), index.column()):
            return f"{super().data(index, role)}\nset by hand; Delete draws it again"
        return super().data(index, role)

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole:
            return False
        self.typed.emit(index.row(), index.column(), str(value))
        return True

    def _font(self, index: Index) -> QFont:
        return self._bold if self.is_by_hand(index.row(), index.column()) else self._plain


class _Editor(QStyledItemDelegate):
    """A line for one number. Enter with a text that is none leaves it open and says why."""

    refused = Signal(str)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        line = QLineEdit(parent)
        line.setFont(number_font())
        line.setAlignment(Qt.AlignmentFlag.AlignRight)
        line.setAccessibleName("New value")
        line.setTextMargins(0, 0, 0, 0)
        line.setProperty("role", "cell")
        return line

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        assert isinstance(editor, QLineEdit)
        if not editor.isModified():  # numbers that move while somebody types are for later
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        assert isinstance(editor, QLineEdit)
        if editor.isModified():
            model.setData(index, editor.text())

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        editor.setGeometry(option.rect)

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and isinstance(editor, QLineEdit):
            enters = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
            if enters and editor.isModified():
                try:
                    parsed(editor.text())
                except FieldError as error:
                    self.refused.emit(str(error))
                    editor.selectAll()
                    return True
        return super().eventFilter(editor, event)


class WeightGrid(QTableView):
    """The table. Enter or typing edits a cell, Ctrl+C and Ctrl+V copy and paste blocks, Delete draws again."""

    cellsEdited = Signal(object)
    """(Cells)"""
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cells = WeightModel(self)
        self.setModel(self.cells)
        self._editor = _Editor(self)
        self.setItemDelegate(self._editor)
        self.setFont(number_font())
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        triggers = QTableView.EditTrigger
        self.setEditTriggers(triggers.DoubleClicked | triggers.AnyKeyPressed | triggers.EditKeyPressed)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setMinimumSectionSize(16)
            header.setHighlightSections(False)
            header.setSectionsClickable(True)
        self.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.cells.typed.connect(self._typed)
        self._editor.refused.connect(self.refused)
        self.cells.modelReset.connect(self._fit)

    def copy(self) -> None:
        """Put the selected block, or everything when at most one cell is selected, on the clipboard."""
        rows, columns = self._block()
        if len(rows) * len(columns) <= 1 and len(self.selectedIndexes()) != 1:
            rows, columns = range(self.cells.rowCount()), range(self.cells.columnCount())
        part = self.cells.values[rows.start : rows.stop, columns.start : columns.stop]
        QGuiApplication.clipboard().setText(tab_separated(part))

    def paste(self) -> None:
        """Set the cells from the selected one on to the block on the clipboard; a single number fills the selection."""
        try:
            block = parsed_block(QGuiApplication.clipboard().text())
            self.cellsEdited.emit(self._placed(block))
        except FieldError as error:
            self.refused.emit(str(error))

    def draw_again(self) -> None:
        """The selected cells as they are drawn."""
        self.cellsEdited.emit({(index.row(), index.column()): None for index in self.selectedIndexes()})

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.state() == QTableView.State.EditingState:
            super().keyPressEvent(event)  # Enter comes here too before the editor is closed
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.draw_again()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.edit(self.currentIndex())
        elif event.key() == Qt.Key.Key_Space or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            # Not the beginning of a number: the window's Play, and keys that move the selection.
            super().keyPressEvent(event) if event.key() != Qt.Key.Key_Space else event.ignore()
        else:
            super().keyPressEvent(event)

    def _typed(self, row: int, column: int, text: str) -> None:
        try:
            self.cellsEdited.emit({(row, column): parsed(text)})
        except FieldError as error:
            self.refused.emit(str(error))

    def _block(self) -> tuple[range, range]:
        """Rows and columns around everything that is selected."""
        chosen = self.selectedIndexes()
        if not chosen:
            return range(0), range(0)
        rows = [index.row() for index in chosen]
        columns = [index.column() for index in chosen]
        return range(min(rows), max(rows) + 1), range(min(columns), max(columns) + 1)

    def _placed(self, block: list[list[float]]) -> Cells:
        """Where the numbers of a block go.

        Raises:
            FieldError: there is no room for it.
        """
        chosen = self.selectedIndexes()
        if not chosen:
            raise FieldError("Select the cell where the pasted numbers are to begin.")
        if len(block) == 1 and len(block[0]) == 1:
            return {(index.row(), index.column()): block[0][0] for index in chosen}
        down, across = self.cells.rowCount(), self.cells.columnCount()
        if down == 1 and len(block[0]) == 1:
            block = [[row[0] for row in block]]  # a column of numbers for a parameter with one axis
        rows, columns = self._block()
        top, left = rows.start, columns.start
        if len(block) > down - top or len(block[0]) > across - left:
            room = f"{down - top}×{across - left}"
            raise FieldError(
                f"The copied block is {len(block)}×{len(block[0])}, but from row {top}, column {left} on there is room for {room}."
            )
        return {(top + r, left + c): value for r, row in enumerate(block) for c, value in enumerate(row)}

    def _fit(self) -> None:
        """Sections as wide as the numbers need."""
        metrics = QFontMetrics(number_font(bold=True))
        rows, columns = self.cells.values.shape
        sample = self.cells.values[:: max(1, rows // _SAMPLE), :_SAMPLE]
        widest = max((len(digits(value)) for value in sample.ravel()), default=1)
        zero = metrics.horizontalAdvance("0")
        self.horizontalHeader().setDefaultSectionSize(zero * max(widest + 1, len(str(columns)), 9) + 16)
        self.verticalHeader().setDefaultSectionSize(metrics.height() + 7)
        self.horizontalHeader().setFixedHeight(metrics.height() + 6)
        self.verticalHeader().setFixedWidth(zero * len(str(max(rows - 1, 0))) + 18)


def shortest(value: object) -> str:
    """The shortest text that reads back as the same float32."""
    text = str(value)
    return text.removesuffix(".0") if text.endswith(".0") else text


def parsed_block(text: str) -> list[list[float]]:
    """The numbers of tab-separated text, as spreadsheets copy it.

    Raises:
        FieldError: a cell is not a number, rows differ in length, or there is nothing.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")
    if not text.strip():
        raise FieldError("There are no numbers on the clipboard.")
    block: list[list[float]] = []
    for number, line in enumerate(lines, start=1):
        row: list[float] = []
        for column, cell in enumerate(line.rstrip("\t").split("\t"), start=1):
            try:
                row.append(parsed(cell))
            except FieldError as error:
                where = (
                    "" if len(lines) == 1 and "\t" not in line else f"Row {number}, column {column} of what is pasted: "
                )
                raise FieldError(f"{where}{error}") from None
        if block and len(row) != len(block[0]):
            raise FieldError(
                f"Row {number} of what is pasted has {len(row)} numbers, the first one has {len(block[0])}."
            )
        block.append(row)
    return block
