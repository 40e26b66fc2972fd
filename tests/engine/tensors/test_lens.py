"""The lens against plain torch: every part has the value that the optimizer's own arithmetic gives it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from engine import edits
from engine.catalog import OPTIMIZERS
from engine.commands import OpenLens
from engine.errors import AppError
from engine.examples import example
from engine.fields import Value
from engine.inspection import UpdateLens
from engine.spec import ProjectSpec
from engine.tensors.lens import lens
from engine.tensors.train import Run
from tests.engine.tensors.projects import run_of

VARIANTS: list[tuple[str, dict[str, Value]]] = [
    ("sgd", {}),
    ("sgd", {"weight_decay": 0.1}),
    ("sgd", {"momentum": 0.9}),
    ("sgd", {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.05}),
    ("sgd", {"momentum": 0.8, "nesterov": True, "weight_decay": 0.05}),
    ("adam", {"lr": 0.05}),
    ("adam", {"lr": 0.05, "weight_decay": 0.1, "beta1": 0.8, "beta2": 0.9}),
    ("adamw", {"lr": 0.05, "weight_decay": 0.1}),
    ("rmsprop", {"lr": 0.02}),
    ("rmsprop", {"lr": 0.02, "momentum": 0.7, "weight_decay": 0.1, "alpha": 0.9}),
    ("adagrad", {"lr": 0.1}),
    ("adagrad", {"lr": 0.1, "lr_decay": 0.5, "weight_decay": 0.1}),
    ("sgd", {"maximize": True, "momentum": 0.5, "weight_decay": 0.1}),
    ("adam", {"lr": 0.05, "amsgrad": True, "maximize": True, "beta2": 0.5}),
    ("adamw", {"lr": 0.05, "amsgrad": True, "beta2": 0.5}),
    ("rmsprop", {"lr": 0.02, "centered": True, "momentum": 0.7}),
    ("adagrad", {"lr": 0.1, "initial_accumulator_value": 0.5}),
    ("adadelta", {}),
    ("adadelta", {"rho": 0.5, "weight_decay": 0.1, "maximize": True}),
    ("nadam", {"lr": 0.05}),
    ("nadam", {"lr": 0.05, "weight_decay": 0.1, "momentum_decay": 0.1}),
    ("nadam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("radam", {"lr": 0.05, "beta2": 0.99}),
    ("radam", {"lr": 0.05, "beta2": 0.5, "weight_decay": 0.1}),
    ("radam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
]
ELEMENTS = [("linear_1.weight", (3, 1)), ("linear_1.bias", (2,)), ("linear_2.weight", (0, 7)), ("linear_2.bias", (0,))]


def with_optimizer(project: ProjectSpec, kind: str, values: dict[str, Value]) -> ProjectSpec:
    train = replace(project.train, optimizer=OPTIMIZERS[kind].choose(values), device="cpu")
    return replace(project, train=train)


def element(run: Run, name: str, index: tuple[int, ...]) -> float:
    return dict(run.network.named_parameters())[name][index].item()


def test_every_optimizer_of_the_catalog_is_among_the_variants() -> None:
    assert {kind for kind, _ in VARIANTS} == set(OPTIMIZERS.kinds) - {"lbfgs"}  # test_lbfgs.py


@pytest.mark.parametrize(("kind", "values"), VARIANTS)
def test_old_and_parts_make_new(kind: str, values: dict[str, Value]) -> None:
    """And both are exactly what the run's own next step does."""
    run = run_of(with_optimizer(example("xor"), kind, values))
    for _ in range(4):
        seen = {place: lens(OpenLens(*place), run) for place in ELEMENTS}
        before = {place: element(run, *place) for place in ELEMENTS}
        run.take_step()
        for place, view in seen.items():
            parts = [part.value for part in view.parts]
            assert view.old == before[place]
            assert view.new == element(run, *place)
            size = max(abs(view.old), *(abs(part) for part in parts))
            assert view.old + sum(parts) == pytest.approx(view.new, rel=0, abs=1e-6 * size)
            assert view.step == run.step - 1
            assert view.gradient == run_gradient(run, *place)
            assert dict(view.state) == torch_state(run, *place)


def run_gradient(run: Run, name: str, index: tuple[int, ...]) -> float:
    gradient = dict(run.network.named_parameters())[name].grad
    assert gradient is not None
    return gradient[index].item()


def torch_state(run: Run, name: str, index: tuple[int, ...]) -> dict[str, float]:
    state = run.optimizer.state[dict(run.network.named_parameters())[name]]
    tensors = {key: value for key, value in state.items() if isinstance(value, torch.Tensor)}
    return {key: value[index].item() if value.ndim else value.item() for key, value in tensors.items()}


@pytest.mark.parametrize(("kind", "values"), VARIANTS)
def test_the_parts_are_what_each_cause_adds(kind: str, values: dict[str, Value]) -> None:
    """The same arithmetic by hand in float64: with the decay's or the memory's share set to nothing, its part is what is missing."""
    run = run_of(with_optimizer(example("xor"), kind, values))
    place = ELEMENTS[0]
    for number in range(3):
        old_state = torch_state(run, *place) if run.step else {}
        view = lens(OpenLens(*place), run)
        wanted = by_hand(kind, run, view, old_state, number + 1)
        got = {part.name: part.value for part in view.parts}
        assert set(got) == set(wanted)
        for part, value in wanted.items():
            assert got[part] == pytest.approx(value, rel=1e-6, abs=1e-12), part
        run.take_step()


def by_hand(kind: str, run: Run, view: UpdateLens, old: dict[str, float], t: int) -> dict[str, float]:
    """Gradient, momentum and decay after the pages of torch.optim."""
    group, theta, new = run.optimizer.param_groups[0], view.old, dict(view.state)
    g = -view.gradient if group["maximize"] else view.gradient
    lr, decay = group["lr"], group["weight_decay"]
    weigh, memory = BY_HAND[kind](group, old, new, t)
    parts = {"gradient": -weigh * g}
    if memory is not None:
        parts["momentum"] = -memory
    if decay:
        parts["decay"] = -(lr if group.get("decoupled_weight_decay") else weigh) * decay * theta
    return parts


Group = dict[str, Any]
Kept = dict[str, float]
Shares = tuple[float, float | None]


def adam_by_hand(group: Group, old: Kept, new: Kept, t: int) -> Shares:
    beta1, beta2 = group["betas"]
    square = new["max_exp_avg_sq"] if group["amsgrad"] else new["exp_avg_sq"]
    below = (1 - beta1**t) * (math.sqrt(square / (1 - beta2**t)) + group["eps"])
    return group["lr"] * (1 - beta1) / below, group["lr"] * beta1 * old.get("exp_avg", 0.0) / below


def nadam_by_hand(group: Group, old: Kept, new: Kept, t: int) -> Shares:
    beta1, beta2 = group["betas"]
    mu = [beta1 * (1 - 0.5 * 0.96 ** (step * group["momentum_decay"])) for step in range(1, t + 2)]
    straight = (1 - mu[t - 1]) / (1 - math.prod(mu[:t]))
    through = mu[t] / (1 - math.prod(mu))
    below = math.sqrt(new["exp_avg_sq"] / (1 - beta2**t)) + group["eps"]
    weigh = group["lr"] * (straight + through * (1 - beta1)) / below
    return weigh, group["lr"] * through * beta1 * old.get("exp_avg", 0.0) / below


def radam_by_hand(group: Group, old: Kept, new: Kept, t: int) -> Shares:
    beta1, beta2 = group["betas"]
    longest = 2 / (1 - beta2) - 1
    rho = longest - 2 * t * beta2**t / (1 - beta2**t)
    size = group["lr"] / (1 - beta1**t)
    if rho > 5:
        r = math.sqrt((rho - 4) * (rho - 2) * longest / ((longest - 4) * (longest - 2) * rho))
        size *= r * math.sqrt(1 - beta2**t) / (math.sqrt(new["exp_avg_sq"]) + group["eps"])
    return size * (1 - beta1), size * beta1 * old.get("exp_avg", 0.0)


def rmsprop_by_hand(group: Group, old: Kept, new: Kept, t: int) -> Shares:
    square = new["square_avg"] - (new["grad_avg"] ** 2 if group["centered"] else 0)
    memory = group["lr"] * group["momentum"] * old.get("momentum_buffer", 0.0) if group["momentum"] else None
    return group["lr"] / (math.sqrt(square) + group["eps"]), memory


def adagrad_by_hand(group: Group, old: Kept, new: Kept, t: int) -> Shares:
    return group["lr"] / (1 + (t - 1) * group["lr_decay"]) / (math.sqrt(new["sum"]) + group["eps"]), None


def adadelta_by_hand(group: Group, old: Kept, new: Kept, t: int) -> Shares:
    size = math.sqrt((old.get("acc_delta", 0.0) + group["eps"]) / (new["square_avg"] + group["eps"]))
    return group["lr"] * size, None


def sgd_by_hand(group: Group, old: Kept, new: Kept, t: int) -> Shares:
    lr, mu, kept = group["lr"], group["momentum"], old.get("momentum_buffer", 0.0)
    if group["nesterov"]:
        return lr * (1 + mu), lr * mu * mu * kept
    if not mu:
        return lr, None
    return lr * (1 - group["dampening"] if t > 1 else 1), lr * mu * kept


BY_HAND = {
    "sgd": sgd_by_hand,
    "adam": adam_by_hand,
    "adamw": adam_by_hand,
    "rmsprop": rmsprop_by_hand,
    "adagrad": adagrad_by_hand,
    "adadelta": adadelta_by_hand,
    "nadam": nadam_by_hand,
    "radam": radam_by_hand,
}


def test_looking_moves_nothing() -> None:
    """Dropout draws the same numbers, and the steps that follow are the same to the bit."""
    looked, left = run_of(example("digits")), run_of(example("digits"))
    for _ in range(3):
        lens(OpenLens("linear_2.weight", (4, 50)), looked)
        assert looked.take_step() == left.take_step()


def test_formula_shares_ratio_and_losses() -> None:
    run = run_of(with_optimizer(example("quadratic"), "sgd", {"lr": 0.1, "weight_decay": 0.01}))
    view = lens(OpenLens(), run)
    assert (view.parameter, view.index, view.optimizer) == ("linear_1.weight", (0, 0), "SGD")
    assert [(part.name, part.formula) for part in view.parts] == [("gradient", "−0.1·2"), ("decay", "−0.1·(0.01·2)")]
    assert f"{view.new:.6f}" == "1.798000"
    assert view.decay_share == pytest.approx(0.002 / 0.202)
    assert view.ratio == pytest.approx(0.101, rel=1e-6)
    assert view.data_loss == 1.0
    assert view.penalty == pytest.approx(0.02)
    assert "twice as much" in view.penalty_note


def test_the_penalty_counts_every_parameter() -> None:
    run = run_of(with_optimizer(example("s3"), "adamw", {"weight_decay": 0.5}))
    view = lens(OpenLens("linear_2.bias", (0,)), run)
    squares = sum(each.double().square().sum().item() for each in run.network.parameters())
    assert view.penalty == pytest.approx(0.25 * squares) == pytest.approx(0.25 * 13)
    assert "not a term of the loss" in view.penalty_note


def test_without_an_index_it_is_the_steepest_element() -> None:
    view = lens(OpenLens("linear_1.weight"), run_of(example("s3")))
    assert view.index == (1, 0)
    assert f"{view.gradient:.6f}" == "-1.303211"


def test_a_parameter_from_zeros_has_no_finite_ratio() -> None:
    project = edits.set_weights(example("quadratic"), "linear_1", {"weight": ((0.0,),)})
    assert math.isinf(lens(OpenLens(), run_of(project)).ratio)


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (OpenLens("linear_9.weight", (0, 0)), "no parameter “linear_9.weight”.*linear_1.weight"),
        (OpenLens("linear_1.weight", (0,)), "no element .0.*shape"),
        (OpenLens("linear_1.weight", (2, 0)), "no element .2, 0"),
    ],
)
def test_what_is_not_there_is_told(command: OpenLens, text: str) -> None:
    with pytest.raises(AppError, match=text):
        lens(command, run_of(example("s3")))


def test_without_a_finite_loss_there_is_no_update() -> None:
    run = run_of(example("quadratic"))
    with torch.no_grad():
        next(run.network.parameters()).fill_(3e38)
    with pytest.raises(AppError, match="infinite: the optimizer is not called"):
        lens(OpenLens(), run)


def test_a_parameter_without_gradient_is_skipped() -> None:
    """The frozen bias gets no gradient; decay does not touch it either, for the optimizer does not see it."""
    run = run_of(with_optimizer(example("s3"), "sgd", {"weight_decay": 0.1}))
    dict(run.network.named_parameters())["linear_2.bias"].requires_grad_(False)
    view = lens(OpenLens("linear_2.bias", (0,)), run)
    assert view.parts == () and view.old == view.new == -1.0
    assert ".grad is None" in view.note
    assert np.array_equal(view.values.values if view.values else [], [-1.0])
