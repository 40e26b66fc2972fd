"""The gesture that moves layers, and that puts one into an arrow."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from engine.edits import ENDS
from engine.spec import LinkSpec
from gui.canvas.desk import Desk, Pointer
from gui.canvas.geometry import snapped
from gui.canvas.gestures import Gesture
from gui.canvas.overlays import Guide

NEAR = 7.0
"""Scene units within which a card falls into the row or column of another."""
INTO_REACH = 20.0


class MoveNodes(Gesture):
    """Drag one layer or the whole selection; Alt lets go of the grid. A click selects."""

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, desk: Desk, start: Pointer, together: tuple[str, ...]) -> None:
        """`together`: the layers under the card, or in the frame, that is taken hold of."""
        super().__init__(desk, start)
        self._together = together
        self._node = together[0]
        self._was_selected = set(together).issubset(desk.selection)
        ids = desk.selection if self._was_selected else (*(desk.selection if start.adds else ()), *together)
        if not self._was_selected:
            desk.select(tuple(dict.fromkeys(ids)))
        self._from = {n: desk.scene.nodes[n].pos() for n in ids if n in desk.scene.nodes}
        self._others = [item.pos() for n, item in desk.scene.groups.seen().items() if n not in self._from]
        self._guides = (Guide(desk.scene.theme), Guide(desk.scene.theme))
        self._into: LinkSpec | None = None

    def move(self, pointer: Pointer) -> None:
        home = self._from[self._node]
        wanted = home + pointer.scene - self.start.scene
        free = bool(pointer.keys & Qt.KeyboardModifier.AltModifier)
        place = wanted if free else self._aligned(wanted)
        for node_id, origin in self._from.items():
            moved = origin + place - home
            self.desk.scene.move_node(node_id, moved.x(), moved.y())
        self.desk.scene.reroute()
        self._into = self._arrow_under(pointer.scene)
        self.desk.scene.show_open(self._into)
        self.desk.scene.nodes[self._node].setOpacity(0.6 if self._into else 1.0)
        self.desk.say(f"Let go to put {self._node} into this arrow." if self._into else "")

    def release(self, pointer: Pointer) -> None:
        self._clear()
        if not self.dragged:
            self._clicked()
        elif self._into is not None:
            self._put_back()
            self.desk.intents.reorderRequested.emit(self._into, self._node)
        else:
            places = {node_id: self.desk.scene.nodes[node_id].pos().toTuple() for node_id in self._from}
            self.desk.intents.moveRequested.emit(places)

    def cancel(self) -> None:
        self._clear()
        self._put_back()

    def _clicked(self) -> None:
        selection = self.desk.selection
        if not self.start.adds:
            self.desk.select(self._together)
        elif self._was_selected:
            self.desk.select(tuple(node_id for node_id in selection if node_id not in self._together))

    def _aligned(self, wanted: QPointF) -> QPointF:
        """On the grid, or exactly in the row or column of a card that is almost there."""
        column = min((o.x() for o in self._others), key=lambda x: abs(x - wanted.x()), default=None)
        row = min((o.y() for o in self._others), key=lambda y: abs(y - wanted.y()), default=None)
        in_column = column is not None and abs(column - wanted.x()) <= NEAR
        in_row = row is not None and abs(row - wanted.y()) <= NEAR
        x = column if column is not None and in_column else snapped(wanted.x())
        y = row if row is not None and in_row else snapped(wanted.y())
        place = QPointF(x, y)
        self._guide(self._guides[0], place, [o for o in self._others if in_column and o.x() == x])
        self._guide(self._guides[1], place, [o for o in self._others if in_row and o.y() == y])
        return place

    def _guide(self, guide: Guide, place: QPointF, mates: list[QPointF]) -> None:
        if guide.scene() is None:
            self.desk.scene.addItem(guide)
        guide.setVisible(bool(mates))
        if mates:
            points = sorted([place, *mates], key=lambda point: (point.x(), point.y()))
            guide.show_line(points[0], points[-1])

    def _arrow_under(self, point: QPointF) -> LinkSpec | None:
        """An arrow of others under the one layer that is dragged."""
        if len(self._from) != 1 or self._node in ENDS:
            return None
        scene, node = self.desk.scene, self._node
        return scene.link_at(point, INTO_REACH, node) or scene.link_at(scene.nodes[node].pos(), INTO_REACH, node)

    def _put_back(self) -> None:
        for node_id, origin in self._from.items():
            self.desk.scene.move_node(node_id, origin.x(), origin.y())
        self.desk.scene.reroute()

    def _clear(self) -> None:
        for guide in self._guides:
            if guide.scene() is not None:
                self.desk.scene.removeItem(guide)
        self.desk.scene.show_open(None)
        self.desk.scene.nodes[self._node].setOpacity(1.0)
        self.desk.say("")
