"""The events of a tape as a list: a heading per part of the step, and per event a band, a glyph, name, layer, shape."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from engine.views import Tape, TapeEvent
from gui.stepper.moments import LOOKS, headline, hue, label, layer_of, place, tiny_shape
from gui.theme.fonts import number_font, text_font
from gui.theme.tokens import LIGHT, TEXT_NORMAL, TEXT_SMALL, Theme

Index = QModelIndex | QPersistentModelIndex
EVENT = int(Qt.ItemDataRole.UserRole)
HEADING = EVENT + 1
MARKED = EVENT + 2
_ROW, _HEADING_ROW = 28, 26
_LEFT = Qt.AlignmentFlag.AlignLeft
NAVIGATION = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Space)
"""Keys that move along the tape everywhere in its panel."""


class EventModel(QAbstractListModel):
    """Headings and events in tape order. A heading cannot be selected, and the keys pass over it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[TapeEvent | str] = []
        self._row_of: list[int] = []
        self._layers: frozenset[str] = frozenset()

    def show_tape(self, tape: Tape | None) -> None:
        self.beginResetModel()
        self.rows, self._row_of = [], []
        section = ""
        for event in tape.events if tape is not None else ():
            if LOOKS[event.phase].section != section:
                section = LOOKS[event.phase].section
                self.rows.append(section)
            self._row_of.append(len(self.rows))
            self.rows.append(event)
        self.endResetModel()

    def mark(self, layers: tuple[str, ...]) -> None:
        """Mark the events of the selected layers."""
        self._layers = frozenset(layers)
        if self.rows:
            self.dataChanged.emit(self.index(0), self.index(len(self.rows) - 1), [MARKED])

    def row_of(self, cursor: int) -> int:
        return self._row_of[cursor]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        entry = self.rows[index.row()]
        if isinstance(entry, str):
            return entry if role in (Qt.ItemDataRole.DisplayRole, HEADING) else None
        answers: dict[int, object] = {EVENT: entry, MARKED: layer_of(entry) in self._layers}
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return headline(entry)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{headline(entry)}\n{LOOKS[entry.phase].help}"
        return answers.get(role)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if isinstance(self.rows[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class EventDelegate(QStyledItemDelegate):
    """Paints one row."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = LIGHT
        self._name, self._small, self._heading = text_font(), text_font(TEXT_SMALL), text_font(TEXT_SMALL, True)
        self._shape, self._glyph = number_font(TEXT_SMALL), text_font(TEXT_NORMAL + 2, True)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        heading = index.data(HEADING) is not None
        return QSize(160, _HEADING_ROW if heading else _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        box: QRect = option.rect
        heading = index.data(HEADING)
        if heading is not None:
            self._text(painter, self._heading, self.theme.muted, box.adjusted(8, 4, -8, 0), heading)
        else:
            chosen = bool(option.state & QStyle.StateFlag.State_Selected)
            self._event(painter, box, index.data(EVENT), chosen, bool(index.data(MARKED)))
        painter.restore()

    def _event(self, painter: QPainter, box: QRect, event: TapeEvent, chosen: bool, marked: bool) -> None:
        color = QColor(hue(self.theme, event.phase))
        if chosen:
            painter.fillRect(box, QColor(self.theme.selection))
            painter.setPen(QPen(color, 2))
            painter.drawRect(box.adjusted(1, 1, -1, -1))
        painter.fillRect(QRect(box.left(), box.top() + 1, 4, box.height() - 2), color)
        if marked:
            painter.fillRect(QRect(box.right() - 3, box.top() + 1, 3, box.height() - 2), QColor(self.theme.accent))
        glyph = QRect(box.left() + 6, box.top(), 28, box.height())
        self._text(painter, self._glyph, color.name(), glyph, LOOKS[event.phase].glyph, Qt.AlignmentFlag.AlignHCenter)
        self._words(painter, box.adjusted(38, 0, -8, 0), event, marked)

    def _words(self, painter: QPainter, room: QRect, event: TapeEvent, marked: bool) -> None:
        """Name, place, shape; the shape gives way when it is narrow, then the place."""
        name = QFontMetrics(self._name).elidedText(label(event), Qt.TextElideMode.ElideMiddle, room.width())
        where, shape = place(event), tiny_shape(event)
        after_name = QFontMetrics(self._name).horizontalAdvance(name) + 8
        after_place = after_name + QFontMetrics(self._small).horizontalAdvance(where) + 8
        self._text(painter, self._name, self.theme.text, room, name)
        rest = room.adjusted(after_name, 0, 0, 0)
        if rest.width() > 24:
            where = QFontMetrics(self._small).elidedText(where, Qt.TextElideMode.ElideMiddle, rest.width())
            self._text(painter, self._small, self.theme.accent if marked else self.theme.muted, rest, where)
        if room.width() - after_place >= QFontMetrics(self._shape).horizontalAdvance(shape):
            self._text(painter, self._shape, self.theme.muted, room, shape, Qt.AlignmentFlag.AlignRight)

    @staticmethod
    def _text(  # noqa: PLR0917
        painter: QPainter, font: QFont, color: str, box: QRect, text: str, align: Qt.AlignmentFlag = _LEFT
    ) -> None:
        painter.setFont(font)
        painter.setPen(QColor(color))
        painter.drawText(box, int(align | Qt.AlignmentFlag.AlignVCenter), text)


class EventList(QListView):
    """Click, or Up and Down: the cursor goes there. The keys of the transport are left to the panel."""

    picked = Signal(int)
    """Index of an event on the tape."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.events = EventModel(self)
        self._painter = EventDelegate(self)
        self.setModel(self.events)
        self.setItemDelegate(self._painter)
        self.setAccessibleName("Events of the step")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMinimumWidth(176)
        self.selectionModel().currentChanged.connect(self._current_changed)

    def show_theme(self, theme: Theme) -> None:
        self._painter.theme = theme
        self.viewport().update()

    def show_tape(self, tape: Tape | None) -> None:
        self.events.show_tape(tape)

    def show_cursor(self, cursor: int) -> None:
        """Select the event and keep it in sight, with what comes next: the list moves by half of itself, not at every event."""
        index = self.events.index(self.events.row_of(cursor))
        if not self.viewport().rect().contains(self.visualRect(index)):
            self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in NAVIGATION:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _current_changed(self, index: QModelIndex, _: QModelIndex) -> None:
        event = index.data(EVENT)
        if isinstance(event, TapeEvent):
            self.picked.emit(event.index)
