"""A row of the palette with a “+” at its end: one click puts the layer into the network."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui.theme.tokens import GRID, LIGHT, Theme

PLUS = 3 * GRID
"""Width of the place at the end of a row that answers as the “+”."""
_ARM = 5


def plus_rect(row: QRect) -> QRect:
    """Where the “+” of a row is."""
    return QRect(row.right() - PLUS, row.top(), PLUS, row.height())


class PaletteRow(QStyledItemDelegate):
    """Paints a row as usual, and the “+” of layers; `hot`: the row whose “+” is under the mouse."""

    def __init__(self, role: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._role = role
        self.theme: Theme = LIGHT
        self.hot = -1

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        if not index.data(self._role):
            return
        rect: QRect = option.rect
        place, hot = plus_rect(rect), index.row() == self.hot
        over = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if hot:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.theme.accent))
            painter.drawEllipse(place.center(), 2 * _ARM, 2 * _ARM)
        colour = self.theme.on_accent if hot else self.theme.accent if over else self.theme.muted
        painter.setPen(QPen(QColor(colour), 1.6))
        centre = place.center()
        painter.drawLine(centre.x() - _ARM, centre.y(), centre.x() + _ARM, centre.y())
        painter.drawLine(centre.x(), centre.y() - _ARM, centre.x(), centre.y() + _ARM)
        painter.restore()
