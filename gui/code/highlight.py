"""The colours of Python text, as Pygments reads it."""

from __future__ import annotations

from bisect import bisect_right

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String
from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from gui.theme.tokens import LIGHT, Theme

_KINDS = (
    (Comment, "comment"),
    (String, "text"),
    (Number, "number"),
    (Keyword, "keyword"),
    (Operator.Word, "keyword"),
    (Name.Class, "name"),
    (Name.Function, "name"),
    (Name.Builtin.Pseudo, "self"),
)


class PythonHighlighter(QSyntaxHighlighter):
    """Reads the whole text at once, so that texts of several lines are known for what they are."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._spans: list[tuple[int, int, str]] = []
        self._formats = _formats(LIGHT)

    def read(self, text: str) -> None:
        """The text that will be shown next."""
        self._spans = []
        for start, token, value in PythonLexer(stripnl=False, ensurenl=False).get_tokens_unprocessed(text):
            kind = next((name for family, name in _KINDS if token in family), "")
            if kind:
                self._spans.append((start, start + len(value), kind))

    def show_theme(self, theme: Theme) -> None:
        self._formats = _formats(theme)
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        begin = self.currentBlock().position()
        end = begin + len(text)
        first = max(0, bisect_right(self._spans, (begin, 0, "")) - 1)
        for start, stop, kind in self._spans[first:]:
            if start >= end:
                break
            if stop > begin:
                left = max(start, begin)
                self.setFormat(left - begin, min(stop, end) - left, self._formats[kind])


def _formats(theme: Theme) -> dict[str, QTextCharFormat]:
    colors = {
        "comment": theme.muted,
        "text": theme.good,
        "number": theme.data,
        "keyword": theme.parameter,
        "name": theme.forward,
        "self": theme.muted,
    }
    formats = {}
    for kind, color in colors.items():
        form = formats[kind] = QTextCharFormat()
        form.setForeground(QColor(color))
        form.setFontItalic(kind == "comment")
        if kind == "keyword":
            form.setFontWeight(QFont.Weight.Bold)
    return formats
