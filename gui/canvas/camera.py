"""Which part of the canvas is seen, and how large."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QPointF, QRectF, Signal
from PySide6.QtGui import QTransform
from PySide6.QtWidgets import QGraphicsView

LEAST, MOST = 0.05, 4.0
STEP = 1.2
MARGIN = 28
"""Pixels left free around what is fitted; the lower edge has the buttons of the corner."""


class Camera(QObject):
    """Zoom and pan of a view. Until somebody zooms or pans by hand it keeps the whole network in sight."""

    zoomed = Signal(float)
    """Pixels per scene unit."""

    def __init__(self, view: QGraphicsView) -> None:
        super().__init__(view)
        self._view = view
        self.follows = True

    @property
    def scale(self) -> float:
        return self._view.transform().m11()

    def centre(self) -> QPointF:
        """The scene point in the middle of the view."""
        return self._view.mapToScene(self._view.viewport().rect().center())

    def sees(self, rect: QRectF) -> bool:
        return self._view.mapToScene(self._view.viewport().rect()).boundingRect().contains(rect)

    def zoom_by(self, factor: float, at: QPoint | None = None) -> None:
        """Zoom and keep the scene point under `at` (view pixels; default: the middle) where it is."""
        self.zoom_to(self.scale * factor, at)

    def zoom_to(self, scale: float, at: QPoint | None = None) -> None:
        """As `zoom_by`, to a given number of pixels per scene unit."""
        self.follows = False
        pixel = at or self._view.viewport().rect().center()
        before = self._view.mapToScene(pixel)
        self._set(scale)
        shift = self._view.mapFromScene(before) - pixel
        self._scroll(shift.x(), shift.y())

    def zoom_in(self) -> None:
        self.zoom_by(STEP)

    def zoom_out(self) -> None:
        self.zoom_by(1 / STEP)

    def actual(self) -> None:
        """One scene unit is one pixel."""
        self.zoom_to(1.0)

    def pan(self, dx: int, dy: int) -> None:
        """Push the canvas by so many pixels."""
        self.follows = False
        self._scroll(-dx, -dy)

    def look_at(self, point: QPointF) -> None:
        """Bring a scene point into the middle."""
        self.follows = False
        self._view.centerOn(point)

    def fit(self, rect: QRectF) -> None:
        """Show all of `rect`, at most at its natural size."""
        port = self._view.viewport().rect()
        if rect.isEmpty() or port.isEmpty():
            return
        wide = max(1, port.width() - 2 * MARGIN) / rect.width()
        high = max(1, port.height() - 2 * MARGIN) / rect.height()
        self._set(min(wide, high, 1.25))
        self._view.centerOn(rect.center())

    def follow(self, rect: QRectF) -> None:
        """Keep `rect` in sight unless somebody has taken the camera in hand."""
        if self.follows and not self.sees(rect):
            self.fit(rect)

    def _set(self, scale: float) -> None:
        scale = max(LEAST, min(MOST, scale))
        self._view.setTransform(QTransform.fromScale(scale, scale))
        self.zoomed.emit(scale)

    def _scroll(self, dx: int, dy: int) -> None:
        across, down = self._view.horizontalScrollBar(), self._view.verticalScrollBar()
        across.setValue(across.value() + dx)
        down.setValue(down.value() + dy)
