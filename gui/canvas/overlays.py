"""What is drawn only while a gesture lasts: rubber band, guide lines, the arrow in the hand, the card in the hand."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsLineItem,
    QGraphicsRectItem,
    QStyleOptionGraphicsItem,
    QWidget,
)

from engine.catalog import LAYERS
from gui.canvas import geometry
from gui.canvas.geometry import Route
from gui.canvas.link_item import curve, paint_head
from gui.canvas.look import faint, fitted, layer_colour
from gui.theme.tokens import RADIUS, TEXT_NORMAL, Theme

ABOVE = 10.0


def _pen(colour: str, width: float = 1.0, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    pen = QPen(QColor(colour), width, style)
    pen.setCosmetic(True)
    return pen


class Band(QGraphicsRectItem):
    """The rectangle of a selection."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setPen(_pen(theme.accent))
        self.setBrush(faint(QColor(theme.accent), 36))
        self.setZValue(ABOVE)


class Guide(QGraphicsLineItem):
    """A line through the centres of cards that stand in one row or column."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setPen(_pen(theme.accent, 1.0, Qt.PenStyle.DashLine))
        self.setZValue(ABOVE)

    def show_line(self, first: QPointF, second: QPointF) -> None:
        self.setLine(QLineF(first, second))


class HandArrow(QGraphicsItem):
    """The arrow that is being drawn: dashed while it leads nowhere."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._route = Route((0.0, 0.0), (0.0, 0.0))
        self._aimed = False
        self.setZValue(ABOVE)

    def show_route(self, start: QPointF, end: QPointF, aimed: bool) -> None:
        self.prepareGeometryChange()
        self._route = Route((start.x(), start.y()), (end.x(), end.y()))
        self._aimed = aimed
        self.update()

    def boundingRect(self) -> QRectF:
        return curve(self._route).controlPointRect().adjusted(-12, -12, 12, 12)

    def shape(self) -> QPainterPath:
        return QPainterPath()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        colour = QColor(self._theme.accent)
        style = Qt.PenStyle.SolidLine if self._aimed else Qt.PenStyle.DashLine
        painter.setPen(QPen(colour, 2.4, style))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(curve(self._route))
        paint_head(painter, self._route.end, colour)


class HandCard(QGraphicsItem):
    """The outline of a layer that is held over the canvas."""

    def __init__(self, kind: str, theme: Theme) -> None:
        super().__init__()
        self._kind = kind
        self._theme = theme
        self.setZValue(ABOVE)

    def boundingRect(self) -> QRectF:
        return QRectF(-geometry.WIDTH / 2, -geometry.HEIGHT / 2, geometry.WIDTH, geometry.HEIGHT).adjusted(-2, -2, 2, 2)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        body = self.boundingRect().adjusted(2, 2, -2, -2)
        colour = layer_colour(self._kind, self._theme)
        painter.setPen(QPen(colour, 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(faint(colour, 44))
        painter.drawRoundedRect(body, RADIUS, RADIUS)
        title = LAYERS[self._kind].title
        font, text = fitted(title, TEXT_NORMAL, True, body.width() - 16, Qt.TextElideMode.ElideRight)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.text))
        painter.drawText(body, Qt.AlignmentFlag.AlignCenter, text)
