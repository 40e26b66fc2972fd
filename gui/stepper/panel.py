"""The tape of one training step: its events, the transport, and everything about the event at the cursor."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from engine.views import RunStatus, Tape
from gui.pump import Update
from gui.stepper.details import Details
from gui.stepper.event_list import NAVIGATION, EventList
from gui.stepper.parts import APART, APART_TIP, RUN_LAB, RUN_LAB_TIP, ElidedLabel, EmptyPage, grain_box
from gui.stepper.transport import Transport
from gui.theme.tokens import Theme

EMPTY_TEXT = (
    "The next training step, event by event: the batch, every layer's output, the loss, every gradient in the order in which "
    "autograd computes it, each .grad and each update. It is recorded on a copy: the run does not move."
)
LAB_TEXT = (
    "Every operation of the lab's text, every node that backward() visits, every .grad, in the order in which they ran."
)
LAB_AGE = "The lab's text, moment by moment"
DO_IT = "Then take this step in the run"
DO_IT_TIP = "Let the run itself do the step that you have seen (optimizer.step)"


class TapePanel(QWidget):
    """Shows the tape and where the cursor is; every wish goes up as a signal."""

    takeApartRequested = Signal()
    stepRequested = Signal()
    moveRequested = Signal(int)
    playRequested = Signal(float)
    stopRequested = Signal()
    grainPicked = Signal(str)
    """"layer", "node" or "operation" (engine/grain.py)."""
    proveAsked = Signal(str, object)
    """A parameter, and the index of an element of its gradient or None."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tape: Tape | None = None
        self._status = RunStatus()
        self._lab = False
        self.empty = EmptyPage("No step taken apart yet", EMPTY_TEXT, APART)
        self.events = EventList()
        self.transport = Transport()
        self.details = Details()
        self.grain = grain_box()
        self.age = ElidedLabel("note")
        self.apart = QPushButton(APART)
        self.apart.setToolTip(APART_TIP)
        self.take = QPushButton(DO_IT)
        self.take.setToolTip(DO_IT_TIP)
        self._pages = QStackedWidget()
        self._arrange()
        self.setFocusProxy(self.events)
        self.show_origin("run")
        self.empty.button.clicked.connect(self.takeApartRequested)
        self.apart.clicked.connect(self.takeApartRequested)
        self.take.clicked.connect(self.stepRequested)
        self.events.picked.connect(self.moveRequested)
        self.details.proveAsked.connect(self.proveAsked)
        self.transport.moveRequested.connect(self.moveRequested)
        self.transport.playRequested.connect(self.playRequested)
        self.transport.stopRequested.connect(self.stopRequested)
        self.grain.activated.connect(self._grain_activated)

    def show_tape(self, tape: Tape | None) -> None:
        """Another tape, or none."""
        self._tape = tape
        self.events.show_tape(tape)
        self.transport.show_length(len(tape.events) if tape is not None else 0)
        self._pages.setCurrentIndex(0 if tape is None else 1)
        self._show_age()

    def show_grain(self, grain: str) -> None:
        """How fine the events are."""
        self.grain.setCurrentIndex(self.grain.findData(grain))

    def show_origin(self, origin: str) -> None:
        """Whose tapes come from now on: "run" or "lab"."""
        self._lab = origin == "lab"
        if self._lab:
            self.empty.show_texts("Nothing computed yet", LAB_TEXT, RUN_LAB, RUN_LAB_TIP)
        else:
            self.empty.show_texts("No step taken apart yet", EMPTY_TEXT, APART, APART_TIP)
        self.apart.setVisible(not self._lab)
        self.grain.setVisible(not self._lab)
        self.details.proves = not self._lab

    def show_cursor(self, tape: Tape, cursor: int) -> None:
        """Show the event at the cursor everywhere in the panel."""
        self.transport.show_cursor(cursor)
        self.events.show_cursor(cursor)
        self.details.show_event(tape.events[cursor])

    def show_playing(self, playing: bool) -> None:
        self.transport.show_playing(playing)

    def show_selection(self, ids: tuple[str, ...]) -> None:
        """Mark the events of the selected layers."""
        self.events.events.mark(ids)

    def show_update(self, update: Update) -> None:
        """Where the run stands, to tell how old the tape is."""
        if "status" in update.changed and update.status != self._status:
            self._status = update.status
            self._show_age()

    def show_theme(self, theme: Theme) -> None:
        self.transport.show_theme(theme)
        self.details.show_theme(theme)
        self.events.show_theme(theme)

    def event(self, event: QEvent) -> bool:
        # Home, End and Space also belong to shortcuts of the window: inside this panel they move along the tape.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_navigation(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._tape is None or not self._is_navigation(event):
            super().keyPressEvent(event)
            return
        transport = self.transport
        moves = (transport.go_back, transport.go_on, transport.go_first, transport.go_last, transport.toggle)
        dict(zip(NAVIGATION, moves, strict=True))[Qt.Key(event.key())]()

    def _is_navigation(self, event: QKeyEvent) -> bool:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        return plain and event.key() in NAVIGATION

    def _grain_activated(self, _: int) -> None:
        self.grainPicked.emit(self.grain.currentData())

    def _show_age(self) -> None:
        tape, status = self._tape, self._status
        if tape is None:
            return
        if self._lab:
            self.age.setText(LAB_AGE)
            self.take.hide()
            return
        same_run = not status.has_run or status.generation == tape.generation
        current = same_run and (not status.has_run or status.step == tape.step)
        recorded = f"{'By hand' if tape.by_hand else 'Recorded'} before step {tape.step + 1}"
        if current and tape.by_hand:
            loss = "" if math.isnan(tape.loss) else f" · loss {tape.loss:.6g}"
            self.age.setText(f"By hand, on a copy of the run before step {tape.step + 1}{loss}")
        elif current:
            self.age.setText(f"Step {tape.step + 1} of the run, not done yet · loss {tape.loss:.6g}")
        elif same_run:
            self.age.setText(f"{recorded}; the run has done {status.step} by now")
        else:
            self.age.setText(f"{recorded} of an earlier run")
        self.take.setVisible(current and not tape.by_hand)
        for button, main in ((self.apart, not current), (self.take, False)):
            button.setProperty("role", "primary" if main else "")
            button.style().unpolish(button)
            button.style().polish(button)

    def _arrange(self) -> None:
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 8, 16, 8)
        foot.setSpacing(8)
        foot.addWidget(self.grain)
        foot.addWidget(self.age, 1)
        foot.addWidget(self.take)
        foot.addWidget(self.apart)
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 16, 4)
        head.addWidget(self.transport)
        halves = QSplitter(Qt.Orientation.Horizontal)
        halves.setChildrenCollapsible(False)
        halves.addWidget(self.events)
        halves.addWidget(self.details)
        halves.setStretchFactor(1, 1)
        halves.setSizes([288, 520])
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(halves, 1)
        column.addLayout(foot)
        for each in (self.empty, page):
            self._pages.addWidget(each)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)
