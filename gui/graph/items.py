"""Boxes and arrows of the autograd graph as graphics items, seen from near. From afar it is far.py that draws."""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from engine.graph_boxes import NUMBER_LINE, caption
from engine.views import GraphEdge, GraphNode
from gui.graph.looks import Marks, paint_box, paint_time
from gui.graph.numbers import Shown
from gui.theme.fonts import number_font
from gui.theme.tokens import LIGHT, TEXT_SMALL, Theme

TEXTS_FROM = 0.5
"""Zoom from which texts are drawn."""
NUMBERS_FROM = 0.65
"""Zoom from which the smaller numbers are drawn."""
_EDGE, _HEAD = 24, 7
_LABEL = 40.0
"""Room for the word in front of a number."""
NODES_Z, EDGES_Z, CURRENT_Z = 1, 0, 2


class NodeItem(QGraphicsItem):
    """One box. Roomy ones ask `shown` for their numbers when they are painted."""

    def __init__(self, node: GraphNode, shown: Shown, roomy: bool = False) -> None:
        super().__init__()
        self.node = node
        self.marks = Marks()
        self._shown = shown
        self._theme = LIGHT
        self.box = QRectF(-node.width / 2, -node.height / 2, node.width, node.height)
        self._head = self.box.adjusted(0, 0, 0, -(2 * NUMBER_LINE + 8)) if roomy else self.box
        self._roomy = roomy
        self._words: tuple[tuple[QFont, float, float, str], ...] | None = None
        self.setPos(node.x, node.y)
        self.setZValue(NODES_Z)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_marks(self, marks: Marks) -> None:
        if marks != self.marks:
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
        paint_box(painter, self.box, self.node.kind, self._theme, self.marks)
        if zoom >= TEXTS_FROM or self.marks.current:
            self._paint_words(painter)
            near = self._roomy and (zoom >= NUMBERS_FROM or self.marks.current)
            texts = self._shown.texts(self.node) if near else None
            if texts is not None:
                self._paint_numbers(painter, *texts)

    def _paint_words(self, painter: QPainter) -> None:
        if self._words is None:
            self._words = _placed_words(self.node, self._head)
        colors = (self._theme.text, self._theme.muted)
        for (font, x, y, text), color in zip(self._words, colors, strict=False):
            painter.setFont(font)
            painter.setPen(QColor(color))
            painter.drawText(QPointF(x, y), text)

    def _paint_numbers(self, painter: QPainter, value: str, gradient: str, share: float) -> None:
        theme, left = self._theme, self.box.left() + 10
        y = self._head.bottom() + NUMBER_LINE - 7
        painter.setFont(_font(TEXT_SMALL - 1))
        rows = (("value", value, theme.forward), ("grad", gradient, theme.backward))
        for place, (word, text, color) in enumerate(rows):
            if (word, self.node.kind) in _WITHOUT:
                continue
            line = y + place * NUMBER_LINE
            painter.setPen(QColor(theme.muted))
            painter.drawText(QPointF(left, line), word)
            if text:
                painter.setPen(QColor(color))
            painter.drawText(QPointF(left + _LABEL, line), text or "–")
        if share:
            paint_time(painter, self.box, share, theme)


_WITHOUT = {("value", "accumulate"), ("grad", "output")}
"""A node that only adds has no value of its own, and nothing but 1 arrives at the loss."""


class EdgeItem(QGraphicsItem):
    """One arrow, from operand to result, along the points of the layout."""

    def __init__(self, edge: GraphEdge, points: tuple[tuple[float, float], ...]) -> None:
        super().__init__()
        self.edge = edge
        # Single lines: a path as wide as this takes three times as long to draw.
        self._lines = [QLineF(*start, *end) for start, end in pairwise(points)]
        xs, ys = zip(*points, strict=True)
        self._bounds = QRectF(QPointF(min(xs), min(ys)), QPointF(max(xs), max(ys))).adjusted(
            -_HEAD, -_HEAD, _HEAD, _HEAD
        )
        self._head = _arrow_head(points)
        self._color = QColor(LIGHT.muted)
        self.setZValue(EDGES_Z)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def show_theme(self, theme: Theme) -> None:
        self._color = QColor(theme.muted)
        self.update()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def shape(self) -> QPainterPath:
        return QPainterPath()  # arrows are never under the mouse

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setPen(QPen(self._color, 1.2))
        painter.drawLines(self._lines)
        painter.setBrush(self._color)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPolygon(self._head)


@cache
def _font(pixels: int) -> QFont:
    return number_font(pixels)


@cache
def _metrics(pixels: int) -> QFontMetricsF:
    return QFontMetricsF(_font(pixels))


def _placed_words(node: GraphNode, box: QRectF) -> tuple[tuple[QFont, float, float, str], ...]:
    """Title and caption with their fonts and the left ends of their base lines, cut where the box is too narrow."""
    below = caption(node)
    lines = [(TEXT_SMALL + 1, node.title, box.center().y() - 4 if below else box.center().y() + 4)]
    if below:
        lines.append((TEXT_SMALL - 1, below, box.center().y() + 13))
    placed = []
    for pixels, text, y in lines:
        metrics = _metrics(pixels)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, box.width() - 8)
        placed.append((_font(pixels), box.center().x() - metrics.horizontalAdvance(shown) / 2, y, shown))
    return tuple(placed)


def _arrow_head(points: tuple[tuple[float, float], ...]) -> QPolygonF:
    (x0, y0), (x1, y1) = points[-2], points[-1]
    angle = math.atan2(y1 - y0, x1 - x0)
    wings = (
        QPointF(x1 - _HEAD * math.cos(angle + turn), y1 - _HEAD * math.sin(angle + turn)) for turn in (0.45, -0.45)
    )
    return QPolygonF([QPointF(x1, y1), *wings])
