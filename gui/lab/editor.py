"""The editor of lab text: colours, marks, the line that the tape is at, numbers that can be dragged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QToolTip, QWidget

from gui.lab.bands import band, underlined
from gui.lab.highlight import Highlighter
from gui.lab.margin import NumberedText
from gui.lab.scrub import Scrubber
from gui.lab.typing_help import indent, new_line, outdent
from gui.lab.words import help_of, tokens
from gui.theme.tokens import Theme

Marks = Mapping[int, tuple[Literal["error", "note"], str]]
"""Line → what is the matter with it, and the sentence."""
_TIP = (
    "Graph Lab: lines such as y = x**2, y.backward(), print(x.grad). Ctrl+Return runs it. Alt and ↑ or ↓ (or drag, or the wheel) "
    "change a number. Ctrl and + or − change the size of the letters. Escape leaves the text."
)


class LabEditor(NumberedText):
    """Holds the text. It is never run here: whoever listens to `edited` and `runAsked` does that."""

    edited = Signal()
    runAsked = Signal()
    helpAsked = Signal(str)
    """F1: the word at the cursor, or ""."""
    left = Signal()
    """Escape: the keyboard may go elsewhere."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks: Marks = {}
        self._at: tuple[int, str] = (0, "")
        self._highlighter = Highlighter(self.document())
        self.scrubber = Scrubber(self)
        self.setAccessibleName("Lab text")
        self.setAccessibleDescription(_TIP)
        self.setPlaceholderText("x = tensor(3.0, requires_grad=True)\ny = x**2\ny.backward()\nprint(x.grad)")
        self.textChanged.connect(self.edited)
        self.cursorPositionChanged.connect(self._paint_lines)

    @property
    def text(self) -> str:
        return self.toPlainText()

    def put(self, text: str) -> None:
        """Replace the whole text; undo brings the old one back."""
        cursor = self.textCursor()
        cursor.beginEditBlock()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)
        cursor.endEditBlock()
        cursor.movePosition(QTextCursor.MoveOperation.Start)
        self.setTextCursor(cursor)

    def write(self, word: str) -> None:
        """Put a word in at the cursor, in place of what is selected."""
        self.textCursor().insertText(word)
        self.window().activateWindow()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_theme(self, theme: Theme) -> None:
        super().show_theme(theme)
        self._highlighter.show_theme(theme)
        self._paint_lines()

    def show_marks(self, marks: Marks) -> None:
        """Mark lines in the margin."""
        self._marks = marks
        self._paint_lines()
        self.margin.update()

    def show_line(self, line: int, color: str) -> None:
        """The line that the tape is at, in the colour of what happens there; 0 for none."""
        if (line, color) != self._at:
            self._at = (line, color)
            self._paint_lines()
            self.margin.update()
            self._keep_in_sight(line)

    @property
    def shown_line(self) -> int:
        """The line that the tape is at, 0 for none."""
        return self._at[0]

    def go_to(self, line: int) -> None:
        """Put the text cursor into a line."""
        block = self.document().findBlockByNumber(line - 1)
        if block.isValid():
            cursor = QTextCursor(block)
            self.setTextCursor(cursor)
            self.ensureCursorVisible()

    def take_up(self, line: int) -> None:
        """Go to a line with the keyboard in it."""
        self.go_to(line)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def mark_of(self, line: int) -> tuple[str, str]:
        mark = self._marks.get(line)
        if mark is None:
            return "", ""
        return (self.theme.problem, "!") if mark[0] == "error" else (self.theme.warning, "i")

    def arrow_of(self, line: int) -> str:
        return self._at[1] if line == self._at[0] else ""

    def tip_of(self, line: int) -> str:
        mark = self._marks.get(line)
        return mark[1] if mark is not None else f"Line {line}: click to go there on the tape" if line else ""

    def wants(self, event: QKeyEvent) -> bool:
        return _is_run(event) or event.key() == Qt.Key.Key_F1 or super().wants(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._tip_at(event), self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if _is_run(event):
            self.runAsked.emit()
        elif key == Qt.Key.Key_Escape:
            self.left.emit()
        elif key == Qt.Key.Key_F1:
            self.helpAsked.emit(self._word_at(self.textCursor()))
        elif key == Qt.Key.Key_Tab and not event.modifiers():
            indent(self.textCursor())
        elif key == Qt.Key.Key_Backtab:
            outdent(self.textCursor())
        elif (
            key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        ):
            new_line(self.textCursor())
            self.ensureCursorVisible()
        else:
            super().keyPressEvent(event)

    def _tip_at(self, event: QHelpEvent) -> str:
        """What is wrong with the line under the mouse, else what the word there means."""
        place = self.viewport().mapFrom(self, event.pos())
        cursor = self.cursorForPosition(place)
        mark = self._marks.get(cursor.blockNumber() + 1)
        if mark is not None:
            return mark[1]
        word = self._word_at(cursor)
        if word[:1].isdigit() or word[:1] == ".":
            return f"{word}\nAlt and drag, the wheel, or ↑ and ↓ change it; with Shift ten times as fast."
        return help_of(word)

    @staticmethod
    def _word_at(cursor: QTextCursor) -> str:
        """The word of the language or the number that a place is in or touches; "" for others."""
        column = cursor.positionInBlock()
        every = tokens(cursor.block().text())
        touching = [
            one for one in every if one.start <= column <= one.end and one.kind not in (None, "comment", "text")
        ]
        return touching[-1].text if touching else ""

    def _keep_in_sight(self, line: int) -> None:
        """Scroll so that the line can be seen, without moving the text cursor."""
        block = self.document().findBlockByNumber(line - 1)
        if line and block.isValid():
            box = self.blockBoundingGeometry(block).translated(self.contentOffset())
            if box.top() < 0 or box.bottom() > self.viewport().height():
                self.verticalScrollBar().setValue(max(0, block.firstLineNumber() - 2))

    def _paint_lines(self) -> None:
        """Bands behind lines: the one with the text cursor, the one of the tape; errors are underlined."""
        theme, document = self.theme, self.document()
        bands = [band(self.textCursor(), theme.raised)]
        for line, (kind, _) in self._marks.items():
            color = theme.problem if kind == "error" else theme.warning
            bands += underlined(document, line, color)
        line, color = self._at
        at = document.findBlockByNumber(line - 1)
        if line and at.isValid():
            bands.append(band(QTextCursor(at), color, 0.28 if theme.dark else 0.16))
        self.setExtraSelections(bands)


def _is_run(event: QKeyEvent) -> bool:
    keys = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and keys == Qt.KeyboardModifier.ControlModifier
