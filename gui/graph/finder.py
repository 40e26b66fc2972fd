"""Search in the graph: also what is folded away is found, as the box in which it is."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QLabel, QLineEdit

from engine.views import GraphNode, GraphView
from gui.graph.view import GraphCanvas


class Finder(QObject):
    """Joins the search field, the label that counts, and the canvas."""

    def __init__(self, search: QLineEdit, hits: QLabel, canvas: GraphCanvas) -> None:
        super().__init__(search)
        self._search, self._hits, self._canvas = search, hits, canvas
        self._graph: GraphView | None = None
        self._found: list[str] = []
        self._at = -1
        search.textChanged.connect(self._look)
        search.returnPressed.connect(self.next)

    def show_graph(self, graph: GraphView | None) -> None:
        """Another graph, or the same folded otherwise: what is searched for is searched again."""
        self._graph = graph
        if self._search.text():
            self._look()

    def start(self) -> None:
        """To the search field with the keyboard."""
        self._search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._search.selectAll()

    def next(self) -> None:
        """Centre the next node whose title, layer or parameter has the searched text."""
        if self._found:
            self._at = (self._at + 1) % len(self._found)
            self._canvas.focus_node(self._found[self._at])
        self._count()

    def _look(self) -> None:
        wanted = self._search.text().strip().lower()
        nodes = self._graph.nodes if self._graph is not None and wanted else ()
        hits = (self._canvas.picture.box_id(node.id) for node in nodes if wanted in _words(node))
        self._found = list(dict.fromkeys(hits))
        self._at = -1
        if self._found:
            self.next()
        else:
            self._canvas.focus_node("")
            self._count()

    def _count(self) -> None:
        if not self._search.text().strip():
            self._hits.setText("")
        else:
            self._hits.setText(f"{self._at + 1} of {len(self._found)}" if self._found else "not found")


def _words(node: GraphNode) -> str:
    return f"{node.title} {node.layer} {node.parameter}".lower()
