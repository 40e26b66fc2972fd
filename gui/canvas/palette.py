"""The palette: every layer that can be placed, by group, with a search field."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QEvent, QMimeData, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.catalog import LAYERS, LayerEntry
from gui.canvas.drops import layer_mime
from gui.canvas.glyphs import glyph_icon
from gui.canvas.palette_row import PaletteRow, plus_rect
from gui.canvas.quick_add import matching
from gui.theme.icons import icon
from gui.theme.tokens import GRID, LIGHT, Theme

_KIND = Qt.ItemDataRole.UserRole


class PalettePanel(QWidget):
    """Drag a layer onto the canvas, or append it with the + of its row, a double click, Enter or the button."""

    appendRequested = Signal(str)
    """(kind)"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search layers")
        self.search.setAccessibleName("Search layers")
        self.search.setClearButtonEnabled(True)
        self._list = LayerList()
        self._help = QLabel()
        self._help.setProperty("role", "note")
        self._help.setWordWrap(True)
        self._help.setMinimumHeight(6 * GRID)
        self._help.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.button = QPushButton()
        self.button.setToolTip(
            "Put it behind the selected layer, or before the loss (the + of a row, a double click, or Enter in the list)"
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, GRID, GRID, GRID)
        layout.setSpacing(GRID)
        for widget in (self.search, self._list, self._help, self.button):
            layout.addWidget(widget)
        layout.setStretch(1, 1)
        self.setAccessibleName("Layers")
        self.search.textChanged.connect(self._fill)
        self.search.returnPressed.connect(self._append)
        self._list.currentItemChanged.connect(self._describe)
        self._list.itemDoubleClicked.connect(self._append)
        self._list.chosen.connect(self._append)
        self._list.plusClicked.connect(self.appendRequested)
        self.button.clicked.connect(self._append)
        self._fill()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The layers shown now, from top to bottom."""
        return tuple(kind for item in self._items() if (kind := item.data(_KIND)))

    @property
    def layers(self) -> QListWidget:
        return self._list

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._list.rows.theme = theme
        self.button.setIcon(icon("plus", theme))
        self._fill()

    def _items(self) -> list[QListWidgetItem]:
        return [self._list.item(row) for row in range(self._list.count())]

    def _fill(self) -> None:
        """The layers that match the search, under the names of their groups."""
        kept = self._current()
        self._list.clear()
        wanted = {entry.kind for entry in matching(self.search.text())}
        group = ""
        for entry in LAYERS:
            if entry.kind not in wanted:
                continue
            if entry.group != group:
                group = entry.group
                self._list.addItem(_heading(group))
            self._list.addItem(self._row(entry))
        rows = [item for item in self._items() if item.data(_KIND)]
        if rows:
            self._list.setCurrentItem(next((item for item in rows if item.data(_KIND) == kept), rows[0]))
        self._describe()

    def _row(self, entry: LayerEntry) -> QListWidgetItem:
        item = QListWidgetItem(glyph_icon(entry.kind, self._theme), entry.title)
        item.setData(_KIND, entry.kind)
        item.setSizeHint(QSize(0, 3 * GRID + 4))
        lines = [f"<b>{entry.title}</b>", escape(entry.help), f"<i>{escape(entry.formula)}</i>", entry.torch_name]
        item.setToolTip("<br>".join(line for line in lines if line))
        return item

    def _current(self) -> str:
        item = self._list.currentItem()
        return str(item.data(_KIND) or "") if item is not None else ""

    def _describe(self) -> None:
        kind = self._current()
        self.button.setEnabled(bool(kind))
        self.button.setText(f"Add {LAYERS[kind].title}" if kind else "Add")
        self._help.setText(LAYERS[kind].help if kind else f"No layer is called “{self.search.text()}”.")

    def _append(self) -> None:
        if kind := self._current():
            self.appendRequested.emit(kind)


class LayerList(QListWidget):
    """Rows that can be dragged out; headings cannot."""

    chosen = Signal()
    """Enter was pressed on a row."""
    plusClicked = Signal(str)
    """(kind): the + at the end of its row."""

    def __init__(self) -> None:
        super().__init__()
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setIconSize(QSize(20, 20))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setAccessibleName("Layers to add")
        self.setMouseTracking(True)
        self.rows = PaletteRow(_KIND, self)
        self.setItemDelegate(self.rows)

    def mimeData(self, items: list[QListWidgetItem]) -> QMimeData:  # type: ignore[override]
        return layer_mime(items[0].data(_KIND))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self._plus_at(event.position().toPoint())
        if row >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.setCurrentRow(row)
            self.plusClicked.emit(self.item(row).data(_KIND))
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The second of two quick clicks on a + is one more layer, not a double click on the row."""
        if self._plus_at(event.position().toPoint()) >= 0:
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._light(self._plus_at(event.position().toPoint()))
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._light(-1)
        super().leaveEvent(event)

    def _light(self, row: int) -> None:
        if row != self.rows.hot:
            self.rows.hot = row
            self.viewport().update()

    def _plus_at(self, at: QPoint) -> int:
        """The row whose + is at a place of the list, −1 when none is."""
        item = self.itemAt(at)
        if item is None or not item.data(_KIND) or not plus_rect(self.visualItemRect(item)).contains(at):
            return -1
        return self.row(item)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit()
        else:
            super().keyPressEvent(event)


def _heading(group: str) -> QListWidgetItem:
    item = QListWidgetItem(group)
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    font = QFont()
    font.setBold(True)
    item.setFont(font)
    item.setSizeHint(QSize(0, 3 * GRID))
    return item
