"""Puts a theme on the application: Fusion, palette, fonts and style sheet together."""

from __future__ import annotations

from PySide6.QtCore import QDir
from PySide6.QtWidgets import QApplication, QStyleFactory

from gui.theme.fonts import text_font
from gui.theme.icons import FOLDER
from gui.theme.palette import palette
from gui.theme.stylesheet import stylesheet
from gui.theme.tokens import Theme


def apply(app: QApplication, theme: Theme) -> None:
    """Dress every present and future widget of `app`. Panels get the theme by their own `show_theme`."""
    QDir.setSearchPaths("icons", [str(FOLDER)])
    if app.style().name() != "fusion" and not app.styleSheet():
        app.setStyle(QStyleFactory.create("Fusion"))
    app.setFont(text_font())
    app.setPalette(palette(theme))
    app.setStyleSheet(stylesheet(theme))
