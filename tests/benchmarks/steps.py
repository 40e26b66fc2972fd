"""Microseconds per training step: Chainrule's engine thread against the notes' own loop, in turns in the same process."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch

from engine.commands import Close, Pause, Play, Rewind, ShowProject
from engine.metrics import SERIES, STEP_LOSS, MetricLog
from engine.session import Session
from engine.spec import ProjectSpec
from engine.views import RunStatus
from tests.benchmarks.workloads import Workload, notes_loader, workloads

TURNS = 7
SECONDS = 0.6
"""How long each of the two trains in one turn."""
WARMING = 2.0
"""How long the traced path may take to be ready."""
READING = 0.033
"""Seconds between two looks of the window into the curves."""
PATIENCE = 60.0

FLOORS = {"W1": 7.0, "W2a": 8.0, "W2b": 8.0, "W3": 6.0, "W4": 4.0, "W5": 1.9, "W6": 1.1}
GOALS = {"W1": 30.0, "W2a": 100.0, "W2b": 25.0, "W3": 30.0, "W4": 8.0, "W5": 2.5, "W6": 1.3}
"""Ratios to the notes' loop that Chainrule must reach, and wants to."""


@dataclass(frozen=True, slots=True)
class StepTimes:
    """Medians in microseconds per step; `ratio` is the median of the turns' own ratios, `best` that of both sides' best turns, in which
    the machine had least else to do."""

    name: str
    what: str
    notes: float
    chainrule: float
    ratio: float
    best: float
    path: str


class NotesLoop:
    """The loop of the course notes (003, 004): a DataLoader over a TensorDataset, and `.item()` after every batch."""

    def __init__(self, workload: Workload) -> None:
        self.loader = notes_loader(workload.project)
        self._make = workload.notes

    def microseconds(self, seconds: float) -> float:
        """Per step, over about this many seconds, from new weights on."""
        self.model, self.loss_fn, self.optimizer = self._make()
        steps, total, begin = 0, 0.0, time.perf_counter()
        while True:
            for x, y in self.loader:
                self.optimizer.zero_grad()
                loss = self.loss_fn(self.model(x), y)
                loss.backward()
                self.optimizer.step()
                total += loss.item()
                steps += 1
                if (elapsed := time.perf_counter() - begin) > seconds:
                    return 1e6 * elapsed / steps


class EngineThread:
    """A session that trains one project, observed only through what it publishes."""

    def __init__(self, project: ProjectSpec) -> None:
        self.session = Session()
        self.session.start()
        self.session.send(ShowProject(project))
        self._cursors: dict[str, int] = {}

    @property
    def status(self) -> RunStatus:
        """What the engine last said of itself."""
        _, status = self.session.mailbox.read("status")
        assert isinstance(status, RunStatus)
        return status

    def microseconds(self, seconds: float) -> float:
        """Per step, over about this many seconds, from the initial weights on, as soon as the traced path is there.

        Every step's loss is recorded.
        """
        generation = self.status.generation
        self.session.send(Rewind())
        self.session.send(Play())
        self._wait_for(lambda status: status.generation > generation and status.state == "running")
        deadline = time.monotonic() + WARMING
        while self.status.path != "traced" and time.monotonic() < deadline:
            time.sleep(0.002)
        before, begin = self._steps(), time.perf_counter()
        while time.perf_counter() - begin < seconds:
            self._read()
            time.sleep(READING)
        after, elapsed = self._steps(), time.perf_counter() - begin
        self.session.send(Pause())
        self._wait_for(lambda status: status.state == "paused")
        return 1e6 * elapsed / max(1, after - before)

    def close(self) -> None:
        """End the thread."""
        self.session.send(Close())
        deadline = time.monotonic() + PATIENCE
        while self.session.alive and time.monotonic() < deadline:
            time.sleep(0.01)

    def _read(self) -> None:
        """As the window's pump reads: what is new in every curve, and the status."""
        self.session.mailbox.read("status")
        _, log = self.session.mailbox.read("metrics")
        if isinstance(log, MetricLog):
            for name in SERIES:
                _, values, self._cursors[name] = log.since(name, self._cursors.get(name, 0))
                values.copy()

    def _steps(self) -> int:
        _, log = self.session.mailbox.read("metrics")
        return log.since(STEP_LOSS)[2] if isinstance(log, MetricLog) else 0

    def _wait_for(self, holds: Callable[[RunStatus], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if holds(self.status):
                return
            time.sleep(0.002)
        raise TimeoutError(f"the engine did not come to it; it said {list(self.session.mailbox.take())}")


def measure(wanted: Sequence[str] = ()) -> Iterator[StepTimes]:
    """One result per workload, or per one of the `wanted`, in turns A B A B, all on one core where the system lets choose it.

    Every turn begins with new weights, so that both train the same stretch: once units are dead, Adam's moments of them become
    numbers below 1e-38, with which a processor is several times slower (RESULTS.md).

    The notes' loop has one thread for its operations, as Chainrule's has.
    """
    torch.set_num_threads(1)
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set[int]()
    if cores:
        os.sched_setaffinity(0, {max(cores)})
    for workload in workloads():
        if wanted and workload.name not in wanted:
            continue
        notes, engine = NotesLoop(workload), EngineThread(workload.project)
        try:
            notes.microseconds(SECONDS)
            engine.microseconds(SECONDS)
            turns = [(notes.microseconds(SECONDS), engine.microseconds(SECONDS)) for _ in range(TURNS)]
            path = engine.status.path
        finally:
            engine.close()
        theirs, ours = zip(*turns, strict=True)
        ratio = statistics.median(a / b for a, b in turns)
        medians, best = (statistics.median(theirs), statistics.median(ours)), min(theirs) / min(ours)
        yield StepTimes(workload.name, workload.what, *medians, ratio, best, path)
    if cores:
        os.sched_setaffinity(0, cores)
