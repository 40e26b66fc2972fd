"""The graph from afar: plain boxes and thin lines, thousands of them in a few strokes of the pen."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from engine.views import GraphEdge, GraphNode, GraphView
from gui.graph.looks import Kind, fill, hue
from gui.theme.tokens import LIGHT, Theme

PIECE = 160
"""Nodes in one item: what is out of sight is left out by the piece."""


class FarPiece(QGraphicsItem):
    """Some of the boxes that lie near each other, with the arrows that leave them."""

    def __init__(self, nodes: Iterable[GraphNode], edges: Iterable[GraphEdge]) -> None:
        super().__init__()
        self._theme = LIGHT
        self._nodes = tuple(nodes)
        self._lines = QPainterPath()
        for edge in edges:
            self._lines.moveTo(*edge.points[0])
            for point in edge.points[1:]:
                self._lines.lineTo(*point)
        self._forms: dict[tuple[Kind, bool], QPainterPath] = {}
        self.show_freed(frozenset())
        bounds = self._lines.boundingRect()
        for form in self._forms.values():
            bounds = bounds.united(form.boundingRect())
        self._bounds = bounds.adjusted(-2, -2, 2, 2)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_freed(self, ids: frozenset[str]) -> None:
        """Which of the boxes are drawn hollow."""
        self._forms = {}
        for node in self._nodes:
            form = self._forms.setdefault((node.kind, node.id in ids), QPainterPath())
            form.addRect(node.x - node.width / 2, node.y - node.height / 2, node.width, node.height)
        self.update()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def shape(self) -> QPainterPath:
        return QPainterPath()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setPen(QPen(QColor(self._theme.muted), 0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._lines)
        for (kind, freed), form in self._forms.items():
            painter.setPen(QPen(hue(self._theme, kind), 0))
            painter.setBrush(QColor(self._theme.panel) if freed else fill(self._theme, kind))
            painter.drawPath(form)


def pieces(graph: GraphView) -> list[FarPiece]:
    """The whole graph, cut from top to bottom."""
    nodes = sorted(graph.nodes, key=lambda node: node.y)
    leaving: dict[str, list[GraphEdge]] = {}
    for edge in graph.edges:
        if len(edge.points) > 1:
            leaving.setdefault(edge.source, []).append(edge)
    found = []
    for start in range(0, len(nodes), PIECE):
        part = nodes[start : start + PIECE]
        found.append(FarPiece(part, (edge for node in part for edge in leaving.get(node.id, ()))))
    return found
