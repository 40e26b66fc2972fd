"""Drives the real engine thread from a command line: ask, wait for the answer, end cleanly whatever happens."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from engine.commands import Command, Export, Inquiry, Open, Play, RunLab, Save, ShowProject, TakeApart
from engine.diagnosis import DiagnosisView, Verdict
from engine.errors import AppError, ProjectError
from engine.examples import EXAMPLES, example
from engine.files import read_file
from engine.inspection import LabView
from engine.mailbox import Slot
from engine.metrics import STEP_LOSS, MetricLog
from engine.project_file import load
from engine.session import Session
from engine.spec import ProjectSpec
from engine.views import Failure, NetworkReport, Notice, Opened, RunStatus, Saved, Tape

_PERIOD = 0.02
"""Seconds between two looks into the mailbox."""

T = TypeVar("T")
Watcher = Callable[[RunStatus], None]


def is_example(name: str) -> bool:
    """Whether FILE means an example; a file of that name comes first."""
    return name in EXAMPLES and not Path(name).exists()


def read_project(name: str) -> ProjectSpec:
    """The project of a file or of an example, without a run.

    Raises:
        engine.errors.ProjectError: neither, or the file cannot be opened.
    """
    if is_example(name):
        return example(name)
    if not Path(name).exists() and not Path(name).suffix and Path(name).name == name:
        text = f"There is no file and no example of this name; the examples are: {', '.join(EXAMPLES)}."
        raise ProjectError("", text, "Give the path of a project file or one of these names.", name)
    return load(name).project


class Driver:
    """A session in a with-statement. Every method waits for the engine's answer.

    All of them raise engine.errors.AppError with what the engine says when it cannot do what it was asked for. `watch`
    is called with the status while waiting; `tell` with every notice.
    """

    def __init__(self, watch: Watcher, tell: Callable[[str], None]) -> None:
        self._session = Session()
        self._watch, self._tell = watch, tell

    def __enter__(self) -> Driver:
        self._session.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close_and_wait()

    @property
    def status(self) -> RunStatus:
        _, status = self._session.mailbox.read("status")
        return status if isinstance(status, RunStatus) else RunStatus()

    @property
    def trained(self) -> bool:
        """Whether there is a run that did at least one step."""
        _, log = self._session.mailbox.read("metrics")
        return isinstance(log, MetricLog) and log.last(STEP_LOSS) is not None

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What is wrong with the run, as the engine last said."""
        _, view = self._session.mailbox.read("diagnosis")
        return view.verdicts if isinstance(view, DiagnosisView) else ()

    def open(self, name: str) -> ProjectSpec:
        """Show the project of a file, with the run that was saved in it, or an example."""
        if is_example(name) or not Path(name).exists():
            return self.show(read_project(name))
        has_run = load(name).run_state is not None
        opened = self._answer(Open(str(Path(name))), Opened)
        self.show(opened.project)
        if has_run:
            self._until(lambda _: self.trained)  # the engine takes the run up after it has checked the project
        return opened.project

    def show(self, project: ProjectSpec) -> ProjectSpec:
        """Show a project and wait until torch has checked it."""
        report = self.report(project)
        errors = [issue for issue in report.issues if issue.severity == "error"]
        if errors:
            texts = " ".join(f"{issue.node}: {issue.text}" if issue.node else issue.text for issue in errors)
            todo = "Open it in the window and mend what is marked there."
            raise AppError(Failure("The project cannot be trained as it stands.", texts, todo))
        return project

    def report(self, project: ProjectSpec) -> NetworkReport:
        """What torch says of a project, whatever that is; of one whose data lie in a file, once they are read."""
        report = self._new_value("report", ShowProject(project), NetworkReport)
        while report.reading:
            before = report
            self._until(lambda _: self._session.mailbox.read("report")[1] is not before)  # noqa: B023 - asked at once
            _, value = self._session.mailbox.read("report")
            assert isinstance(value, NetworkReport)
            report = value
        return report

    def train(self, epochs: int) -> float:
        """Train to the end of the planned epochs, or to where training is stopped early. Returns the seconds it took."""
        start = time.monotonic()
        self._session.send(Play("end"))
        self._until(
            lambda _: (self.status.epoch >= epochs or bool(self.status.stopped)) and self.status.state == "paused"
        )
        return time.monotonic() - start

    def tape(self) -> Tape:
        """The next training step, taken apart."""
        return self._new_value("tape", TakeApart(), Tape)

    def lab(self, source: str) -> LabView:
        """Graph Lab text, evaluated."""
        return self._new_value("lab", RunLab(source, draw=False), LabView)

    def ask(self, slot: Slot, inquiry: Inquiry, kind: type[T]) -> T:
        """The answer to a question about the coming step, from its slot."""
        return self._new_value(slot, inquiry, kind)

    def go(self, play: Play) -> None:
        """Train as far as `play` says; for a single step: until it is done."""
        before = self.status.step
        self._session.send(play)
        self._until(lambda _: self.status.step > before and self.status.state == "paused")

    def export(self, what: str, path: str | Path) -> str:
        """Write one format; returns the sentence that says where it is."""
        return self._answer(Export(what, str(path)), Notice).text

    def export_bytes(self, what: str, suffix: str) -> bytes:
        """The content of an export."""
        with tempfile.TemporaryDirectory(prefix="chainrule-") as folder:
            path = Path(folder, f"export{suffix}")
            self.export(what, path)
            return read_file(path, 2**31)

    def save(self, project: ProjectSpec, path: str | Path) -> str:
        """Write the project file with its run; returns its path."""
        return self._answer(Save(project, str(path)), Saved).path

    def _answer(self, command: Command, kind: type[T]) -> T:
        """Send a command that is answered by an event of this kind."""
        self._session.send(command)
        answers: list[T] = []

        def heard(events: Sequence[object]) -> bool:
            answers.extend(event for event in events if isinstance(event, kind))
            return bool(answers)

        self._until(heard, waiting_for=kind)
        return answers[0]

    def _new_value(self, slot: Slot, command: Command, kind: type[T]) -> T:
        """Send a command that is answered by a new value in a slot."""
        before, _ = self._session.mailbox.read(slot)
        self._session.send(command)
        self._until(lambda _: self._session.mailbox.read(slot)[0] > before)
        _, value = self._session.mailbox.read(slot)
        assert isinstance(value, kind), slot
        return value

    def _until(self, done: Callable[[Sequence[object]], bool], waiting_for: type[object] | None = None) -> None:
        while True:
            events = list(self._session.mailbox.take())
            for event in events:
                if isinstance(event, Failure):
                    raise AppError(event)
                if isinstance(event, Notice) and waiting_for is not Notice:
                    self._tell(event.text)
            if done(events):
                return
            if not self._session.alive:
                raise AppError(Failure("The engine ended unexpectedly.", todo="Try once more."))
            self._watch(self.status)
            time.sleep(_PERIOD)


def make_folder(path: str) -> Path:
    """The folder, made with its parents when it is missing. Raises engine.errors.AppError."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or os.strerror(error.errno or 0)
        raise AppError(Failure(f"The folder {path} cannot be made.", f"{reason}.", "Choose another place.")) from error
    return Path(path)
