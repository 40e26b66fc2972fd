"""The rules that draw initial weights, against torch.nn.init and the numbers of the course (figures.md, section 4)."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine import edits
from engine.catalog import INITIALIZERS, LAYERS
from engine.catalog.initializers import default_spread, fans, gain_of, spread
from engine.spec import ProjectSpec
from engine.tensors.build import Network, build_network
from engine.tensors.check import check
from tests.engine.tensors.projects import chain, run_of

LAYERS_784: Any = (("flatten", {}), ("linear", {"out_features": 100}), ("relu", {}), ("linear", {"out_features": 10}))


def drawn(project: ProjectSpec, seed: int = 3) -> Network:
    torch.manual_seed(seed)
    return build_network(project.network, check(project).settled)


def mlp(*kinds: str, **values: object) -> ProjectSpec:
    layers = (("linear", {"out_features": 5}), ("tanh", {}), ("linear", {"out_features": 3}))
    project = chain(layers, "iris", "cross_entropy", **values)  # type: ignore[arg-type]
    for node_id, kind in zip(("linear_1", "linear_2"), kinds, strict=False):
        project = edits.choose_initializer(project, node_id, kind)
    return project


@pytest.mark.parametrize("shape", [(100, 784), (7, 3), (8, 2, 5), (4, 6, 3, 3)])
def test_fans_are_torchs(shape: tuple[int, ...]) -> None:
    assert fans(shape) == nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))


@pytest.mark.parametrize("name", INITIALIZERS["he_normal"].field("nonlinearity").choices)
def test_gains_are_torchs(name: Any) -> None:
    assert gain_of(name, 0.3) == pytest.approx(nn.init.calculate_gain(name, 0.3 if name == "leaky_relu" else None))


@pytest.mark.parametrize(
    ("kind", "variance", "bound"),
    [
        ("xavier_uniform", 0.0022624, 0.0823853),
        ("he_mean_uniform", 0.0045249, 0.1165103),
        ("he_uniform", 0.0025510, 0.0874818),
        ("xavier_normal", 0.0022624, None),
        ("he_mean_normal", 0.0045249, None),
        ("he_normal", 0.0025510, None),
    ],
)
def test_the_bounds_and_variances_of_the_course(kind: str, variance: float, bound: float | None) -> None:
    found = spread(INITIALIZERS[kind].choose(), (100, 784))
    assert found is not None
    assert found.variance == pytest.approx(variance, abs=5e-8)
    assert found.bound == (None if bound is None else pytest.approx(bound, abs=5e-8))


def test_torchs_default_at_784_inputs() -> None:
    found = default_spread("linear", "weight", (100, 784), {"weight": (100, 784)})
    assert found is not None and found.bound == pytest.approx(0.035714, abs=5e-7)
    assert found.variance == pytest.approx(1 / (3 * 784))


@pytest.mark.parametrize("entry", [e for e in INITIALIZERS if e.kind != "default"], ids=lambda entry: entry.kind)
def test_what_is_drawn_has_the_spread_that_is_told(entry: Any) -> None:
    project = mlp(entry.kind)
    project = edits.set_value(project, "linear_1", "out_features", 400)
    weight = drawn(project).layer("linear_1").get_parameter("weight").detach().double()
    told = spread(entry.choose(), tuple(weight.shape))
    assert told is not None
    count = weight.numel()
    assert weight.mean().item() == pytest.approx(told.mean, abs=4 * math.sqrt(told.variance / count) + 1e-8)
    assert weight.square().mean().item() - told.mean**2 == pytest.approx(told.variance, rel=0.15, abs=1e-8)
    if told.bound is not None:
        assert weight.abs().max().item() <= told.bound * (1 + 1e-6)
        assert weight.abs().max().item() >= told.bound * 0.98


@pytest.mark.parametrize("kind", ["linear", "conv1d", "conv2d", "rnn", "lstm", "gru", "embedding"])
def test_what_torch_draws_by_itself_has_the_spread_that_is_told(kind: str) -> None:
    from engine.tensors.build import make_module

    sizes: dict[str, Any] = {
        "linear": {"in_features": 50, "out_features": 90, "bias": True},
        "conv1d": {"in_channels": 20, "out_channels": 60, "kernel_size": 3},
        "conv2d": {"in_channels": 20, "out_channels": 40, "kernel_size": 3},
        "embedding": {"num_embeddings": 60, "embedding_dim": 90},
    }
    torch.manual_seed(0)
    arguments = sizes.get(kind, {"input_size": 30, "hidden_size": 60, "output": "last step"})
    module = make_module(kind, arguments)
    shapes = {name: tuple(value.shape) for name, value in module.named_parameters()}
    for name, value in module.named_parameters():
        told = default_spread(kind, name, shapes[name], shapes)
        assert told is not None
        assert value.square().mean().item() == pytest.approx(told.variance, rel=0.5)
        if told.bound is not None:
            assert told.bound * 0.9 <= value.abs().max().item() <= told.bound


def test_first_all_defaults_then_the_rules_then_the_hand() -> None:
    """The order of drawing, written in plain torch."""
    project = mlp("xavier_uniform", "he_normal")
    project = edits.set_initializer_value(project, "linear_2", "mode", "fan_out")
    project = edits.choose_initializer(project, "linear_2", "uniform", bias=True)
    project = edits.set_weights(project, "linear_1", {"bias": (1.0, 2.0, 3.0, 4.0, 5.0)})
    network = drawn(project, 5)
    torch.manual_seed(5)
    first, second = nn.Linear(4, 5), nn.Linear(5, 3)
    nn.init.xavier_uniform_(first.weight)
    nn.init.kaiming_normal_(second.weight, mode="fan_out")
    nn.init.uniform_(second.bias, -0.1, 0.1)
    with torch.no_grad():
        first.bias.copy_(torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0]))
    for plain, name in ((first, "linear_1"), (second, "linear_2")):
        assert torch.equal(network.layer(name).get_parameter("weight"), plain.weight)
        assert torch.equal(network.layer(name).get_parameter("bias"), plain.bias)


def test_a_rule_leaves_the_draws_of_other_layers_alone() -> None:
    plain, ruled = drawn(mlp()), drawn(mlp("orthogonal"))
    assert torch.equal(plain.layer("linear_2").get_parameter("weight"), ruled.layer("linear_2").get_parameter("weight"))
    assert not torch.equal(
        plain.layer("linear_1").get_parameter("weight"), ruled.layer("linear_1").get_parameter("weight")
    )


def test_orthogonal_is_orthogonal() -> None:
    weight = drawn(mlp("orthogonal")).layer("linear_1").get_parameter("weight").detach()
    assert torch.allclose(weight.T @ weight, torch.eye(4), atol=1e-5)


def test_the_row_that_stands_for_nothing_stays_zero() -> None:
    from dataclasses import replace

    from engine.spec import NodeSpec
    from engine.tensors.build import make_module
    from engine.tensors.initialize import initialize

    node = NodeSpec("e", LAYERS["embedding"].choose({"padding_idx": 3}))
    node = replace(node, initializer=INITIALIZERS["normal"].choose({"std": 1.0}))
    module = make_module("embedding", node.layer.as_dict())
    initialize(node, module)
    rows = module.get_parameter("weight").detach()
    assert not rows[3].any() and rows[2].all()


def gradients(project: ProjectSpec) -> dict[str, Tensor]:
    run = run_of(project)
    x, y = run.peek_batch()
    run.loss_fn(run.network(x), y).backward()
    return {name: value.grad for name, value in run.network.named_parameters() if value.grad is not None}


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_zeros_let_nothing_through(activation: str) -> None:
    layers = (("linear", {"out_features": 5}), (activation, {}), ("linear", {"out_features": 3}))
    zeros = INITIALIZERS["zeros"].choose()
    project = edits.initialize_all(chain(layers, "iris", "cross_entropy"), zeros, zeros)
    found = gradients(project)
    assert not found["linear_1.weight"].any()
    assert not found["linear_2.weight"].any()
    assert found["linear_2.bias"].any()


def test_ones_with_cross_entropy_teach_the_first_layer_nothing_at_step_0() -> None:
    """All columns of the second layer are alike, and the errors p − y of a sample sum to 0."""
    ones = INITIALIZERS["ones"].choose()
    layers = (("linear", {"out_features": 5}), ("tanh", {}), ("linear", {"out_features": 3}))
    found = gradients(
        edits.initialize_all(chain(layers, "iris", "cross_entropy"), ones, INITIALIZERS["zeros"].choose())
    )
    assert found["linear_1.weight"].abs().max().item() < 1e-7
    assert found["linear_2.weight"].abs().max().item() > 1e-3


def test_equal_neurons_stay_equal() -> None:
    layers = (("linear", {"out_features": 5}), ("tanh", {}), ("linear", {"out_features": 1}))
    project = edits.initialize_all(
        chain(layers, "moons", "bce_with_logits", optimizer_values={"lr": 0.5}),
        INITIALIZERS["constant"].choose(),
        INITIALIZERS["zeros"].choose(),
    )
    run = run_of(project)
    for _ in range(10):
        run.take_step()
    weight = run.network.layer("linear_1").get_parameter("weight")
    assert torch.allclose(weight, weight[:1].expand_as(weight), atol=1e-6)
    assert weight.std(dim=1).max() > 1e-3, "but its two inputs are told apart"
