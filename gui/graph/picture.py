"""What lies in the graph's scene: boxes and arrows with their marks, or from afar the whole in a few pieces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QGraphicsScene

from engine.graph_folding import representatives, results_of
from engine.views import GraphNode, GraphView
from gui.graph.camera import BORDER, FORMS_FROM
from gui.graph.far import FarPiece, pieces
from gui.graph.items import TEXTS_FROM, EdgeItem, NodeItem
from gui.graph.looks import Marks, fold_place
from gui.graph.numbers import GraphNumbers, Shown
from gui.theme.tokens import LIGHT, Theme

MANY = 600
"""With more boxes forms are drawn only where texts can be read too: so many at once would take too long."""


class GraphPicture:
    """Ids of nodes that are folded away mean the box in which they are."""

    def __init__(self, scene: QGraphicsScene) -> None:
        self.items: dict[str, NodeItem] = {}
        self.numbers = Shown()
        self.current = self.focused = ""
        self.near_from = FORMS_FROM
        self._scene = scene
        self._edges: list[EdgeItem] = []
        self._far: list[FarPiece] = []
        self._box_of: dict[str, str] = {}
        self._results: dict[str, str] = {}
        self._layers: tuple[str, ...] = ()
        self._freed: frozenset[str] = frozenset()
        self._near = True
        self._theme = LIGHT

    def show_graph(self, graph: GraphView, foldable: frozenset[str]) -> bool:
        """Other boxes and arrows; False when they are those that are drawn already, but for what is freed."""
        self._freed = frozenset(node.id for node in graph.nodes if node.freed)
        if self._is_drawn(graph):
            self._far_freed()
            self._mark(self.items)
            return False
        self._scene.clear()
        self._box_of = representatives(graph)
        self._results = {node: layer for layer, node in results_of(graph).items() if layer in foldable}
        self.items = {node.id: NodeItem(node, self.numbers, graph.roomy) for node in graph.nodes}
        self._edges = [EdgeItem(edge, edge.points) for edge in graph.edges if len(edge.points) > 1]
        self._far = pieces(graph)
        for item in self._all():
            item.show_theme(self._theme)
            self._scene.addItem(item)
        self._scene.setSceneRect(QRectF(0, 0, graph.width, graph.height).adjusted(-BORDER, -BORDER, BORDER, BORDER))
        self.near_from = FORMS_FROM if len(graph.nodes) <= MANY else TEXTS_FROM
        self.current = self.focused = ""
        self._far_freed()
        self._mark(self.items)
        self._show_distance()
        return True

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        for item in self._all():
            item.show_theme(theme)

    def show_zoom(self, zoom: float) -> None:
        """Boxes one by one, or the whole in pieces."""
        near = zoom >= self.near_from
        if near != self._near:
            self._near = near
            self._show_distance()

    def show_current(self, node_id: str) -> NodeItem | None:
        """Mark the box of the event at the cursor; "" marks none."""
        before, self.current = self.current, self.box_id(node_id)
        self._mark((before, self.current))
        return self.items.get(self.current)

    def show_focused(self, node_id: str) -> NodeItem | None:
        """Put the keyboard's and the search's mark on a box; "" takes it away."""
        before, self.focused = self.focused, self.box_id(node_id)
        self._mark((before, self.focused))
        return self.items.get(self.focused)

    def show_layers(self, layers: tuple[str, ...]) -> None:
        """Mark the boxes of the selected layers."""
        self._layers = layers
        self._mark(self.items)

    def show_freed(self, ids: frozenset[str]) -> None:
        """Draw the boxes hollow whose saved tensors are gone; a folded layer as soon as one of its nodes is freed."""
        boxes = frozenset(self._box_of.get(each, each) for each in ids)
        if boxes != self._freed:
            changed, self._freed = boxes ^ self._freed, boxes
            self._far_freed()
            self._mark(changed)

    def show_numbers(self, numbers: GraphNumbers | None, cursor: int) -> None:
        """The numbers of a tape at its cursor, or none."""
        changed = self.numbers.move(numbers, cursor)
        names = self.items if changed is None else {self._box_of.get(each, each) for each in changed}
        for name in names if self._near else ():
            item = self.items.get(name)
            if item is not None:
                item.update()

    def node_at(self, point: QPointF) -> GraphNode | None:
        """The box at a point of the scene."""
        hits = (item for item in self.items.values() if item.box.contains(point - item.pos()))
        return next((item.node for item in hits), None)

    def fold_mark_at(self, point: QPointF) -> str:
        """The layer whose mark is there, seen from near; "" where none is."""
        for item in self.items.values() if self._near else ():
            if item.marks.fold and fold_place(item.box).contains(point - item.pos()):
                return item.node.layer
        return ""

    def box_id(self, node_id: str) -> str:
        """The box in which a node is: its own, or its folded layer's."""
        return self._box_of.get(node_id, node_id)

    def anchor(self, layer: str = "") -> NodeItem | None:
        """The folded layer's box, or the box of what it gave; without a layer the loss."""
        for item in self.items.values():
            if (item.marks.fold and item.node.layer == layer) if layer else item.node.kind == "output":
                return item
        return None

    def is_freed(self, node_id: str) -> bool:
        return node_id in self._freed

    def _all(self) -> list[FarPiece | EdgeItem | NodeItem]:
        return [*self._far, *self._edges, *self.items.values()]

    def _is_drawn(self, graph: GraphView) -> bool:
        drawn = [replace(item.node, freed=False) for item in self.items.values()]
        if [replace(node, freed=False) for node in graph.nodes] != drawn:
            return False
        return [edge for edge in graph.edges if len(edge.points) > 1] == [item.edge for item in self._edges]

    def _show_distance(self) -> None:
        for piece in self._far:
            piece.setVisible(not self._near)
        for edge in self._edges:
            edge.setVisible(self._near)
        for item in self.items.values():
            item.setVisible(self._near or not item.marks.plain)

    def _far_freed(self) -> None:
        for piece in self._far:
            piece.show_freed(self._freed)

    def _mark(self, ids: Iterable[str]) -> None:
        for node_id in ids:
            item = self.items.get(node_id)
            if item is None:
                continue
            node = item.node
            selected = bool(node.layer) and node.layer in self._layers
            marks = Marks(node_id == self.current, selected, node_id == self.focused, node_id in self._freed)
            if node.kind == "layer":
                marks = replace(marks, fold="unfold")
            elif node_id in self._results:
                marks = replace(marks, fold="fold")
            item.show_marks(marks)
            if not self._near:
                item.setVisible(not marks.plain)
