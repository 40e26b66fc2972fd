"""Graph Lab: the text goes to the engine thread, one evaluation at a time; what comes back goes to the panels."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer

from engine.commands import Command, RunLab
from engine.inspection import LabView
from engine.lab.templates import Template, templates
from engine.views import Failure, Tape, TapeEvent
from gui.controllers.stepping import SteppingController
from gui.lab.panel import LabPanel
from gui.lab.text_files import TextFiles
from gui.pump import Update
from gui.settings import Settings

PAUSE_MS = 400
"""So long after the last key the text runs by itself."""
LOADING = "PyTorch is loading; the text runs as soon as it is there."
RUNNING = "Running …"
CHANGED = "Changed. Ctrl+Return runs it."
HINT = "Alt+↑ or ↓ moves a number"
TRAINING = "Training is running: the lab waits until it pauses. Ctrl+Return runs it now."


class LabController(QObject):
    """Of several texts only the newest is sent while an evaluation is under way."""

    def __init__(
        self,
        panel: LabPanel,
        stepping: SteppingController,
        send: Callable[[Command], object],
        settings: Settings,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._panel, self._stepping, self._settings = panel, stepping, settings
        self._send = send
        self._under_way = False
        self._wanted: str | None = None
        """The text to send when the evaluation that is under way has ended."""
        self._due = False
        """The text has changed since it was sent last."""
        self._state, self._ran = "boot", False
        self.files = TextFiles(panel)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._paused)
        self._restore()
        self._join()

    def show_mode(self, mode: str) -> None:
        """In the mode "lab" tape, graph and ledger are the lab's. The first time the text runs without being asked."""
        self._stepping.show_origin("lab" if mode == "lab" else "run")
        if mode != "lab":
            return
        self._panel.editor.setFocus(Qt.FocusReason.OtherFocusReason)
        if not self._ran:
            self._ran = self._due = True
            self._run_by_itself()

    def show_update(self, update: Update) -> None:
        """Take the answer; a text that waited for the end of training gets its turn."""
        if "status" in update.changed:
            before, self._state = self._state, update.status.state
            if before == "running" and self._state != "running" and self._due:
                self._run_by_itself()
        if "lab" in update.changed and update.lab is not None:
            self._take(update.lab)

    def handle(self, event: object) -> None:
        """An evaluation may have ended in a failure instead of an answer."""
        if isinstance(event, Failure) and self._under_way:
            self._end()

    def run(self) -> None:
        """Evaluate the text as it is now."""
        self._pause.stop()
        self._ran, self._due = True, False
        text = self._panel.text
        self._settings.set("lab/text", text)
        if self._under_way:
            self._wanted = text
            return
        self._under_way = True
        self._panel.show_state(LOADING if self._state == "boot" else RUNNING)
        self._send(RunLab(text))

    def use(self, template: Template) -> None:
        """Put a template in the place of the text and run it; undo brings the text back."""
        self.use_text(template.text)

    def use_text(self, text: str) -> None:
        """The same for any text."""
        self._panel.show_text(text)
        self.run()

    # ------------------------------------------------------------------------------------------------ evaluation

    def _edited(self) -> None:
        self._due = True
        self._pause.start()
        if not self._panel.bar.auto.isChecked():
            self._panel.show_state(CHANGED)

    def _paused(self) -> None:
        self._settings.set("lab/text", self._panel.text)
        if self._panel.bar.auto.isChecked():
            self._run_by_itself()

    def _run_by_itself(self) -> None:
        if not self._due:
            return
        if self._state == "running":
            self._panel.show_state(TRAINING)
        else:
            self.run()

    def _auto_toggled(self, on: bool) -> None:
        self._settings.set("lab/auto", "yes" if on else "no")
        if on and self._due:
            self._run_by_itself()

    def _take(self, view: LabView) -> None:
        self._panel.show_view(view)
        self._stepping.take("lab", view.tape, self._place_on(view.tape))
        self._panel.show_state(_summary(view))
        self._end()

    def _end(self) -> None:
        self._under_way = False
        wanted, self._wanted = self._wanted, None
        if wanted is not None and (self._panel.view is None or wanted != self._panel.view.source):
            self.run()

    # ------------------------------------------------------------------------------------------------ tape

    def _place_on(self, tape: Tape | None) -> int:
        """The cursor stays at its event as long as all that comes before it is still the same."""
        before = self._stepping.tape if self._stepping.origin == "lab" else None
        if before is None or tape is None:
            return 0
        cursor = self._stepping.cursor
        old = [_signature(event) for event in before.events[: cursor + 1]]
        return cursor if old == [_signature(event) for event in tape.events[: cursor + 1]] else 0

    def _cursor_moved(self, tape: Tape, cursor: int) -> None:
        view = self._panel.view
        if self._stepping.origin == "lab" and view is not None and view.source == self._panel.text:
            self._panel.show_moment(tape.events[cursor])

    def _go_to_line(self, line: int) -> None:
        """The first moment of a line; a line without any only gets the text cursor."""
        tape = self._stepping.tape
        events = tape.events if tape is not None and self._stepping.origin == "lab" else ()
        first = next((event.index for event in events if event.line == line), None)
        if first is not None:
            self._stepping.move_to(first)
        else:
            self._panel.editor.go_to(line)

    def _go_to_node(self, node: str) -> None:
        if self._stepping.origin == "lab":
            self._stepping.run_to(node)

    # ------------------------------------------------------------------------------------------------ building

    def _restore(self) -> None:
        settings, panel = self._settings, self._panel
        panel.show_templates(templates())
        panel.show_text(settings.text("lab/text") or templates()[0].text)
        panel.editor.document().clearUndoRedoStacks()  # there is nothing before it
        panel.show_auto(settings.text("lab/auto") != "no")
        size = settings.text("lab/size")
        if size.isdigit():
            panel.show_size(int(size))

    def _keep_size(self, pixels: int) -> None:
        self._settings.set("lab/size", str(pixels))

    def _join(self) -> None:
        panel = self._panel
        panel.edited.connect(self._edited)
        panel.runAsked.connect(self.run)
        panel.autoToggled.connect(self._auto_toggled)
        panel.templatePicked.connect(self.use)
        panel.lineAsked.connect(self._go_to_line)
        panel.nodeAsked.connect(self._go_to_node)
        panel.sizeChanged.connect(self._keep_size)
        self.files.opened.connect(self.use_text)
        self._stepping.cursorChanged.connect(self._cursor_moved)
        self._stepping.labAsked.connect(self.run)


def _signature(event: TapeEvent) -> tuple[object, ...]:
    return (event.phase, event.name, event.line, event.parameter)


def _summary(view: LabView) -> str:
    names = len(view.tensors)
    moments = len(view.tape.events) if view.tape is not None else 0
    parts = [f"{names} tensor{'' if names == 1 else 's'}", f"{moments} moment{'' if moments == 1 else 's'} on the tape"]
    if view.errors:
        return f"Stopped at line {view.errors[0].line} · {' · '.join(parts)}"
    return " · ".join([*parts, HINT])
