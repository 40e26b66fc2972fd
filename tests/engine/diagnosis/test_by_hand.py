"""Verdicts of a step taken by hand: what a forgotten zero_grad adds up, and a loss that differs because dropout draws."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch

from engine.commands import Exercise
from engine.inspection import WorkbenchView
from engine.tensors.train import Run
from engine.tensors.workbench import exercise
from tests.engine.tensors.projects import DROPOUT_MLP, chain, run_of, s3


def do(run: Run, *actions: str, **more: Any) -> WorkbenchView:
    for action in actions:
        view = exercise(Exercise(action, **more), run)  # type: ignore[arg-type]
    return view


def names(view: WorkbenchView) -> list[str]:
    return [verdict.name for verdict in view.verdicts]


def test_a_step_with_gradients_that_were_used_before_is_told_with_torchs_norms() -> None:
    run = run_of(s3())
    network, optimizer = copy.deepcopy((run.network, run.optimizer))
    x, y = run.peek_batch()
    for _ in range(2):
        run.loss_fn(network(x), y).backward()
        optimizer.step()
    grads = {
        name: parameter.grad.norm() for name, parameter in network.named_parameters() if parameter.grad is not None
    }
    view = do(run, "forward", "backward", "step", "forward", "backward", "step")
    (verdict,) = view.verdicts
    assert (
        verdict.name == "forgotten_zero_grad"
        and verdict.layers == ("linear_1",)
        and verdict.threshold.startswith("Said")
    )
    assert "sum of 2 backward passes" in verdict.text and f"norm {grads['linear_1.weight']:.3g}" in verdict.text
    assert names(do(run, "forward")) == []
    assert "sum of 3" in do(run, "backward", "step").verdicts[0].text


@pytest.mark.parametrize("to_none", [True, False])
def test_who_clears_the_gradients_hears_nothing(to_none: bool) -> None:
    run = run_of(s3())
    once = ("forward", "backward", "step", "zero_grad")
    assert names(do(run, *once, *once[:3], to_none=to_none)) == []


def test_gradients_that_are_gathered_on_purpose_are_no_mistake() -> None:
    """Two passes before one step: nothing was used twice."""
    run = run_of(s3())
    assert names(do(run, "forward", "backward", "forward", "backward", "step")) == []


def test_two_looks_in_train_mode_differ_by_dropout() -> None:
    run = run_of(chain(DROPOUT_MLP, loss="cross_entropy"))
    assert names(do(run, "forward")) == []
    first = do(run, "reset", "forward").tape.loss
    view = do(run, "forward")
    (verdict,) = view.verdicts
    assert verdict.name == "evaluated_in_train_mode" and verdict.layers == ("dropout_1",)
    assert f"{first:.6g} and now {view.tape.loss:.6g}" in verdict.text and "model.eval()" in verdict.text


def test_looks_in_eval_mode_or_of_another_batch_are_fine() -> None:
    run = run_of(chain(DROPOUT_MLP, loss="cross_entropy"))
    assert names(do(run, "forward", "forward", training=False)) == []
    assert names(do(run, "reset", "forward", "next_batch", "forward")) == []
    assert names(do(run, "reset", "forward", "backward", "forward")) == []
    assert names(do(run_of(s3()), "forward", "forward")) == []


def test_the_run_is_not_moved_by_any_of_it() -> None:
    run = run_of(s3())
    before = [parameter.detach().clone() for parameter in run.network.parameters()]
    do(run, "forward", "backward", "step", "forward", "backward", "step")
    assert all(torch.equal(a, b) for a, b in zip(before, run.network.parameters(), strict=True)) and run.step == 0
