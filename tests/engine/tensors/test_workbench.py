"""The step by hand against plain torch: the course's figures, what accumulates, what is freed, what is refused, what passes."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from engine import edits
from engine.commands import Exercise
from engine.inspection import WorkbenchView
from engine.ledger import freed, ledger
from engine.tensors import workbench
from engine.tensors.tape import record
from engine.tensors.train import Run
from engine.tensors.workbench import exercise
from engine.views import LedgerRow, TensorView
from tests.engine.tensors.projects import run_of, s3
from tests.engine.tensors.zoo import ZOO, four_points, linear


def do(run: Run, *actions: str, **more: Any) -> WorkbenchView:
    """One action after the other; the view after the last."""
    for action in actions:
        view = exercise(Exercise(action, **more), run)  # type: ignore[arg-type]
    return view


def rows(view: WorkbenchView) -> dict[str, LedgerRow]:
    return {row.name: row for row in ledger(view.tape, len(view.tape.events) - 1)}


def grad(view: WorkbenchView, name: str) -> np.ndarray | None:
    found = rows(view)[name].grad
    return None if found is None else found.values


def same(shown: TensorView | None, tensor: Tensor | None) -> bool:
    if shown is None or tensor is None:
        return shown is None and tensor is None
    return np.array_equal(shown.values, tensor.detach().numpy())


# ---------------------------------------------------------------------------------------------------- the course's figures


def test_s3_by_hand() -> None:
    run = run_of(s3())
    view = do(run, "forward", "backward", "step")
    figures = {
        "linear_1.weight": ([[1.0348], [-0.8697]], [[-0.3480], [-1.3032]]),
        "linear_1.bias": ([1.0348, 2.1303], [-0.3480, -1.3032]),
        "linear_2.weight": ([[1.2919, 2.2423]], [[-2.9191, -2.4229]]),
        "linear_2.bias": ([-0.6686], [-3.3142]),
    }
    for name, (value, gradient) in figures.items():
        assert np.allclose(rows(view)[name].value.values, value, atol=6e-5)
        assert np.allclose(grad(view, name), gradient, atol=6e-5)
    assert view.tape.loss == pytest.approx(2.745934, abs=1e-6)
    assert do(run, "forward").tape.loss == pytest.approx(0.599744, abs=1e-6)


def after_one_step() -> Run:
    run = run_of(s3())
    do(run, "forward", "backward", "step", "zero_grad", "forward")
    return run


def test_five_backward_passes_add_up() -> None:
    run = after_one_step()
    for times, figures in enumerate(
        [(-0.1991, -0.5976), (-0.3983, -1.1953), (-0.5974, -1.7929), (-0.7966, -2.3906), (-0.9957, -2.9882)], 1
    ):
        view = do(run, "backward", retain_graph=True)
        gradient = grad(view, "linear_1.bias")
        assert gradient is not None and np.allclose(gradient, figures, atol=6e-5), gradient
        assert rows(view)["linear_1.bias"].accumulations == times
        assert ("another pass" in view.note) == (times > 1)
        assert view.freed == frozenset() and view.error is None
    events = [event for event in view.tape.events if event.phase == "accumulate" and event.parameter == "linear_2.bias"]
    assert [float(event.outputs[0].values[0]) for event in events[-5:]] == pytest.approx(
        [-1.5489, -3.0977, -4.6466, -6.1955, -7.7443], abs=6e-5
    )
    assert "is added to it" in events[-1].text and " + " in events[-1].formula.replace("−", "+")


def test_with_zero_grad_they_stay_the_same() -> None:
    run = after_one_step()
    for _ in range(5):
        view = do(run, "backward", retain_graph=True)
        assert np.allclose(grad(view, "linear_1.bias"), [-0.1991, -0.5976], atol=6e-5)
        assert rows(view)["linear_1.bias"].accumulations == 1
        assert grad(do(run, "zero_grad"), "linear_1.bias") is None


# ---------------------------------------------------------------------------------------------------- against plain torch


@pytest.mark.parametrize("name", ZOO)
def test_every_action_gives_torchs_own_numbers(name: str) -> None:
    run = run_of(ZOO[name]())
    run.take_step()
    network, optimizer = copy.deepcopy((run.network.train(), run.optimizer))
    batches, random = copy.deepcopy(run.batches), torch.get_rng_state()
    optimizer.zero_grad()
    data = run.rows["train"]
    torch.set_rng_state(run.rng["cpu"])
    first, second = batches.peek(), batches.peek(1) if len(batches) > 1 else None
    outputs: dict[str, Tensor] = {}

    def loss_of(rows: Tensor) -> Tensor:
        prediction = network.run(data.features[rows], lambda layer, given, output: outputs.update({layer: output}))
        for output in outputs.values():
            if output.requires_grad:
                output.retain_grad()
        return run.loss_fn(prediction, data.targets[rows])

    loss = loss_of(first)
    loss.backward(retain_graph=True)
    loss.backward()
    twice = {key: None if each.grad is None else each.grad.clone() for key, each in network.named_parameters()}
    kept = {key: each.grad.clone() for key, each in outputs.items() if each.requires_grad and each.grad is not None}
    optimizer.step()
    optimizer.zero_grad(set_to_none=False)
    loss = loss_of(first if second is None else second)
    loss.backward()
    torch.set_rng_state(random)

    layers = tuple(run.network.order)
    do(run, "forward", layers=layers)
    do(run, "backward", retain_graph=True, layers=layers)
    view = do(run, "backward", layers=layers)
    found = rows(view)
    assert all(same(found[key].grad, each) for key, each in twice.items())
    assert {row.layer for row in found.values() if row.retained and row.grad is not None} == set(kept)
    assert all(same(row.grad, kept[row.layer]) for row in found.values() if row.retained and row.grad is not None)
    assert all(row.accumulations == (2 if row.grad is not None else 0) for row in found.values())
    view = do(run, "step", layers=layers)
    assert do(run, "zero_grad", to_none=False).tape.by_hand
    if second is not None:
        do(run, "next_batch", layers=layers)
    view = do(run, "forward", "backward", layers=layers)
    assert view.tape.loss == loss.item()
    found = rows(view)
    for key, each in network.named_parameters():
        assert same(found[key].grad, each.grad) and same(found[key].value, each), key
    for row in (each for each in found.values() if each.retained):
        assert row.accumulations == (1 if row.grad is not None else 0)
        assert same(row.grad, outputs[row.layer].grad if outputs[row.layer].requires_grad else None)


@pytest.mark.parametrize("name", ["dropout_mlp", "cnn"])
def test_the_run_is_not_moved(name: str) -> None:
    def losses(by_hand: bool) -> list[float]:
        run = run_of(ZOO[name]())
        found = []
        for _ in range(4):
            if by_hand:
                do(run, "forward", "backward", "step", "zero_grad", "next_batch", "forward")
            found.append(run.take_step())
        return found

    assert losses(True) == losses(False)


def test_the_first_pass_is_the_tape_of_the_step() -> None:
    run = run_of(ZOO["dropout_mlp"]())
    view, tape = do(run, "forward", "backward", "step", "zero_grad"), record(run)
    assert [event.name for event in view.tape.events] == [event.name for event in tape.events]
    for mine, theirs in zip(view.tape.events, tape.events, strict=True):
        for one, other in zip(
            (*mine.inputs, *mine.outputs, *mine.saved), (*theirs.inputs, *theirs.outputs, *theirs.saved), strict=True
        ):
            assert (one is None) == (other is None)
            assert one is None or other is None or np.array_equal(one.values, other.values)


# ---------------------------------------------------------------------------------------------------- None and zeros


def test_none_and_zeros_are_told_apart() -> None:
    run = run_of(s3())
    assert grad(do(run, "forward"), "linear_2.bias") is None
    zeros = do(run, "backward", "zero_grad", to_none=False)
    assert np.array_equal(grad(zeros, "linear_2.bias"), [0.0])
    assert rows(zeros)["linear_2.bias"].accumulations == 0
    assert "zeros, not None" in zeros.note and "step" in zeros.can
    none = do(run, "zero_grad", to_none=True)
    assert grad(none, "linear_2.bias") is None and "step" not in none.can and none.note == ""
    before = none.tape.events[-1].inputs[0]
    assert before is not None and np.array_equal(before.values, [0.0])


def test_zeros_move_a_parameter_with_momentum_none_does_not() -> None:
    project = four_points(linear(1), optimizer="sgd", optimizer_values={"momentum": 0.9})
    moved = {}
    for to_none in (True, False):
        run = run_of(project)
        do(run, "forward", "backward", "step")
        before = rows(do(run, "zero_grad", to_none=to_none))["linear_1.weight"].value.values
        after = rows(do(run, "step"))["linear_1.weight"].value.values
        moved[to_none] = not np.array_equal(before, after)
    assert moved == {True: False, False: True}


# ---------------------------------------------------------------------------------------------------- freed, refused, passed


def test_a_backward_pass_frees_what_was_saved() -> None:
    run = run_of(s3())
    view = do(run, "forward")
    saving = {
        node.id
        for node in view.tape.graph.nodes
        if node.title in ("MseLossBackward0", "AddmmBackward0", "SigmoidBackward0")
    }
    assert len(saving) == 4 and view.freed == frozenset()
    view = do(run, "backward")
    assert view.freed == saving == {node.id for node in view.tape.graph.nodes if node.freed}
    assert freed(view.tape, len(view.tape.events) - 1) == view.freed
    middle = next(event.index for event in view.tape.events if event.name == "SigmoidBackward0")
    assert len(freed(view.tape, middle)) == 3 and freed(view.tape, middle - 10) == frozenset()
    view = do(run, "forward")
    assert view.freed == frozenset() == freed(view.tape, len(view.tape.events) - 1)


def test_a_second_backward_is_a_card_that_names_the_node() -> None:
    run = run_of(s3())
    before = do(run, "forward", "backward")
    view = do(run, "backward")
    assert view.error is not None
    assert view.error.node == "MseLossBackward0"
    assert "MseLossBackward0 of the loss" in view.error.text and "freed" in view.error.text
    assert "retain" in view.error.why and "Forward" in view.error.why
    assert "Trying to backward through the graph a second time" in view.error.details
    assert "Traceback" not in view.error.details
    for name, row in rows(before).items():  # torch refused at the first node: every .grad is as it was
        assert row.grad is not None
        assert np.array_equal(grad(view, name), row.grad.values)
    assert do(run, "forward", "backward").error is None


def test_the_node_is_the_one_that_needs_something_freed() -> None:
    """L1Loss: the mean saves nothing, |ŷ − y| does."""
    run = run_of(four_points(linear(1), loss="l1"))
    view = do(run, "forward", "backward", "backward")
    assert view.error is not None and view.error.node == "AbsBackward0"
    assert view.tape.events[-1].name == "MeanBackward0"  # it was passed, and that is told


def test_weights_changed_in_place() -> None:
    """An optimizer that tells autograd's version counters is caught; the fused ones are not, and a note says what that means."""
    layers = (linear(3), ("tanh", {}), linear(1))
    plain = run_of(four_points(*layers, optimizer="rmsprop"))
    do(plain, "forward")
    do(plain, "backward", retain_graph=True)
    view = do(plain, "step", "backward")
    assert view.error is not None
    assert (view.error.node, "AddmmBackward0 of linear_2" in view.error.text) == ("AddmmBackward0", True)
    assert "modified by an inplace operation" in view.error.details
    fused = run_of(four_points(*layers, optimizer="sgd"))
    do(fused, "forward")
    do(fused, "backward", retain_graph=True)
    view = do(fused, "step", "backward")
    assert view.error is None and "version counters" in view.note


def test_half_a_pass_leaves_no_gradients() -> None:
    run = run_of(s3())
    do(run, "forward")
    sigmoid = run_sigmoid(run)

    def fail(*_: object) -> None:
        raise RuntimeError("a hook failed")

    sigmoid.register_hook(fail)
    view = do(run, "backward")
    assert view.error is not None and view.error.details == "a hook failed" and view.error.node == "SigmoidBackward0"
    assert any(event.phase == "accumulate" for event in view.tape.events)
    assert all(row.grad is None for row in rows(view).values())
    assert "Half of a pass" in view.note and "step" not in view.can
    assert np.allclose(grad(do(run, "forward", "backward"), "linear_2.bias"), -3.314172, atol=1e-6)


def run_sigmoid(run: Run) -> Any:
    nodes = workbench._copies[run]._recorder.nodes
    assert nodes is not None
    return next(node for node in nodes.order if type(node).__name__ == "SigmoidBackward0")


def test_a_loss_without_parameters() -> None:
    run = run_of(s3())
    do(run, "reset")
    for parameter in run.network.parameters():
        parameter.requires_grad_(False)
    view = do(run, "forward", "backward")
    assert view.error is not None and "nothing that backward could go through" in view.error.text
    assert "does not require grad" in view.error.details and view.tape.graph.nodes


def test_what_does_not_make_sense_yet_is_said() -> None:
    run = run_of(s3())
    view = do(run, "backward")
    assert view.error is not None and "run Forward first" in view.error.text
    assert view.can == {"forward", "next_batch"}
    assert do(run, "forward").can == {"forward", "next_batch", "backward", "reset"}
    assert do(run, "backward").can == {"forward", "next_batch", "backward", "step", "zero_grad", "reset"}
    again = do(run, "step", "step")
    assert again.error is None and "same .grad again" in again.note
    assert do(run, "reset").can == {"forward", "next_batch"}


# ---------------------------------------------------------------------------------------------------- modes, batches, life


def test_eval_mode_and_the_mask_of_dropout() -> None:
    run = run_of(ZOO["dropout_mlp"]())
    view = do(run, "forward", "backward")
    event = next(each for each in view.tape.events if each.phase == "backward" and each.layer == "dropout_1")
    mask = next(each.values for each in event.saved if each.name == "mask")
    assert set(np.unique(mask)) <= {np.float32(0), np.float32(1 / 0.6)} and 0 < np.count_nonzero(mask) < mask.size
    forward = next(each for each in view.tape.events if each.phase == "forward" and each.layer == "dropout_1")
    assert np.array_equal(forward.outputs[0].values, forward.inputs[0].values * mask)
    view = do(run, "forward", training=False)
    assert not view.training and "Dropout lets every value pass" in view.note
    forward = [each for each in view.tape.events if each.phase == "forward" and each.layer == "dropout_1"][-1]
    assert np.array_equal(forward.outputs[0].values, forward.inputs[0].values)
    view = do(run, "backward", training=False)
    assert view.error is None and not any(
        each.layer == "dropout_1" for each in view.tape.events[-12:] if each.phase == "backward"
    )
    assert do(run, "forward").training


def test_by_hand_the_step_is_taken_with_the_rate_of_the_schedule() -> None:
    project = edits.choose_part(s3(), "schedule", "warm_up")
    run = run_of(project)
    for action in ("forward", "backward", "step"):
        view = exercise(Exercise(action), run)  # type: ignore[arg-type]
    after = view.tape.events[-1].outputs[0]
    run.take_step()
    assert after is not None and torch.equal(
        torch.tensor(after.values), run.network.get_parameter("linear_2.bias").detach()
    )
