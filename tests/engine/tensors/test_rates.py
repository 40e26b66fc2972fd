"""Frozen layers and layers with rates of their own, against plain torch with parameter groups; also while a run goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from engine import edits
from engine.catalog import INITIALIZERS
from engine.commands import OpenLens
from engine.spec import Choice, ProjectSpec
from engine.tensors.check import check
from engine.tensors.lens import lens as open_lens
from engine.tensors.tape import record
from engine.tensors.train import Run
from tests.engine.tensors.projects import chain, run_of

STACK: Any = (
    ("linear", {"out_features": 6}),
    ("tanh", {}),
    ("linear", {"out_features": 4}),
    ("tanh", {}),
    ("linear", {"out_features": 1}),
)


def project_of(kind: str = "sgd", **settings: object) -> ProjectSpec:
    values: dict[str, object] = {"lr": 0.1} | ({"momentum": 0.9} if kind == "sgd" else {})
    project = chain(STACK, "moons", "bce_with_logits", kind, optimizer_values=values, batch_size=16)
    for path, value in settings.items():
        node, _, name = path.partition("__")
        project = edits.set_node_value(project, node, name, value)
    return project


def weights(run: Run) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in run.network.named_parameters()}


def same(first: Run, second: Run) -> bool:
    theirs = weights(second)
    return all(torch.equal(value, theirs[name]) for name, value in weights(first).items())


@pytest.mark.parametrize("kind", ["sgd", "adam", "adamw", "rmsprop", "adagrad"])
def test_own_rates_are_torchs_parameter_groups(kind: str) -> None:
    run = run_of(project_of(kind, linear_2__lr=0.5, linear_3__weight_decay=0.2, linear_3__lr=0.01))
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 1))
    make: Any = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
    make |= {"rmsprop": torch.optim.RMSprop, "adagrad": torch.optim.Adagrad}
    groups = [
        {"params": plain[0].parameters()},
        {"params": plain[2].parameters(), "lr": 0.5},
        {"params": plain[4].parameters(), "lr": 0.01, "weight_decay": 0.2},
    ]
    extra = {"momentum": 0.9} if kind == "sgd" else {}
    extra |= {} if kind == "rmsprop" else {"fused": True}
    optimizer = make[kind](groups, lr=0.1, **extra)
    for _ in range(5):
        x, y = run.peek_batch()
        optimizer.zero_grad()
        run.loss_fn(plain(x), y).backward()
        optimizer.step()
        run.take_step()
    for mine, theirs in zip(run.network.parameters(), plain.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_a_frozen_layer_stays_and_the_others_learn() -> None:
    run = run_of(project_of(linear_2__frozen=True))
    before = weights(run)
    for _ in range(3):
        run.take_step()
    after = weights(run)
    assert {name for name in before if torch.equal(before[name], after[name])} == {"linear_2.weight", "linear_2.bias"}
    assert run.network.get_parameter("linear_2.weight").grad is None
    assert not run.network.get_parameter("linear_2.weight").requires_grad


def test_weight_decay_does_not_move_what_is_frozen() -> None:
    run = run_of(edits.set_optimizer_value(project_of("adamw", linear_1__frozen=True), "weight_decay", 0.5))
    before = weights(run)["linear_1.weight"]
    run.take_step()
    assert torch.equal(weights(run)["linear_1.weight"], before)


@pytest.mark.parametrize("kind", ["sgd", "adam"])
def test_a_live_change_of_rates_is_that_of_plain_torch(kind: str) -> None:
    """Memory of every parameter stays, and the steps go on as with the new rates in the groups."""
    run = run_of(project_of(kind))
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 1))
    make: Any = torch.optim.SGD if kind == "sgd" else torch.optim.Adam
    layers = (plain[0], plain[2], plain[4])
    groups: list[dict[str, Any]] = [{"params": list(layer.parameters())} for layer in layers]
    optimizer = make(groups, lr=0.1, fused=True, **({"momentum": 0.9} if kind == "sgd" else {}))

    def step(times: int) -> None:
        for _ in range(times):
            x, y = run.peek_batch()
            optimizer.zero_grad()
            run.loss_fn(plain(x), y).backward()
            optimizer.step()
            run.take_step()

    step(3)
    project = edits.set_node_value(edits.set_node_value(run.project, "linear_1", "lr", 0.7), "linear_3", "frozen", True)
    assert run.apply_live(project) == ("linear_1: Own rate optimizer's → 0.7", "linear_3: Frozen no → yes")
    optimizer.param_groups[0]["lr"] = 0.7
    layers[2].requires_grad_(False)
    step(3)
    run.apply_live(
        edits.set_node_value(edits.set_node_value(project, "linear_3", "frozen", False), "linear_1", "lr", None)
    )
    optimizer.param_groups[0]["lr"] = 0.1
    layers[2].requires_grad_(True)
    step(3)
    for mine, theirs in zip(run.network.parameters(), plain.parameters(), strict=True):
        assert torch.equal(mine, theirs)
    assert len(run.optimizer.param_groups) == 1


def test_a_run_saved_after_a_live_change_goes_on_bit_for_bit() -> None:
    run = run_of(project_of("adam"))
    for _ in range(3):
        run.take_step()
    run.apply_live(edits.set_node_value(run.project, "linear_1", "lr", 0.7))
    run.take_step()
    other = run_of(run.project)
    other.restore(run.state())
    for _ in range(4):
        assert run.take_step() == other.take_step()
    assert same(run, other)


def test_the_optimizers_own_numbers_still_reach_the_shared_group() -> None:
    run = run_of(project_of(linear_2__lr=0.5))
    run.apply_live(edits.set_optimizer_value(run.project, "lr", 0.02))
    assert [group["lr"] for group in run.optimizer.param_groups] == [0.02, 0.5]
    assert [len(group["params"]) for group in run.optimizer.param_groups] == [4, 2]


def test_rewind_brings_the_same_weights_and_the_rates_of_the_project() -> None:
    run = run_of(project_of(linear_2__lr=0.5, linear_1__frozen=True))
    first = weights(run)
    run.take_step()
    run.rewind()
    assert all(torch.equal(value, first[name]) for name, value in weights(run).items())
    assert not run.network.get_parameter("linear_1.weight").requires_grad


def test_a_network_that_is_frozen_as_a_whole_cannot_be_trained() -> None:
    project = project_of(linear_1__frozen=True, linear_2__frozen=True)
    assert check(project).ready
    report = check(edits.set_node_value(project, "linear_3", "frozen", True))
    assert [issue.text for issue in report.issues if issue.severity == "error"] == [
        "Every layer with weights is frozen, so there is nothing to learn: let one of them learn again."
    ]


@pytest.mark.parametrize(
    ("node", "said"),
    [
        (
            {"initializer": INITIALIZERS["uniform"].choose({"a": 1.0, "b": -1.0})},
            "the lower end 1 is above the upper end -1",
        ),
        ({"initializer": Choice("best")}, "There is no initializer “best”"),
        ({"bias_initializer": Choice("constant", (("val", float("nan")),))}, "Initial biases: value must be a number"),
        ({"lr": float("nan")}, "Own rate must be a number"),
        ({"weight_decay": -1.0}, "Own decay must be a number"),
    ],
)
def test_what_cannot_be_drawn_or_used_is_said_before_torch_takes_it(node: Any, said: str) -> None:
    project = project_of()
    nodes = tuple(replace(each, **node) if each.id == "linear_2" else each for each in project.network.nodes)
    report = check(replace(project, network=replace(project.network, nodes=nodes)))
    assert [issue.node for issue in report.issues] == ["linear_2"] and said in report.issues[0].text


def test_a_run_cannot_follow_when_nothing_is_left_to_learn() -> None:
    run = run_of(project_of(linear_1__frozen=True, linear_2__frozen=True))
    with pytest.raises(ValueError, match="beyond what a run can follow"):
        run.apply_live(edits.set_node_value(run.project, "linear_3", "frozen", True))
    run.take_step()


def test_the_lens_and_the_tape_show_the_rate_of_the_layer() -> None:
    run = run_of(project_of("sgd", linear_2__lr=0.5, linear_2__weight_decay=0.25, linear_1__frozen=True))
    lens = open_lens(OpenLens("linear_2.weight", (0, 0)), run)
    assert {part.name: part.formula for part in lens.parts}["decay"].startswith("−0.5·(0.25·")
    assert lens.old + sum(part.value for part in lens.parts) == pytest.approx(lens.new, abs=1e-7)
    assert sum(part.value for part in lens.parts) == pytest.approx(-0.5 * (lens.gradient + 0.25 * lens.old), abs=1e-7)
    weight = run.network.get_parameter("linear_2.weight").detach()
    bias = run.network.get_parameter("linear_2.bias").detach()
    assert lens.penalty == pytest.approx(0.125 * float(weight.square().sum() + bias.square().sum()), rel=1e-5)
    frozen = open_lens(OpenLens("linear_1.weight", (0, 0)), run)
    assert frozen.note.startswith("linear_1.weight.grad is None: linear_1 is frozen.") and frozen.old == frozen.new
    tape = record(run)
    texts = {event.parameter: event.formula for event in tape.events if event.phase == "update"}
    assert "0.5" in texts["linear_2.weight"] and "0.1" in texts["linear_3.weight"]
    assert {event.parameter for event in tape.events if event.phase == "accumulate"} == {
        f"linear_{number}.{name}" for number in (2, 3) for name in ("weight", "bias")
    }
