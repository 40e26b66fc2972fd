"""Networks that between them use every layer, loss and optimizer, small enough to be recorded in milliseconds."""

from __future__ import annotations

from engine.spec import ProjectSpec
from tests.engine.tensors.projects import ALL, Layer, chain, graph, s3

POINTS = {"rows": ((0.5, -1.0, 2.0), (-0.3, 0.8, -1.0), (1.5, 0.2, 0.3), (-2.0, 1.0, 1.0))}
DIGITS = {"layout": "image"}


def linear(width: int, bias: bool = True) -> Layer:
    return "linear", {"out_features": width, "bias": bias}


def four_points(*layers: Layer, loss: str = "mse", **rest: object) -> ProjectSpec:
    """Four samples with two features, one batch."""
    return chain(layers, "points", loss, rows=POINTS, split=ALL, standardized=False, **rest)  # type: ignore[arg-type]


def images(*layers: Layer, **rest: object) -> ProjectSpec:
    """The digits as images (1, 8, 8), three in a batch."""
    return chain(layers, "digits", "cross_entropy", rows=DIGITS, batch_size=3, **rest)  # type: ignore[arg-type]


def dropout_mlp() -> ProjectSpec:
    layers = (linear(16), ("relu", {}), ("dropout", {"p": 0.4}), linear(3))
    return chain(layers, "iris", "cross_entropy", "adam", batch_size=8)


def cnn() -> ProjectSpec:
    return images(
        ("conv2d", {"out_channels": 4, "padding": 1, "stride": 2}),
        ("batch_norm2d", {}),
        ("relu", {}),
        ("conv2d", {"out_channels": 6, "kernel_size": 2, "groups": 2, "dilation": 2, "bias": False}),
        ("max_pool2d", {"kernel_size": 2, "stride": 1, "padding": 1}),
        ("avg_pool2d", {"kernel_size": 2, "stride": 1, "padding": 1}),
        ("flatten", {}),
        ("dropout", {"p": 0.3}),
        linear(10),
        optimizer="sgd",
        optimizer_values={"momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    )


def skip() -> ProjectSpec:
    """Two ways around a layer: Add and Concat, the data themselves among what is joined."""
    return graph(
        {
            "first": linear(4),
            "bend": ("tanh", {}),
            "second": linear(4),
            "sum": ("add", {}),
            "side": ("concat", {}),
            "last": linear(1),
        },
        (
            ("input", "first"),
            ("first", "bend"),
            ("bend", "second"),
            ("second", "sum"),
            ("bend", "sum"),
            ("first", "sum"),
            ("sum", "side"),
            ("input", "side"),
            ("bend", "side"),
            ("side", "last"),
            ("last", "output"),
        ),
        data="moons",
        loss="bce_with_logits",
        optimizer="adamw",
        batch_size=5,
    )


def normalized() -> ProjectSpec:
    layers = (linear(6, bias=False), ("layer_norm", {}), ("gelu", {}), linear(4), ("batch_norm1d", {}), linear(1))
    return chain(layers, "moons", "huber", "rmsprop", batch_size=6)


ZOO = {
    "s3": s3,
    "dropout_mlp": dropout_mlp,
    "cnn": cnn,
    "skip": skip,
    "normalized": normalized,
    "l1": lambda: four_points(linear(3), ("leaky_relu", {}), linear(1), loss="l1", optimizer="adagrad"),
    "softmax": lambda: four_points(linear(3), ("softmax", {}), linear(1)),
    "label_smoothing": lambda: chain(
        (linear(3),), "iris", "cross_entropy", loss_values={"label_smoothing": 0.1}, batch_size=4
    ),
    "sum_losses": lambda: four_points(linear(1), ("sigmoid", {}), loss="mse", loss_values={"reduction": "sum"}),
}
"""Name → maker of a project."""
