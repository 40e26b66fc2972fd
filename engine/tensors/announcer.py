"""What the engine thread says without being asked: where the run stands, its log, the pictures that are looked at."""

from __future__ import annotations

import time
from dataclasses import replace

import torch

from engine.mailbox import Mailbox
from engine.metrics import STEP_LOSS, MetricLog
from engine.tensors.bench import Bench
from engine.tensors.devices import resolve, title
from engine.tensors.predict import predict
from engine.tensors.train import Run
from engine.tensors.weights import present
from engine.views import PictureKind, RunStatus, State

STATUS_PERIOD = 1 / 60
PICTURE_PERIOD = 1 / 8
WEIGHTS_PERIOD = 1 / 15
PICTURE_SHARE = 0.1
"""Pictures of a large network may take no more than this share of the training time."""
SPEED_WINDOW = 0.5
"""Seconds over which the speed shown is measured."""


class Announcer:
    """Writes the slots "status", "metrics", "prediction" and "present". `state` and `message` are what the status will say."""

    def __init__(self, mailbox: Mailbox, bench: Bench) -> None:
        self._mailbox, self._bench = mailbox, bench
        self.state: State = "idle"
        self.message = ""
        self.watched: tuple[PictureKind, ...] = ()
        self._turn = 0
        self.watched_weights: tuple[str, ...] = ()
        self._next_status = self._next_picture = self._next_weights = 0.0
        self._speed, self._measured = 0.0, (0.0, 0)

    def enter(self, state: State, message: str = "") -> None:
        """The engine is in another state from now on; say so at once."""
        if state == "running":
            step = self._bench.run.step if self._bench.run is not None else 0
            self._speed, self._measured = 0.0, (time.perf_counter(), step)
        self.state, self.message = state, message
        self.status()

    def status(self, now: bool = True) -> None:
        """Write the status; with `now` False not more often than a screen shows it."""
        clock = time.perf_counter()
        if now or clock >= self._next_status:
            self._next_status = clock + STATUS_PERIOD
            run = self._bench.run
            self._mailbox.put("status", self._of_nothing() if run is None else self._of(run, clock))

    def log(self) -> None:
        """The run on the bench is another one, was rewound, or is gone: readers start with an empty log."""
        run = self._bench.run
        self._mailbox.put("metrics", MetricLog(self._bench.generation, 1) if run is None else run.log)

    def picture(self, now: bool = True) -> None:
        """Draw one of the pictures that somebody looks at, each in its turn, and copy the weights that somebody looks at; with
        `now` False a few times a second."""
        self._weights(now)
        start, run = time.perf_counter(), self._bench.run
        if run is None or not self.watched or not (now or start >= self._next_picture):
            return
        self._turn += 1
        view = predict(run, self.watched[self._turn % len(self.watched)])
        if view is not None:
            self._mailbox.put("prediction", view)
        end = time.perf_counter()
        self._next_picture = end + max(PICTURE_PERIOD, (end - start) / PICTURE_SHARE)

    def _weights(self, now: bool) -> None:
        start, run = time.perf_counter(), self._bench.run
        if not self.watched_weights or not (now or start >= self._next_weights):
            return
        self._mailbox.put("present", None if run is None else present(run, self.watched_weights))
        end = time.perf_counter()
        self._next_weights = end + max(WEIGHTS_PERIOD, (end - start) / PICTURE_SHARE)

    def _of_nothing(self) -> RunStatus:
        project = self._bench.project
        device = torch.device(resolve("auto" if project is None else project.train.device) or "cpu")
        status = RunStatus(self.state, self._bench.generation, title(device), message=self.message)
        return status if project is None else replace(status, epochs=project.train.epochs, seed=project.train.seed)

    def _of(self, run: Run, clock: float) -> RunStatus:
        return RunStatus(
            self.state,
            run.generation,
            title(run.device),
            epoch=run.epoch,
            epochs=max(run.epochs, run.epoch + (run.batches.cursor > 0)),
            step=run.step,
            steps_per_epoch=run.steps_per_epoch,
            loss=run.log.last(STEP_LOSS),
            steps_per_second=self._measured_speed(run, clock),
            seed=run.project.train.seed,
            lr=run.schedule.rate,
            stopped=run.stopper.told,
            stale=self._bench.stale,
            has_run=True,
            message=self.message,
            path=run.fast.kind,
            path_reason=run.fast.why,
            traced_steps=run.fast.steps,
        )

    def _measured_speed(self, run: Run, clock: float) -> float:
        if self.state != "running":
            return 0.0
        since, step = self._measured
        full = clock - since >= SPEED_WINDOW
        if full or not self._speed:
            self._speed = (run.step - step) / max(clock - since, 1e-9)
        if full:
            self._measured = (clock, run.step)
        return self._speed
