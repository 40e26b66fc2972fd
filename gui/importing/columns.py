"""The columns of a file as a table: name, role, how it is read, what is missing, first values. Role and reading are editable."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from engine.datasets.importing import Column, Preview, Use
from engine.datasets.importing.values import KINDS, ROLES, Role

Index = QModelIndex | QPersistentModelIndex
HEADS = ("Column", "Role", "Read as", "Missing", "Unreadable", "Values", "First rows")
TIPS = (
    "The name in the file",
    "feature: what the network sees; target: what it is to answer; ignored: left out",
    "number; yes/no: 1 or 0; date: days since 1 January 1970; category: one input per value (one-hot); index: one input with the "
    "number of the value",
    "Empty cells, and words like NA",
    "Cells that are no number, date or yes/no where nearly all others are, and infinite numbers",
    "Range of numbers, or how many different values there are",
    "What stands in the first rows",
)
ROLE, KIND = 1, 2
CHOICES: dict[int, tuple[str, ...]] = {ROLE: ROLES, KIND: KINDS}


class ColumnsModel(QAbstractTableModel):
    """The columns with the uses that people gave them."""

    usesChanged = Signal(object)
    """All uses, after one or more were changed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._columns: tuple[Column, ...] = ()
        self._firsts: tuple[str, ...] = ()
        self._uses: list[Use] = []

    def show(self, preview: Preview, uses: tuple[Use, ...]) -> None:
        """Another file, or the same read otherwise."""
        self.beginResetModel()
        self._columns, self._uses = preview.columns, list(uses)
        self._firsts = tuple(", ".join(cells) for cells in zip(*preview.sample[:4], strict=True))
        self.endResetModel()

    def give(self, rows: list[int], role: Role) -> None:
        """Give columns a role."""
        for row in rows:
            self._uses[row] = replace(self._uses[row], role=role)
        self._announce()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._columns)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADS[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.ToolTipRole:
            return TIPS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self._text(index.row(), index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            column = self._columns[index.row()]
            return "\n".join(part for part in (column.name, column.note, column.first_bad) if part)
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in (3, 4):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _text(self, row: int, column: int) -> str:
        found, use = self._columns[row], self._uses[row]
        texts = (
            found.name,
            use.role,
            use.kind,
            f"{found.missing:,}" if found.missing else "",
            f"{found.unreadable:,}" if found.unreadable else "",
            values_text(found),
            self._firsts[row] if row < len(self._firsts) else "",
        )
        return texts[column]

    def flags(self, index: Index) -> Qt.ItemFlag:
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return usual | Qt.ItemFlag.ItemIsEditable if index.column() in CHOICES else usual

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if index.column() not in CHOICES or value not in CHOICES[index.column()]:
            return False
        name = "role" if index.column() == ROLE else "kind"
        self._uses[index.row()] = replace(self._uses[index.row()], **{name: value})  # type: ignore[arg-type]
        self._announce()
        return True

    def _announce(self) -> None:
        self.dataChanged.emit(self.index(0, 0), self.index(len(self._uses) - 1, len(HEADS) - 1))
        self.usesChanged.emit(tuple(self._uses))


def values_text(column: Column) -> str:
    """What values a column holds, in short."""
    if column.kind == "number" and column.low is not None and column.high is not None:
        return f"{column.low:.6g} to {column.high:.6g}"
    if column.distinct is None:
        return "many" if column.kind != "date" else ""
    return f"{column.distinct:,} different"


class ChoiceDelegate(QStyledItemDelegate):
    """Edits role and reading with a list to choose from."""

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        box = QComboBox(parent)
        box.addItems(CHOICES[index.column()])
        box.setAccessibleName(HEADS[index.column()])
        box.activated.connect(self._chosen)
        QTimer.singleShot(0, box, box.showPopup)  # with the list closed, every arrow key would already choose
        return box

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        assert isinstance(editor, QComboBox)
        editor.setCurrentText(str(index.data()))

    def setModelData(self, editor: QWidget, model: object, index: Index) -> None:
        assert isinstance(editor, QComboBox)
        model.setData(index, editor.currentText())  # type: ignore[attr-defined]

    def _chosen(self) -> None:
        editor = self.sender()
        assert isinstance(editor, QComboBox)
        self.commitData.emit(editor)
        self.closeEditor.emit(editor)


class ColumnsTable(QTableView):
    """The table itself. Enter, F2 or a click on role or reading opens the list."""

    usesChanged = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = ColumnsModel(self)
        self._model.usesChanged.connect(self.usesChanged)
        self.setModel(self._model)
        self.setItemDelegate(ChoiceDelegate(self))
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(
            triggers.EditKeyPressed | triggers.SelectedClicked | triggers.DoubleClicked | triggers.AnyKeyPressed
        )
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setAccessibleName("Columns of the file")
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(26)
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setTabKeyNavigation(False)

    def show_columns(self, preview: Preview, uses: tuple[Use, ...]) -> None:
        self._model.show(preview, uses)
        for column, width in enumerate((150, 84, 92, 72, 96, 140)):
            self.setColumnWidth(column, width)

    def give(self, role: Role) -> None:
        """Give every selected column this role."""
        rows = sorted({index.row() for index in self.selectionModel().selectedRows()})
        if rows:
            self._model.give(rows, role)
