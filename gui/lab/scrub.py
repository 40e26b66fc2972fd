"""One gesture: a number of the text moved with Alt and the mouse, the wheel, or the arrow keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QTextBlock, QTextCursor, QWheelEvent
from PySide6.QtWidgets import QPlainTextEdit

from gui.lab.words import Number, moved, number_at

PIXELS = 6
"""So many pixels of a drag are one unit."""
FAST = 10
"""Units at once with Shift."""
_NOTCH = 120


class Scrubber(QObject):
    """Watches an editor. A drag is one undo step, and Escape takes it back."""

    scrubbed = Signal()
    """The text has another number now."""

    def __init__(self, editor: QPlainTextEdit) -> None:
        super().__init__(editor)
        self._editor = editor
        self._block: QTextBlock | None = None
        self._number = Number(0, 0, "")
        self._before = ""
        self._pressed_at = 0.0
        self._turned = 0
        self._changed = False
        editor.viewport().setMouseTracking(True)
        editor.viewport().installEventFilter(self)
        editor.installEventFilter(self)

    @property
    def dragging(self) -> bool:
        return self._block is not None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent):
            return event.type() == QEvent.Type.KeyPress and self._key(event)
        if isinstance(event, QWheelEvent):
            return watched is self._editor.viewport() and self._wheel(event)
        if isinstance(event, QMouseEvent) and watched is self._editor.viewport():
            kinds = {
                QEvent.Type.MouseButtonPress: self._press,
                QEvent.Type.MouseMove: self._move,
                QEvent.Type.MouseButtonRelease: self._release,
            }
            handle = kinds.get(event.type())
            return handle(event) if handle is not None else False
        return False

    def nudge(self, steps: int) -> bool:
        """Move the number at the text cursor, or the nearest of its line, by so many units."""
        cursor = self._editor.textCursor()
        number = number_at(cursor.block().text(), cursor.positionInBlock(), nearest=True)
        if number is None:
            return False
        after = self._put(cursor.block(), number, moved(number.text, steps), joined=False)
        place = self._editor.textCursor()
        place.setPosition(cursor.block().position() + after.end)
        self._editor.setTextCursor(place)
        return True

    def _key(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape and self.dragging:
            self._take_back()
            return True
        keys = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        way = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()), 0)
        if keys != Qt.KeyboardModifier.AltModifier or not way:
            return False
        self.nudge(way * _speed(event.modifiers()))
        return True

    def _wheel(self, event: QWheelEvent) -> bool:
        if not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            return False
        turn = event.angleDelta()
        self._turned += turn.y() or turn.x()  # with Alt some systems turn the wheel sideways
        steps = int(self._turned / _NOTCH)
        found = self._number_under(event.position())
        if steps and found is not None:
            self._turned -= steps * _NOTCH
            block, number = found
            self._put(block, number, moved(number.text, steps * _speed(event.modifiers())), joined=False)
        return True

    def _press(self, event: QMouseEvent) -> bool:
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        found = self._number_under(event.position()) if alt and event.button() == Qt.MouseButton.LeftButton else None
        if found is None:
            return False
        self._block, self._number = found
        self._before, self._pressed_at, self._changed = self._number.text, event.position().x(), False
        self._editor.setFocus(Qt.FocusReason.MouseFocusReason)
        return True

    def _move(self, event: QMouseEvent) -> bool:
        if self._block is None:
            alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            over = alt and self._number_under(event.position()) is not None
            shape = Qt.CursorShape.SizeHorCursor if over else Qt.CursorShape.IBeamCursor
            self._editor.viewport().setCursor(shape)
            return False
        steps = round((event.position().x() - self._pressed_at) / PIXELS) * _speed(event.modifiers())
        text = moved(self._before, steps) if steps else self._before
        if text != self._number.text:
            self._number = self._put(self._block, self._number, text, joined=self._changed)
            self._changed = True
        return True

    def _release(self, _: QMouseEvent) -> bool:
        was, self._block = self.dragging, None
        return was

    def _take_back(self) -> None:
        if self._block is not None and self._number.text != self._before:
            self._put(self._block, self._number, self._before, joined=self._changed)
        self._block = None

    def _number_under(self, place: QPointF) -> tuple[QTextBlock, Number] | None:
        cursor = self._editor.cursorForPosition(place.toPoint())
        number = number_at(cursor.block().text(), cursor.positionInBlock())
        return (cursor.block(), number) if number is not None else None

    def _put(self, block: QTextBlock, number: Number, text: str, joined: bool) -> Number:
        """Write `text` in place of the number; `joined` to the undo step before."""
        cursor = QTextCursor(block)
        cursor.setPosition(block.position() + number.start)
        cursor.setPosition(block.position() + number.end, QTextCursor.MoveMode.KeepAnchor)
        if joined:
            cursor.joinPreviousEditBlock()
        else:
            cursor.beginEditBlock()
        cursor.insertText(text)
        cursor.endEditBlock()
        self.scrubbed.emit()
        return Number(number.start, number.start + len(text), text)


def _speed(keys: Qt.KeyboardModifier) -> int:
    return FAST if keys & Qt.KeyboardModifier.ShiftModifier else 1
