"""One layer on the canvas. Shows a `Card`; knows nothing of the project."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from engine.views import Fix
from gui.canvas import geometry
from gui.canvas.facts import Card
from gui.canvas.node_paint import Look, fix_rect, paint_node
from gui.theme.tokens import Theme

MARGIN_X, ABOVE, BELOW = 28.0, 84.0, 84.0
"""Room around the card for what hangs on it: badge, sentence, and the sign of the direction."""
PORT_REACH = 11.0


class NodeItem(QGraphicsItem):
    """A card with its ports. `pos()` is the centre of the card."""

    def __init__(self, card: Card, theme: Theme) -> None:
        super().__init__()
        self._card = card
        self._theme = theme
        self._look = Look()
        self.setZValue(2)
        self.setToolTip(card.tip)

    @property
    def card(self) -> Card:
        return self._card

    @property
    def look(self) -> Look:
        return self._look

    @property
    def box(self) -> geometry.Box:
        return geometry.card_box(self.x(), self.y(), self._card.ports)

    def show_card(self, card: Card) -> None:
        """Draw another state of the same layer; nothing happens when it is equal."""
        if card == self._card:
            return
        if card.ports != self._card.ports:
            self.prepareGeometryChange()
        self._card = card
        self.setToolTip(card.tip)
        self.update()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_look(self, look: Look) -> None:
        """Selected, lit up, a possible target …"""
        if look != self._look:
            self._look = look
            self.setZValue(3 if look.selected else 2)
            self._repaint()

    def _repaint(self) -> None:
        """Like update(), but with whatever else the window has to paint: a scene would ask for a frame of its own."""
        for view in self.scene().views() if self.scene() is not None else ():
            shown = view.mapFromScene(self.sceneBoundingRect()).boundingRect()
            view.viewport().update(shown.adjusted(-2, -2, 2, 2))

    def input_point(self, port: int) -> QPointF:
        return QPointF(*geometry.input_port(self.x(), self.y(), port, self._card.ports))

    def output_point(self) -> QPointF:
        return QPointF(*geometry.output_port(self.x(), self.y()))

    def port_at(self, point: QPointF, reach: float = PORT_REACH) -> int | None:
        """The port near a scene point: −1 the output, from 0 on the inputs; None when there is none."""
        if self._card.kind != "output" and _near(point, self.output_point(), reach):
            return -1
        found = (port for port in range(self._card.ports) if _near(point, self.input_point(port), reach))
        return next(found, None)

    def fix_at(self, point: QPointF, scale: float) -> Fix | None:
        """The fix whose button is at a scene point, while the canvas is shown at this scale."""
        return self._card.fixes[0] if fix_rect(self._card, scale).contains(point - self.pos()) else None

    def boundingRect(self) -> QRectF:
        height = geometry.card_height(self._card.ports)
        rect = QRectF(-geometry.WIDTH / 2, -height / 2, geometry.WIDTH, height)
        return rect.adjusted(-MARGIN_X, -ABOVE, MARGIN_X, BELOW)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        scale = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        paint_node(painter, self._card, self._look, self._theme, scale)


def _near(a: QPointF, b: QPointF, reach: float) -> bool:
    return abs(a.x() - b.x()) <= reach and abs(a.y() - b.y()) <= reach
