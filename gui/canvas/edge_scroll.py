"""The canvas follows what is dragged to its edge: the nearer the edge, the faster."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QTimer, Signal

from gui.canvas.camera import Camera

ZONE = 36
"""Pixels from the edge in which the canvas begins to move."""
FASTEST = 18
"""Pixels in one of the timer's ticks, at the edge and beyond it."""
TICK_MS = 16


class EdgeScroll(QObject):
    """Give it the place of the mouse while something is dragged; `scrolled` says that the canvas moved under it."""

    scrolled = Signal(QPoint)
    """(place of the mouse in the view)"""

    def __init__(self, camera: Camera, parent: QObject) -> None:
        super().__init__(parent)
        self._camera = camera
        self._at = QPoint()
        self._step = QPoint()
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def active(self) -> bool:
        return self._timer.isActive()

    def follow(self, at: QPoint, width: int, height: int) -> None:
        """The mouse is here, in a view of this size."""
        self._at = at
        self._step = QPoint(_speed(at.x(), width), _speed(at.y(), height))
        if self._step.isNull():
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """Nothing is dragged any more."""
        self._timer.stop()

    def _tick(self) -> None:
        self._camera.pan(-self._step.x(), -self._step.y())
        self.scrolled.emit(self._at)


def _speed(at: int, length: int) -> int:
    """Pixels for one tick: below 0 towards the start of the view, 0 away from its edges."""
    zone = min(ZONE, length // 6)
    if zone <= 0:
        return 0
    if at < zone:
        return -max(1, round(FASTEST * min(1.0, (zone - at) / zone)))
    if at > length - zone:
        return max(1, round(FASTEST * min(1.0, (at - length + zone) / zone)))
    return 0
