"""Draw an arrow without a mouse: choose the target with the arrow keys, Enter connects."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent

from gui.canvas.desk import Desk, Pointer
from gui.canvas.draw_arrow import DrawArrow

_STEPS = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Tab: 1}


class KeyArrow(DrawArrow):
    """The layers that the arrow may enter, from left to right, one of them aimed at."""

    def __init__(self, desk: Desk, source: str) -> None:
        super().__init__(desk, Pointer(QPointF(), QPoint()), source)
        items = desk.scene.nodes
        seen = [node.id for node in desk.network.nodes if items[node.id].isVisible()]
        may = [node_id for node_id in seen if node_id != source and not self.refusal(node_id, None)]
        self._targets = sorted(may, key=lambda node_id: (items[node_id].x(), items[node_id].y()))
        self._open = set(self._targets)
        right = [i for i, node_id in enumerate(self._targets) if items[node_id].x() > items[source].x()]
        self._index = right[0] if right else 0

    @property
    def possible(self) -> bool:
        return bool(self._targets)

    def begin(self) -> None:
        """Show the arrow to the first target."""
        self.desk.scene.addItem(self._hand)
        self._point()

    def move(self, pointer: Pointer) -> None:
        """The mouse has no say."""

    def release(self, pointer: Pointer) -> None:
        """A click ends it without an arrow."""
        self.cancel()

    def key(self, event: QKeyEvent) -> bool:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None:
            return False
        self._index = (self._index + step) % len(self._targets)
        self._point()
        return True

    def connect_now(self) -> None:
        """Enter was pressed."""
        self.cancel()
        self.finish(self._targets[self._index], None)

    def _point(self) -> None:
        target = self._targets[self._index]
        self._aim = (target, None)
        self._show(self.desk.scene.nodes[target].input_point(0))
        self.desk.say(f"{self._source} → {target}: arrow keys choose, Enter connects, Esc leaves.")
