"""The engine thread's loop: take commands, train in short pieces, say where things stand. It never dies of an error."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from importlib import import_module
from queue import Empty, SimpleQueue
from typing import Any

import torch

from engine.commands import (
    ChangeWeights,
    Close,
    Command,
    DrawGraph,
    Export,
    GiveUp,
    Inquiry,
    LimitSpeed,
    Open,
    Pause,
    Play,
    Rewind,
    Save,
    ShowProject,
    Watch,
    WatchWeights,
)
from engine.mailbox import Mailbox
from engine.project_file import Loaded
from engine.tensors import deliveries
from engine.tensors.announcer import Announcer
from engine.tensors.bench import Bench, NotReady
from engine.tensors.devices import resolve
from engine.tensors.diagnosing import Doctor
from engine.tensors.failures import command_failure, not_ready, training_failure
from engine.tensors.inquiries import ANSWERERS, Inquirer
from engine.tensors.pace import Pacer
from engine.tensors.predict import data_view
from engine.tensors.reading import Reading
from engine.tensors.steps import LossNotFinite
from engine.tensors.train import Run
from engine.tensors.weight_hands import WeightHands
from engine.views import Notice

CHUNK = 0.008
"""Seconds of work between two looks into the queue: pause and close take effect after one of them."""

QUIET = 1.0
"""Seconds without a command after which a chore is done."""


class Worker:
    """Everything that happens on the engine thread. `serve` returns when it is told to close."""

    def __init__(self, commands: SimpleQueue[Command], mailbox: Mailbox) -> None:
        self._commands, self._mailbox = commands, mailbox
        self._waiting: deque[Command] = deque()
        self._bench = Bench()
        self._say = Announcer(mailbox, self._bench)
        self._doctor = Doctor(mailbox, self._bench)
        self._inquirer = Inquirer(mailbox)
        self._reading = Reading(mailbox)
        self._pacer = Pacer()
        self._goal: int | None = None
        """Step at which to pause; None: at the end of the planned epochs."""
        self._opened: Loaded | None = None
        self._chores: deque[Callable[[], object]] = deque((_load_recorder, _load_layout))
        """What makes the first question quicker, done once while nobody wants anything."""
        hands = WeightHands(mailbox, self._bench, self._say)
        self._actions: dict[type[Any], tuple[Callable[[Any], None], str]] = {
            ShowProject: (self._show, "The project could not be checked."),
            Play: (self._play, "Training could not start."),
            Pause: (self._pause, "Training could not pause."),
            LimitSpeed: (self._pacer.limit, "The speed could not be limited."),
            Rewind: (self._rewind, "Training could not be rewound."),
            DrawGraph: (self._draw, "The autograd graph could not be drawn."),
            Watch: (self._watch, "The predictions could not be drawn."),
            WatchWeights: (hands.watch, "The weights could not be read."),
            ChangeWeights: (hands.change, "The weights were not changed."),
            Export: (self._export, "Nothing was exported."),
            Save: (self._save, "The project was not saved."),
            Open: (self._open, "The file was not opened."),
            GiveUp: (self._inquirer.drop, "The file is still being read."),
            **{kind: (self._inquire, answerer.trouble) for kind, answerer in ANSWERERS.items()},
        }

    def serve(self) -> None:
        """Work until Close; whatever goes wrong becomes a Failure and the next command is taken."""
        self._say.status()
        while True:
            try:
                command = self._next_command()
                if isinstance(command, Close):
                    break
                if command is None:
                    self._work()
                else:
                    self._do(command)
            except BaseException as error:  # noqa: BLE001 - the boundary: the thread outlives every error
                self._fail(error)
        self._bench.run = None
        self._say.enter("closed")

    # ------------------------------------------------------------------------------------------------ commands

    def _next_command(self) -> Command | None:
        """The next command; waits for one when there is no work, None when there is work and no command."""
        run = self._bench.run
        busy = self._say.state == "running" or (run is not None and not run.settled)
        busy = busy or self._inquirer.busy or self._reading.busy
        rest = 0.0 if self._inquirer.busy or self._reading.busy else self._pacer.rest(run, self._goal)
        rest = rest if self._say.state == "running" else 0.0
        try:
            if not self._waiting:
                quiet = QUIET if self._chores else None
                self._waiting.append(self._commands.get(block=not busy or rest > 0, timeout=rest or quiet))
            while True:
                self._waiting.append(self._commands.get_nowait())
        except Empty:
            pass
        if not self._waiting:
            if not busy:
                self._chores.popleft()()
            return None
        command = self._waiting.popleft()
        while isinstance(command, ShowProject) and self._waiting and isinstance(self._waiting[0], ShowProject):
            newer = self._waiting.popleft()
            assert isinstance(newer, ShowProject)
            command = ShowProject(newer.project, command.fresh or newer.fresh, command.again or newer.again)
        return command

    def _do(self, command: Command) -> None:
        action, trouble = self._actions[type(command)]
        try:
            action(command)
        except NotReady:
            self._mailbox.post(not_ready(self._bench.report))
        except BaseException as error:  # noqa: BLE001 - a command that fails leaves the training alone
            self._mailbox.post(command_failure(error, trouble))
        self._say.status()

    def _show(self, command: ShowProject) -> None:
        if command.fresh:
            self._clear()
        self._reading.want(command.project.data.source, command.again)
        if self._bench.show(command.project) and self._bench.prepared is not None:
            self._mailbox.put("data", data_view(self._bench.prepared))
        opened = self._opened
        same = opened is not None and opened.project == command.project
        if same and opened is not None and opened.run_state is not None and not self._reading.busy:
            self._opened = None
            deliveries.adopt(self._bench, opened.run_state, self._mailbox)
            self._settle_in()
        self._doctor.review()
        self._mailbox.put("report", self._bench.report)  # last: whoever sees it sees also the run that was taken up

    def _play(self, command: Play) -> None:
        run = self._up_to_date()
        if command.until == "end" and run.finished:
            done = f"All {run.epochs:,} planned epochs are done: raise the number of epochs to go on, or rewind to start again."
            self._mailbox.post(Notice(run.stopper.told or done))
            return
        left = run.steps_per_epoch - run.batches.cursor
        self._goal = {"end": None, "epoch": run.step + left, "step": run.step + command.count}[command.until]
        self._say.enter("running")

    def _pause(self, _: Pause) -> None:
        if self._say.state == "running":
            self._halt()

    def _rewind(self, _: Rewind) -> None:
        self._bench.rewind()
        self._settle_in()

    def _draw(self, _: DrawGraph) -> None:
        self._mailbox.put("graph", deliveries.graph(self._bench))

    def _inquire(self, command: Inquiry) -> None:
        self._inquirer.ask(command, self._up_to_date)

    def _watch(self, command: Watch) -> None:
        self._say.watched = command.kinds
        self._say.picture()

    def _export(self, command: Export) -> None:
        self._mailbox.post(Notice(deliveries.export(self._bench, command.what, command.path)))

    def _save(self, command: Save) -> None:
        self._mailbox.post(deliveries.save(self._bench, command))

    def _open(self, command: Open) -> None:
        opened, self._opened = deliveries.open_file(command.path, self._mailbox)
        self._clear()
        self._mailbox.post(opened)

    # ------------------------------------------------------------------------------------------------ the run

    def _work(self) -> None:
        """One piece: train, or finish an evaluation that is due; and of an answer that takes long."""
        self._inquirer.go_on(CHUNK)
        if self._reading.go_on(CHUNK) and self._bench.project is not None:
            self._show(ShowProject(self._bench.project))
        run = self._bench.run
        if run is None:
            return
        if self._say.state != "running":
            run.settle(CHUNK)
        else:
            ahead = None if self._goal is None else self._goal - run.step
            wanted = ahead != 0 and not (self._goal is None and run.finished)
            if wanted and self._pacer.wait():
                run.settle(CHUNK)
            elif wanted:
                with self._doctor.watching(run, self._pacer.allowed(ahead)) as most:
                    self._pacer.took(run.train_for(CHUNK, most))
            elif run.settle(CHUNK):
                self._halt()
            self._say.picture(now=False)
        if run.stopper.news:
            run.stopper.news = False
            self._mailbox.post(Notice(run.stopper.told))
            self._halt()
        self._say.status(now=self._pacer.limited)  # the thread may rest after this step
        time.sleep(0)  # lets the window's thread have the interpreter

    def _up_to_date(self) -> Run:
        """The run of the project as it is; a new one announces itself."""
        before = self._bench.run
        run = self._bench.up_to_date()
        if run is not before:
            self._settle_in()
        return run

    def _settle_in(self) -> None:
        """Another run lies on the bench, or the same at step 0 again: nothing is going on with it yet."""
        self._goal = None
        self._doctor.conclude()
        self._say.log()
        self._say.enter("idle" if self._bench.run is None else "paused")
        self._say.picture()

    def _clear(self) -> None:
        """The run belongs to a project that is left."""
        self._bench.clear()
        self._inquirer.give_up()
        self._mailbox.put("prediction", None)
        self._settle_in()

    def _halt(self) -> None:
        self._goal = None
        self._doctor.conclude()
        self._say.enter("paused")
        self._say.picture()

    def _fail(self, error: BaseException) -> None:
        run = self._bench.run
        failure = training_failure(error, run)
        if run is not None:
            run.optimizer.zero_grad(set_to_none=True)
        self._goal = None
        self._doctor.conclude(look=isinstance(error, LossNotFinite))
        self._mailbox.post(failure)
        self._say.enter("failed", failure.what)


def serve(commands: SimpleQueue[Command], mailbox: Mailbox) -> None:
    """The engine thread from its first line on: warm up, then work until it is closed."""
    warm_up()
    Worker(commands, mailbox).serve()


def _load_recorder() -> None:
    """Formulas, narration and all that a tape needs."""
    import_module("engine.tensors.tape")


def _load_layout() -> None:
    """Graphviz, which may have to be compiled first."""
    import_module("engine.layout").warm_up()


def warm_up() -> None:
    """The first optimizer and the first backward pass of a process load half of torch: do it before somebody waits."""
    torch.set_num_threads(1)
    layer = torch.nn.Linear(2, 1)
    for make in (torch.optim.SGD, torch.optim.Adam):
        optimizer = make(layer.parameters(), lr=0.1, fused=True)
        torch.nn.functional.mse_loss(layer(torch.ones(2, 2)), torch.ones(2, 1)).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    with torch.device("meta"):
        torch.nn.Linear(2, 1)(torch.empty(2, 2))
    torch.zeros(1, device=resolve("auto"))
