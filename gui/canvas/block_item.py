"""A block on the canvas: folded it is a card on a pile, unfolded a frame around its layers with its name on a tab."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from engine.spec import GroupSpec, NetworkSpec
from gui.canvas import geometry
from gui.canvas.facts import Card, short_count
from gui.canvas.look import card_colour, faint, fitted, small_width
from gui.canvas.node_item import NodeItem
from gui.canvas.node_paint import NEAR_SCALE, far_pixels
from gui.theme.tokens import RADIUS, TEXT_SMALL, Theme

UNDER_ALL = 0.0
PAD, HEADROOM, TAB = 14.0, 40.0, 28.0
"""Room around the layers of a frame, over them (from afar their titles stand there), and the height of its tab."""
_LARGEST = 20
FOLDED, OPEN = "▸", "▾"


def block_card(
    group: GroupSpec, network: NetworkSpec, cards: Mapping[str, Card], parameters: Mapping[str, int]
) -> Card:
    """The card of a folded block: how many layers, what they are, all their parameters, the gravest problem."""
    members = [cards[node_id] for node_id in group.members]
    inside = set(group.members)
    total = sum(parameters.get(node_id, 0) for node_id in group.members)
    worst = next((card for card in members if card.severity == "error"), None)
    worst = worst or next((card for card in members if card.severity), None)
    titles = ", ".join(card.title for card in members)
    tip = f"<b>{group.name}</b>: {titles}<br>{total:,} parameters<br>Double-click or Enter unfolds it."
    return Card(
        id=group.name,
        kind="block",
        title=group.name,
        line=f"{len(members)} layers",
        values=titles,
        count=short_count(total) if total else "",
        ports=1,
        used=frozenset({0} if any(link.target in inside for link in network.links) else ()),
        feeds=any(link.source in inside and link.target not in inside for link in network.links),
        severity=worst.severity if worst else "",
        problem=f"{worst.id}: {worst.problem}" if worst else "",
        tip=tip,
    )


class BlockItem(NodeItem):
    """The card of a folded block. It has one place where all arrows arrive."""

    def input_point(self, port: int) -> QPointF:
        return super().input_point(0)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        height = geometry.card_height(1)
        body = QRectF(-geometry.WIDTH / 2, -height / 2, geometry.WIDTH, height)
        for step in (8, 4):  # two cards behind it
            painter.setPen(QPen(QColor(self._theme.accent if self.look.selected else self._theme.muted), 1))
            painter.setBrush(card_colour(self._theme))
            painter.drawRoundedRect(body.translated(step, step), RADIUS, RADIUS)
        super().paint(painter, option, widget)


class FrameItem(QGraphicsItem):
    """The frame of an unfolded block. Only its tab answers to the mouse."""

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        self._name = name
        self._theme = theme
        self._rect = QRectF()
        self._selected = False
        self.setZValue(UNDER_ALL)
        self.setToolTip(f"{name}: a click selects its layers, a double click folds them to one card.")

    @property
    def rect(self) -> QRectF:
        """The frame without its tab, in the scene."""
        return self._rect

    def show_boxes(self, boxes: Iterable[geometry.Box]) -> None:
        """Stand around these cards."""
        rect = QRectF()
        for box in boxes:
            rect = rect.united(QRectF(box.left, box.top, box.right - box.left, box.bottom - box.top))
        rect = rect.adjusted(-PAD, -HEADROOM, PAD, PAD)
        if rect != self._rect:
            self.prepareGeometryChange()
            self._rect = rect
            self.update()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_selected(self, selected: bool) -> None:
        if selected != self._selected:
            self._selected = selected
            self.update()

    def tab(self) -> QRectF:
        """Where the name stands: over the upper left corner, with room for the larger letters it has from afar."""
        width = min(self._rect.width(), small_width(f"{OPEN} {self._name}") * _LARGEST / TEXT_SMALL + 24)
        return QRectF(self._rect.left(), self._rect.top() - TAB, max(width, 56.0), TAB)

    def boundingRect(self) -> QRectF:
        return self._rect.adjusted(-3, -TAB - 3, 3, 3)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(self.tab())
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        colour = QColor(self._theme.accent if self._selected else self._theme.muted)
        painter.setPen(QPen(colour, 2 if self._selected else 1.2, Qt.PenStyle.SolidLine))
        painter.setBrush(faint(colour, 18))
        painter.drawRoundedRect(self._rect, RADIUS, RADIUS)
        tab = self.tab()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(faint(colour, 46))
        painter.drawRoundedRect(tab.adjusted(0, 2, 0, 0), RADIUS / 2, RADIUS / 2)
        scale = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        pixels = TEXT_SMALL if scale >= NEAR_SCALE else far_pixels(10.5, scale, _LARGEST)
        room = tab.adjusted(8, 2, -4, 0)
        font, text = fitted(f"{OPEN} {self._name}", pixels, True, room.width(), Qt.TextElideMode.ElideRight)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.text))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    def holds(self, point: QPointF) -> bool:
        """Whether a scene point is on the tab."""
        return self.tab().contains(point)
