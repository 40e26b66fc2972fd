"""A small list under the mouse: type a few letters of a layer, Enter puts it there."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from engine.catalog import LAYERS, LayerEntry
from gui.canvas.desk import Place
from gui.canvas.glyphs import glyph_icon
from gui.theme.tokens import GRID, Theme

_KIND = Qt.ItemDataRole.UserRole
_WIDTH, _HEIGHT = 30 * GRID, 40 * GRID


def matching(text: str) -> list[LayerEntry]:
    """The placeable layers whose title, group, torch name or other names hold the text; those that begin with it come first."""
    wanted = text.strip().lower()
    found = [
        entry
        for entry in LAYERS
        if entry.placeable
        and any(wanted in word.lower() for word in (entry.title, entry.group, entry.torch_name, *entry.words))
    ]
    return sorted(found, key=lambda entry: not entry.title.lower().startswith(wanted))


class QuickAdd(QFrame):
    """A popup; it closes by itself when something is picked, with Escape, or with a click elsewhere."""

    picked = Signal(str, object)
    """(kind, Place)"""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._theme = theme
        self._owner = parent
        self._place = Place()
        self.search = QLineEdit()
        self.search.setPlaceholderText("Add a layer …")
        self.search.setAccessibleName("Search a layer to add")
        self._list = QListWidget()
        self._list.setAccessibleName("Layers")
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, GRID, GRID, GRID)
        layout.addWidget(self.search)
        layout.addWidget(self._list)
        self.setProperty("role", "card")
        self.setAccessibleName("Add a layer")
        self.resize(_WIDTH, _HEIGHT)
        self.search.textChanged.connect(self._fill)
        self.search.installEventFilter(self)
        self._list.itemClicked.connect(self._clicked)

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the list shows now."""
        return tuple(self._list.item(row).data(_KIND) for row in range(self._list.count()))

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme

    def open_at(self, point: QPoint, place: Place) -> None:
        """Ask at a point of the screen for a layer that is wanted at `place`."""
        self._place = place
        self.search.clear()
        self._fill("")
        screen = self._owner.screen().availableGeometry()
        x = max(screen.left(), min(point.x(), screen.right() - self.width()))
        y = max(screen.top(), min(point.y(), screen.bottom() - self.height()))
        self.move(x, y)
        self.show()
        self.search.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up, Down and Enter in the search field belong to the list."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        row, last = self._list.currentRow(), self._list.count() - 1
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._list.setCurrentRow(min(last, row + 1) if event.key() == Qt.Key.Key_Down else max(0, row - 1))
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if (item := self._list.currentItem()) is not None:
                self._clicked(item)
            return True
        return False

    def _fill(self, text: str) -> None:
        self._list.clear()
        for entry in matching(text):
            item = QListWidgetItem(glyph_icon(entry.kind, self._theme), entry.title, self._list)
            item.setData(_KIND, entry.kind)
            item.setToolTip(entry.help)
        self._list.setCurrentRow(0)

    def _clicked(self, item: QListWidgetItem) -> None:
        kind = item.data(_KIND)
        self.hide()
        self.picked.emit(kind, self._place)
