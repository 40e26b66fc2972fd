"""Functions of every value, and those that turn values into shares."""

from __future__ import annotations

from engine.catalog.layers.base import AXIS, LayerEntry, choice, real
from engine.fields import Field


def _activation(
    kind: str, title: str, help: str, formula: str, *fields: Field, words: tuple[str, ...] = ()
) -> LayerEntry:
    return LayerEntry(kind, title, f"torch.nn.{title}", fields, help, formula, group="Activation", words=words)


ACTIVATIONS = (
    _activation("relu", "ReLU", "Cuts off what is negative.", "y = max(0, x)", words=("rectifier",)),
    _activation(
        "leaky_relu",
        "LeakyReLU",
        "Like ReLU, with a small slope below zero, so no unit dies.",
        "y = x for x ≥ 0, else negative_slope·x",
        real("negative_slope", 0.01, "Slope for negative inputs.", -10.0, 10.0),
    ),
    _activation(
        "elu",
        "ELU",
        "Like ReLU, but bends smoothly to −alpha below zero, so no unit dies.",
        "y = x for x > 0, else alpha·(eˣ − 1)",
        real("alpha", 1.0, "How far down it bends.", 0.0, 1000.0),
        words=("exponential",),
    ),
    _activation(
        "gelu",
        "GELU",
        "x weighted by the normal distribution function Φ.",
        "y = x·Φ(x)",
        choice("approximate", "none", "Exact, or the tanh form.", "none", "tanh"),
        words=("gaussian",),
    ),
    _activation("silu", "SiLU", "x weighted by its own sigmoid.", "y = x/(1 + e⁻ˣ)", words=("swish",)),
    _activation(
        "tanh",
        "Tanh",
        "Squeezes every value into (−1, 1).",
        "y = (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ)",
        words=("hyperbolic tangent",),
    ),
    _activation("sigmoid", "Sigmoid", "Squeezes every value into (0, 1).", "y = 1/(1 + e⁻ˣ)", words=("logistic",)),
    _activation(
        "softmax",
        "Softmax",
        "Turns values into shares that sum to 1. Cross-entropy already contains it.",
        "yᵢ = exp(xᵢ)/Σⱼ exp(xⱼ)",
        AXIS,
        words=("probabilities",),
    ),
    _activation(
        "log_softmax",
        "LogSoftmax",
        "The logarithms of the shares that Softmax gives, computed without overflow. Cross-entropy already contains it.",
        "yᵢ = xᵢ − log Σⱼ exp(xⱼ)",
        AXIS,
        words=("log-probabilities",),
    ),
)
