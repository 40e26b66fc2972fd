"""How the initial weights of a layer are drawn: the rules of torch.nn.init, and the form of He's on the course slides.

Sources: Glorot and Bengio 2010 (Xavier), He et al. 2015 (kaiming_*), Saxe et al. 2013 (orthogonal), pages of torch.nn.init.
Everything here is plain arithmetic: bounds and variances are known before anything is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.catalog.entry import Catalog, Entry
from engine.fields import Field
from engine.spec import Choice

DEFAULT = Choice("default")

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class InitializerEntry(Entry):
    """A rule. `for_bias` says that it also draws parameters with one axis, which have no fan_in and fan_out."""

    for_bias: bool = False


@dataclass(frozen=True, slots=True)
class Spread:
    """What a rule draws: the law by name, its mean and variance, and for uniform laws the bound a of U(−a, a)."""

    law: str
    mean: float
    variance: float
    bound: float | None = None


def _number(name: str, label: str, default: float, help: str, *, low: float = -1e6, high: float = 1e6) -> Field:
    return Field(name, label, "float", default, help, low=low, high=high)


_GAIN = _number("gain", "gain", 1.0, "Factor in front; for ReLU √2, for tanh 5/3.", low=0.0, high=1000.0)
_MODE = Field(
    "mode",
    "mode",
    "choice",
    "fan_in",
    "fan_in keeps the size of the activations on the way forward, fan_out that of the gradients on the way back.",
    choices=("fan_in", "fan_out"),
)
_NONLINEARITY = Field(
    "nonlinearity",
    "nonlinearity",
    "choice",
    "leaky_relu",
    "What follows the layer; with slope 0, leaky_relu is ReLU.",
    choices=("leaky_relu", "relu", "tanh", "sigmoid", "linear", "selu"),
)
_SLOPE = _number("a", "negative slope", 0.0, "Slope below zero of the leaky ReLU that follows.", low=-10.0, high=10.0)

INITIALIZERS: Catalog[InitializerEntry] = Catalog(
    "initializer",
    (
        InitializerEntry(
            "default",
            "PyTorch's default",
            "",
            (),
            "As the layer draws itself: Linear and Conv take U(−a, a) with a = 1/√fan_in, six times less variance than He.",
            "a = 1/√fan_in",
            for_bias=True,
        ),
        InitializerEntry(
            "zeros",
            "Zeros",
            "torch.nn.init.zeros_",
            (),
            "All neurons of a layer are alike and get the same gradient; behind a layer of zeros it is zero.",
            "w = 0",
            for_bias=True,
        ),
        InitializerEntry(
            "ones",
            "Ones",
            "torch.nn.init.ones_",
            (),
            "All neurons of a layer are alike and stay alike: the symmetry is never broken.",
            "w = 1",
            for_bias=True,
        ),
        InitializerEntry(
            "constant",
            "Constant",
            "torch.nn.init.constant_",
            (_number("val", "value", 0.1, "The number that every weight begins with."),),
            "All neurons of a layer are alike and stay alike: the symmetry is never broken.",
            "w = val",
            for_bias=True,
        ),
        InitializerEntry(
            "normal",
            "Normal",
            "torch.nn.init.normal_",
            (
                _number("mean", "mean", 0.0, "Middle of the bell."),
                _number("std", "standard deviation", 0.01, "Width of the bell.", low=0.0),
            ),
            "A bell of a fixed width, whatever the size of the layer: too small makes signals vanish, too large saturates.",
            "w ~ N(mean, std²)",
            for_bias=True,
        ),
        InitializerEntry(
            "uniform",
            "Uniform",
            "torch.nn.init.uniform_",
            (
                _number("a", "from", -0.1, "Lower end."),
                _number("b", "to", 0.1, "Upper end; not below the lower one."),
            ),
            "Every number between two ends is as likely, whatever the size of the layer.",
            "w ~ U(a, b)",
            for_bias=True,
        ),
        InitializerEntry(
            "xavier_uniform",
            "Xavier uniform",
            "torch.nn.init.xavier_uniform_",
            (_GAIN,),
            "Glorot's rule: keeps activations and gradients in size, made for tanh and sigmoid.",
            "a = gain·√(6/(fan_in + fan_out))",
        ),
        InitializerEntry(
            "xavier_normal",
            "Xavier normal",
            "torch.nn.init.xavier_normal_",
            (_GAIN,),
            "Glorot's rule with a bell: the same variance as its uniform form.",
            "σ = gain·√(2/(fan_in + fan_out))",
        ),
        InitializerEntry(
            "he_uniform",
            "He uniform",
            "torch.nn.init.kaiming_uniform_",
            (_MODE, _NONLINEARITY, _SLOPE),
            "He's rule: makes up for the half that ReLU cuts off.",
            "a = gain·√(3/fan), gain = √2 for ReLU",
        ),
        InitializerEntry(
            "he_normal",
            "He normal",
            "torch.nn.init.kaiming_normal_",
            (_MODE, _NONLINEARITY, _SLOPE),
            "He's rule with a bell: the same variance as its uniform form.",
            "σ = gain/√fan, gain = √2 for ReLU",
        ),
        InitializerEntry(
            "he_mean_uniform",
            "He of the slides, uniform",
            "",
            (),
            "Takes the mean of fan_in and fan_out; neither He's own formula nor PyTorch's. The same only for square layers.",
            "a = √(12/(fan_in + fan_out))",
        ),
        InitializerEntry(
            "he_mean_normal",
            "He of the slides, normal",
            "",
            (),
            "Takes the mean of fan_in and fan_out, with a bell; neither He's own formula nor PyTorch's.",
            "σ = √(4/(fan_in + fan_out))",
        ),
        InitializerEntry(
            "orthogonal",
            "Orthogonal",
            "torch.nn.init.orthogonal_",
            (_number("gain", "gain", 1.0, "Factor in front.", low=0.0, high=1000.0),),
            "Rows (or columns) of length gain at right angles to each other: signals keep their length exactly.",
            "W·Wᵀ = gain²·I or Wᵀ·W = gain²·I",
        ),
    ),
)


def fans(shape: Shape) -> tuple[int, int]:
    """fan_in and fan_out of a parameter, as torch.nn.init counts them: the window's size counts in both.

    Raises:
        ValueError: a parameter with fewer than two axes has none.
    """
    if len(shape) < 2:
        raise ValueError("only parameters with two axes or more have fan_in and fan_out")
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window


def gain_of(nonlinearity: str, slope: float) -> float:
    """torch.nn.init.calculate_gain."""
    known = {"tanh": 5 / 3, "relu": math.sqrt(2), "leaky_relu": math.sqrt(2 / (1 + slope**2)), "selu": 0.75}
    return known.get(nonlinearity, 1.0)


def spread(choice: Choice, shape: Shape) -> Spread | None:
    """What the rule draws for a parameter of this shape; None for "default", which only the layer itself knows.

    Raises:
        ValueError: the rule needs fan_in and fan_out, and the parameter has fewer than two axes.
    """
    rule = _SPREADS.get(choice.kind)
    return rule(choice.as_dict(), shape) if rule else None


def default_spread(kind: str, name: str, shape: Shape, siblings: Mapping[str, Shape]) -> Spread | None:
    """What PyTorch itself draws for the parameter `name` of a layer of this kind; None where nothing is drawn.

    `siblings` are all parameters of the layer: the bound of a bias is that of the weight beside it.
    """
    if kind in ("linear", "conv1d", "conv2d"):
        return _uniform(1 / math.sqrt(max(1, fans(siblings["weight"])[0])))
    if kind in ("rnn", "lstm", "gru"):
        return _uniform(1 / math.sqrt(max(1, siblings["weight_hh_l0"][1])))
    if kind == "embedding":
        return Spread("normal", 0.0, 1.0)
    return Spread("constant", 1.0 if name == "weight" else 0.0, 0.0)


def is_weight(shape: Shape) -> bool:
    """Whether a parameter is drawn by `NodeSpec.initializer`."""
    return len(shape) >= 2


def is_bias(name: str, shape: Shape) -> bool:
    """Whether a parameter is drawn by `NodeSpec.bias_initializer`; the scale γ of a normalization is not."""
    return len(shape) == 1 and name.startswith("bias")


def _uniform(bound: float) -> Spread:
    return Spread("uniform", 0.0, bound**2 / 3, bound)


def _normal(std: float) -> Spread:
    return Spread("normal", 0.0, std**2)


def _real(values: Mapping[str, object], name: str) -> float:
    value = values[name]
    assert isinstance(value, (int, float)), name
    return float(value)


def _between(values: Mapping[str, object], _: Shape) -> Spread:
    low, high = _real(values, "a"), _real(values, "b")
    return Spread("uniform", (low + high) / 2, (high - low) ** 2 / 12, high if low == -high else None)


def _bell(values: Mapping[str, object], _: Shape) -> Spread:
    return Spread("normal", _real(values, "mean"), _real(values, "std") ** 2)


def _xavier(values: Mapping[str, object], shape: Shape) -> float:
    return _real(values, "gain") * math.sqrt(2 / sum(fans(shape)))


def _he(values: Mapping[str, object], shape: Shape) -> float:
    fan = fans(shape)[0 if values["mode"] == "fan_in" else 1]
    return gain_of(str(values["nonlinearity"]), _real(values, "a")) / math.sqrt(fan)


def _he_mean(_: Mapping[str, object], shape: Shape) -> float:
    return math.sqrt(4 / sum(fans(shape)))


def _orthogonal(values: Mapping[str, object], shape: Shape) -> Spread:
    """Rows or columns have length gain, so the mean square of a weight is gain² by the longer side."""
    rows, columns = shape[0], math.prod(shape[1:])
    return Spread("orthogonal", 0.0, _real(values, "gain") ** 2 / max(rows, columns))


Rule = Callable[[Mapping[str, object], Shape], Spread]


def _as_uniform(std: Callable[[Mapping[str, object], Shape], float]) -> Rule:
    return lambda values, shape: _uniform(math.sqrt(3) * std(values, shape))


def _as_normal(std: Callable[[Mapping[str, object], Shape], float]) -> Rule:
    return lambda values, shape: _normal(std(values, shape))


_SPREADS: dict[str, Rule] = {
    "zeros": lambda values, shape: Spread("constant", 0.0, 0.0),
    "ones": lambda values, shape: Spread("constant", 1.0, 0.0),
    "constant": lambda values, shape: Spread("constant", _real(values, "val"), 0.0),
    "normal": _bell,
    "uniform": _between,
    "xavier_uniform": _as_uniform(_xavier),
    "xavier_normal": _as_normal(_xavier),
    "he_uniform": _as_uniform(_he),
    "he_normal": _as_normal(_he),
    "he_mean_uniform": _as_uniform(_he_mean),
    "he_mean_normal": _as_normal(_he_mean),
    "orthogonal": _orthogonal,
}
