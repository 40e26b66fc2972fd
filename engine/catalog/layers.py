"""The layers that can be put on the canvas. A new layer is one entry here and nothing else.

Help and formulas follow the pages of torch.nn (PyTorch 2.13 documentation).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.catalog.entry import Catalog, Entry
from engine.fields import Field

Group = Literal["Ends", "Dense", "Convolution", "Activation", "Normalization", "Shape", "Join"]


@dataclass(frozen=True, slots=True)
class LayerEntry(Entry):
    """A layer. `ports` is the number of inputs; None: two or more, each on a port of its own.

    `inferred` lists fields that may be None ("auto") and are then read off the arriving tensor: the size of that
    axis, or with axis None the whole shape behind the batch axis. `weights` says that it has parameters with two axes or
    more, `biases` that it can have biases: both can be drawn by another rule (engine.catalog.initializers).
    """

    group: Group = "Dense"
    ports: int | None = 1
    inferred: tuple[tuple[str, int | None], ...] = ()
    weights: bool = False
    biases: bool = False

    @property
    def placeable(self) -> bool:
        """Whether people can add and remove it; the two ends of the network are always there."""
        return self.group != "Ends"

    @property
    def learns(self) -> bool:
        """Whether it has weights of its own, at least with its default values."""
        return bool(self.weights or self.biases)


def _count(name: str, label: str, default: int, help: str, low: int = 1) -> Field:
    return Field(name, label, "int", default, help, low=low, high=1_000_000)


def _arriving(name: str, what: str) -> Field:
    return Field(
        name,
        name,
        "int",
        None,
        f"Number of {what} that arrive; auto takes it from the arriving tensor.",
        low=1,
        high=1_000_000,
        optional=True,
    )


def _switch(name: str, default: bool, help: str) -> Field:
    return Field(name, name, "bool", default, help)


def _real(name: str, default: float, help: str, low: float, high: float) -> Field:
    return Field(name, name, "float", default, help, low=low, high=high)


_KERNEL = _count("kernel_size", "kernel_size", 3, "Side of the square window, in pixels.")
_POOL_KERNEL = _count("kernel_size", "kernel_size", 2, "Side of the square window, in pixels.")
_STRIDE = _count("stride", "stride", 1, "Pixels the window moves at a time.")
_POOL_STRIDE = Field(
    "stride",
    "stride",
    "int",
    None,
    "Pixels the window moves at a time; auto is the kernel size.",
    low=1,
    high=1_000_000,
    optional=True,
)
_PADDING = _count("padding", "padding", 0, "Pixels added on every side.", low=0)
_EPS = _real("eps", 1e-5, "Added to the variance before the root.", 0.0, 1.0)
_AFFINE = _switch("affine", True, "Learn a scale (weight) and a shift (bias) per channel.")
_MOMENTUM = _real("momentum", 0.1, "Share of the newest batch in the running mean and variance.", 0.0, 1.0)
_DIM = Field("dim", "dim", "int", 1, "Axis along which the values are taken together; 0 is the batch.", low=-8, high=8)

LAYERS: Catalog[LayerEntry] = Catalog(
    "layer",
    (
        LayerEntry(
            "input",
            "Data",
            "",
            (),
            "The features of a batch, shape (N, …).",
            "x",
            group="Ends",
            ports=0,
        ),
        LayerEntry(
            "output",
            "Loss",
            "",
            (),
            "The prediction ŷ of the network meets the target y in the loss.",
            "L(ŷ, y)",
            group="Ends",
        ),
        LayerEntry(
            "linear",
            "Linear",
            "torch.nn.Linear",
            (
                _arriving("in_features", "features"),
                _count("out_features", "out_features", 8, "Number of neurons: the features that leave."),
                _switch("bias", True, "Add a learned number to every neuron."),
            ),
            "A dense layer: every neuron is a weighted sum of all inputs plus a bias.",
            "y = x·Wᵀ + b",
            group="Dense",
            inferred=(("in_features", -1),),
            weights=True,
            biases=True,
        ),
        LayerEntry(
            "conv2d",
            "Conv2d",
            "torch.nn.Conv2d",
            (
                _arriving("in_channels", "channels"),
                _count("out_channels", "out_channels", 8, "Number of filters: the channels that leave."),
                _KERNEL,
                _STRIDE,
                _PADDING,
                _count("dilation", "dilation", 1, "Pixels between the points of the window."),
                _count("groups", "groups", 1, "Channels are divided into this many independent groups."),
                _switch("bias", True, "Add a learned number to every channel."),
            ),
            "Slides small filters over an image.",
            "y[c] = b[c] + Σₖ w[c,k] ⋆ x[k]",
            group="Convolution",
            inferred=(("in_channels", 1),),
            weights=True,
            biases=True,
        ),
        LayerEntry(
            "max_pool2d",
            "MaxPool2d",
            "torch.nn.MaxPool2d",
            (_POOL_KERNEL, _POOL_STRIDE, _PADDING),
            "Keeps the greatest value of every window.",
            "y = max over the window of x",
            group="Convolution",
        ),
        LayerEntry(
            "avg_pool2d",
            "AvgPool2d",
            "torch.nn.AvgPool2d",
            (_POOL_KERNEL, _POOL_STRIDE, _PADDING),
            "Keeps the mean of every window.",
            "y = mean over the window of x",
            group="Convolution",
        ),
        LayerEntry(
            "relu", "ReLU", "torch.nn.ReLU", (), "Cuts off what is negative.", "y = max(0, x)", group="Activation"
        ),
        LayerEntry(
            "leaky_relu",
            "LeakyReLU",
            "torch.nn.LeakyReLU",
            (_real("negative_slope", 0.01, "Slope for negative inputs.", -10.0, 10.0),),
            "Like ReLU, with a small slope below zero, so no unit dies.",
            "y = x for x ≥ 0, else negative_slope·x",
            group="Activation",
        ),
        LayerEntry(
            "gelu",
            "GELU",
            "torch.nn.GELU",
            (
                Field(
                    "approximate", "approximate", "choice", "none", "Exact, or the tanh form.", choices=("none", "tanh")
                ),
            ),
            "x weighted by the normal distribution function Φ.",
            "y = x·Φ(x)",
            group="Activation",
        ),
        LayerEntry(
            "tanh",
            "Tanh",
            "torch.nn.Tanh",
            (),
            "Squeezes every value into (−1, 1).",
            "y = (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ)",
            group="Activation",
        ),
        LayerEntry(
            "sigmoid",
            "Sigmoid",
            "torch.nn.Sigmoid",
            (),
            "Squeezes every value into (0, 1).",
            "y = 1/(1 + e⁻ˣ)",
            group="Activation",
        ),
        LayerEntry(
            "softmax",
            "Softmax",
            "torch.nn.Softmax",
            (_DIM,),
            "Turns values into shares that sum to 1. Cross-entropy already contains it.",
            "yᵢ = exp(xᵢ)/Σⱼ exp(xⱼ)",
            group="Activation",
        ),
        LayerEntry(
            "batch_norm1d",
            "BatchNorm1d",
            "torch.nn.BatchNorm1d",
            (_arriving("num_features", "features"), _EPS, _MOMENTUM, _AFFINE),
            "Standardizes every feature over the batch.",
            "y = (x − mean)/√(var + eps)·γ + β",
            group="Normalization",
            inferred=(("num_features", 1),),
            biases=True,
        ),
        LayerEntry(
            "batch_norm2d",
            "BatchNorm2d",
            "torch.nn.BatchNorm2d",
            (_arriving("num_features", "channels"), _EPS, _MOMENTUM, _AFFINE),
            "Standardizes every channel over the batch and all pixels.",
            "y = (x − mean)/√(var + eps)·γ + β",
            group="Normalization",
            inferred=(("num_features", 1),),
            biases=True,
        ),
        LayerEntry(
            "layer_norm",
            "LayerNorm",
            "torch.nn.LayerNorm",
            (
                Field(
                    "normalized_shape",
                    "normalized_shape",
                    "int",
                    None,
                    "Size of the last axis, which is standardized; auto takes all axes behind the batch.",
                    low=1,
                    high=1_000_000,
                    optional=True,
                ),
                _EPS,
                _switch("elementwise_affine", True, "Learn a scale (weight) and a shift (bias) per value."),
            ),
            "Standardizes every sample by itself.",
            "y = (x − mean)/√(var + eps)·γ + β",
            group="Normalization",
            inferred=(("normalized_shape", None),),
            biases=True,
        ),
        LayerEntry(
            "dropout",
            "Dropout",
            "torch.nn.Dropout",
            (
                Field(
                    "p",
                    "Dropout",
                    "float",
                    0.5,
                    "Chance of a value to be set to zero while training.",
                    low=0.0,
                    high=1.0,
                    high_open=True,
                    live=True,
                ),
            ),
            "While training, sets values to zero at random and scales the survivors by 1/(1−p).",
            "y = x·mask/(1 − p)",
            group="Normalization",
        ),
        LayerEntry(
            "flatten",
            "Flatten",
            "torch.nn.Flatten",
            (_count("start_dim", "start_dim", 1, "First axis that is joined; 0 would be the batch."),),
            "Lays all axes behind the batch in one row.",
            "(N, C, H, W) → (N, C·H·W)",
            group="Shape",
        ),
        LayerEntry(
            "add",
            "Add",
            "",
            (),
            "Adds its inputs value by value: the end of a skip connection.",
            "y = a + b",
            group="Join",
            ports=None,
        ),
        LayerEntry(
            "concat",
            "Concat",
            "torch.cat",
            (_DIM,),
            "Puts its inputs side by side along one axis.",
            "y = [a, b]",
            group="Join",
            ports=None,
        ),
    ),
)
