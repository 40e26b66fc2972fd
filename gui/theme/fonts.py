"""The two typefaces: a clean sans for words and one with fixed widths for numbers, from what the system has."""

from __future__ import annotations

from PySide6.QtGui import QFont

from gui.theme.tokens import TEXT_NORMAL

SANS = (
    "Inter",
    "Segoe UI",
    "SF Pro Text",
    "Helvetica Neue",
    "Noto Sans",
    "Ubuntu",
    "Cantarell",
    "Roboto",
    "DejaVu Sans",
    "Arial",
)
MONO = ("JetBrains Mono", "Cascadia Mono", "SF Mono", "Menlo", "Consolas", "Noto Sans Mono", "DejaVu Sans Mono")


def text_font(pixels: int = TEXT_NORMAL, bold: bool = False) -> QFont:
    """The font for words."""
    return _font(SANS, QFont.StyleHint.SansSerif, pixels, bold)


def number_font(pixels: int = TEXT_NORMAL, bold: bool = False) -> QFont:
    """The font for numbers and code: every digit as wide as the next, so columns line up and nothing jumps."""
    return _font(MONO, QFont.StyleHint.Monospace, pixels, bold)


def _font(families: tuple[str, ...], hint: QFont.StyleHint, pixels: int, bold: bool) -> QFont:
    font = QFont()
    font.setFamilies(list(families))
    font.setStyleHint(hint)
    font.setPixelSize(pixels)
    font.setBold(bold)
    return font
