"""What Return and Tab do in code."""

from __future__ import annotations

from PySide6.QtGui import QTextCursor

INDENT = "    "


def new_line(cursor: QTextCursor) -> None:
    """The next line begins where this one does, one step further in behind a colon."""
    before = cursor.block().text()[: cursor.positionInBlock()]
    further = INDENT if before.rstrip().endswith(":") else ""
    cursor.insertText("\n" + before[: len(before) - len(before.lstrip(" "))] + further)


def indent(cursor: QTextCursor) -> None:
    """Spaces up to the next step; every line of a selection goes one step further in."""
    if not cursor.hasSelection():
        cursor.insertText(INDENT[cursor.positionInBlock() % len(INDENT) :])
        return
    cursor.beginEditBlock()
    for line in _lines(cursor):
        line.insertText(INDENT)
    cursor.endEditBlock()


def outdent(cursor: QTextCursor) -> None:
    """Every line that is selected, or the one of the cursor, goes one step back."""
    cursor.beginEditBlock()
    for line in _lines(cursor):
        text = line.block().text()
        for _ in range(min(len(text) - len(text.lstrip(" ")), len(INDENT))):
            line.deleteChar()
    cursor.endEditBlock()


def _lines(cursor: QTextCursor) -> list[QTextCursor]:
    """A cursor at the beginning of every line that the selection touches."""
    document = cursor.document()
    block, last = document.findBlock(cursor.selectionStart()), document.findBlock(cursor.selectionEnd())
    lines = [QTextCursor(block)]
    while block != last:
        block = block.next()
        lines.append(QTextCursor(block))
    return lines
