"""Stepping: asks for a tape, hands it to the panels, and ties the cursor to the shared selection."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from PySide6.QtCore import QObject, Signal

from engine.commands import ArrangeGraph, Command, DrawGraph, Play, TakeApart
from engine.grain import Grain, at_grain, carried_over
from engine.spec import ProjectSpec
from engine.views import GraphNode, GraphView, Tape, TapeEvent
from gui.graph.panel import GraphPanel
from gui.pump import Update
from gui.stepper.ledger import LedgerPanel
from gui.stepper.moments import LOOKS, event_for_layer, layer_of
from gui.stepper.panel import TapePanel
from gui.stepper.walker import Predicate, Walker
from gui.store import Store

Origin = Literal["run", "lab"]


class SteppingController(Walker):
    """Brings tapes to the panels of the step mode: those of the run, and in the mode "lab" that of the lab's text."""

    highlighted = Signal(str, str)
    """The layer that the cursor is at, and "forward", "backward" or "parameter"; twice "" when there is no tape."""
    originChanged = Signal(str)
    """Whose tape the panels show: "run" or "lab"."""
    grainChanged = Signal(str)
    """How fine the events of the run's tape are."""
    labAsked = Signal()
    """The action of an empty panel while it is the lab's: its text is to run."""

    def __init__(self, store: Store, send: Callable[[Command], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.origin: Origin = "run"
        self.grain: Grain = "node"
        self._whole: Tape | None = None
        """The tape in front as it was recorded; `tape` is the same at the chosen grain."""
        self._aside: dict[Origin, tuple[Tape | None, int]] = {}
        """The tapes that are not in front, each with its cursor."""
        self._store = store
        self._send = send
        self._keep_cursor = False
        self.tapeChanged.connect(self._light_up)
        self.cursorChanged.connect(self._light_up)
        store.selectionChanged.connect(self._selection_changed)
        store.changed.connect(self._project_changed)

    def attach(self, tape: TapePanel, graph: GraphPanel, ledger: LedgerPanel) -> None:
        """Join the three panels of the step mode: intents up, tape and cursor down."""
        for asking in (tape, ledger):
            asking.takeApartRequested.connect(self.take_apart)
        tape.stepRequested.connect(partial(self._send, Play("step")))
        tape.moveRequested.connect(self.move_to)
        tape.playRequested.connect(self.play)
        tape.stopRequested.connect(self.stop)
        tape.grainPicked.connect(self.show_grain)
        self.grainChanged.connect(tape.show_grain)
        self.grainChanged.emit(self.grain)
        graph.drawRequested.connect(self.draw)
        graph.arrangeRequested.connect(self._arrange_graph)
        graph.nodePicked.connect(self.go_to_node)
        ledger.layerPicked.connect(self.select_layer)
        self.playingChanged.connect(tape.show_playing)
        for panel in (tape, graph, ledger):
            self.tapeChanged.connect(panel.show_tape)
            self.cursorChanged.connect(panel.show_cursor)
            self.originChanged.connect(panel.show_origin)

    def show_update(self, update: Update) -> None:
        """Take the tape that the engine recorded, or the one of the step by hand: whichever came last."""
        if "tape" in update.changed:
            self.show_tape(update.tape)
        if "workbench" in update.changed and update.workbench is not None:
            self.show_tape(update.workbench.tape, at_end=True)

    def show_tape(self, tape: Tape | None, at_end: bool = False) -> None:
        """Start at the first event of a new tape of the run, or at what was just appended to a growing one."""
        self.take("run", tape, len(tape.events) - 1 if tape is not None and at_end else 0)

    def take(self, origin: Origin, tape: Tape | None, cursor: int = 0) -> None:
        """Another tape: shown when the panels are its origin's, else kept for when they are."""
        if origin == self.origin:
            self.put_up(tape, cursor)
        else:
            self._aside[origin] = (tape, cursor)

    def put_up(self, tape: Tape | None, cursor: int = 0) -> None:
        """A tape as it was recorded, with the cursor at one of its events; shown at the chosen grain. The lab's has only one."""
        self._whole = tape
        if tape is None or self.origin == "lab" or self.grain == "node":
            super().put_up(tape, cursor)
        else:
            super().put_up(at_grain(tape, self.grain), carried_over(tape, cursor, "node", self.grain))

    def show_grain(self, grain: Grain) -> None:
        """Finer or coarser events, with the cursor at what belongs to where it was."""
        place = self._place()
        self.grain = grain
        self.grainChanged.emit(grain)
        if self.origin == "run" and self._whole is not None:
            self.put_up(self._whole, place)

    def _place(self) -> int:
        """The cursor on the tape as it was recorded."""
        if self._whole is None or self.origin == "lab":
            return self.cursor
        return carried_over(self._whole, self.cursor, self.grain, "node")

    def show_origin(self, origin: Origin) -> None:
        """Whose tape the panels show from now on; the other one keeps its cursor."""
        if origin != self.origin:
            self._aside[self.origin] = (self._whole, self._place())
            self.origin = origin
            self.originChanged.emit(origin)
            self.put_up(*self._aside.pop(origin, (None, 0)))

    def take_apart(self) -> None:
        """Ask for the tape of the coming training step, or of the lab's text."""
        if self.origin == "lab":
            self.labAsked.emit()
        else:
            self._send(TakeApart())

    def draw(self) -> None:
        """Ask for the autograd graph of the loss, or of the lab's text."""
        if self.origin == "lab":
            self.labAsked.emit()
        else:
            self._send(DrawGraph())

    def _arrange_graph(self, graph: GraphView, folded: frozenset[str], roomy: bool) -> None:
        self._send(ArrangeGraph(graph, folded, roomy))

    def select_layer(self, layer: str) -> None:
        """Select a layer everywhere without moving the cursor. The names of the lab's text are no layers."""
        if self.origin != "run":
            return
        self._keep_cursor = True
        try:
            self._store.select((layer,) if self._store.project.network.has(layer) else ())
        finally:
            self._keep_cursor = False

    def go_to_node(self, node: GraphNode) -> None:
        """A box of the autograd graph was picked: select its layer, and go to its moment on the tape."""
        self.stop()
        if self.tape is not None and not self.run_to(_moment_of(node)):
            self.run_to(_making_of(node, self.tape))
        if node.layer:
            self.select_layer(node.layer)

    def _selection_changed(self, ids: tuple[str, ...]) -> None:
        if self._keep_cursor or self.tape is None or self.origin != "run" or len(ids) != 1:
            return
        index = event_for_layer(self.tape, self.cursor, ids[0])
        if index is not None:
            self.move_to(index)

    def _project_changed(self, old: ProjectSpec, new: ProjectSpec) -> None:
        if not self._store.undo_name and not self._store.redo_name:  # not an edit: another project was opened
            self.show_tape(None)

    def _light_up(self) -> None:
        if self.tape is None or self.origin != "run":
            self.highlighted.emit("", "")
            return
        event = self.tape.events[self.cursor]
        self.highlighted.emit(layer_of(event), LOOKS[event.phase].direction)


def _moment_of(node: GraphNode) -> Predicate:
    """What is looked for on the tape when a box is picked: a leaf means the accumulation into it, the result the loss."""

    def matches(event: TapeEvent) -> bool:
        if node.kind == "output":
            return event.phase == "loss"
        if node.kind == "parameter":
            return event.phase == "accumulate" and event.parameter == node.parameter
        if node.kind == "layer":
            return event.node in node.members
        return event.node == node.id

    return matches


def _making_of(node: GraphNode, tape: Tape) -> Predicate:
    """Where no backward pass has come to a box yet: the event that made what its node gave."""
    given = tape.values.get(node.id)

    def matches(event: TapeEvent) -> bool:
        return given is not None and any(each is not None and each.values is given.values for each in event.outputs)

    return matches
