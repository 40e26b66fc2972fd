"""What the diagnosis costs: the part of a training's time that goes into looking and into verdicts."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from engine.diagnosis import DiagnosisView
from engine.mailbox import Mailbox
from engine.spec import ProjectSpec
from engine.tensors.bench import Bench
from engine.tensors.diagnosing import Doctor
from tests.benchmarks.workloads import workloads

SECONDS = 4.0
WARMING = 2.0
PIECE = 0.008
"""Seconds of one piece of training, as the engine thread cuts them."""


@dataclass(frozen=True, slots=True)
class LookCost:
    """`share` of the time that is not training, and how many looks there were in it."""

    name: str
    share: float
    looks: int
    steps: int


def cost(name: str, project: ProjectSpec) -> LookCost:
    """Train for a few seconds as the engine thread does, and see how much of it was not training."""
    project = replace(project, train=replace(project.train, epochs=1_000_000))
    mailbox, bench = Mailbox(), Bench()
    doctor = Doctor(mailbox, bench)
    bench.show(project)
    run = bench.up_to_date()
    trained, begin, first, looks = 0.0, time.perf_counter(), 0, 0
    warm = False
    while (now := time.perf_counter()) - begin < WARMING + SECONDS:
        if not warm and now - begin >= WARMING:
            warm, trained, first, looks = True, 0.0, run.step, _count(mailbox)
        with doctor.watching(run, None) as most:
            start = time.perf_counter()
            run.train_for(PIECE, most)
            trained += time.perf_counter() - start
    whole = time.perf_counter() - begin - WARMING
    doctor.conclude()
    return LookCost(name, max(0.0, 1 - trained / whole), _count(mailbox) - looks, run.step - first)


def _count(mailbox: Mailbox) -> int:
    view = mailbox.read("diagnosis")[1]
    return len(view.probes.steps) if isinstance(view, DiagnosisView) else 0


def every() -> list[LookCost]:
    """Of all workloads."""
    return [cost(workload.name, workload.project) for workload in workloads()]
