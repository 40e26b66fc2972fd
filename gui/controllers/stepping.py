"""Stepping: asks for a tape, moves the cursor along it, and ties the cursor to the shared selection."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from engine.commands import Command, DrawGraph, Play, TakeApart
from engine.spec import ProjectSpec
from engine.views import GraphNode, Tape, TapeEvent
from gui.graph.panel import GraphPanel
from gui.pump import Update
from gui.stepper.ledger import LedgerPanel
from gui.stepper.moments import LOOKS, event_for_layer, layer_of
from gui.stepper.panel import TapePanel
from gui.store import Store

Predicate = Callable[[TapeEvent], bool]


class SteppingController(QObject):
    """Holds the tape and the cursor. No torch and no thread is involved in moving: the tape is a value."""

    tapeChanged = Signal(object)
    """A Tape, or None when there is none any more."""
    cursorChanged = Signal(object, int)
    """The tape and the index of the event at the cursor."""
    playingChanged = Signal(bool)
    highlighted = Signal(str, str)
    """The layer that the cursor is at, and "forward", "backward" or "parameter"; twice "" when there is no tape."""

    def __init__(self, store: Store, send: Callable[[Command], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tape: Tape | None = None
        self.cursor = 0
        self._store = store
        self._send = send
        self._keep_cursor = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
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
        graph.drawRequested.connect(partial(self._send, DrawGraph()))
        graph.nodePicked.connect(self.go_to_node)
        ledger.layerPicked.connect(self.select_layer)
        self.playingChanged.connect(tape.show_playing)
        for panel in (tape, graph, ledger):
            self.tapeChanged.connect(panel.show_tape)
            self.cursorChanged.connect(panel.show_cursor)

    def show_update(self, update: Update) -> None:
        """Take the tape that the engine recorded, or the one of the step by hand: whichever came last."""
        if "tape" in update.changed:
            self.show_tape(update.tape)
        if "workbench" in update.changed and update.workbench is not None:
            self.show_tape(update.workbench.tape, at_end=True)

    def show_tape(self, tape: Tape | None, at_end: bool = False) -> None:
        """Start at the first event of a new tape, or at what was just appended to a growing one."""
        self.stop()
        self.tape = tape if tape is not None and tape.events else None
        self.cursor = len(self.tape.events) - 1 if self.tape is not None and at_end else 0
        self.tapeChanged.emit(self.tape)
        self._announce()

    def take_apart(self) -> None:
        """Ask for the tape of the coming training step."""
        self._send(TakeApart())

    def move_to(self, index: int) -> None:
        """Go to an event and stay there; beyond an end means that end."""
        if self.tape is None:
            return
        index = min(max(index, 0), len(self.tape.events) - 1)
        if index != self.cursor:
            self.stop()
            self.cursor = index
            self._announce()

    def next(self) -> None:
        self.move_to(self.cursor + 1)

    def previous(self) -> None:
        self.move_to(self.cursor - 1)

    def first(self) -> None:
        self.move_to(0)

    def last(self) -> None:
        if self.tape is not None:
            self.move_to(len(self.tape.events) - 1)

    def run_to(self, target: str | Predicate) -> bool:
        """Go to the next event of an autograd node, or for which the predicate holds; from the end on from the start.

        Returns False, and stays, when there is none.
        """
        if self.tape is None:
            return False
        wanted: Predicate = (lambda event: event.node == target) if isinstance(target, str) else target
        count = len(self.tape.events)
        for offset in range(count):
            index = (self.cursor + offset) % count
            if wanted(self.tape.events[index]):
                self.move_to(index)
                return True
        return False

    def play(self, speed: float = 2.0) -> None:
        """Go on by itself, `speed` events per second; from the first event when the cursor is at the end."""
        if self.tape is None:
            return
        if self.cursor == len(self.tape.events) - 1:
            self.first()
        self._timer.start(round(1000 / speed))
        self.playingChanged.emit(True)

    def stop(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self.playingChanged.emit(False)

    def select_layer(self, layer: str) -> None:
        """Select a layer everywhere without moving the cursor."""
        self._keep_cursor = True
        try:
            self._store.select((layer,) if self._store.project.network.has(layer) else ())
        finally:
            self._keep_cursor = False

    def go_to_node(self, node: GraphNode) -> None:
        """A box of the autograd graph was picked: select its layer, and go to its moment on the tape."""
        self.stop()
        self.run_to(_moment_of(node))
        if node.layer:
            self.select_layer(node.layer)

    def _tick(self) -> None:
        assert self.tape is not None
        self.cursor += 1
        self._announce()
        if self.cursor == len(self.tape.events) - 1:
            self.stop()

    def _selection_changed(self, ids: tuple[str, ...]) -> None:
        if self._keep_cursor or self.tape is None or len(ids) != 1:
            return
        index = event_for_layer(self.tape, self.cursor, ids[0])
        if index is not None:
            self.move_to(index)

    def _project_changed(self, old: ProjectSpec, new: ProjectSpec) -> None:
        if not self._store.undo_name and not self._store.redo_name:  # not an edit: another project was opened
            self.show_tape(None)

    def _announce(self) -> None:
        if self.tape is None:
            self.highlighted.emit("", "")
            return
        event = self.tape.events[self.cursor]
        self.cursorChanged.emit(self.tape, self.cursor)
        self.highlighted.emit(layer_of(event), LOOKS[event.phase].direction)


def _moment_of(node: GraphNode) -> Predicate:
    """What is looked for on the tape when a box is picked: a leaf means the accumulation into it, the result the loss."""

    def matches(event: TapeEvent) -> bool:
        if node.kind == "output":
            return event.phase == "loss"
        if node.kind == "parameter":
            return event.phase == "accumulate" and event.parameter == node.parameter
        return event.node == node.id

    return matches
