"""The colours of lab text: hues mean the same as on the tape, forward, backward, parameter, data."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from gui.lab.words import Kind, tokens
from gui.theme.tokens import LIGHT, Theme


class Highlighter(QSyntaxHighlighter):
    """Colours only the lines that changed."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._formats: dict[Kind, QTextCharFormat] = _formats(LIGHT)

    def show_theme(self, theme: Theme) -> None:
        self._formats = _formats(theme)
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        for token in tokens(text):
            if token.kind is not None:
                self.setFormat(token.start, token.end - token.start, self._formats[token.kind])


def _formats(theme: Theme) -> dict[Kind, QTextCharFormat]:
    return {
        "comment": _format(theme.muted, italic=True),
        "text": _format(theme.good),
        "number": _format(theme.data),
        "keyword": _format(theme.text, bold=True),
        "forward": _format(theme.forward),
        "backward": _format(theme.backward, bold=True),
        "parameter": _format(theme.parameter, bold=True),
        "constant": _format(theme.parameter),
    }


def _format(color: str, bold: bool = False, italic: bool = False) -> QTextCharFormat:
    form = QTextCharFormat()
    form.setForeground(QColor(color))
    form.setFontItalic(italic)
    if bold:
        form.setFontWeight(QFont.Weight.Bold)
    return form
