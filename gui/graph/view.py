"""The autograd graph on screen: zoom, pan, fit, walk with the keys, click a box."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QGraphicsScene, QGraphicsView, QWidget

from engine.views import GraphNode, GraphView
from gui.graph.camera import BORDER, STEP, Camera
from gui.graph.items import EdgeItem, NodeItem
from gui.graph.looks import Marks
from gui.theme.tokens import LIGHT, Theme

_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
_NAME = "Autograd graph"


class GraphCanvas(QGraphicsView):
    """Shows one GraphView. Until somebody zooms or pans it is shown whole, or as much as can be read."""

    nodePicked = Signal(object)
    """The GraphNode that was clicked, or on which Enter was pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.items_by_id: dict[str, NodeItem] = {}
        self._edges: list[EdgeItem] = []
        self._theme = LIGHT
        self._current = ""
        self._focused = ""
        self._layers: tuple[str, ...] = ()
        self._freed: frozenset[str] = frozenset()
        self._pressed_at: QPoint | None = None
        self.setScene(QGraphicsScene(self))
        self.camera = Camera(self)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setAccessibleName(_NAME)

    def show_graph(self, graph: GraphView) -> None:
        """Another graph: new items, all of it in sight. The same graph at another moment stays where it is."""
        self._freed = frozenset(node.id for node in graph.nodes if node.freed)
        if self._same_picture(graph):
            self._mark(self.items_by_id)
            return
        self.scene().clear()
        self.items_by_id = {node.id: NodeItem(node) for node in graph.nodes}
        self._edges = [EdgeItem(edge, edge.points) for edge in graph.edges if len(edge.points) > 1]
        for item in self._all():
            item.show_theme(self._theme)
            self.scene().addItem(item)
        self.scene().setSceneRect(QRectF(0, 0, graph.width, graph.height).adjusted(-BORDER, -BORDER, BORDER, BORDER))
        self._current = self._focused = ""
        self._mark(self.items_by_id)
        self._show_readable()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setBackgroundBrush(QColor(theme.panel))
        for item in self._all():
            item.show_theme(theme)

    def show_current(self, node_id: str) -> None:
        """Mark the box of the event at the cursor and keep it in sight; "" marks none."""
        before, self._current = self._current, node_id
        self._mark((before, node_id))
        item = self.items_by_id.get(node_id)
        if item is not None:
            self.camera.keep_in_sight(item)

    def show_freed(self, ids: frozenset[str]) -> None:
        """Draw the boxes hollow whose saved tensors are gone."""
        if ids != self._freed:
            changed, self._freed = ids ^ self._freed, ids
            self._mark(changed)

    def show_layers(self, layers: tuple[str, ...]) -> None:
        """Mark the boxes of the selected layers."""
        self._layers = layers
        self._mark(self.items_by_id)

    def focus_node(self, node_id: str) -> None:
        """Put the keyboard's and the search's mark on a box, centred; "" takes it away."""
        before, self._focused = self._focused, node_id
        self._mark((before, node_id))
        item = self.items_by_id.get(node_id)
        if item is not None:
            self.setAccessibleName(f"{_NAME}, {item.toolTip().replace(chr(10), ', ')}")
            self.centerOn(item)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y()
        if turned:
            self.camera.zoom_by(STEP ** (turned / 120))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _ARROWS and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._walk(*_ARROWS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._focused in self.items_by_id:
            self.nodePicked.emit(self.items_by_id[self._focused].node)
        elif key == Qt.Key.Key_Escape and self._focused:
            self.focus_node("")
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
        node = self.node_at(end)
        if node is not None:
            self.nodePicked.emit(node)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.camera.untouched:
            self._show_readable()

    def node_at(self, pixel: QPoint) -> GraphNode | None:
        """The box under a pixel of the view."""
        item = self.itemAt(pixel)
        return item.node if isinstance(item, NodeItem) else None

    def _same_picture(self, graph: GraphView) -> bool:
        """Whether the boxes and arrows are those that are drawn already, but for what is freed."""
        drawn = [replace(item.node, freed=False) for item in self.items_by_id.values()]
        if [replace(node, freed=False) for node in graph.nodes] != drawn:
            return False
        return [edge for edge in graph.edges if len(edge.points) > 1] == [item.edge for item in self._edges]

    def _all(self) -> list[NodeItem | EdgeItem]:
        return [*self._edges, *self.items_by_id.values()]

    def _mark(self, ids: Iterable[str]) -> None:
        for node_id in ids:
            item = self.items_by_id.get(node_id)
            if item is not None:
                selected = bool(item.node.layer) and item.node.layer in self._layers
                freed = node_id in self._freed
                item.show_marks(Marks(node_id == self._current, selected, node_id == self._focused, freed))

    def _walk(self, dx: int, dy: int) -> None:
        """Focus the nearest box in a direction."""
        here = self.items_by_id.get(self._focused) or self.items_by_id.get(self._current)
        middle = here.pos() if here is not None else self.mapToScene(self.viewport().rect().center())
        others = [item for item in self.items_by_id.values() if item is not here]
        ahead = [item for item in others if _along(item.pos() - middle, dx, dy) > (4 if here is not None else -1e9)]
        if ahead:
            self.focus_node(min(ahead, key=lambda item: _distance(item.pos() - middle, dx, dy)).node.id)

    def _show_readable(self) -> None:
        """As the camera begins: at the present node, or at the loss, where backward begins."""
        result = next((item for item in self.items_by_id.values() if item.node.kind == "output"), None)
        self.camera.begin(self.items_by_id.get(self._current) or result)


def _along(way: QPointF, dx: int, dy: int) -> float:
    return way.x() * dx + way.y() * dy


def _distance(way: QPointF, dx: int, dy: int) -> float:
    """Nearness in a direction: what lies aside counts double."""
    return abs(_along(way, dx, dy)) + 2 * abs(_along(way, dy, dx))
