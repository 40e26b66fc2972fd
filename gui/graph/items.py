"""Boxes and arrows of the autograd graph as graphics items, with as much detail as can be read at the zoom."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from engine.graph_boxes import caption
from engine.views import GraphEdge, GraphNode
from gui.graph.camera import FORMS_FROM
from gui.graph.looks import FREED, Marks, hue, paint_box
from gui.stepper.numbers import shape_text
from gui.theme.fonts import number_font
from gui.theme.tokens import LIGHT, TEXT_SMALL, Theme

TEXTS_FROM = 0.5
"""Zoom from which texts are drawn."""
_EDGE, _HEAD = 24, 7
NODES_Z, EDGES_Z, CURRENT_Z = 1, 0, 2


class NodeItem(QGraphicsItem):
    """One box."""

    def __init__(self, node: GraphNode) -> None:
        super().__init__()
        self.node = node
        self.marks = Marks()
        self._theme = LIGHT
        self.box = QRectF(-node.width / 2, -node.height / 2, node.width, node.height)
        self.setPos(node.x, node.y)
        self.setZValue(NODES_Z)
        self.setToolTip(tip(node))
        self._caption = caption(node)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._color, self._ground = hue(LIGHT, node.kind), QColor(LIGHT.border)
        self._title, self._shape = number_font(TEXT_SMALL + 1), number_font(TEXT_SMALL - 1)

    def show_theme(self, theme: Theme) -> None:
        self._theme, self._color, self._ground = theme, hue(theme, self.node.kind), QColor(theme.border)
        self.update()

    def show_marks(self, marks: Marks) -> None:
        if marks != self.marks:
            if marks.freed != self.marks.freed:
                self.setToolTip(tip(self.node, marks.freed))
            self.marks = marks
            self.setZValue(CURRENT_Z if marks.current else NODES_Z)
            self.update()

    def boundingRect(self) -> QRectF:
        return self.box.adjusted(-_EDGE, -12, 12, 12)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(self.box)
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        if zoom < FORMS_FROM and self.marks.plain:
            painter.fillRect(self.box, self._ground if self.marks.freed else self._color)
            return
        paint_box(painter, self.box, self.node.kind, self._theme, self.marks)
        if zoom >= TEXTS_FROM or self.marks.current:
            self._paint_text(painter)

    def _paint_text(self, painter: QPainter) -> None:
        node, middle = self.node, Qt.AlignmentFlag.AlignCenter
        upper = lower = self.box
        if self._caption:
            upper, lower = (
                QRectF(self.box.left(), y, self.box.width(), self.box.height() / 2 - 2) for y in self._lines()
            )
        painter.setFont(self._title)
        painter.setPen(QColor(self._theme.text))
        room = self.box.width() - 8
        painter.drawText(
            upper, middle, QFontMetricsF(self._title).elidedText(node.title, Qt.TextElideMode.ElideMiddle, room)
        )
        if self._caption:
            painter.setFont(self._shape)
            painter.setPen(QColor(self._theme.muted))
            words = QFontMetricsF(self._shape).elidedText(self._caption, Qt.TextElideMode.ElideMiddle, room)
            painter.drawText(lower, middle, words)

    def _lines(self) -> tuple[float, float]:
        return self.box.top() + 3, self.box.center().y() - 1


class EdgeItem(QGraphicsItem):
    """One arrow, from operand to result, along the points of the layout."""

    def __init__(self, edge: GraphEdge, points: tuple[tuple[float, float], ...]) -> None:
        super().__init__()
        self.edge = edge
        self._path = QPainterPath(QPointF(*points[0]))
        for point in points[1:]:
            self._path.lineTo(*point)
        self._head = _arrow_head(points)
        self._color = QColor(LIGHT.muted)
        self.setZValue(EDGES_Z)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def show_theme(self, theme: Theme) -> None:
        self._color = QColor(theme.muted)
        self.update()

    def boundingRect(self) -> QRectF:
        return self._path.boundingRect().adjusted(-_HEAD, -_HEAD, _HEAD, _HEAD)

    def shape(self) -> QPainterPath:
        return QPainterPath()  # arrows are never under the mouse

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        near = zoom >= FORMS_FROM
        painter.setPen(QPen(self._color, 1.2 if near else 0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._path)
        if near:
            painter.setBrush(self._color)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawPolygon(self._head)


def tip(node: GraphNode, freed: bool = False) -> str:
    """What is said under the mouse: kind, shape, layer, and what the node keeps for backward."""
    lines = [node.title]
    if node.kind == "parameter":
        lines.append(f"leaf tensor, shape {shape_text(node.shape or ())}, requires_grad")
    elif node.kind == "accumulate":
        lines.append(f"adds the arriving gradient into {node.parameter}.grad")
    elif node.shape is not None:
        lines.append(f"shape of the result: {shape_text(node.shape)}")
    if node.layer:
        lines.append(f"layer: {node.layer}")
    if freed:
        lines.append(f"freed: {FREED}")
    elif node.kind == "operation":
        lines.append(f"saved for backward: {', '.join(node.saved)}" if node.saved else "saved nothing for backward")
    return "\n".join(lines)


def _arrow_head(points: tuple[tuple[float, float], ...]) -> QPolygonF:
    (x0, y0), (x1, y1) = points[-2], points[-1]
    angle = math.atan2(y1 - y0, x1 - x0)
    wings = (
        QPointF(x1 - _HEAD * math.cos(angle + turn), y1 - _HEAD * math.sin(angle + turn)) for turn in (0.45, -0.45)
    )
    return QPolygonF([QPointF(x1, y1), *wings])
