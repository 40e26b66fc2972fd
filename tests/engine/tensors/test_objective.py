"""Penalties and clipping: runs against plain torch, and every view of a step that tells of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from engine import edits
from engine.catalog import CLIPPINGS
from engine.commands import Exercise, OpenLens, Prove
from engine.ledger import ledger
from engine.metrics import PENALTY, STEP_LOSS, TRAIN_LOSS
from engine.spec import ProjectSpec
from engine.tensors.lens import lens
from engine.tensors.prove import prove
from engine.tensors.tape import record
from engine.tensors.train import Run
from engine.tensors.workbench import exercise
from tests.engine.tensors.projects import chain, prepared_of, run_of, s3

LAYERS: Any = (("linear", {"out_features": 8}), ("tanh", {}), ("linear", {"out_features": 2}))
STEPS = 20
CASES: dict[str, dict[str, Any]] = {
    "l1": {"l1": 0.01},
    "l2": {"l2": 0.05},
    "both, biases too": {"l1": 0.002, "l2": 0.03, "penalize_all": True},
    "by norm": {"clipping": CLIPPINGS["norm"].choose({"max_norm": 0.05})},
    "by another norm": {"clipping": CLIPPINGS["norm"].choose({"max_norm": 0.05, "norm_type": 1.0})},
    "by value": {"clipping": CLIPPINGS["value"].choose({"clip_value": 0.01})},
    "all": {"l1": 0.01, "l2": 0.01, "clipping": CLIPPINGS["norm"].choose({"max_norm": 0.1})},
}


def project_with(optimizer: str = "adam", **train: Any) -> ProjectSpec:
    return chain(LAYERS, "moons", "cross_entropy", optimizer, optimizer_values={"lr": 0.05}, seed=3, **train)


def plain(project: ProjectSpec) -> tuple[list[float], list[float], nn.Sequential]:
    """Losses of the data, penalties, and the model after some steps, by hand."""
    train, data = project.train, prepared_of(project)
    x, y = torch.tensor(data.features["train"]), torch.tensor(data.targets["train"]).long()
    torch.manual_seed(3)
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05, fused=True)
    order = torch.Generator().manual_seed(3)
    weights = [p for p in model.parameters() if train.penalize_all or p.dim() > 1]
    losses, penalties = [], []
    while len(losses) < STEPS:
        for rows in torch.randperm(len(x), generator=order).split(32)[: STEPS - len(losses)]:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
            penalty = torch.zeros(())
            if train.l1:
                penalty = penalty + train.l1 * sum(w.abs().sum() for w in weights)
            if train.l2:
                penalty = penalty + train.l2 * sum((w * w).sum() for w in weights)
            (loss + penalty).backward()
            if train.clipping.kind == "norm":
                nn.utils.clip_grad_norm_(model.parameters(), **train.clipping.as_dict())  # type: ignore[arg-type]
            if train.clipping.kind == "value":
                nn.utils.clip_grad_value_(model.parameters(), train.clipping.number("clip_value"))
            optimizer.step()
            losses.append(loss.item())
            penalties.append(penalty.item())
    return losses, penalties, model


def take(run: Run, count: int = STEPS) -> list[float]:
    return [run.take_step() for _ in range(count)]


@pytest.mark.parametrize("name", CASES)
def test_a_run_is_the_plain_loop(name: str) -> None:
    project = project_with(**CASES[name])
    losses, penalties, model = plain(project)
    run = run_of(project)
    assert take(run) == losses
    for ours, theirs in zip(run.network.parameters(), model.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    if project.train.l1 or project.train.l2:
        assert run.log.since(PENALTY)[1].tolist() == penalties
        assert run.log.since(PENALTY)[0].tolist() == list(range(1, STEPS + 1))
    else:
        assert run.log.last(PENALTY) is None
    assert losses != take(run_of(project_with()))


def test_the_curves_hold_the_loss_of_the_data_alone() -> None:
    project = project_with(l2=0.5)
    run = run_of(project)
    run.settle()
    x, y = run.rows["train"].features, run.rows["train"].targets
    with torch.no_grad():
        assert run.log.last(TRAIN_LOSS) == pytest.approx(nn.functional.cross_entropy(run.network(x), y).item())


def test_layers_that_are_frozen_or_have_no_weights_are_not_penalized() -> None:
    project = edits.set_node_value(project_with(l2=1.0), "linear_1", "frozen", True)
    run = run_of(project)
    weight = run.network.layer("linear_2").get_parameter("weight")
    expected = weight.detach().square().sum().item()
    run.take_step()
    assert run.log.last(PENALTY) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_a_run_that_is_taken_up_again_goes_on_bit_for_bit(name: str) -> None:
    project = project_with(**CASES[name])
    whole = run_of(project)
    take(whole)
    first = run_of(project)
    take(first, 9)
    again = run_of(project)
    again.restore(first.state())
    take(again, STEPS - 9)
    for series in (STEP_LOSS, PENALTY):
        assert again.log.since(series)[1].tolist() == whole.log.since(series)[1].tolist()


def test_penalties_and_limits_are_live() -> None:
    project = project_with(l2=0.1, clipping=CLIPPINGS["norm"].choose())
    run = run_of(project)
    take(run, 3)
    edited = edits.set_train_value(project, "l1", 0.5)
    edited = edits.set_part_value(edited, "clipping", "max_norm", 0.25)
    assert run.apply_live(edited) == ("max_norm 1 → 0.25", "L1 penalty λ₁ 0 → 0.5")
    with pytest.raises(ValueError, match="beyond"):
        run.apply_live(edits.choose_part(edited, "clipping", "value"))


@pytest.mark.parametrize("name", CASES)
def test_the_tape_tells_the_very_step(name: str) -> None:
    project = project_with(**CASES[name])
    run = run_of(project)
    take(run, 3)
    tape = record(run)
    values = {each.name: each.values for each in tape.parameters}
    assert tape.loss == run.take_step()
    clipped = [event for event in tape.events if event.phase == "clip"]
    penalized = [event for event in tape.events if event.phase == "loss"][1:]
    assert len(clipped) == (4 if project.train.clipping.kind != "none" else 0)
    assert len(penalized) == bool(project.train.l1 or project.train.l2)
    for event in penalized:
        assert event.inputs[0] is not None and event.inputs[1] is not None and event.outputs[0] is not None
        assert float(event.inputs[0].values) == tape.loss
        assert float(event.inputs[1].values) == run.log.last(PENALTY)
        names = [each.name for each in event.inputs[2:] if each is not None]
        assert names == (list(values) if project.train.penalize_all else ["linear_1.weight", "linear_2.weight"])
    for parameter, actual in run.network.named_parameters():
        (update,) = [e for e in tape.events if e.phase == "update" and e.parameter == parameter]
        assert update.outputs[0] is not None and update.inputs[1] is not None
        assert np.array_equal(update.outputs[0].values, actual.detach().numpy())
        assert actual.grad is not None and np.array_equal(update.inputs[1].values, actual.grad.numpy())
        row = next(row for row in ledger(tape, update.index) if row.name == parameter)
        assert row.grad is not None and np.array_equal(row.grad.values, actual.grad.numpy())


def both() -> ProjectSpec:
    project = edits.set_train_value(edits.set_train_value(s3(), "l2", 0.01), "l1", 0.1)
    return edits.choose_part(project, "clipping", "norm")


def test_the_numbers_of_a_small_step_are_written_out() -> None:
    """S3: 0.1·(1 + 1 + 1 + 2) + 0.01·(1 + 1 + 1 + 4) = 0.57; 2.919113 − 0.1 − 0.02 = 2.799113."""
    tape = record(run_of(both()))
    texts = {event.name: event.formula for event in tape.events if event.phase == "loss"}
    assert texts["MSE"] == "data loss = (1.342914 − 3)²/1 = 2.745934"
    assert texts["penalty"].splitlines() == [
        "penalty = 0.1·(1 + 1 + 1 + 2) + 0.01·(1 + 1 + 1 + 4) = 0.57",
        "L = 2.745934 + 0.57 = 3.315934",
    ]
    gathered = next(e for e in tape.events if e.phase == "accumulate" and e.parameter == "linear_2.weight")
    assert gathered.formula.startswith("g[0, 0] = 0.02 + 0.1 + (−2.919113) = −2.799113")
    clipped = next(e for e in tape.events if e.phase == "clip" and e.parameter == "linear_2.weight")
    assert "‖g‖ = 5.284612 over the gradients of all parameters > max_norm = 1" in clipped.formula
    assert "linear_2.weight.grad[0, 0] = −2.799113·0.189229 = −0.529672" in clipped.formula


def test_a_gradient_that_is_short_enough_is_left_alone() -> None:
    project = edits.choose_part(s3(), "clipping", "norm")
    tape = record(run_of(edits.set_part_value(project, "clipping", "max_norm", 100.0)))
    clipped = [event for event in tape.events if event.phase == "clip"]
    assert all("≤ max_norm = 100" in event.formula for event in clipped)
    for event in clipped:
        assert event.inputs[0] is not None and event.outputs[0] is not None
        assert np.array_equal(event.inputs[0].values, event.outputs[0].values)


def test_by_hand_the_gradient_is_clipped_before_the_update() -> None:
    run = run_of(both())
    for action in ("forward", "backward", "step"):
        view = exercise(Exercise(action), run)  # type: ignore[arg-type]
        assert view.error is None
    assert [event.phase for event in view.tape.events][-8:] == ["clip"] * 4 + ["update"] * 4
    run.take_step()
    last = view.tape.events[-1].outputs[0]
    assert last is not None and np.array_equal(last.values, run.network.get_parameter("linear_2.bias").detach().numpy())


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop", "adagrad", "adadelta", "nadam", "radam"])
@pytest.mark.parametrize("name", CASES)
def test_the_lens_takes_the_update_apart(name: str, optimizer: str) -> None:
    project = project_with(optimizer, **CASES[name])
    run = run_of(project)
    take(run, 4)
    view = lens(OpenLens("linear_2.weight", (1, 2)), run)
    assert math.fsum([view.old, *(part.value for part in view.parts)]) == pytest.approx(view.new, rel=1e-5, abs=1e-7)
    parts = {part.name: part.value for part in view.parts}
    assert ("penalty" in parts) == bool(project.train.l1 or project.train.l2)
    if "penalty" in parts and optimizer in ("sgd", "adam"):
        # Without the penalty the data's part would be the same: weighed alike, and clipped alike.
        share = parts["penalty"] / (parts["penalty"] + parts["gradient"])
        loss, weight = _data_gradient(run, "linear_2.weight", (1, 2))
        slope = project.train.l1 * math.copysign(1, weight) + 2 * project.train.l2 * weight
        assert share == pytest.approx(slope / (slope + loss), rel=1e-3)
    value = run.take_step()
    assert view.data_loss == value
    assert view.new == run.network.get_parameter("linear_2.weight")[1, 2].item()
    if not project.train.l1 and not project.train.l2:
        assert view.gradient == pytest.approx(float(run.network.get_parameter("linear_2.weight").grad[1, 2]))  # type: ignore[index]
    elif optimizer != "adamw":
        assert view.penalty == pytest.approx(run.log.last(PENALTY), rel=1e-6)


def _data_gradient(run: Run, name: str, index: tuple[int, int]) -> tuple[float, float]:
    x, y = run.peek_batch()
    parameter = run.network.get_parameter(name)
    (gradient,) = torch.autograd.grad(run.loss_fn(run.network(x), y), parameter)
    return gradient[index].item(), parameter[index].item()


@pytest.mark.parametrize("parameter", ["linear_1.weight", "linear_2.bias"])
def test_a_proof_holds_with_penalties(parameter: str) -> None:
    run = run_of(project_with(l1=0.02, l2=0.03))
    take(run, 2)
    pieces = prove(Prove(parameter), run)
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            proof = end.value
            break
    assert proof.kink == ""
    assert proof.exact == pytest.approx(proof.autograd, rel=1e-4)
    assert proof.numerical == pytest.approx(proof.exact, rel=1e-6)
    assert proof.by_hand == pytest.approx(proof.exact, rel=1e-12)
    assert ("λ₁·sign(w) + 2·λ₂·w" in proof.hand) == (parameter == "linear_1.weight")
    printed: list[str] = []
    exec(proof.snippet, {"print": lambda value: printed.append(str(value))})
    assert float(printed[0]) == pytest.approx(proof.autograd, rel=1e-6)


def test_a_weight_of_zero_stands_on_the_kink_of_the_l1_penalty() -> None:
    project = edits.set_weights(project_with(l1=0.02), "linear_1", {"weight": ((0.0, 1.0),) * 8, "bias": (0.0,) * 8})
    pieces = prove(Prove("linear_1.weight", (3, 0)), run_of(project))
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            assert "|w| of the L1 penalty has no derivative" in end.value.kink
            break
