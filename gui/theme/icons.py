"""Line icons in the theme's colours, drawn once per colour from the SVG files of resources/icons."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from gui.theme.tokens import Theme

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "icons"
SIZE = 20
"""Side of an icon in a button, in pixels at 100 %."""
_SCALES = (1, 2)


def icon(name: str, theme: Theme, colour: str = "") -> QIcon:
    """The icon `name` in the theme's text colour, or in `colour`; greyed when its button is disabled.

    Raises:
        FileNotFoundError: there is no such icon.
    """
    return _icon(name, colour or theme.text, theme.muted)


def pixmap(name: str, colour: str, side: int, scale: float = 1.0) -> QPixmap:
    """One picture of an icon, `side` pixels wide at 100 %, drawn for a screen of the given scale."""
    picture = QPixmap(round(side * scale), round(side * scale))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    _renderer(name, colour).render(painter, QRectF(0, 0, picture.width(), picture.height()))
    painter.end()
    picture.setDevicePixelRatio(scale)
    return picture


def app_icon() -> QIcon:
    """The application's own icon, in its own colours."""
    result = QIcon()
    for side in (16, 32, 64, 128):
        result.addPixmap(pixmap("chainrule", "", side))
    return result


@lru_cache(maxsize=512)
def _icon(name: str, colour: str, disabled: str) -> QIcon:
    result = QIcon()
    for scale in _SCALES:
        result.addPixmap(pixmap(name, colour, SIZE, scale), QIcon.Mode.Normal)
        result.addPixmap(pixmap(name, disabled, SIZE, scale), QIcon.Mode.Disabled)
    return result


def _renderer(name: str, colour: str) -> QSvgRenderer:
    text = (FOLDER / f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    return QSvgRenderer(QByteArray(text.encode()))
