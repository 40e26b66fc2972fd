"""The Init Lab: how far activations and gradients spread, layer by layer, in a deep chain whose weights a rule has drawn.

A chain of `depth` times Linear(width, width) and an activation, on samples from N(0, 1); the loss is the mean squared distance to
targets from N(0, 1). After Glorot and Bengio 2010 and He et al. 2015.
"""

from __future__ import annotations

from collections.abc import Generator

import torch
from torch import Tensor, nn

from engine.catalog import INITIALIZERS, LAYERS
from engine.catalog.initializers import spread as drawn_spread
from engine.commands import LookAtSpread
from engine.inspection import SpreadRow, SpreadView
from engine.spec import Choice, NodeSpec
from engine.tensors.build import make_module
from engine.tensors.initialize import initialize

SAMPLES = 256
RULES: tuple[tuple[str, Choice], ...] = (
    ("PyTorch's default", INITIALIZERS["default"].choose()),
    ("Zeros", INITIALIZERS["zeros"].choose()),
    ("Ones", INITIALIZERS["ones"].choose()),
    ("Normal, σ = 0.01", INITIALIZERS["normal"].choose({"std": 0.01})),
    ("Normal, σ = 1", INITIALIZERS["normal"].choose({"std": 1.0})),
    ("Xavier uniform", INITIALIZERS["xavier_uniform"].choose()),
    ("Xavier normal", INITIALIZERS["xavier_normal"].choose()),
    ("He uniform", INITIALIZERS["he_uniform"].choose()),
    ("He normal", INITIALIZERS["he_normal"].choose()),
    ("He of the slides", INITIALIZERS["he_mean_uniform"].choose()),
    ("Orthogonal", INITIALIZERS["orthogonal"].choose()),
)


def look(command: LookAtSpread) -> Generator[None, None, SpreadView]:
    """One rule a piece, so that training and pause go on between them. torch's random state is left as it was."""
    rows = []
    for title, rule in RULES:
        with torch.random.fork_rng(devices=()):
            rows.append(_row(command, title, rule))
        yield
    return SpreadView(command.activation, command.depth, command.width, command.seed, tuple(rows))


def _row(command: LookAtSpread, title: str, rule: Choice) -> SpreadRow:
    torch.manual_seed(command.seed)
    x, target = torch.randn(SAMPLES, command.width), torch.randn(SAMPLES, command.width)
    chain, linear = _chain(command, rule)
    outputs: list[Tensor] = []
    for layer, activation in chain:
        x = activation(layer(x))
        x.retain_grad()
        outputs.append(x)
    nn.functional.mse_loss(x, target).backward()  # type: ignore[no-untyped-call]
    law = drawn_spread(rule, tuple(linear.weight.shape))
    return SpreadRow(
        title,
        rule,
        variance=float(linear.weight.detach().double().var(correction=0)) if law is None else law.variance,
        activations=tuple(_std(output.detach()) for output in outputs),
        gradients=tuple(_std(output.grad) for output in outputs),
        weight_gradients=tuple(_std(layer.weight.grad) for layer, _ in chain),
    )


def _chain(command: LookAtSpread, rule: Choice) -> tuple[list[tuple[nn.Linear, nn.Module]], nn.Linear]:
    kind = command.activation
    arguments = dict(LAYERS[kind].choose().as_dict())
    chain = []
    for number in range(command.depth):
        layer = nn.Linear(command.width, command.width)
        nn.init.zeros_(layer.bias)
        initialize(NodeSpec(f"linear_{number + 1}", LAYERS["linear"].choose(), initializer=rule), layer)
        chain.append((layer, make_module(kind, arguments)))
    return chain, chain[0][0]


def _std(values: Tensor | None) -> float:
    """Standard deviation around the mean of all numbers, in float64; infinite or not a number where the values are."""
    assert values is not None
    return float(values.double().std(correction=0))
