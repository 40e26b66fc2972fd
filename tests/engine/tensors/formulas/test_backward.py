"""Every entry of the backward table against what autograd really sends on, at every element."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.catalog import LAYERS
from engine.spec import NodeSpec
from engine.tensors.build import make_module, settled_arguments
from engine.tensors.formulas.backward import BACKWARD, explain, work_out
from engine.tensors.formulas.moment import CONSTANT, Moment, Worked
from engine.tensors.formulas.tensor_kinds import TENSOR_KINDS  # test_lab_formulas.py looks at those
from engine.tensors.formulas.terms import term
from engine.tensors.graph_walk import saved_of, walk
from tests.engine.tensors.formulas.written import check
from tests.engine.tensors.layer_cases import CASES as LAYER_CASES
from tests.engine.tensors.layer_cases import Case as LayerCase
from tests.engine.tensors.layer_cases import arriving

IN_ONE_PIECE = {"MkldnnRnnLayerBackward0"}
"""Torch shows nothing of its inside, so there are no numbers to put in."""
OTHER_DEVICES = {"CudnnBatchNormBackward0", "MiopenBatchNormBackward0", "LinearBackward0", "ReshapeAliasBackward0"}
"""Kinds that torch does not make on a CPU; they are fed by hand below."""

Case = Callable[[], Tensor]


def _x(*shape: int) -> Tensor:
    """Random numbers that require a gradient and are no leaf themselves."""
    return torch.randn(*shape, requires_grad=True) * 1.0


def _layer(module: nn.Module, *shape: int, training: bool = True) -> Case:
    def run() -> Tensor:
        module.train(training)
        output = module(_x(*shape))
        return (output * torch.randn_like(output)).sum()

    return run


def _loss(module: nn.Module, *shape: int, probabilities: bool = False) -> Case:
    def run() -> Tensor:
        target = torch.rand(*shape) if probabilities else torch.randn(*shape)
        loss: Tensor = module(_x(*shape), target)
        return loss

    return run


def _cross_entropy(**arguments: object) -> Case:
    def run() -> Tensor:
        return functional.cross_entropy(_x(5, 3), torch.tensor([0, 2, 1, 1, 0]), **arguments)  # type: ignore[arg-type]

    return run


def _weighted(output: Tensor) -> Tensor:
    return (output * torch.randn_like(output)).sum()


def _warm_batch_norm() -> nn.Module:
    norm = nn.BatchNorm2d(3)
    norm(torch.randn(5, 3, 4, 4) * 2 + 1)
    nn.init.uniform_(norm.weight)
    return norm


CASES: dict[str, Case] = {
    "linear": _layer(nn.Linear(3, 2), 4, 3),
    "linear without bias": _layer(nn.Linear(3, 2, bias=False), 4, 3),
    "linear on images": _layer(nn.Linear(3, 2), 2, 2, 2, 3),
    "linear on images without bias": _layer(nn.Linear(3, 2, bias=False), 2, 2, 2, 3),
    "convolution": _layer(nn.Conv2d(2, 4, 3), 2, 2, 5, 5),
    "convolution with everything": _layer(
        nn.Conv2d(4, 6, (3, 2), stride=2, padding=1, dilation=2, groups=2), 2, 4, 9, 8
    ),
    "convolution without bias": _layer(nn.Conv2d(2, 3, 2, bias=False, stride=3), 1, 2, 6, 6),
    "max pooling": _layer(nn.MaxPool2d(2), 2, 2, 4, 4),
    "max pooling with overlap": _layer(nn.MaxPool2d(3, stride=1, padding=1), 1, 2, 4, 5),
    "average pooling": _layer(nn.AvgPool2d(2), 2, 2, 4, 4),
    "average pooling with overlap": _layer(nn.AvgPool2d(3, stride=2, padding=1), 1, 2, 5, 5),
    "batch norm": _layer(nn.BatchNorm1d(3), 6, 3),
    "batch norm of images": _layer(_warm_batch_norm(), 4, 3, 4, 4),
    "batch norm in evaluation": _layer(_warm_batch_norm(), 4, 3, 2, 2, training=False),
    "batch norm without parameters": _layer(nn.BatchNorm2d(2, affine=False), 3, 2, 2, 2),
    "layer norm": _layer(nn.LayerNorm(5), 3, 5),
    "layer norm of images": _layer(nn.LayerNorm((2, 3, 3)), 3, 2, 3, 3),
    "layer norm without parameters": _layer(nn.LayerNorm(4, elementwise_affine=False), 3, 4),
    "dropout": _layer(nn.Dropout(0.4), 6, 5),
    "native dropout": lambda: _weighted(torch.native_dropout(_x(6, 5), 0.4, True)[0]),
    "flatten": _layer(nn.Flatten(), 2, 2, 3, 3),
    "relu": _layer(nn.ReLU(), 4, 5),
    "leaky relu": _layer(nn.LeakyReLU(0.1), 4, 5),
    "gelu": _layer(nn.GELU(), 4, 5),
    "gelu by tanh": _layer(nn.GELU(approximate="tanh"), 4, 5),
    "tanh": _layer(nn.Tanh(), 4, 5),
    "sigmoid": _layer(nn.Sigmoid(), 4, 5),
    "softmax": _layer(nn.Softmax(dim=1), 4, 5),
    "softmax from the end": _layer(nn.Softmax(dim=-2), 4, 5, 2),
    "add": lambda: _weighted(_x(3, 2) + _x(3, 2) + _x(3, 2)),
    "subtract": lambda: _weighted(_x(3, 2) - _x(3, 2)),
    "product": lambda: _weighted(_x(3, 2) * _x(3, 2)),
    "constants": lambda: _weighted(-(_x(3, 2) / 3.0) * 2.0),
    "concat": lambda: _weighted(torch.cat([_x(3, 2), _x(3, 1), _x(3, 4)], 1)),
    "concat beside data": lambda: _weighted(torch.cat([_x(3, 2), torch.ones(3, 1), _x(3, 4)], -1)),
    "copies and shapes": lambda: _weighted(_x(3, 1).squeeze().unsqueeze(0).clone().squeeze(0)),
    "mse": _loss(nn.MSELoss(), 4, 2),
    "mse summed": _loss(nn.MSELoss(reduction="sum"), 4, 2),
    "l1": _loss(nn.L1Loss(), 4, 2),
    "l1 summed": _loss(nn.L1Loss(reduction="sum"), 4, 2),
    "huber": _loss(nn.HuberLoss(delta=0.7), 6, 2),
    "huber summed": _loss(nn.HuberLoss(reduction="sum", delta=0.7), 6, 2),
    "bce": _loss(nn.BCEWithLogitsLoss(), 4, 1, probabilities=True),
    "bce summed": _loss(nn.BCEWithLogitsLoss(reduction="sum"), 4, 1, probabilities=True),
    "cross-entropy": _cross_entropy(),
    "cross-entropy summed": _cross_entropy(reduction="sum"),
    "cross-entropy smoothed": _cross_entropy(label_smoothing=0.2),
    "cross-entropy smoothed and summed": _cross_entropy(label_smoothing=0.2, reduction="sum"),
}


def _from(case: LayerCase) -> Case:
    """A layer of the catalog with the gradient of its weights, and of what arrives where that can have one."""

    def run() -> Tensor:
        module = make_module(
            case.kind, settled_arguments(NodeSpec("a", LAYERS[case.kind].choose(case.values)), case.shape)
        )
        arriving_ = arriving(case)
        given = arriving_ if case.kind == "embedding" else arriving_.requires_grad_() * 1.0
        return _weighted(module(given))

    return run


CASES |= {
    f"layer {case.name}": _from(case)
    for case in LAYER_CASES
    if case.kind not in ("lstm", "add", "concat", "identity", "linear", "relu")
    and not (case.kind == "conv1d" and "padding_mode" in case.values)
}
CASES["reflection of a signal"] = lambda: _weighted(functional.pad(_x(2, 3, 5), (2, 1), mode="reflect"))
CASES["replication of a signal"] = lambda: _weighted(functional.pad(_x(2, 3, 5), (2, 1), mode="replicate"))


def moments(loss: Tensor) -> list[tuple[Moment, tuple[str, ...]]]:
    """What autograd really does, node by node: recorded with plain hooks, the saved values taken before they are freed."""
    nodes = [node for node in walk(loss.grad_fn) if not hasattr(node, "variable")]
    saved = {node: {name: _plain(value) for name, value in saved_of(node).items()} for node in nodes}
    seen: list[tuple[Moment, tuple[str, ...]]] = []

    def listen(node: torch.autograd.graph.Node) -> None:
        def hook(outgoing: tuple[Tensor | None, ...], upstream: tuple[Tensor | None, ...]) -> None:
            names = tuple("x" if operand is not None else CONSTANT for operand, _ in node.next_functions)
            seen.append((Moment(type(node).__name__, _arrays(upstream), _arrays(outgoing), saved[node]), names))

        node.register_hook(hook)

    for node in nodes:
        listen(node)
    loss.backward()
    return seen


def _arrays(tensors: tuple[Tensor | None, ...]) -> tuple[np.ndarray | None, ...]:
    return tuple(None if each is None else each.detach().clone().numpy() for each in tensors)


def _plain(value: object) -> object:
    return value.detach().clone().numpy() if isinstance(value, Tensor) else value


@pytest.mark.parametrize("case", CASES)
def test_every_element_of_every_outgoing_gradient(case: str) -> None:
    torch.manual_seed(1)
    for moment, names in moments(CASES[case]()):
        entry = BACKWARD[moment.kind]
        for slot, outgoing in enumerate(moment.outgoing):
            if outgoing is None or names[slot] == CONSTANT:
                continue
            for index in list(np.ndindex(outgoing.shape))[:: max(1, outgoing.size // 60)]:
                worked = entry.work(moment, slot, index)
                assert worked is not None, (moment.kind, slot)
                check(Worked(moment.kind, worked, float(outgoing[index])))


@pytest.mark.parametrize("case", CASES)
def test_the_shown_lines_have_numbers(case: str) -> None:
    torch.manual_seed(2)
    for moment, names in moments(CASES[case]()):
        shown = work_out(moment, names)
        assert shown, moment.kind
        for each in shown:
            check(each)
        formula, text = explain(moment, names)
        assert formula.splitlines()[0] == shown[0].line
        assert text == BACKWARD[moment.kind].text


def test_every_entry_was_seen() -> None:
    torch.manual_seed(3)
    seen = {moment.kind for case in CASES.values() for moment, _ in moments(case())}
    assert seen | OTHER_DEVICES | IN_ONE_PIECE | set(TENSOR_KINDS) == set(BACKWARD)


@pytest.mark.parametrize("kind", sorted(OTHER_DEVICES - {"LinearBackward0"}))
def test_kinds_of_other_devices_follow_the_same_rule(kind: str) -> None:
    torch.manual_seed(4)
    source = CASES["flatten" if kind.startswith("Reshape") else "batch norm of images"]()
    twin = {"ReshapeAliasBackward0": "ViewBackward0"}.get(kind, "NativeBatchNormBackward0")
    moment, names = next(each for each in moments(source) if each[0].kind == twin)
    assert all(each.holds for each in work_out(Moment(kind, moment.upstream, moment.outgoing, moment.saved), names))
    assert BACKWARD[kind] is BACKWARD[twin]


def test_the_linear_layer_in_one_piece() -> None:
    """Apple GPUs run a linear layer as one node; its gradients are those of the layer's three tensors."""
    torch.manual_seed(5)
    x, layer = _x(2, 3, 4).detach().requires_grad_(), nn.Linear(4, 2)
    output = layer(x)
    upstream = torch.randn_like(output)
    given = torch.autograd.grad(output, (x, layer.weight, layer.bias), upstream)
    saved = {"input": x.detach().numpy(), "weight": layer.weight.detach().numpy()}
    moment = Moment("LinearBackward0", (upstream.numpy(),), tuple(each.numpy() for each in given), saved)
    for slot, gradient in enumerate(given):
        for index in np.ndindex(*gradient.shape):
            worked = BACKWARD["LinearBackward0"].work(moment, slot, index)
            assert worked is not None
            check(Worked("x", worked, float(gradient[index])))


def test_a_rule_that_does_not_give_torchs_number_is_not_shown() -> None:
    upstream = np.ones((2, 2), dtype=np.float32)
    saved = {"result": np.full((2, 2), 0.5, dtype=np.float32)}
    wrong = Moment("SigmoidBackward0", (upstream,), (upstream * 0.26,), saved)
    right = Moment("SigmoidBackward0", (upstream,), (upstream * 0.25,), saved)
    assert explain(wrong, ("x",))[0] == BACKWARD["SigmoidBackward0"].rule
    assert explain(right, ("x",))[0].splitlines()[0] == "∂L/∂x[0, 0] = 1 × 0.5·(1 − 0.5) = 0.25"


def test_a_node_that_kept_less_than_expected_shows_its_rule() -> None:
    ones = np.ones((2, 2), dtype=np.float32)
    moment = Moment("SigmoidBackward0", (ones,), (ones,), {})
    assert explain(moment, ("x",)) == (BACKWARD["SigmoidBackward0"].rule, BACKWARD["SigmoidBackward0"].text)


def test_values_that_are_not_finite_hold_only_for_themselves() -> None:
    assert Worked("x", term(float("nan")), float("nan")).holds
    assert Worked("x", term(float("inf")), float("inf")).holds
    assert not Worked("x", term(1.0), float("nan")).holds
    assert not Worked("x", term(1.0), float("inf")).holds


def test_joined_inputs_without_gradient_are_reckoned_from_the_other_side() -> None:
    """Where autograd gives no gradient for an input, its size is known only from what the others leave."""
    whole = np.arange(12, dtype=np.float32).reshape(2, 6)
    first, last = whole[:, :2], whole[:, 5:]
    cat = BACKWARD["CatBackward0"].work
    from_left = Moment("CatBackward0", (whole,), (first, None, None), {"dim": 1})
    from_right = Moment("CatBackward0", (whole,), (None, None, last), {"dim": 2**64 - 1})
    hidden = Moment("CatBackward0", (whole,), (None, last, None), {"dim": 1})
    left, right = cat(from_left, 0, (1, 1)), cat(from_right, 2, (1, 0))
    assert left is not None and left.value == 7.0
    assert right is not None and right.value == 11.0
    assert cat(hidden, 1, (0, 0)) is None
