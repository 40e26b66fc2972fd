"""What is drawn behind and under the lines of the editor."""

from __future__ import annotations

from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor, QTextDocument, QTextFormat
from PySide6.QtWidgets import QTextEdit


def band(place: QTextCursor, color: str, strength: float = 1.0) -> QTextEdit.ExtraSelection:
    """The whole line of a place in a colour."""
    ground = QColor(color)
    ground.setAlphaF(strength)
    form = QTextCharFormat()
    form.setBackground(ground)
    form.setProperty(QTextFormat.Property.FullWidthSelection, True)
    cursor = QTextCursor(place)
    cursor.clearSelection()
    return _selection(cursor, form)


def underlined(document: QTextDocument, line: int, color: str) -> list[QTextEdit.ExtraSelection]:
    """A wave under a line's text; nothing where there is no such line."""
    block = document.findBlockByNumber(line - 1)
    if line < 1 or not block.isValid():
        return []
    text = block.text()
    cursor = QTextCursor(block)
    cursor.setPosition(block.position() + len(text) - len(text.lstrip()))
    cursor.setPosition(block.position() + len(text.rstrip()), QTextCursor.MoveMode.KeepAnchor)
    form = QTextCharFormat()
    form.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
    form.setUnderlineColor(QColor(color))
    return [_selection(cursor, form)]


def _selection(cursor: QTextCursor, form: QTextCharFormat) -> QTextEdit.ExtraSelection:
    selection = QTextEdit.ExtraSelection()
    selection.cursor = cursor
    selection.format = form
    return selection
