"""The lab against plain PyTorch: the same text gives the same tensors, gradients, printed lines and errors, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.lab.templates import templates
from tests.engine.tensors.lab.asking import run
from tests.engine.tensors.lab.plain import run_plain


def differences(text: str) -> list[str]:
    """What differs between the lab and plain PyTorch; the first error ends both."""
    view, plain = run(text), run_plain(text)
    found = []
    lab = {each.name: each for each in view.tensors}
    if set(lab) != set(plain.tensors):
        found.append(f"names {set(lab) ^ set(plain.tensors)}")
    for name, tensor in plain.tensors.items():
        if name not in lab:
            continue
        mine = lab[name]
        if not same(mine.value.values, tensor):
            found.append(f"{name}: {mine.value.values} and {tensor}")
        grad = tensor.grad if tensor.is_leaf or tensor.retains_grad else None
        if (mine.grad is None) != (grad is None) or (
            grad is not None and mine.grad and not same(mine.grad.values, grad)
        ):
            found.append(f"{name}.grad: {mine.grad} and {grad}")
        facts = (mine.value.is_leaf, mine.value.requires_grad, mine.value.grad_fn)
        if facts != (tensor.is_leaf, tensor.requires_grad, type(tensor.grad_fn).__name__ if tensor.grad_fn else ""):
            found.append(f"{name}: {facts}")
    if "\n".join(text for _, text in view.printed) != plain.printed.rstrip("\n"):
        found.append(f"printed {view.printed} and {plain.printed!r}")
    lines = [error.line for error in view.errors]
    if lines != ([plain.line] if plain.line else []):
        found.append(f"errors {view.errors} and line {plain.line}: {plain.words}")
    return found


def same(array: np.ndarray, tensor: torch.Tensor) -> bool:
    numbers = tensor.detach().numpy()
    return (
        array.dtype == numbers.dtype
        and array.shape == numbers.shape
        and np.array_equal(array, numbers, equal_nan=array.dtype.kind == "f")
    )


@pytest.mark.parametrize("name", [each.name for each in templates()])
def test_a_template_is_plain_pytorch(name: str) -> None:
    text = next(each.text for each in templates() if each.name == name)
    assert differences(text) == []


def test_the_comparison_can_fail() -> None:
    assert (run_plain("x = tensor(2.0)\ny = x / ones(2, 3) @ x").line, run("x = tensor(2.0)").errors) == (2, ())
    view = run("x = tensor(2.0)")
    assert not same(view.tensors[0].value.values, torch.tensor(3.0))
    assert not same(view.tensors[0].value.values, torch.tensor(2.0, dtype=torch.float64))


TEXTS = [
    "x = torch.tensor([1.0, 2.0], requires_grad=True)\ny = torch.exp(F.relu(x)).sum()\ny.backward()",
    "x = tensor([[1., 2.], [3., 4.]], requires_grad=True)\na = x[0]\nb = x[:, 1]\nc = x[..., 0]\nd = x[None]\n"
    "e1 = x[[0, 0]]\nf = x[x > 1.5]\n(a.sum() + b.sum() * 2 + c.sum() + d.sum() + e1.sum() + f.sum()).backward()",
    "x = arange(6, dtype=float32).reshape(2, 3).requires_grad_()\nm = x.max(dim=1)\nv, i = x.max(dim=1)\n"
    "y = m.values.sum() + v.sum()\ny.backward()\nprint(i, m.indices, x.shape, x.size(0), x.dtype, x.ndim, x.is_leaf)",
    "x = ones(3, requires_grad=True)\ny = x * 2\ny[0] = 5\ny[1:] *= 3\nz = y.sum()\nz.backward()\nprint(x.grad)",
    "x = ones(3, requires_grad=True)\ny = x * 2\ny.mul_(3).add_(1)\ny.relu_()\nz = (y**2).mean()\nz.backward()",
    "x = ones(2, 3, requires_grad=True)\ny = x.T @ x\nz = y.diagonal().sum() if False else y.trace()\n",
    "w = randn(3, 2, requires_grad=True)\nopt = torch.optim.AdamW([w], lr=0.01, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.1)\n"
    "for i in range(4):\n    opt.zero_grad()\n    loss = (w**2).sum()\n    loss.backward()\n    opt.step()\nprint(loss.item())",
    "w = randn(3, requires_grad=True)\nopt = RMSprop([w], 0.01, momentum=0.5)\nfor i in range(3):\n    (w.abs() ** 3).sum().backward()\n"
    "    opt.step()\n    opt.zero_grad(set_to_none=False)\nprint(w.grad)",
    "w = randn(3, requires_grad=True)\nopt = Adagrad([w], lr=0.1, lr_decay=0.01)\nfor i in range(3):\n    w.exp().sum().backward()\n    opt.step()",
    "w = randn(3, requires_grad=True)\nopt = SGD([w], lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)\n"
    "for i in range(3):\n    opt.zero_grad()\n    w.square().sum().backward()\n    opt.step()",
    "x = tensor(2.0, requires_grad=True)\ny = x**3\ny.backward(gradient=tensor(2.0))\nprint(x.grad)\nx.grad = None\nprint(x.grad)",
    "x = tensor([1., 2.], requires_grad=True)\ny = x * 3\ny.backward(tensor([1., 10.]), retain_graph=True)\ny.backward(tensor([1., 1.]))\nprint(x.grad)",
    "x = tensor([1., 2.], requires_grad=True)\nd = x.detach()\nc = x.clone()\nd[0] = 7\nc.sum().backward()\nprint(x, d, c)",
    "x = randn(2, 3)\nprint(x.mean(), x.std(), x.var(unbiased=False), x.argmax(), x.numel(), x.tolist())\nprint((1, 2.5), [1, True], None, -0.0)",
    "a = tensor([1, 2, 3])\nb = a / 2\nc = a * 2\nd = a + 0.5\nprint(a.dtype, b, c, d, a.float(), a.double().dtype, a > 1, (a > 1).long())",
    "x = tensor(3)\nx.requires_grad_()",
    "x = tensor([1., 2.])\nx.sum().backward()",
    "x = ones(2, 3) @ ones(2, 3)",
    "x = ones(2, 3) + ones(2)",
    "x = ones(2, 3).view(4, 2)",
    "x = tensor([1., 2.], requires_grad=True)\ny = x * 2\nSGD([y], lr=0.1)",
    "x = tensor([1., 2.], requires_grad=True)\nx[0] = 3",
    "x = tensor([1., 2.], requires_grad=True)\ny = x.exp()\ny[0] = 3\ny.sum().backward()",
    "x = tensor([1., 2.])\nx.item()",
    "x = tensor([1., 2.])\nx[5]",
    "loss = cross_entropy(tensor([[1., 2.]]), tensor([2]))",
    "x = tensor([1., 2.], requires_grad=True)\ny = x * 2\ny.requires_grad_(False)",
    "y = undefined_name + 1",
    "a = 1 / 0",
    "x = tensor(1.0) / 0\ny = 0 / tensor(0.0)\nz = -log(tensor(0.0))",
    "x = zeros(2, requires_grad=True)\nwith torch.no_grad():\n    y = x * 2\n    x += 1\nprint(y.requires_grad, x)\ny.sum().backward()",
    "x = tensor([1., 2.], requires_grad=True)\nx.data -= 0.5\nx.data[0] = 9\nprint(x)\nx.requires_grad = False\nx += 1\nprint(x)",
    "x = tensor([1., 4.], requires_grad=True)\ny = x.sqrt()\ny.retain_grad()\nz = (y * y).sum()\nz.backward()\nprint(y.grad, y.retains_grad)",
    "i = 0\nfor k in range(1, 10, 3):\n    i += k\n    for j in range(2):\n        i = i - j\nprint(i, k, j)",
    "criterion = nn.HuberLoss(delta=0.5, reduction='sum')\np = randn(4, requires_grad=True)\nloss = criterion(p, zeros(4))\nloss.backward()",
    "p = randn(4, requires_grad=True)\ny = rand(4)\nn = dropout(p, 0.3) + normal(0.0, 1.0, (4,)) + randint(0, 5, (4,)) + bernoulli(y)\n"
    "loss = (n * y).sum()\nloss.backward()",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_plain_pytorch(text: str) -> None:
    if " if False else " in text:
        assert run(text).errors[0].line == 3
    else:
        assert differences(text) == []


ONE = [
    "exp",
    "tanh",
    "sigmoid",
    "relu",
    "abs",
    "square",
    "sin",
    "cos",
    "neg",
    "expm1",
    "erf",
    "sign",
    "silu",
    "softplus",
    "gelu",
    "elu",
]
SHAPED = [
    ".sum()",
    ".mean()",
    ".T",
    ".reshape(-1)",
    ".sum(dim=0)",
    ".mean(dim=-1, keepdim=True)",
    "[0]",
    ".unsqueeze(0)",
    ".clone()",
    ".max()",
]
TWO = ["+", "-", "*", "/"]


@st.composite
def lab_texts(draw: st.DrawFn) -> str:
    """A parameter or two, a few lines that build on each other, a loss, backward, perhaps twice, perhaps a step."""
    lines = ["x = randn(2, 3, requires_grad=True)", "w = randn(3, requires_grad=True)", "y0 = x * w"]
    for number in range(1, draw(st.integers(1, 6))):
        last = f"y{number - 1}"
        any_name = draw(st.sampled_from(["x", "w", "2.0", "0.5", *(f"y{i}" for i in range(number))]))
        kind = draw(st.integers(0, 4))
        if kind == 0:
            right = f"{draw(st.sampled_from(ONE))}({last})"
        elif kind == 1:
            right = f"{last} {draw(st.sampled_from(TWO))} {any_name}"
        elif kind == 2:
            right = f"{last}{draw(st.sampled_from(SHAPED))}"
        elif kind == 3:
            right = f"clamp({last}, -1, 1) + where({last} > 0, {last}, 0.1)"
        else:
            right = f"{last} ** {draw(st.sampled_from(['2', '3', '1.0', '-1']))}"
        lines.append(f"y{number} = {right}")
    last = lines[-1].split(" ")[0]
    if draw(st.booleans()):
        lines.append(f"{last}.retain_grad()")
    if draw(st.booleans()):
        lines.append(f"{last} {draw(st.sampled_from(TWO))}= 2")
    lines.append(f"loss = {last}.{draw(st.sampled_from(['sum', 'mean']))}()")
    lines.append(f"loss.backward({draw(st.sampled_from(['', 'retain_graph=True']))})")
    if draw(st.booleans()):
        lines.append("loss.backward()")
    if draw(st.booleans()):
        optimizer = draw(
            st.sampled_from(["SGD([x, w], lr=0.1, momentum=0.9)", "Adam([x, w], lr=0.1)", "Adagrad([w], lr=0.1)"])
        )
        lines += [f"opt = {optimizer}", "opt.step()", "opt.zero_grad()"]
    lines.append("print(x, loss)")
    return "\n".join(lines)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(lab_texts())
def test_random_texts_are_plain_pytorch(text: str) -> None:
    assert differences(text) == []
