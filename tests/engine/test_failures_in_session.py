"""Failures in the middle of training, seen from outside: a message, the state kept, and everything goes on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from engine.commands import Play, Rewind, ShowProject
from engine.diagnosis import DiagnosisView
from engine.views import Failure
from tests.engine.session_reader import Reader, expected_losses, moons

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: torch.OutOfMemoryError("out of memory"), "there is not enough memory."),
        (lambda: ValueError("odd"), "relu_1 could not compute its result."),
    ],
)
def test_a_layer_that_fails_stops_the_training_and_nothing_else(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, make: Callable[[], Exception], told: str
) -> None:
    def broken(_: nn.ReLU, __: torch.Tensor) -> torch.Tensor:
        raise make()

    reader.send(ShowProject(moons()), Play("step", 3))
    reader.paused_at(3)
    with monkeypatch.context() as patch:
        patch.setattr(nn.ReLU, "forward", broken)
        reader.send(Play("step", 5))
        status = reader.wait(lambda status: status.state == "failed")
        failure = reader.event(Failure)
    assert failure.what == f"Training stopped at step 4: {told}" == status.message and status.step == 3
    assert "after step 3" in failure.kept and failure.todo
    reader.send(Play("step", 4))
    reader.paused_at(7)
    assert reader.losses() == expected_losses(moons(), 7)
    view = reader.slot("diagnosis", DiagnosisView)
    assert not view.probes.trouble and int(view.probes.steps[-1]) == 7


def test_a_failing_look_never_stops_the_training(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.tensors.probes import Prober

    def broken(_: Prober, __: object) -> None:
        raise torch.OutOfMemoryError("no room to look")

    monkeypatch.setattr(Prober, "look", broken)
    reader.send(ShowProject(moons()), Play("step", 5))
    reader.paused_at(5)
    assert reader.losses() == expected_losses(moons(), 5)
    assert reader.slot("diagnosis", DiagnosisView).probes.trouble == "no room to look"
    monkeypatch.undo()
    reader.send(Rewind(), Play("step", 5))
    reader.wait(lambda status: status.generation == 2 and status.step == 5 and status.state == "paused")
    assert not reader.slot("diagnosis", DiagnosisView).probes.trouble


def test_looks_and_verdicts_leave_a_run_of_the_session_bit_identical(reader: Reader) -> None:
    project = moons(epochs=6)
    reader.send(ShowProject(project), Play())
    reader.paused_at(42)
    assert reader.losses() == expected_losses(project, 42)
    view = reader.slot("diagnosis", DiagnosisView)
    assert {0, 1, 2, 4, 8, 16, 32, 42} <= set(view.probes.steps.tolist()) and view.step == 42


LIMITED = """
import resource
from dataclasses import replace
from engine.commands import Play, ShowProject
from engine.views import Failure
from tests.engine.session_reader import Reader
from tests.engine.tensors.projects import chain

def project(width, batch):
    layers = (("linear", {"out_features": width}), ("relu", {}), ("linear", {"out_features": 10}))
    return chain(layers, "digits", "cross_entropy", batch_size=batch, epochs=2)

reader = Reader()
reader.send(ShowProject(project(8, 32)), Play("step", 2))
reader.paused_at(2)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 200_000_000, -1))
reader.send(ShowProject(project(60_000, 1257)), Play("step", 3))
status = reader.wait(lambda status: status.state == "failed")
failure = reader.event(Failure)
print(failure.what, "|", failure.todo)
reader.send(ShowProject(project(8, 32)), Play("step", 3))
reader.wait(lambda status: status.state == "paused" and status.step == 3)
print("went on", len(reader.losses()))
assert reader.session.close_and_wait(30)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of the address space are Linux's")
def test_a_limit_of_memory_ends_the_training_and_not_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED], cwd=ROOT, capture_output=True, text=True, check=False, timeout=90
    )
    assert done.returncode == 0, done.stderr
    told, after = done.stdout.splitlines()
    assert told.startswith("Training stopped at") and "not enough memory" in told and "smaller" in told
    assert after == "went on 3"
