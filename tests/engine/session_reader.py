"""A session as the window sees it, for tests."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from engine.commands import Command
from engine.mailbox import Slot
from engine.metrics import STEP_LOSS, MetricLog
from engine.session import Session
from engine.spec import ProjectSpec
from engine.views import RunStatus
from tests.engine.tensors.projects import DROPOUT_MLP, chain, run_of

T = TypeVar("T")
PATIENCE = 30.0
ENDLESS = 1_000_000


def moons(**rest: object) -> ProjectSpec:
    values = {"batch_size": 32, "epochs": 3, "seed": 3} | rest
    return chain(DROPOUT_MLP, "moons", "cross_entropy", **values)  # type: ignore[arg-type]


class Reader:
    """A session as the window sees it."""

    def __init__(self) -> None:
        self.session = Session()
        self.events: list[object] = []
        self.session.start()

    def send(self, *commands: Command) -> None:
        for command in commands:
            self.session.send(command)

    @property
    def status(self) -> RunStatus:
        value = self.session.mailbox.read("status")[1]
        assert isinstance(value, RunStatus)
        return value

    def slot(self, name: Slot, kind: type[T]) -> T:
        value = self.session.mailbox.read(name)[1]
        assert isinstance(value, kind)
        return value

    def wait(self, condition: Callable[[RunStatus], bool]) -> RunStatus:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            status = self.status
            if condition(status):
                return status
            time.sleep(0.001)
        raise AssertionError(f"never came true; now {self.status}, events {self.taken()}")

    def version(self, name: Slot) -> int:
        return self.session.mailbox.read(name)[0]

    def wait_slot(self, name: Slot, kind: type[T], beyond: int = 0) -> T:
        self.wait(lambda _: self.version(name) > beyond)
        return self.slot(name, kind)

    def event(self, kind: type[T]) -> T:
        self.wait(lambda _: any(isinstance(event, kind) for event in self.taken()))
        found = next(event for event in self.events if isinstance(event, kind))
        self.events.remove(found)
        return found

    def taken(self) -> list[object]:
        self.events.extend(self.session.mailbox.take())
        return self.events

    def losses(self, name: str = STEP_LOSS) -> list[float]:
        return [float(value) for value in self.slot("metrics", MetricLog).since(name)[1]]

    def paused_at(self, step: int) -> RunStatus:
        return self.wait(lambda status: status.state == "paused" and status.step == step)


def expected_losses(project: ProjectSpec, count: int) -> list[float]:
    run = run_of(project)
    return [run.take_step() for _ in range(count)]
