"""The gestures with an arrow in the hand: draw a new one, or move the end of one that is there."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from engine import edits
from engine.catalog import LAYERS
from engine.edits import EditError
from engine.spec import LinkSpec, ProjectSpec
from gui.canvas.desk import Desk, Place, Pointer
from gui.canvas.geometry import WIDTH
from gui.canvas.gestures import Gesture
from gui.canvas.overlays import HandArrow

REACH = 18.0


class DrawArrow(Gesture):
    """From an output port to a layer. Layers that it may enter stand out; over another one it is said why not."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, desk: Desk, start: Pointer, source: str) -> None:
        super().__init__(desk, start)
        self._source = source
        self._hand = HandArrow(desk.scene.theme)
        self._aim: tuple[str, int | None] | None = None
        self._open: set[str] = set()

    def move(self, pointer: Pointer) -> None:
        if self._hand.scene() is None:
            self.desk.scene.addItem(self._hand)
            self._open = {node.id for node in self.desk.network.nodes if not self.refusal(node.id, None)}
        node, port = self._under(pointer.scene)
        reason = self.refusal(node, port) if node and node != self._source else ""
        self._aim = (node, port) if node and node != self._source and not reason else None
        self.desk.say(reason)
        self._show(pointer.scene)

    def release(self, pointer: Pointer) -> None:
        self.cancel()
        if not self.dragged:
            return
        if self._aim is not None:
            self.finish(*self._aim)
        elif not self.desk.scene.node_at(pointer.scene):
            self.nowhere(pointer)

    def cancel(self) -> None:
        if self._hand.scene() is not None:
            self.desk.scene.removeItem(self._hand)
        self.desk.scene.show_targets({})
        self.desk.say("")

    def finish(self, target: str, port: int | None) -> None:
        """The arrow was let go over a layer that it may enter."""
        self.desk.intents.connectRequested.emit(self._source, target, port)

    def nowhere(self, pointer: Pointer) -> None:
        """The arrow was let go over the empty canvas: a new layer may stand there."""
        place = Place(pointer.scene.x() + WIDTH / 2, pointer.scene.y(), source=self._source)
        self.desk.layerWanted.emit(place, pointer.screen)

    def refusal(self, target: str, port: int | None) -> str:
        """Why the arrow must not enter there, "" when it may."""
        try:
            edits.connect(self.project(), self._source, target, port)
        except EditError as error:
            return str(error)
        return ""

    def project(self) -> ProjectSpec:
        """What the arrow is added to."""
        return self.desk.project

    def _under(self, point: QPointF) -> tuple[str, int | None]:
        """The layer under the pointer, and its port if it is one that is taken and is to be replaced."""
        port = self.desk.scene.port_at(point, REACH)
        if port is None or port.node == self._source:
            return self.desk.scene.node_at(point), None
        many = LAYERS[self.desk.network.node(port.node).kind].ports is None
        taken = {link.port for link in self.project().network.links_into(port.node)}
        return port.node, port.index if many and port.index in taken else None

    def _show(self, point: QPointF) -> None:
        scene = self.desk.scene
        looks = {node_id: "open" if node_id in self._open else "closed" for node_id in scene.nodes}
        looks[self._source] = ""
        if self._aim is not None:
            looks[self._aim[0]] = "aimed"
        scene.show_targets(looks)
        self._hand.show_route(*self.ends(point), self._aim is not None)

    def ends(self, point: QPointF) -> tuple[QPointF, QPointF]:
        """Where the arrow in the hand begins and ends."""
        scene = self.desk.scene
        start = scene.nodes[self._source].output_point()
        if self._aim is None:
            return start, point
        target, port = self._aim
        many = LAYERS[self.desk.network.node(target).kind].ports is None
        free = len(self.project().network.links_into(target)) if many else 0
        return start, scene.nodes[target].input_point(free if port is None else port)


class DrawBack(DrawArrow):
    """From a free input port back to the layer that is to feed it. `_source` is the layer where the gesture began."""

    def __init__(self, desk: Desk, start: Pointer, target: str, port: int) -> None:
        super().__init__(desk, start, target)
        self._port = port

    def refusal(self, target: str, port: int | None) -> str:
        try:
            edits.connect(self.desk.project, target, self._source)
        except EditError as error:
            return str(error)
        return ""

    def finish(self, target: str, port: int | None) -> None:
        self.desk.intents.connectRequested.emit(target, self._source, None)

    def nowhere(self, pointer: Pointer) -> None:
        """Over the empty canvas nothing can feed it."""

    def ends(self, point: QPointF) -> tuple[QPointF, QPointF]:
        nodes = self.desk.scene.nodes
        start = nodes[self._aim[0]].output_point() if self._aim is not None else point
        return start, nodes[self._source].input_point(self._port)


class PullArrow(DrawArrow):
    """Take an arrow by its head: let go over the empty canvas to remove it, over another layer to lead it there."""

    def __init__(self, desk: Desk, start: Pointer, link: LinkSpec) -> None:
        super().__init__(desk, start, link.source)
        self._link = link
        self._without = edits.disconnect(desk.project, link)

    def project(self) -> ProjectSpec:
        return self._without

    def move(self, pointer: Pointer) -> None:
        self.desk.scene.show_pulled(self._link)
        super().move(pointer)
        if self._aim is None and not self.desk.scene.node_at(pointer.scene):
            self.desk.say("Let go here to remove the arrow.")

    def release(self, pointer: Pointer) -> None:
        if not self.dragged:
            self.desk.select_link(self._link)
        super().release(pointer)

    def cancel(self) -> None:
        self.desk.scene.show_pulled(None)
        super().cancel()

    def finish(self, target: str, port: int | None) -> None:
        if target != self._link.target:
            self.desk.intents.reconnectRequested.emit(self._link, target, port)

    def nowhere(self, pointer: Pointer) -> None:
        self.desk.intents.disconnectRequested.emit(self._link)

    def _under(self, point: QPointF) -> tuple[str, int | None]:
        # The ports close up when an arrow goes: no single one of them can be meant.
        return super()._under(point)[0], None
