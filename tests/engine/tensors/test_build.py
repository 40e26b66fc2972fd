"""Networks, losses and optimizers built from their descriptions, against the same things written in plain torch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine.catalog import LAYERS, LOSSES, OPTIMIZERS
from engine.spec import Choice, NetworkSpec, NodeSpec
from engine.tensors.build import Network, build_loss, build_network, build_optimizer, make_module, settled_arguments
from engine.tensors.check import check
from engine.tensors.modules import RowMissing
from tests.engine.tensors.layer_cases import CASES, Case, arriving, plain
from tests.engine.tensors.projects import MLP, chain, graph, s3


def built(network: NetworkSpec, settled: dict[str, dict[str, object]], seed: int = 0) -> Network:
    torch.manual_seed(seed)
    return build_network(network, settled)


def test_parameters_are_named_after_the_nodes() -> None:
    project = chain(MLP)
    network = built(project.network, check(project).settled)
    assert {name: tuple(value.shape) for name, value in network.named_parameters()} == {
        "linear_1.weight": (8, 2),
        "linear_1.bias": (8,),
        "linear_2.weight": (1, 8),
        "linear_2.bias": (1,),
    }
    assert network.order == ("linear_1", "tanh_1", "linear_2")
    assert network.sources == {
        "linear_1": ("input",),
        "tanh_1": ("linear_1",),
        "linear_2": ("tanh_1",),
        "output": ("linear_2",),
    }


def test_the_same_seed_draws_the_weights_of_a_plain_sequential() -> None:
    project = chain(MLP)
    network = built(project.network, check(project).settled, seed=7)
    torch.manual_seed(7)
    plain = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    x = torch.randn(5, 2)
    assert torch.equal(network(x), plain(x))


def test_a_graph_with_a_skip_and_a_concat_computes_what_its_arrows_say() -> None:
    project = graph(
        {
            "a": ("linear", {"out_features": 4}),
            "b": ("linear", {"out_features": 4}),
            "sum": ("add", {}),
            "side": ("concat", {"dim": 1}),
            "end": ("linear", {"out_features": 1}),
        },
        [
            ("input", "a"),
            ("a", "b"),
            ("a", "sum"),
            ("b", "sum"),
            ("sum", "side"),
            ("input", "side"),
            ("side", "end"),
            ("end", "output"),
        ],
    )
    network = built(project.network, check(project).settled)
    x = torch.randn(3, 2)
    a = network.layer("a")(x)
    expected = network.layer("end")(torch.cat((a + network.layer("b")(a), x), 1))
    assert torch.equal(network(x), expected)


def test_add_adds_all_its_inputs_in_order() -> None:
    x, y, z = torch.tensor([1e8]), torch.tensor([1.0]), torch.tensor([-1e8])
    assert torch.equal(make_module("add", {})(x, y, z), (x + y) + z)


def test_every_layer_can_be_observed() -> None:
    project = chain(MLP)
    network = built(project.network, check(project).settled)
    seen: list[tuple[str, Tensor, Tensor]] = []
    x = torch.randn(4, 2)
    out = network.run(x, lambda name, inputs, output: seen.append((name, inputs[0], output)))
    assert [name for name, _, _ in seen] == ["linear_1", "tanh_1", "linear_2"]
    assert seen[0][1] is x and seen[1][1] is seen[0][2] and seen[2][2] is out
    assert torch.equal(seen[1][2], torch.tanh(seen[0][2]))


def test_weights_set_by_hand_replace_only_their_own_draw() -> None:
    project = chain(MLP)
    settled = check(project).settled
    drawn = built(project.network, settled)
    nodes = tuple(
        replace(node, weights=(("bias", (0.5,) * 8),)) if node.id == "linear_1" else node
        for node in project.network.nodes
    )
    by_hand = built(replace(project.network, nodes=nodes), settled)
    assert torch.equal(by_hand.layer("linear_1").bias, torch.full((8,), 0.5))
    for name in ("linear_1.weight", "linear_2.weight", "linear_2.bias"):
        assert torch.equal(by_hand.get_parameter(name), drawn.get_parameter(name))
    assert by_hand.layer("linear_1").bias.requires_grad and by_hand.layer("linear_1").bias.is_leaf


def test_s3_forward_has_the_numbers_of_the_course() -> None:
    project = s3()
    network = built(project.network, check(project).settled)
    seen: dict[str, Tensor] = {}
    out = network.run(torch.tensor([[1.0]]), lambda name, _, output: seen.update({name: output}))
    assert seen["linear_1"].tolist() == [[2.0, 1.0]]
    assert seen["sigmoid_1"][0].tolist() == pytest.approx([0.880797, 0.731059], abs=5e-7)
    assert out.item() == pytest.approx(1.342914, abs=5e-7)
    assert build_loss(project.train.loss)(out, torch.tensor([[3.0]])).item() == pytest.approx(2.745934, abs=5e-7)


def test_a_layer_may_have_a_name_that_modules_use_themselves() -> None:
    project = graph({"type": ("linear", {"out_features": 1})}, [("input", "type"), ("type", "output")])
    network = built(project.network, check(project).settled)
    assert [name for name, _ in network.named_parameters()] == ["type.weight", "type.bias"]
    assert network(torch.zeros(2, 2)).shape == (2, 1)


@pytest.mark.parametrize(
    ("kind", "shape", "name", "value"),
    [
        ("linear", (5,), "in_features", 5),
        ("linear", (3, 7), "in_features", 7),
        ("conv2d", (3, 8, 9), "in_channels", 3),
        ("batch_norm1d", (6,), "num_features", 6),
        ("batch_norm2d", (4, 2, 3), "num_features", 4),
        ("layer_norm", (4, 2, 3), "normalized_shape", (4, 2, 3)),
        ("max_pool2d", (4, 8, 8), "stride", None),
    ],
)
def test_auto_is_taken_from_the_arriving_shape(kind: str, shape: tuple[int, ...], name: str, value: object) -> None:
    node = NodeSpec("layer", LAYERS[kind].choose())
    assert settled_arguments(node, shape)[name] == value
    if name != "stride":
        by_hand = NodeSpec("layer", LAYERS[kind].choose({name: 2}))
        assert settled_arguments(by_hand, shape)[name] == 2


def test_every_layer_is_among_the_cases() -> None:
    assert {case.kind for case in CASES} == {entry.kind for entry in LAYERS if entry.placeable}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_layer_computes_what_torch_computes(case: Case) -> None:
    """Weights, output and gradients to the bit, in training and in evaluation."""
    arguments = settled_arguments(NodeSpec("layer", LAYERS[case.kind].choose(case.values)), case.shape)
    torch.manual_seed(1)
    ours = make_module(case.kind, arguments)
    torch.manual_seed(1)
    theirs, compute = plain(case.kind, arguments)
    parameters = dict(theirs.named_parameters()) if theirs is not None else {}
    assert [name for name, _ in ours.named_parameters()] == list(parameters)
    x = arriving(case)
    inputs = (x, x * 2) if case.kind in ("add", "concat") else (x,)
    for training in (True, False):
        ours.train(training)
        if theirs is not None:
            theirs.train(training)
        torch.manual_seed(2)
        expected = compute(*inputs)
        torch.manual_seed(2)
        found = ours(*inputs)
        assert torch.equal(found, expected)
        if training and parameters:
            expected.square().sum().backward()
            found.square().sum().backward()
            for name, parameter in ours.named_parameters():
                assert torch.equal(parameter.grad, parameters[name].grad), name


@pytest.mark.parametrize("value", [-1.0, 10.0, 12.0, float("nan")])
def test_a_number_without_a_row_is_told(value: float) -> None:
    table = make_module("embedding", {"num_embeddings": 10, "embedding_dim": 2})
    with pytest.raises(RowMissing, match=f"{value:g} arrives, but num_embeddings is 10, so that only 0 to 9"):
        table(torch.tensor([[1.0, value]]))


PLAIN_LOSSES: dict[str, Any] = {
    "mse": lambda p, t: ((p - t) ** 2).mean(),
    "l1": lambda p, t: (p - t).abs().mean(),
    "huber": lambda p, t: torch.where((p - t).abs() <= 1, (p - t) ** 2 / 2, (p - t).abs() - 0.5).mean(),
    "bce_with_logits": lambda p, t: -(t * p.sigmoid().log() + (1 - t) * (1 - p.sigmoid()).log()).mean(),
    "cross_entropy": lambda p, t: -p.log_softmax(1)[torch.arange(len(t)), t].mean(),
    "bce": lambda p, t: -(t * p.log() + (1 - t) * (1 - p).log()).mean(),
    "nll": lambda p, t: -p[torch.arange(len(t)), t].mean(),
    "kl_div": lambda p, t: (t * (t.log() - p)).sum() / len(t),
    "hinge": lambda p, t: ((1 - p[torch.arange(len(t)), t][:, None] + p).clamp(min=0).sum(1) - 1).mean() / 3,
}


@pytest.mark.parametrize("kind", LOSSES.kinds)
def test_every_loss_is_its_formula(kind: str) -> None:
    torch.manual_seed(0)
    prediction = torch.rand(6, 3) if kind == "bce" else torch.randn(6, 3)
    target = torch.tensor([0, 2, 1, 1, 0, 2]) if LOSSES[kind].target == "classes" else torch.rand(6, 3)
    loss = build_loss(LOSSES[kind].choose())(prediction, target)
    assert loss.item() == pytest.approx(PLAIN_LOSSES[kind](prediction, target).item(), rel=1e-5)
    summed = build_loss(LOSSES[kind].choose({"reduction": "sum"}))(prediction, target)
    rows = 6 if LOSSES[kind].target in ("classes", "distribution") else 18
    assert summed.item() == pytest.approx(rows * loss.item(), rel=1e-5)


OPTIMIZER_CASES = [
    ("sgd", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}, torch.optim.SGD, {}),
    ("adam", {"lr": 0.02, "weight_decay": 0.1}, torch.optim.Adam, {"betas": (0.9, 0.999)}),
    ("adamw", {"lr": 0.02, "beta1": 0.8}, torch.optim.AdamW, {"betas": (0.8, 0.999)}),
    ("rmsprop", {"lr": 0.02, "momentum": 0.5}, torch.optim.RMSprop, {}),
    ("adagrad", {"lr": 0.1, "lr_decay": 0.01}, torch.optim.Adagrad, {}),
    ("adadelta", {"lr": 0.5, "rho": 0.8}, torch.optim.Adadelta, {}),
    ("nadam", {"lr": 0.02, "momentum_decay": 0.1}, torch.optim.NAdam, {"betas": (0.9, 0.999)}),
    ("radam", {"lr": 0.02, "beta2": 0.5}, torch.optim.RAdam, {"betas": (0.9, 0.5)}),
]


def three_steps(make: Any) -> list[float]:
    weight = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    optimizer = make([weight])
    for _ in range(3):
        optimizer.zero_grad()
        (weight**2).sum().backward()
        optimizer.step()
    return weight.tolist()


@pytest.mark.parametrize(
    ("kind", "values", "plain", "joined"), OPTIMIZER_CASES, ids=[case[0] for case in OPTIMIZER_CASES]
)
def test_every_optimizer_is_torchs_own(kind: str, values: dict[str, Any], plain: Any, joined: dict[str, Any]) -> None:
    choice = OPTIMIZERS[kind].choose(values)
    rest = {key: value for key, value in choice.values if key not in ("beta1", "beta2")}
    fused = {"fused": True} if OPTIMIZERS[kind].fused else {}
    ours = three_steps(lambda params: build_optimizer(choice, params, "cpu"))
    assert ours == three_steps(lambda params: plain(params, **rest, **joined, **fused))
    # The fused form is the same mathematics as the plain one, in another order of rounding.
    assert ours == pytest.approx(three_steps(lambda params: plain(params, **rest, **joined)), rel=1e-5)


def test_every_optimizer_of_the_catalog_is_tried() -> None:
    assert {case[0] for case in OPTIMIZER_CASES} == set(OPTIMIZERS.kinds) - {"lbfgs"}  # test_lbfgs.py


def test_fused_is_asked_for_only_where_torch_has_it() -> None:
    weight = [torch.zeros(2, requires_grad=True)]
    for kind in ("sgd", "adam", "adamw", "adagrad"):
        assert build_optimizer(Choice(kind, OPTIMIZERS[kind].choose().values), weight, "cpu").param_groups[0]["fused"]
    assert "fused" not in build_optimizer(OPTIMIZERS["rmsprop"].choose(), weight, "cpu").param_groups[0]
