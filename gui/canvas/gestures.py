"""Gestures with the mouse: one gesture, one class. Here: what they share, panning, the rubber band, and which one begins."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QKeyEvent

from gui.canvas.desk import Desk, Pointer
from gui.canvas.overlays import Band

DRAG_DISTANCE = 4
"""Pixels that the mouse must travel before a press becomes a drag."""


class Gesture:
    """Begins with a press and ends with `release` or `cancel`; nothing of the project changes before `release`."""

    cursor = Qt.CursorShape.ArrowCursor
    scrolls = True
    """Whether the canvas follows when the mouse comes to its edge."""

    def __init__(self, desk: Desk, start: Pointer) -> None:
        self.desk = desk
        self.start = start
        self.dragged = False

    def moved(self, pointer: Pointer) -> None:
        """The mouse moved; small trembling is not a drag."""
        away: QPoint = pointer.screen - self.start.screen
        self.dragged = self.dragged or away.manhattanLength() >= DRAG_DISTANCE
        if self.dragged:
            self.move(pointer)

    def move(self, pointer: Pointer) -> None:
        """Show where things would go."""

    def release(self, pointer: Pointer) -> None:
        """Ask for what was shown."""

    def cancel(self) -> None:
        """Take back everything that was shown."""

    def key(self, event: QKeyEvent) -> bool:
        """A key was pressed meanwhile. Returns whether the gesture used it."""
        return False


class Pan(Gesture):
    """Push the canvas about."""

    cursor = Qt.CursorShape.ClosedHandCursor
    scrolls = False

    def __init__(self, desk: Desk, start: Pointer) -> None:
        super().__init__(desk, start)
        self._last = start.screen

    def move(self, pointer: Pointer) -> None:
        step = pointer.screen - self._last
        self._last = pointer.screen
        self.desk.camera.pan(step.x(), step.y())


class RubberBand(Gesture):
    """Select what a rectangle touches; with Shift or Ctrl in addition to what is selected."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, desk: Desk, start: Pointer) -> None:
        super().__init__(desk, start)
        self._before = desk.selection if start.adds else ()
        self._band = Band(desk.scene.theme)

    def move(self, pointer: Pointer) -> None:
        if self._band.scene() is None:
            self.desk.scene.addItem(self._band)
        rect = QRectF(self.start.scene, pointer.scene).normalized()
        self._band.setRect(rect)
        self.desk.scene.show_selection(self._inside(rect), None)

    def release(self, pointer: Pointer) -> None:
        rect = QRectF(self.start.scene, pointer.scene).normalized()
        self._remove()
        if self.dragged:
            self.desk.select(self._inside(rect))
        elif not self.start.adds:
            self.desk.select(())

    def cancel(self) -> None:
        self._remove()
        self.desk.scene.show_selection(self.desk.selection, self.desk.link)

    def _inside(self, rect: QRectF) -> tuple[str, ...]:
        touched = list[str]()
        groups = self.desk.scene.groups
        for node_id, item in groups.seen().items():
            box = item.box
            if rect.intersects(QRectF(box.left, box.top, box.right - box.left, box.bottom - box.top)):
                touched += groups.unit(node_id)
        return self._before + tuple(node_id for node_id in touched if node_id not in self._before)

    def _remove(self) -> None:
        if self._band.scene() is not None:
            self.desk.scene.removeItem(self._band)
