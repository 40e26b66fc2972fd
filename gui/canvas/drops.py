"""A layer from the palette held over the canvas: it goes where it is dropped, or into the arrow under it."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QMimeData, QPointF

from engine.catalog import LAYERS
from engine.spec import LinkSpec
from gui.canvas.desk import Desk, Place
from gui.canvas.geometry import snapped
from gui.canvas.overlays import HandCard

MIME = "application/x-chainrule-layer"
INTO_REACH = 24.0


def layer_mime(kind: str) -> QMimeData:
    """What the palette hands to a drag."""
    data = QMimeData()
    data.setData(MIME, QByteArray(kind.encode()))
    return data


def kind_of(data: QMimeData) -> str:
    """The kind of layer that is dragged, "" when it is something else."""
    kind = bytes(data.data(MIME).data()).decode(errors="replace") if data.hasFormat(MIME) else ""
    return kind if kind in LAYERS and LAYERS[kind].placeable else ""


class Drop:
    """One drag over the canvas, from its entry to its end."""

    def __init__(self, desk: Desk, kind: str) -> None:
        self._desk = desk
        self._kind = kind
        self._card = HandCard(kind, desk.scene.theme)
        self._link: LinkSpec | None = None
        desk.scene.addItem(self._card)

    def move(self, point: QPointF) -> None:
        """Show where the layer would go."""
        self._card.setPos(snapped(point.x()), snapped(point.y()))
        self._link = self._desk.scene.link_at(point, INTO_REACH)
        self._desk.scene.show_open(self._link)
        title = LAYERS[self._kind].title
        self._desk.say(f"Let go to put {title} into this arrow." if self._link else "")

    def leave(self) -> None:
        self._desk.scene.removeItem(self._card)
        self._desk.scene.show_open(None)
        self._desk.say("")

    def drop(self, point: QPointF) -> None:
        """Ask for the layer where it was let go."""
        self.move(point)
        self.leave()
        self._desk.add(self._kind, Place(point.x(), point.y(), self._link))
