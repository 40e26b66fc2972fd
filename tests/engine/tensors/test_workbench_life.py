"""How long the copy of a step by hand lives, and what it follows."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest

from engine.spec import ProjectSpec
from engine.tensors import workbench
from engine.tensors.train import Run
from tests.engine.tensors.projects import run_of, s3
from tests.engine.tensors.test_workbench import do, rows
from tests.engine.tensors.zoo import ZOO, four_points, linear


def test_batches_follow_the_run_and_the_next_epoch() -> None:
    run = run_of(ZOO["dropout_mlp"]())
    count = run.steps_per_epoch
    by_hand = [do(run, "next_batch").tape.events[-1].outputs[0].values for _ in range(count)]
    assert "next epoch begins" in exercise_note(run, count)
    run.take_step()
    for shown in by_hand:
        assert np.array_equal(shown, run.peek_batch()[0].numpy())
        run.take_step()


def exercise_note(run: Run, count: int) -> str:
    """The note after so many batches of a new copy."""
    do(run, "reset")
    return [do(run, "next_batch").note for _ in range(count)][-1]


def test_a_copy_lives_until_the_run_moves() -> None:
    run = run_of(s3())
    assert len(do(run, "forward", "backward").tape.events) > 10
    run.take_step()
    view = do(run, "forward")
    assert (view.tape.step, [event.phase for event in view.tape.events[:2]]) == (1, ["batch", "forward"])
    assert "has moved on" in view.note and view.tape.loss == pytest.approx(0.599744, abs=1e-6)
    run.rewind()
    assert do(run, "forward").tape.loss == pytest.approx(2.745934, abs=1e-6)
    assert len(do(run, "reset").tape.events) == 1


def test_live_edits_reach_the_copy() -> None:
    project = s3()
    run = run_of(project)
    do(run, "forward", "backward")
    run.apply_live(with_rate(project, 1.0))
    view = do(run, "step")
    assert np.allclose(rows(view)["linear_2.bias"].value.values, [-1 + 3.314172], atol=1e-6)


def with_rate(project: ProjectSpec, rate: float) -> ProjectSpec:
    choice = project.train.optimizer.with_value("lr", rate)
    return replace(project, train=replace(project.train, optimizer=choice))


def test_retain_grad_where_nothing_requires_one() -> None:
    run = run_of(four_points(("relu", {}), linear(1)))
    view = do(run, "forward", layers=("relu_1", "linear_1"))
    assert "no effect on relu_1" in view.note
    assert view.retained == ("relu_1", "linear_1") and view.tape.retained == ("relu_1", "ŷ")
    view = do(run, "backward", layers=("relu_1", "linear_1"))
    assert rows(view)["relu_1"].grad is None and rows(view)["ŷ"].grad is not None
    names = [event.name for event in view.tape.events if event.phase in ("backward", "accumulate")]
    assert names[:3] == ["MseLossBackward0", "retain_grad", "AddmmBackward0"]


def test_a_tape_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(s3())
    do(run, "forward", "backward")
    monkeypatch.setattr(workbench, "MOST_BYTES", 100)
    view = do(run, "forward")
    assert view.error is not None and "full" in view.error.text
    assert do(run, "reset").error is None


def test_nothing_of_a_run_is_kept_alive() -> None:
    run = run_of(s3())
    do(run, "forward", "backward", "backward")
    gone = weakref.ref(run)
    del run
    gc.collect()
    assert gone() is None
