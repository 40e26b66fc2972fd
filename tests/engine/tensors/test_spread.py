"""The Init Lab against plain torch, and what the course says of good and bad rules."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from engine.commands import LookAtSpread
from engine.inspection import SpreadRow, SpreadView
from engine.tensors.spread import RULES, SAMPLES, look


def answer(command: LookAtSpread) -> SpreadView:
    pieces = look(command)
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


def row(view: SpreadView, title: str) -> SpreadRow:
    return next(each for each in view.rows if each.title == title)


PLAIN = {
    "PyTorch's default": lambda w: None,
    "Xavier uniform": nn.init.xavier_uniform_,
    "He normal": lambda w: nn.init.kaiming_normal_(w, a=0.0),
    "Normal, σ = 0.01": lambda w: nn.init.normal_(w, 0.0, 0.01),
    "Orthogonal": nn.init.orthogonal_,
}


@pytest.mark.parametrize("title", PLAIN)
def test_numbers_are_plain_torchs(title: str) -> None:
    command = LookAtSpread("relu", 4, 20, seed=3)
    found = row(answer(command), title)
    torch.manual_seed(3)
    x, target = torch.randn(SAMPLES, 20), torch.randn(SAMPLES, 20)
    layers = []
    for _ in range(4):
        layer = nn.Linear(20, 20)
        nn.init.zeros_(layer.bias)
        PLAIN[title](layer.weight)
        layers.append(layer)
    outputs = []
    for layer in layers:
        x = torch.relu(layer(x))
        x.retain_grad()
        outputs.append(x)
    nn.functional.mse_loss(x, target).backward()
    assert found.activations == tuple(y.detach().double().std(correction=0).item() for y in outputs)
    assert found.gradients == tuple(y.grad.double().std(correction=0).item() for y in outputs)
    assert found.weight_gradients == tuple(each.weight.grad.double().std(correction=0).item() for each in layers)


def test_what_the_course_says() -> None:
    tanh, relu = answer(LookAtSpread("tanh", 10, 100)), answer(LookAtSpread("relu", 10, 100))
    small, large = row(tanh, "Normal, σ = 0.01"), row(tanh, "Normal, σ = 1")
    assert small.activations[-1] < 1e-8, "small weights: the signal vanishes"
    assert large.activations[-1] > 0.9, "large weights: every unit saturates"
    assert 0.1 < row(tanh, "Xavier uniform").activations[-1] < row(tanh, "Xavier uniform").activations[0]
    he, xavier = row(relu, "He normal"), row(relu, "Xavier normal")
    assert 0.3 < he.activations[-1] / he.activations[0] < 3, "He keeps ReLU's signal in size"
    assert xavier.activations[-1] < he.activations[-1] / 10, "Xavier lets ReLU halve it at every layer"
    for view in (tanh, relu):
        assert set(row(view, "Zeros").weight_gradients[:-1]) == {0.0}, "behind zeros nothing learns"
    assert row(relu, "He uniform").variance == pytest.approx(2 / 100)
    assert row(relu, "PyTorch's default").variance == pytest.approx(1 / 300, rel=0.05)
    assert [each.title for each in relu.rows] == [title for title, _ in RULES]


def test_looking_leaves_the_random_state_and_huge_numbers_are_told() -> None:
    torch.manual_seed(8)
    before = torch.get_rng_state()
    found = answer(LookAtSpread("identity", 50, 500, seed=1))
    assert torch.equal(before, torch.get_rng_state())
    ones = row(found, "Ones").activations
    assert not math.isfinite(ones[-1]), "500 to the 50th is beyond float32"
