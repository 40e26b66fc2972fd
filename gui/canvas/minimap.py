"""The whole network in the corner, with a frame around the part that is seen; there while not all of it is."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QWidget

from gui.canvas.look import faint, layer_colour
from gui.canvas.scene import NetworkScene
from gui.canvas.view import NetworkView
from gui.theme.tokens import GRID, RADIUS, Theme

WIDTH, HEIGHT = 24 * GRID, 13 * GRID
_LEAST_CARD = 2.0


class Minimap(QFrame):
    """Click or drag in it to look elsewhere."""

    def __init__(self, scene: NetworkScene, view: NetworkView, parent: QWidget) -> None:
        super().__init__(parent)
        self._scene, self._view = scene, view
        self.setProperty("role", "card")
        self.setAccessibleName("Map of the whole network")
        self.setToolTip("The whole network: click or drag to look elsewhere")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedSize(QSize(WIDTH, HEIGHT))
        self._soon = QTimer(self)
        """A pan moves both scroll bars, an edit the network and the camera: one look is enough for all of it."""
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._follow)
        for moved in (
            view.camera.zoomed,
            view.horizontalScrollBar().valueChanged,
            view.verticalScrollBar().valueChanged,
        ):
            moved.connect(self.follow)
        self.hide()

    def follow(self) -> None:
        """Another part is seen, or the network is another: come, go, or draw anew, soon."""
        self._soon.start()

    def _follow(self) -> None:
        content = self._scene.content()
        wanted = not content.isEmpty() and len(self._scene.nodes) > 2 and not self._view.camera.sees(content)
        if wanted == self.isHidden():
            self.setVisible(wanted)
        if wanted:
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._look_at(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._look_at(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        theme: Theme = self._scene.theme
        painter = QPainter(self)
        scale, origin = self._scale()
        for item in self._scene.groups.seen().values():
            box, card = item.box, item.card
            colour = QColor(theme.problem) if card.severity == "error" else layer_colour(card.kind, theme)
            place = QPointF(box.left, box.top) * scale + origin
            size = max(_LEAST_CARD, (box.right - box.left) * scale), max(_LEAST_CARD, (box.bottom - box.top) * scale)
            painter.fillRect(QRectF(place.x(), place.y(), *size), colour)
        seen = self._view.mapToScene(self._view.viewport().rect()).boundingRect()
        shown = QRectF(seen.topLeft() * scale + origin, seen.bottomRight() * scale + origin)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.accent), 1.5))
        painter.setBrush(faint(QColor(theme.accent), 30))
        inside = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        painter.drawRoundedRect(shown.intersected(inside), RADIUS / 3, RADIUS / 3)
        painter.end()

    def _look_at(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            scale, origin = self._scale()
            away = event.position() - origin
            self._view.camera.look_at(QPointF(away.x() / scale, away.y() / scale))

    def _scale(self) -> tuple[float, QPointF]:
        """Pixels per scene unit, and where the scene's origin is in this widget."""
        content = self._scene.content()
        room = QRectF(self.rect()).adjusted(GRID, GRID, -GRID, -GRID)
        scale = min(room.width() / max(1.0, content.width()), room.height() / max(1.0, content.height()))
        return scale, room.center() - content.center() * scale
