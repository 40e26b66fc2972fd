"""Random networks for property tests: every layer and loss of the catalog, skips with Add and Concat, small batches."""

from __future__ import annotations

import random

from engine.catalog import LOSSES
from engine.spec import ProjectSpec
from tests.engine.tensors.projects import Layer, chain, graph

LOSS_KINDS = tuple(entry.kind for entry in LOSSES)
SMOOTH: tuple[Layer, ...] = (
    ("gelu", {}),
    ("gelu", {"approximate": "tanh"}),
    ("tanh", {}),
    ("sigmoid", {}),
    ("softmax", {}),
    ("layer_norm", {}),
    ("batch_norm1d", {}),
    ("dropout", {"p": 0.4}),
)
BENT: tuple[Layer, ...] = (("relu", {}), ("leaky_relu", {"negative_slope": 0.1}))


def dense(draw: random.Random, loss: str) -> ProjectSpec:
    """A chain of linear layers with other layers between them."""
    kind, width = _data(loss)
    layers: list[Layer] = []
    for _ in range(draw.randint(1, 3)):
        layers.append(("linear", {"out_features": draw.randint(2, 5), "bias": draw.random() < 0.8}))
        layers += draw.sample(SMOOTH + BENT, draw.randint(0, 2))
    layers.append(("linear", {"out_features": width}))
    layers += [(needed, {}) for needed in LOSSES[loss].needs[:1]]
    return chain(
        layers,
        kind,
        loss,
        loss_values=_loss_values(draw, loss),
        batch_size=draw.randint(2, 8),
        seed=draw.randint(0, 999),
    )


def convolving(draw: random.Random, loss: str = "cross_entropy") -> ProjectSpec:
    """Images through two convolutions, pooling and normalization."""
    pool = draw.choice(("max_pool2d", "avg_pool2d"))
    layers: list[Layer] = [
        ("conv2d", {"out_channels": 4, "padding": 1, "stride": draw.randint(1, 2), "bias": draw.random() < 0.5}),
        *draw.sample((("batch_norm2d", {}), ("layer_norm", {}), ("gelu", {}), ("dropout", {"p": 0.2})), 2),
        ("conv2d", {"out_channels": 4, "groups": draw.choice((1, 2)), "dilation": 1, "kernel_size": 2}),
        draw.choice((*BENT, ("tanh", {}))),
        (pool, {"kernel_size": 2, "stride": draw.randint(1, 2), "padding": draw.randint(0, 1)}),
        ("flatten", {}),
        ("linear", {"out_features": 10}),
    ]
    rows = {"layout": "image"}
    return chain(layers, "digits", loss, rows=rows, batch_size=draw.randint(2, 4), seed=draw.randint(0, 999))


def joined(draw: random.Random, loss: str) -> ProjectSpec:
    """Two ways around a layer that meet in Add and in Concat."""
    kind, width = _data(loss)
    size = draw.randint(2, 4)
    bend, other = draw.sample(SMOOTH + BENT, 2)
    needed = (LOSSES[loss].needs or ("identity",))[0]
    return graph(
        {
            "first": ("linear", {"out_features": size}),
            "bend": bend,
            "second": ("linear", {"out_features": size}),
            "sum": ("add", {}),
            "other": other,
            "side": ("concat", {}),
            "last": ("linear", {"out_features": width}),
            "end": (needed, {}),
        },
        (
            ("input", "first"),
            ("first", "bend"),
            ("bend", "second"),
            ("second", "sum"),
            ("first", "sum"),
            ("sum", "other"),
            ("other", "side"),
            ("input", "side"),
            ("side", "last"),
            ("last", "end"),
            ("end", "output"),
        ),
        data=kind,
        loss=loss,
        loss_values=_loss_values(draw, loss),
        batch_size=draw.randint(2, 8),
        seed=draw.randint(0, 999),
    )


def some(number: int) -> ProjectSpec:
    """The network with this number: the losses in turn, the shapes drawn."""
    draw = random.Random(number)
    loss = LOSS_KINDS[number % len(LOSS_KINDS)]
    if number % 4 == 3:
        return convolving(draw)
    return dense(draw, loss) if number % 2 else joined(draw, loss)


def _data(loss: str) -> tuple[str, int]:
    """A data set that goes with the loss, and the outputs that it wants."""
    target = LOSSES[loss].target
    return {"classes": ("iris", 3), "distribution": ("iris", 3), "probabilities": ("moons", 1)}.get(
        target, ("diabetes", 1)
    )


def _loss_values(draw: random.Random, loss: str) -> dict[str, object]:
    values: dict[str, object] = {"reduction": draw.choice(LOSSES[loss].field("reduction").choices)}
    if loss == "cross_entropy":
        values["label_smoothing"] = draw.choice((0.0, 0.2))
    if loss == "huber":
        values["delta"] = draw.choice((0.5, 100.0))
    return values
