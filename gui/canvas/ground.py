"""The ground of the canvas: an endless dotted sheet that can be zoomed and pushed."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

from gui.canvas.camera import STEP, Camera
from gui.canvas.look import mix
from gui.canvas.scene import NetworkScene

DOTS = 24
"""Scene units between the dots."""


class Ground(QGraphicsView):
    """A view without scroll bars; its camera says what is seen."""

    def __init__(self, scene: NetworkScene, parent: QWidget) -> None:
        super().__init__(scene, parent)
        self.picture = scene
        self.camera = Camera(self)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel zooms at the mouse; with Shift or sideways it pushes the canvas."""
        turned = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or turned.x():
            self.camera.pan(turned.x() or turned.y(), 0)
        else:
            self.camera.zoom_by(math.pow(STEP, turned.y() / 120), event.position().toPoint())
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.camera.follows:
            self.camera.fit(self.picture.content())

    def leaveEvent(self, event: QEvent) -> None:
        self.picture.show_hover(None)
        super().leaveEvent(event)

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        theme = self.picture.theme
        painter.fillRect(rect, QColor(theme.window))
        if self.camera.scale < 0.5:
            return
        pen = QPen(mix(theme.window, theme.border, 0.9), 1.6)
        pen.setCosmetic(True)
        painter.setPen(pen)
        left, top = int(rect.left() // DOTS), int(rect.top() // DOTS)
        right, bottom = int(rect.right() // DOTS) + 1, int(rect.bottom() // DOTS) + 1
        painter.drawPoints([QPoint(x * DOTS, y * DOTS) for x in range(left, right + 1) for y in range(top, bottom + 1)])
