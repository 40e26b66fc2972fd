"""One arrow on the canvas, with the shape of the tensor that travels on it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui.canvas import geometry
from gui.canvas.facts import Arrow, two_lines
from gui.canvas.geometry import Route
from gui.canvas.look import faint, fitted, shrunk, small_width
from gui.canvas.node_paint import BLOCK_SCALE, NEAR_SCALE, far_pixels
from gui.theme.tokens import TEXT_SMALL, Theme

HEAD = 9.0
TIP_GAP = 5.0
"""The head ends this far before the port's centre, so that the port stays visible."""
BELOW_CARDS, ON_TOP = 1.0, 5.0
_LINE = 13.0


@dataclass(frozen=True, slots=True)
class LinkLook:
    """How an arrow stands out. `open`: a layer is held over it and would go in; `pulled`: its end is being moved."""

    selected: bool = False
    hovered: bool = False
    open: bool = False
    pulled: bool = False


class LinkItem(QGraphicsItem):
    """An arrow along a `Route`."""

    def __init__(self, arrow: Arrow, route: Route, theme: Theme) -> None:
        super().__init__()
        self._arrow = arrow
        self._route = route
        self._theme = theme
        self._look = LinkLook()
        self._path = curve(route)
        self.setZValue(BELOW_CARDS)
        self.setToolTip(arrow.tip)

    @property
    def arrow(self) -> Arrow:
        return self._arrow

    @property
    def route(self) -> Route:
        return self._route

    @property
    def look(self) -> LinkLook:
        return self._look

    def show_arrow(self, arrow: Arrow, route: Route) -> None:
        """Draw another state or way of the same arrow; nothing happens when both are equal."""
        if (arrow, route) == (self._arrow, self._route):
            return
        if route != self._route:
            self.prepareGeometryChange()
            self._route = route
            self._path = curve(route)
        if arrow != self._arrow:
            self._arrow = arrow
            self.setToolTip(arrow.tip)
        self.update()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_look(self, look: LinkLook) -> None:
        if look != self._look:
            self._look = look
            self.setZValue(ON_TOP if look.open else BELOW_CARDS)  # a held card must not hide where it would go
            self.update()

    def away(self, point: QPointF) -> float:
        """Distance of a scene point from the arrow."""
        if not self.boundingRect().adjusted(-24, -24, 24, 24).contains(point):
            return math.inf
        return geometry.distance(point.toTuple(), self._route.points())

    def boundingRect(self) -> QRectF:
        return self._path.controlPointRect().adjusted(-30, -46, 30, 36)

    def shape(self) -> QPainterPath:
        """Only near the line: the tool tip of an arrow must not answer for the canvas around it."""
        shape = QPainterPath()
        points = [QPointF(*point) for point in self._route.points()]
        lower = [point + QPointF(0, 7) for point in reversed(points)]
        shape.addPolygon(QPolygonF([*(point - QPointF(0, 7) for point in points), *lower]))
        return shape

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        scale = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        colour = self._colour()
        style = Qt.PenStyle.DashLine if self._arrow.wrong or self._look.pulled else Qt.PenStyle.SolidLine
        strong = self._look.selected or self._look.open
        if self._look.open:
            painter.setPen(QPen(faint(colour, 60), 14))
            painter.drawPath(self._path)
        pen = QPen(colour, 2.6 if strong else 1.8, style)
        if scale < BLOCK_SCALE:
            pen.setWidthF(1.5 / scale)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._path)
        if scale >= BLOCK_SCALE:
            paint_head(painter, self._route.end, colour)
            self._write_shape(painter, scale)

    def _colour(self) -> QColor:
        if self._look.selected or self._look.open or self._look.hovered:
            return QColor(self._theme.accent)
        if self._arrow.wrong:
            return QColor(self._theme.problem)
        return faint(QColor(self._theme.muted), 90) if self._look.pulled else QColor(self._theme.muted)

    def _write_shape(self, painter: QPainter, scale: float) -> None:
        """Over the middle of the arrow, on a pale ground where the arrow is steep."""
        text = self._arrow.shape
        if not text or self._look.pulled:
            return
        pixels = TEXT_SMALL if scale >= NEAR_SCALE else far_pixels(10.5, scale, 20)
        room = self._route.end[0] - self._route.start[0] - 4
        lines = (text,) if small_width(text) * pixels / TEXT_SMALL <= room else two_lines(text)
        longest = max(lines, key=small_width)
        pixels = shrunk(longest, pixels, TEXT_SMALL - 1, False, room)
        height = _LINE * pixels / TEXT_SMALL
        x, y = self._route.middle
        width = small_width(longest) * pixels / TEXT_SMALL
        rise = abs(self._route.end[1] - self._route.start[1])
        flat = self._route.lane is not None or rise < 4
        over = y - 4 if len(lines) == 1 else y + height + 4  # a second line goes under the arrow
        bottom = over if flat else y + height * len(lines) / 2
        if not flat:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(faint(QColor(self._theme.window), 220))
            ground = QRectF(x - width / 2 - 3, bottom - height * len(lines), width + 6, height * len(lines))
            painter.drawRoundedRect(ground, 4, 4)
        painter.setPen(QColor(self._theme.problem if self._arrow.wrong else self._theme.muted))
        for index, line in enumerate(lines):
            top = bottom - height * (len(lines) - index) - (8 if flat and len(lines) == 2 and index == 0 else 0)
            font, text = fitted(line, pixels, False, 200.0, Qt.TextElideMode.ElideNone)
            painter.setFont(font)
            painter.drawText(QRectF(x - 100, top, 200, height), Qt.AlignmentFlag.AlignCenter, text)


def curve(route: Route) -> QPainterPath:
    """The way of an arrow as a path that ends at the root of its head."""
    path = QPainterPath(QPointF(*route.start))
    pieces = route.curves()
    for first, second, end in pieces[:-1]:
        path.cubicTo(QPointF(*first), QPointF(*second), QPointF(*end))
    first, second, end = pieces[-1]
    back = QPointF(TIP_GAP + HEAD - 1, 0)
    path.cubicTo(QPointF(*first), QPointF(*second) - back, QPointF(*end) - back)
    return path


def paint_head(painter: QPainter, end: geometry.Point, colour: QColor) -> None:
    """The head of an arrow that arrives at a port from the left."""
    tip = QPointF(*end) - QPointF(TIP_GAP, 0)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([tip, tip + QPointF(-HEAD, -HEAD / 2), tip + QPointF(-HEAD, HEAD / 2)]))
