"""Every layer, loss and optimizer: the expression gives torch's number, and its text says what it computes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from engine.catalog import LAYERS, LOSSES, OPTIMIZERS
from engine.spec import NodeSpec
from engine.tensors.build import build_loss, build_optimizer, make_module, settled_arguments
from engine.tensors.formulas.forward import FORWARD, layer_formula, work_out_layer
from engine.tensors.formulas.layer_moment import LayerMoment
from engine.tensors.formulas.losses import LOSS, loss_formula, work_out_loss
from engine.tensors.formulas.moment import Worked
from engine.tensors.formulas.updates import UPDATE, UpdateMoment, update_formula, work_out_update
from tests.engine.tensors.formulas.written import check
from tests.engine.tensors.layer_cases import CASES

FEATURES, IMAGES = (5, 4), (2, 4, 6, 5)
LAYER_CASES: list[tuple[str, dict[str, object], tuple[int, ...]]] = [
    ("linear", {"in_features": 4, "out_features": 3}, FEATURES),
    ("linear", {"in_features": 5, "out_features": 3, "bias": False}, IMAGES),
    ("conv2d", {"in_channels": 4, "out_channels": 6, "kernel_size": 3}, IMAGES),
    (
        "conv2d",
        {
            "in_channels": 4,
            "out_channels": 6,
            "kernel_size": 2,
            "stride": 2,
            "padding": 1,
            "dilation": 2,
            "groups": 2,
            "bias": False,
        },
        IMAGES,
    ),
    ("max_pool2d", {"kernel_size": 2}, IMAGES),
    ("max_pool2d", {"kernel_size": 3, "stride": 1, "padding": 1}, IMAGES),
    ("avg_pool2d", {"kernel_size": 2}, IMAGES),
    ("avg_pool2d", {"kernel_size": 3, "stride": 2, "padding": 1}, IMAGES),
    ("relu", {}, FEATURES),
    ("leaky_relu", {"negative_slope": 0.2}, FEATURES),
    ("gelu", {}, FEATURES),
    ("gelu", {"approximate": "tanh"}, FEATURES),
    ("tanh", {}, FEATURES),
    ("sigmoid", {}, FEATURES),
    ("softmax", {"dim": 1}, FEATURES),
    ("softmax", {"dim": -2}, IMAGES),
    ("batch_norm1d", {"num_features": 4}, FEATURES),
    ("batch_norm2d", {"num_features": 4, "affine": False}, IMAGES),
    ("layer_norm", {"normalized_shape": 4}, FEATURES),
    ("layer_norm", {"normalized_shape": (4, 6, 5)}, IMAGES),
    ("dropout", {"p": 0.4}, FEATURES),
    ("dropout", {"p": 0.0}, FEATURES),
    ("flatten", {"start_dim": 1}, IMAGES),
    ("add", {}, FEATURES),
    ("concat", {"dim": 1}, FEATURES),
    ("concat", {"dim": -1}, IMAGES),
]


def layer_moment(
    kind: str, values: dict[str, object], shape: tuple[int, ...], training: bool = True
) -> tuple[LayerMoment, nn.Module]:
    torch.manual_seed(7)
    arguments = (
        LAYERS[kind].choose({k: v for k, v in values.items() if not isinstance(v, tuple) or k == "shape"}).as_dict()
        | values
    )
    module = make_module(kind, arguments).train(training)
    for parameter in module.parameters():
        nn.init.normal_(parameter)
    inputs = [torch.randn(shape) for _ in range(3 if LAYERS[kind].ports is None else 1)]
    if kind == "embedding":
        inputs = [torch.randint(0, 10, shape).float()]
    with torch.no_grad():
        output = module(*inputs)
    held = {name: each.detach().numpy() for name, each in (*module.named_parameters(), *module.named_buffers())}
    kept = {name: getattr(module, name, value) for name, value in arguments.items()}
    return LayerMoment(kept, held, tuple(each.numpy() for each in inputs), output.numpy(), training), module


SEQUENCES = {entry.kind for entry in LAYERS if entry.group == "Sequence"}
"""They show their general formula: a number of theirs is the end of a whole walk."""
LAYER_CASES += [
    (
        case.kind,
        {**settled_arguments(NodeSpec("a", LAYERS[case.kind].choose(case.values)), case.shape)},
        (3, *case.shape),
    )
    for case in CASES
    if case.kind not in SEQUENCES
]


@pytest.mark.parametrize(("kind", "values", "shape"), LAYER_CASES)
@pytest.mark.parametrize("training", [True, False])
def test_every_element_of_a_layer(kind: str, values: dict[str, object], shape: tuple[int, ...], training: bool) -> None:
    moment, _ = layer_moment(kind, values, shape, training)
    for index in list(np.ndindex(moment.output.shape))[:: max(1, moment.output.size // 60)]:
        worked = FORWARD[kind](moment, index)
        assert worked is not None
        check(Worked("y", worked, float(moment.output[index])), tolerance=4e-6)
    assert work_out_layer(kind, moment, "y")[0].line == layer_formula(kind, moment, "y", "-").splitlines()[0]


def test_every_layer_has_a_formula_with_numbers() -> None:
    placeable = {entry.kind for entry in LAYERS if entry.placeable} - SEQUENCES
    assert set(FORWARD) == placeable == {kind for kind, _, _ in LAYER_CASES}
    assert all(LAYERS[kind].formula for kind in SEQUENCES)


def test_a_kind_without_an_entry_shows_its_general_formula() -> None:
    moment, _ = layer_moment("relu", {}, FEATURES)
    assert layer_formula("new", moment, "y", "y = f(x)") == "y = f(x)"
    assert loss_formula("new", moment.output, moment.output, {}, loss=0.0, otherwise="L = f") == "L = f"


@pytest.mark.parametrize("rows", [1, 3, 20])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("kind", LOSSES.kinds)
def test_every_loss(kind: str, reduction: str, rows: int) -> None:
    torch.manual_seed(8)
    means = LOSSES[kind].field("reduction").default
    choice = LOSSES[kind].choose({"reduction": means if reduction == "mean" else reduction})
    prediction = torch.rand(rows, 3) if kind == "bce" else torch.randn(rows, 3) * 2
    wanted = LOSSES[kind].target
    soft = wanted in ("probabilities", "distribution")
    for target in (
        torch.randint(3, (rows,))
        if wanted == "classes"
        else (torch.randint(2, (rows, 3)).float() if soft else torch.randn(rows, 3)),
        *([torch.rand(rows, 3)] if soft else []),
    ):
        loss = build_loss(choice)(prediction, target).item()
        worked = work_out_loss(kind, prediction.numpy(), target.numpy(), choice.as_dict(), loss)
        assert len(worked) == 1
        check(worked[0])


def test_label_smoothing() -> None:
    torch.manual_seed(9)
    choice = LOSSES["cross_entropy"].choose({"label_smoothing": 0.3})
    prediction, target = torch.randn(4, 3), torch.tensor([0, 2, 1, 1])
    loss = build_loss(choice)(prediction, target).item()
    (worked,) = work_out_loss("cross_entropy", prediction.numpy(), target.numpy(), choice.as_dict(), loss)
    check(worked)


def test_every_loss_and_optimizer_has_an_entry() -> None:
    assert set(LOSS) == set(LOSSES.kinds)
    assert set(UPDATE) == {entry.kind for entry in OPTIMIZERS if not entry.closure}  # LBFGS moves no number by itself


UPDATE_CASES: list[tuple[str, dict[str, object]]] = [
    ("sgd", {}),
    ("sgd", {"weight_decay": 0.1}),
    ("sgd", {"momentum": 0.9}),
    ("sgd", {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
    ("sgd", {"momentum": 0.9, "nesterov": True}),
    ("sgd", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("adam", {}),
    ("adam", {"weight_decay": 0.1, "beta1": 0.8, "beta2": 0.95}),
    ("adamw", {}),
    ("adamw", {"weight_decay": 0.0}),
    ("rmsprop", {}),
    ("rmsprop", {"momentum": 0.9, "weight_decay": 0.1}),
    ("adagrad", {}),
    ("adagrad", {"lr_decay": 0.1, "weight_decay": 0.1}),
    ("sgd", {"maximize": True, "momentum": 0.9, "nesterov": True}),
    ("adam", {"amsgrad": True, "maximize": True, "beta2": 0.5}),
    ("adamw", {"amsgrad": True, "weight_decay": 0.1}),
    ("rmsprop", {"centered": True}),
    ("rmsprop", {"centered": True, "momentum": 0.9}),
    ("adagrad", {"initial_accumulator_value": 0.5}),
    ("adadelta", {}),
    ("adadelta", {"weight_decay": 0.1, "maximize": True}),
    ("nadam", {}),
    ("nadam", {"weight_decay": 0.1, "momentum_decay": 0.1}),
    ("nadam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("radam", {}),
    ("radam", {"beta2": 0.5, "weight_decay": 0.1}),
    ("radam", {"beta2": 0.5, "weight_decay": 0.1, "decoupled_weight_decay": True}),
]


@pytest.mark.parametrize(("kind", "values"), UPDATE_CASES)
def test_every_optimizer_over_three_steps(kind: str, values: dict[str, object]) -> None:
    torch.manual_seed(10)
    parameter = nn.Parameter(torch.randn(3, 2))
    optimizer = build_optimizer(OPTIMIZERS[kind].choose(values), [parameter], "cpu")
    for _ in range(3):
        parameter.grad = torch.randn(3, 2)
        before = parameter.detach().clone().numpy()
        old = {k: v.clone().numpy() for k, v in optimizer.state.get(parameter, {}).items() if v is not None}
        optimizer.step()
        new = {k: v.clone().numpy() for k, v in optimizer.state[parameter].items() if v is not None}
        moment = UpdateMoment(
            "w", optimizer.param_groups[0], before, parameter.grad.numpy(), parameter.detach().clone().numpy(), old, new
        )
        worked = work_out_update(kind, moment)
        assert worked[-1].left == "w[0, 0]"
        assert worked[-1].recorded == float(moment.after[0, 0])
        for each in worked:
            check(each)
        shown = update_formula(kind, moment, "-").splitlines()
        assert shown == [each.line for each in worked]


def test_plain_descent_shows_all_elements_of_a_small_parameter() -> None:
    before, gradient = np.array([1.0, 2.0]), np.array([-0.5, 4.0])
    settings = {"lr": 0.1, "weight_decay": 0.0, "momentum": 0.0}
    moment = UpdateMoment("b", settings, before, gradient, before - 0.1 * gradient, {}, {})
    assert update_formula("sgd", moment, "-").splitlines() == [
        "b[0] = 1 − 0.1·(−0.5) = 1.05",
        "b[1] = 2 − 0.1·4 = 1.6",
    ]
