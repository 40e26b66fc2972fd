"""The autograd graph of the loss: the picture, search, zoom, folding, numbers, legend."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from engine.graph_folding import results_of
from engine.ledger import freed
from engine.spec import ProjectSpec
from engine.views import GraphPicture, GraphView, Tape, TapeEvent
from gui.graph.finder import Finder
from gui.graph.folds import Folds
from gui.graph.follow import Follower
from gui.graph.head import GraphHead
from gui.graph.legend import Legend
from gui.graph.numbers import GraphNumbers
from gui.graph.view import GraphCanvas
from gui.pump import Update
from gui.stepper.parts import RUN_LAB, RUN_LAB_TIP, EmptyPage
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
ROOM_FOR_LEGEND = 400
"""In a lower panel the legend is put away at first."""


class GraphPanel(QWidget):
    """Shows the graph of the model as it is, or the one of the tape that is stepped through, folded as it is wanted."""

    drawRequested = Signal()
    arrangeRequested = Signal(object, object, bool)
    """A GraphView, the layers to fold (a frozenset), and whether the boxes shall have room for numbers."""
    nodePicked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.graph: GraphView | None = None
        """All nodes; `shown` is the same graph as it is drawn."""
        self.shown: GraphView | None = None
        self._drawn: GraphView | None = None
        self._answer: GraphPicture | None = None
        self._asked: tuple[GraphView, frozenset[str], bool] | None = None
        self._stay = ""
        self._numbers: GraphNumbers | None = None
        self._cursor = 0
        self._lab = False
        self._legend_by_room = True
        self._made: dict[str, str] = {}
        self.folds = Folds()
        self.follower = Follower(self)
        self.empty = EmptyPage("No graph drawn yet", EMPTY_TEXT, "Draw the graph")
        self.canvas = GraphCanvas()
        self.legend = Legend()
        self.head = GraphHead()
        self.search, self.hits, self.engine = self.head.search, self.head.hits, self.head.engine
        self.buttons = self.head.buttons
        self.finder = Finder(self.search, self.hits, self.canvas)
        self._pages = QStackedWidget()
        self._arrange()
        self.setFocusProxy(self.canvas)
        self.show_origin("run")
        self._join()

    def show_project(self, old: ProjectSpec | None, new: ProjectSpec) -> None:
        """Another model: its graph comes by itself."""
        self.follower.show_project(new)

    def show_update(self, update: Update) -> None:
        """A graph that was asked for; told again what is known already, it stays with the tape's."""
        self.follower.show_update(update)
        if update.picture is not None and update.picture is not self._answer:
            self._answer = update.picture
            self._refresh()
        if "graph" in update.changed and update.graph is not None and update.graph is not self._drawn and not self._lab:
            self._drawn = update.graph
            self.show_graph(update.graph)

    def show_origin(self, origin: str) -> None:
        """Whose graphs come from now on: "run" or "lab"."""
        self._lab = origin == "lab"
        self.follower.on = not self._lab
        if self._lab:
            self.empty.show_texts("No graph yet", LAB_TEXT, RUN_LAB, RUN_LAB_TIP)
        else:
            self.empty.show_texts("No graph drawn yet", EMPTY_TEXT, "Draw the graph", EMPTY_TIP)

    def show_tape(self, tape: Tape | None) -> None:
        """The graph of the step that was taken apart; without a tape there is none until it is asked for."""
        if tape is not None and tape.graph.nodes:
            self._numbers, self._cursor = GraphNumbers(tape), 0
            self.follower.shown()
            self.show_graph(tape.graph)
        else:
            self._numbers = self.graph = self.shown = None
            self.canvas.camera.untouched = True
            self._pages.setCurrentIndex(0)
            self.follower.forget()

    def show_cursor(self, tape: Tape, cursor: int) -> None:
        """Mark the box whose moment it is, what is freed by then, and the numbers as far as they are known."""
        if not tape.graph.nodes:  # a step by hand before its first forward pass
            return
        self._cursor = cursor
        if self.graph is not tape.graph:
            self.show_graph(tape.graph)
        self._show_moment()

    def show_graph(self, graph: GraphView) -> None:
        """Draw a graph in place of the one before."""
        self.graph = graph
        self._made = results_of(graph)
        self.folds.take(graph)
        self._pages.setCurrentIndex(1)
        self._refresh()

    def show_selection(self, ids: tuple[str, ...]) -> None:
        """Mark the nodes of the selected layers."""
        self.canvas.picture.show_layers(ids)

    def show_theme(self, theme: Theme) -> None:
        for part in (self.canvas, self.legend, self.head):
            part.show_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room the graph has it, until somebody asks for the legend."""
        super().resizeEvent(event)
        if self._legend_by_room:
            self.buttons["info"].setChecked(self.height() >= ROOM_FOR_LEGEND)
            self.legend.setVisible(self.buttons["info"].isChecked())

    def toggle_fold(self, layer: str) -> None:
        """Fold the layer's nodes into one box, or show them again."""
        self.folds.toggle(layer)
        self._refresh(stay=layer)

    def fold_all(self, fold: bool) -> None:
        """Fold every layer, or none."""
        self.folds.all(fold)
        self._refresh()

    def _tape_here(self) -> Tape | None:
        """The tape, while its graph is the one that is shown."""
        numbers = self._numbers
        return numbers.tape if numbers is not None and numbers.tape.graph is self.graph else None

    def _refresh(self, stay: str = "") -> None:
        """Draw the graph as it is wanted, or ask for it to be laid out so."""
        graph = self.graph
        if graph is None:
            return
        self._stay = stay or self._stay
        roomy = self.buttons["numbers"].isChecked() and self._tape_here() is not None
        wanted = (self.folds.wanted, roomy)
        at_hand = (graph, *((self._answer.view,) if self._answer is not None and self._answer.of is graph else ()))
        view = next((each for each in at_hand if (each.folded, each.roomy) == wanted), None)
        drawn = view or (graph if self.shown is None and not self.folds.wanted else None)
        if drawn is not None:
            self.shown = drawn
            self.canvas.show_graph(drawn, self.folds.layers, self._stay)
            self._stay = ""
            self.head.show_engine(drawn.layout)
            self._show_moment()
            self.finder.show_graph(graph)
        self._show_state(waiting=drawn is None)
        asked = self._asked
        if view is None and (asked is None or asked[0] is not graph or asked[1:] != wanted):
            self._asked = (graph, *wanted)
            self.arrangeRequested.emit(graph, *wanted)

    def _show_moment(self) -> None:
        tape, picture = self._tape_here(), self.canvas.picture
        numbers = self._numbers if self.buttons["numbers"].isChecked() and tape is not None else None
        picture.show_numbers(numbers, self._cursor)
        if tape is not None:
            picture.show_freed(freed(tape, self._cursor))
            made = {} if self._lab else self._made
            self.canvas.show_current(_box_of(tape.graph, tape.events[self._cursor], made))

    def _show_state(self, waiting: bool) -> None:
        """What there is to know about the picture, and how the switches stand."""
        graph = self.graph
        assert graph is not None
        words = []
        if graph.fresh:
            words.append("The model as it is now, at step 0 of a fresh run")
        elif graph.step is not None:
            words.append(f"At step {graph.step:,} of the run")
        if self.folds.automatic:
            words.append(f"{len(graph.nodes):,} nodes, folded by layer")
        if waiting:
            words.append("laying out …")
        self.head.show_notice(" · ".join(words), self.folds.automatic)
        self.buttons["fold"].setChecked(bool(self.folds.wanted) and self.folds.wanted == self.folds.layers)
        self.buttons["fold"].setEnabled(bool(self.folds.layers))

    def _legend_switched(self, on: bool) -> None:
        self._legend_by_room = False
        self.legend.setVisible(on)

    def _numbers_switched(self) -> None:
        self._show_moment()
        self._refresh()

    def _join(self) -> None:
        self.buttons["numbers"].setChecked(True)
        self.empty.button.clicked.connect(self.drawRequested)
        self.follower.due.connect(self.drawRequested)
        self.canvas.nodePicked.connect(self.nodePicked)
        self.canvas.foldToggled.connect(self.toggle_fold)
        self.head.unfold.clicked.connect(self.fold_all)  # not checkable: always False
        camera = self.canvas.camera
        slots = (
            self.fold_all,
            self._numbers_switched,
            self._legend_switched,
            camera.zoom_out,
            camera.zoom_in,
            camera.fit,
        )
        for button, slot in zip(self.buttons.values(), slots, strict=True):
            button.clicked.connect(slot)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.finder.start)

    def _arrange(self) -> None:
        foot = QVBoxLayout()
        foot.setContentsMargins(12, 0, 12, 8)
        foot.setSpacing(0)
        foot.addWidget(self.legend)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.canvas, 1)
        column.addLayout(foot)
        for each in (self.empty, page):
            self._pages.addWidget(each)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)


def _box_of(graph: GraphView, event: TapeEvent, made: Mapping[str, str]) -> str:
    """Id of the node of an event: the one of autograd, what `made` a layer's output, the leaf that is updated, the loss."""
    if event.node:
        return event.node
    if event.phase == "loss":
        return next((node.id for node in graph.nodes if node.kind == "output"), "")
    if event.phase == "forward":
        return made.get(event.layer, "")
    if event.phase in ("clip", "update", "zero_grad"):
        leaves = (node for node in graph.nodes if node.kind == "parameter" and node.parameter == event.parameter)
        return next((node.id for node in leaves), "")
    return ""
