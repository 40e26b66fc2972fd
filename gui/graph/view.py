"""The autograd graph on screen: zoom, pan, fit, walk with the keys, click a box."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QGraphicsScene, QGraphicsView, QToolTip, QWidget

from engine.views import GraphNode, GraphView
from gui.graph.camera import STEP, Camera
from gui.graph.items import NodeItem
from gui.graph.looks import paint_arrow
from gui.graph.picture import GraphPicture
from gui.graph.tips import tip
from gui.theme.tokens import LIGHT, Theme

_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
_NAME = "Autograd graph"
POINTER_BELOW = 0.3
"""Zoom below which the event at the cursor is pointed at from outside its box."""


class GraphCanvas(QGraphicsView):
    """Shows one GraphView. Until somebody zooms or pans it is shown whole, or as much as can be read."""

    nodePicked = Signal(object)
    """The GraphNode that was clicked, or on which Enter was pressed."""
    foldToggled = Signal(str)
    """The layer that is to be folded, or unfolded."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pressed_at: QPoint | None = None
        self._twice = ""
        self._theme = LIGHT
        self.setScene(QGraphicsScene(self))
        self.picture = GraphPicture(self.scene())
        self.camera = Camera(self)
        self.camera.zoomed.connect(self._zoomed)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setAccessibleName(_NAME)

    @property
    def items_by_id(self) -> dict[str, NodeItem]:
        return self.picture.items

    def show_graph(self, graph: GraphView, foldable: frozenset[str] = frozenset(), stay: str = "") -> None:
        """Another graph; the same graph at another moment stays where it is.

        Until somebody zooms or pans it is shown as it is best seen first. Later, and with a layer to `stay` at, that layer's box,
        else the loss, keeps its place on the screen, and the zoom is not changed.
        """
        before = self.picture.anchor(stay)
        place = self.mapFromScene(before.pos()) if before is not None else None
        if not self.picture.show_graph(graph, foldable):
            return
        after = self.picture.anchor(stay)
        if place is None or after is None or (self.camera.untouched and not stay):
            self._show_readable()
            return
        moved = self.mapFromScene(after.pos()) - place
        for bar, by in ((self.horizontalScrollBar(), moved.x()), (self.verticalScrollBar(), moved.y())):
            bar.setValue(bar.value() + by)
        self._zoomed(self.transform().m11())

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setBackgroundBrush(QColor(theme.panel))
        self.picture.show_theme(theme)

    def show_current(self, node_id: str) -> None:
        """Mark the box of the event at the cursor and keep it in sight; "" marks none."""
        item = self.picture.show_current(node_id)
        if self.transform().m11() < POINTER_BELOW:
            self.viewport().update()
        if item is not None:
            self.camera.keep_in_sight(item)

    def focus_node(self, node_id: str) -> None:
        """Put the keyboard's and the search's mark on a box, centred; "" takes it away."""
        item = self.picture.show_focused(node_id)
        if item is not None:
            self.setAccessibleName(f"{_NAME}, {self._tip(item.node).replace(chr(10), ', ')}")
            self.centerOn(item)

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """From afar a box is smaller than its mark: the pointer is drawn in pixels of the screen."""
        zoom, item = self.transform().m11(), self.items_by_id.get(self.picture.current)
        if item is None or zoom >= POINTER_BELOW:
            return
        tip_of_arrow = self.mapFromScene(item.pos() + QPointF(item.box.left(), 0))
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_arrow(painter, QPointF(tip_of_arrow), self._theme)
        painter.restore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y()
        if turned:
            self.camera.zoom_by(STEP ** (turned / 120))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _ARROWS and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._walk(*_ARROWS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.picture.focused in self.items_by_id:
            self.nodePicked.emit(self.items_by_id[self.picture.focused].node)
        elif key == Qt.Key.Key_Escape and self.picture.focused:
            self.focus_node("")
        elif key == Qt.Key.Key_C and not event.modifiers():
            self._toggle_here()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.camera.zoom_in()
        elif key == Qt.Key.Key_Minus:
            self.camera.zoom_out()
        elif key == Qt.Key.Key_F and not event.modifiers():
            self.camera.fit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = event.position().toPoint() if event.button() == Qt.MouseButton.LeftButton else None
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        start, self._pressed_at = self._pressed_at, None
        if start is None:
            return
        end = event.position().toPoint()
        if (end - start).manhattanLength() >= QApplication.startDragDistance():
            self.camera.untouched = False
            return
        layer, node = self.picture.fold_mark_at(self.mapToScene(end)), self.node_at(end)
        self._twice = node.layer if node is not None and not layer else ""
        if layer:
            self.foldToggled.emit(layer)
        elif node is not None:
            self.nodePicked.emit(node)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The layer that the first click was at: that click may have moved the view."""
        layer, self._twice = self._twice, ""
        if layer and event.button() == Qt.MouseButton.LeftButton:
            self.foldToggled.emit(layer)
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            node = self.node_at(event.pos())
            QToolTip.showText(event.globalPos(), "" if node is None else self._tip(node), self)
            return True
        return super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.camera.untouched:
            self._show_readable()

    def node_at(self, pixel: QPoint) -> GraphNode | None:
        """The box under a pixel of the view."""
        return self.picture.node_at(self.mapToScene(pixel))

    def _tip(self, node: GraphNode) -> str:
        text = tip(node, self.picture.is_freed(node.id), self.picture.numbers.at)
        fold = self.items_by_id[node.id].marks.fold
        return f"{text}\ndouble-click or C: {fold} {node.layer}" if fold else text

    def _toggle_here(self) -> None:
        """Fold or unfold the layer of the box that the keyboard or the tape is at."""
        item = self.items_by_id.get(self.picture.focused) or self.items_by_id.get(self.picture.current)
        if item is not None and item.node.layer:
            self.foldToggled.emit(item.node.layer)

    def _zoomed(self, zoom: float) -> None:
        near = zoom >= self.picture.near_from
        self.setRenderHint(QPainter.RenderHint.Antialiasing, near)
        self.picture.show_zoom(zoom)

    def _walk(self, dx: int, dy: int) -> None:
        """Focus the nearest box in a direction."""
        here = self.items_by_id.get(self.picture.focused) or self.items_by_id.get(self.picture.current)
        middle = here.pos() if here is not None else self.mapToScene(self.viewport().rect().center())
        others = [item for item in self.items_by_id.values() if item is not here]
        ahead = [item for item in others if _along(item.pos() - middle, dx, dy) > (4 if here is not None else -1e9)]
        if ahead:
            self.focus_node(min(ahead, key=lambda item: _distance(item.pos() - middle, dx, dy)).node.id)

    def _show_readable(self) -> None:
        """As the camera begins: at the present node, or at the loss, where backward begins."""
        self.camera.begin(self.items_by_id.get(self.picture.current) or self.picture.anchor())
        self._zoomed(self.transform().m11())


def _along(way: QPointF, dx: int, dy: int) -> float:
    return way.x() * dx + way.y() * dy


def _distance(way: QPointF, dx: int, dy: int) -> float:
    """Nearness in a direction: what lies aside counts double."""
    return abs(_along(way, dx, dy)) + 2 * abs(_along(way, dy, dx))
