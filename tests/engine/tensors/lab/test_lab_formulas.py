"""Every formula that the lab shows gives torch's number: for each operation forward, for each kind of node backward."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from engine.inspection import LabView
from engine.tensors.formulas import backward, operations
from engine.tensors.formulas.moment import Worked
from engine.tensors.formulas.operations import OPERATION
from engine.tensors.formulas.tensor_kinds import TENSOR_KINDS
from tests.engine.tensors.formulas.written import check
from tests.engine.tensors.lab.asking import clean, run

X = "x = tensor([0.3, -1.2, 2.0], requires_grad=True)\n"
P = "x = tensor([0.3, 1.2, 0.7], requires_grad=True)\n"
A = "A = tensor([[0.3, -1.2, 2.0], [1.1, 0.4, -0.6]], requires_grad=True)\nB = tensor([[1.0, 2.0], [0.5, -1.0], [2.5, 0.1]], requires_grad=True)\n"
V = "v = tensor([0.5, -1.0, 2.0], requires_grad=True)\n"
END = "\nw = arange(y.numel()).reshape(y.shape) + 0.5\nz = (y * w).sum()\nz.backward()"
"""A weighted sum, so that every element has another upstream gradient."""

TEXTS = [
    X + "y = x**2",
    X + "y = x**3 - x**1 + x**0",
    P + "y = x**-1.5 + x**0.5",
    P + V + "y = x**v",
    P + "y = 2**x + square(x)",
    X + V + "y = (x + v) * (x - v) / (v + 3) + (1 - x) + (2 * x) / 4 + 5 / v - (-x)",
    X + A + "y = A * x + x - A / x",
    "s = tensor(2.0, requires_grad=True)\n" + A + "y = A * s + A / s + s - A + A.abs()**s",
    X + "y = add(sub(mul(div(x, 2), 3), 1), 4)",
    X + "y = exp(x) + expm1(x) + sin(x) + cos(x) + erf(x) + neg(x) + abs(x)",
    P + "y = log(x) + log1p(x) + sqrt(x) + rsqrt(x) + reciprocal(x)",
    X + "y = relu(x) + leaky_relu(x, 0.2) + elu(x) + silu(x) + softplus(x) + gelu(x) + gelu(x, approximate='tanh')",
    X + "y = tanh(x) + sigmoid(x) + logsigmoid(x) + leaky_relu(x) + elu(x, alpha=0.5)",
    X + "y = clamp(x, -1, 1) + clamp(x, min=0.5) + clamp(x, max=0.0)",
    X + V + "y = where(x > 0, x, v) + maximum(x, v) + minimum(x, v) + maximum(x, x)",
    X + "y = where(x > 0, x, 0.0) + where(x > 0, 1.0, x)",
    X + A + "y = maximum(A, x) + where(A > 0, x, A)",
    A + "y = A.sum() + A.mean() + A.prod() + A.max() + A.min() + A.norm()",
    A + "y = A.sum(dim=0) + A.mean(dim=0) + A.amax(0) + A.amin(0) + logsumexp(A, 0)",
    A
    + "y = A.sum(dim=1, keepdim=True) + A.mean(1, keepdim=True) + A.amax(1, keepdim=True) + logsumexp(A, 1, keepdim=True)",
    A + "y = A.max(dim=1).values + A.min(dim=-1).values + A.max(dim=1, keepdim=True).values.squeeze(1)",
    A + "y = A.var() + A.std() + A.var(unbiased=False) + A.std(correction=0)",
    A + "y = A.var(dim=1) + A.std(dim=1) + A.var(dim=(0, 1)) + A.std(dim=0).sum()",
    "x = tensor([2.0, 2.0, 1.0], requires_grad=True)\ny = x.max() + x.amax(0) + x.min()",
    A + "y = softmax(A, dim=1) + log_softmax(A, dim=1) + softmax(A, 0) + log_softmax(A, -1)",
    A + "y = A @ B + A.mm(B) + matmul(A, B)",
    A + V + "y = A @ v + A.mv(v) + v @ B + dot(v, v)",
    X + V + "y = outer(x, v) + x.dot(v) + x @ v",
    A + "y = A.t() + A.T + A.mT + transpose(A, 0, 1) + A.permute(1, 0)",
    A + "y = A.reshape(3, 2) + A.view(3, 2) + A.flatten().reshape(3, 2) + A.unsqueeze(0).squeeze(0).view(3, 2)",
    A
    + "y = A[0] + A[1, :] + A[..., 0].sum() + A[0, 1] + A[-1] + A[[0, 1, 1]].sum(0) + A[:, 1:].sum() + A[A > 0].sum()",
    A + "y = A[:, ::2] + A[:, [0, 2]] + A[None].squeeze()[:, 0:2]",
    X + V + "y = cat([x, v]).sum() + stack([x, v]) + stack([x, v], dim=1).T + cat([x, v, x], dim=0)[:3]",
    X + "y = x.expand(2, 3) + x.repeat(2, 1) + x.unsqueeze(1).expand(3, 2).sum(1)",
    A + "y = A.tril() + A.triu() + A.flip(1) + A.flip((0, 1))",
    "S = tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)\ny = S.trace() + S.cumsum(0) + S.cumsum(dim=1)",
    X + "y = x.double() + x.float() + x.clone() + x.detach()",
    X + "y = x.sign() + x.round() + x.floor() + x.ceil() + x",
    X
    + V
    + "y = mse_loss(x, v) + mse_loss(x, v, reduction='sum') + l1_loss(x, v) + huber_loss(x, v) + huber_loss(x, v, delta=0.3)",
    X
    + V
    + "y = smooth_l1_loss(x, v) + smooth_l1_loss(x, v, beta=2.0) + huber_loss(x, v, reduction='sum') + l1_loss(x, v, reduction='sum')",
    X + V + "y = mse_loss(x, v, reduction='none') + huber_loss(x, v, reduction='none')",
    A
    + "c = tensor([2, 0])\ny = cross_entropy(A, c) + cross_entropy(A, c, reduction='sum') + cross_entropy(A[0], c[0])",
    A
    + "c = tensor([2, 0])\ny = cross_entropy(A, c, label_smoothing=0.1) + nll_loss(log_softmax(A, 1), c) + nll_loss(A, c, reduction='sum')",
    A + "c = tensor([2, 0])\ny = cross_entropy(A, c, reduction='none') + cross_entropy(A, softmax(A.detach(), 1))",
    X + "t = tensor([1.0, 0.0, 0.3])\ny = binary_cross_entropy(sigmoid(x), t) + binary_cross_entropy_with_logits(x, t)"
    " + binary_cross_entropy(sigmoid(x), t, reduction='sum') + binary_cross_entropy_with_logits(x, t, reduction='sum')",
    A + "t = tensor([2, 0])\ny = multi_margin_loss(A, t) + multi_margin_loss(A, t, p=2, margin=0.5, reduction='sum')",
    A + "c = tensor([0.5, -1.0], requires_grad=True)\ny = addmm(c, A, B)",
    A + "t = softmax(B.T.detach(), 1)\ny = kl_div(log_softmax(A, 1), t) + kl_div(log_softmax(A, 1), t, reduction='sum')"
    " + kl_div(log_softmax(A, 1), softmax(B.T, 1), reduction='batchmean')",
    "x = tensor(0.7, requires_grad=True)\ny = softmax(x, 0) + x.log_softmax(dim=0) + x.sum(dim=0) + x.mean(0) + x.logsumexp(0) + x.amax(0)"
    " + x.max(dim=0).values + x.T.transpose(0, 0) + x.expand(1).squeeze() + x[None].sum() + x.flatten()[0] + x.cumsum(0)",
    X + "y = dropout(x, 0.5) + dropout(x, 0.5, training=False) + dropout(x, p=0.25)",
    X + V + "y = x * 1\ny[0] = 5\ny[1:] *= 3\ny[2] = v[0]",
    X + "y = x * 1\ny += 1\ny *= 2\ny -= x\ny /= 3\ny.abs_()\ny = y * 1\ny.relu_()",
    X + V + "y = x * 1\ny.copy_(v * v)",
    X + "q = x * 1\nq.zero_()\ny = q + x",
    X + "q = x * 1\nq.fill_(2.0)\ny = q + x",
    "C = randn(2, 2, 3, requires_grad=True)\nD = randn(2, 3, 2, requires_grad=True)\ny = bmm(C, D) + C @ D",
    A
    + "b = tensor([0.1, 0.2, 0.3, 0.4], requires_grad=True)\nW = randn(4, 3, requires_grad=True)\ny = linear(A, W, b) + linear(A, W)",
    "y = rsqrt(full((3,), 4.0, requires_grad=True))",
]
WITHOUT = {"AliasBackward0", "HardtanhBackward0"}
"""Kinds of other versions of torch, or of functions that the lab does not have."""


@contextmanager
def watched() -> Iterator[list[tuple[str, list[Worked]]]]:
    """Inside, everything that formulas work out is written down with its kind."""
    seen: list[tuple[str, list[Worked]]] = []
    patch = pytest.MonkeyPatch()
    forward, back = operations.work_out_operation, backward.work_out

    def seen_forward(moment: operations.OperationMoment, left: str) -> list[Worked]:
        worked = forward(moment, left)
        seen.append((moment.name, worked))
        return worked

    def seen_back(moment: backward.Moment, names: tuple[str, ...]) -> list[Worked]:
        worked = back(moment, names)
        seen.append((moment.kind, worked))
        return worked

    patch.setattr(operations, "work_out_operation", seen_forward)
    patch.setattr(backward, "work_out", seen_back)
    try:
        yield seen
    finally:
        patch.undo()


def worked(text: str) -> tuple[LabView, list[tuple[str, list[Worked]]]]:
    with watched() as seen:
        view = clean(text + END)
    return view, seen


@pytest.mark.parametrize("text", TEXTS)
def test_every_formula_gives_torchs_number(text: str, caplog: pytest.LogCaptureFixture) -> None:
    view, seen = worked(text)
    assert view.tape is not None and not caplog.records
    for _, found in seen:
        for each in found:
            check(each)


def test_every_kind_of_node_and_every_operation_has_its_numbers_put_in() -> None:
    shown: set[str] = set()
    for text in TEXTS:
        shown |= {kind for kind, found in worked(text)[1] if found}
    assert set(TENSOR_KINDS) - shown == WITHOUT
    assert set(OPERATION) - shown == set()


def test_a_kind_without_a_formula_shows_what_it_saved() -> None:
    view = run("x = tensor([1.0, 2.0], requires_grad=True)\ny = x.norm(p=3)\nz = normal(x, 1.0).sum()\nz.backward()")
    assert view.tape is not None
    texts = {event.name: event.text for event in view.tape.events if event.phase == "backward"}
    assert any("no formula" in text for text in texts.values()), texts


def test_a_wrong_formula_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OPERATION, "mul", OPERATION["add"])
    _, seen = worked(X + "y = x * x * 3")
    assert any(not each.holds for kind, found in seen for each in found if kind == "mul")
