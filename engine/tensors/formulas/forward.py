"""What a layer computes, with the numbers of one output element put in. One entry per kind; others show their formula."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from engine.tensors.formulas.moment import Worked, at, lines, picked
from engine.tensors.formulas.terms import (
    Index,
    Numbers,
    Term,
    add_up,
    call,
    dot,
    exp,
    greatest,
    root,
    tanh,
    term,
    total,
)


@dataclass(frozen=True, slots=True)
class LayerMoment:
    """One layer at work: its arguments as its module has them, its parameters and buffers, what came in and out."""

    arguments: Mapping[str, object]
    parameters: Mapping[str, Numbers]
    inputs: tuple[Numbers, ...]
    output: Numbers
    training: bool = True

    def number(self, name: str) -> float:
        value = self.arguments[name]
        return float(value[0]) if isinstance(value, tuple) else float(value)  # type: ignore[arg-type]

    def pair(self, name: str) -> tuple[int, int]:
        """A setting of a sliding window, which torch keeps as one number or one per axis."""
        value = self.arguments[name]
        first, second = value if isinstance(value, tuple) else (value, value)
        return int(first), int(second)


Compute = Callable[[LayerMoment, Index], Term | None]


def _linear(moment: LayerMoment, index: Index) -> Term:
    product = dot(moment.inputs[0][index[:-1]], moment.parameters["weight"][index[-1]])
    return product + term(moment.parameters["bias"][index[-1]]) if "bias" in moment.parameters else product


def _window(moment: LayerMoment, index: Index, kernel: tuple[int, int], dilation: tuple[int, int]) -> list[Index]:
    """The input pixels under the window of an output pixel, with their taps: (y, x, tap y, tap x)."""
    stride, padding = moment.pair("stride"), moment.pair("padding")
    high, wide = moment.inputs[0].shape[2:]
    found: list[Index] = []
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            y = index[2] * stride[0] - padding[0] + i * dilation[0]
            x = index[3] * stride[1] - padding[1] + j * dilation[1]
            if 0 <= y < high and 0 <= x < wide:
                found.append((y, x, i, j))
    return found


def _conv2d(moment: LayerMoment, index: Index) -> Term | None:
    if moment.output.ndim != 4:
        return None
    weight = moment.parameters["weight"]
    group = index[1] // (weight.shape[0] // int(moment.number("groups")))
    channels = slice(group * weight.shape[1], (group + 1) * weight.shape[1])
    met = _window(moment, index, (weight.shape[2], weight.shape[3]), moment.pair("dilation"))
    seen = [moment.inputs[0][index[0], channels, y, x] for y, x, _, _ in met]
    taps = [weight[index[1], :, i, j] for _, _, i, j in met]
    product = dot(np.concatenate(seen), np.concatenate(taps)) if met else term(0.0)
    return product + term(moment.parameters["bias"][index[1]]) if "bias" in moment.parameters else product


def _pooled(moment: LayerMoment, index: Index) -> list[float] | None:
    if moment.output.ndim != 4:
        return None
    pixels = _window(moment, index, moment.pair("kernel_size"), (1, 1))
    return [float(moment.inputs[0][index[0], index[1], y, x]) for y, x, _, _ in pixels]


def _max_pool2d(moment: LayerMoment, index: Index) -> Term | None:
    pixels = _pooled(moment, index)
    return greatest(pixels) if pixels else None


def _avg_pool2d(moment: LayerMoment, index: Index) -> Term | None:
    pixels = _pooled(moment, index)
    kernel = moment.pair("kernel_size")
    return total([term(pixel) for pixel in pixels]).grouped() / (kernel[0] * kernel[1]) if pixels else None


def _x(moment: LayerMoment, index: Index) -> Term:
    return term(moment.inputs[0][index])


def _relu(moment: LayerMoment, index: Index) -> Term:
    x = _x(moment, index)
    return call("max", max(0.0, x.value), term(0.0), x)


def _leaky_relu(moment: LayerMoment, index: Index) -> Term:
    x = _x(moment, index)
    return x if x.value >= 0 else term(moment.number("negative_slope")) * x


def _gelu(moment: LayerMoment, index: Index) -> Term:
    x = _x(moment, index)
    if moment.arguments.get("approximate") == "tanh":
        inner = math.sqrt(2 / math.pi) * (x.value + 0.044715 * x.value**3)
        return term(0.5) * x * (1 + tanh(term(inner)))
    return x * call("Φ", 0.5 * (1 + math.erf(x.value / math.sqrt(2))), x)


def _tanh(moment: LayerMoment, index: Index) -> Term:
    return tanh(_x(moment, index))


def _sigmoid(moment: LayerMoment, index: Index) -> Term:
    return term(1.0) / (1 + exp(-_x(moment, index))).grouped()


def _softmax(moment: LayerMoment, index: Index) -> Term:
    axis = int(moment.number("dim")) % moment.output.ndim
    row = moment.inputs[0][tuple(slice(None) if dim == axis else i for dim, i in enumerate(index))]
    return exp(_x(moment, index)) / total([exp(term(value)) for value in row]).grouped()


def _batch_norm(moment: LayerMoment, index: Index) -> Term:
    channel = index[1]
    values = moment.inputs[0][:, channel].astype(np.float64)
    if moment.training:
        mean, variance = float(values.mean()), float(values.var())
    else:
        mean = float(moment.parameters["running_mean"][channel])
        variance = float(moment.parameters["running_var"][channel])
    return _standardized(moment, index, mean, variance, (channel,))


def _layer_norm(moment: LayerMoment, index: Index) -> Term:
    shape = moment.arguments["normalized_shape"]
    count = len(shape) if isinstance(shape, tuple) else 1
    split = len(index) - count
    values = moment.inputs[0][index[:split]].astype(np.float64)
    return _standardized(moment, index, float(values.mean()), float(values.var()), index[split:])


def _standardized(moment: LayerMoment, index: Index, mean: float, variance: float, place: Index) -> Term:
    """(x − mean)/√(var + eps)·γ + β."""
    hat = (_x(moment, index) - mean).grouped() / root(term(variance) + moment.number("eps"))
    if "weight" in moment.parameters:
        hat = hat * term(moment.parameters["weight"][place])
    return hat + term(moment.parameters["bias"][place]) if "bias" in moment.parameters else hat


def _dropout(moment: LayerMoment, index: Index) -> Term:
    x, p = _x(moment, index), moment.number("p")
    if not moment.training or p == 0:
        return x
    return x * 0.0 if moment.output[index] == 0 and x.value != 0 else x / (1 - term(p)).grouped()


def _flatten(moment: LayerMoment, index: Index) -> Term:
    return term(moment.inputs[0].reshape(moment.output.shape)[index])


def _add(moment: LayerMoment, index: Index) -> Term | None:
    if any(part.shape != moment.output.shape for part in moment.inputs):
        return None
    return add_up(np.array([part[index] for part in moment.inputs]))


def _concat(moment: LayerMoment, index: Index) -> Term:
    axis = int(moment.number("dim")) % moment.output.ndim
    start = index[axis]
    for part in moment.inputs:
        if start < part.shape[axis]:
            return term(part[tuple(start if dim == axis else i for dim, i in enumerate(index))])
        start -= part.shape[axis]
    raise IndexError(index)


FORWARD: dict[str, Compute] = {
    "linear": _linear,
    "conv2d": _conv2d,
    "max_pool2d": _max_pool2d,
    "avg_pool2d": _avg_pool2d,
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "gelu": _gelu,
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "softmax": _softmax,
    "batch_norm1d": _batch_norm,
    "batch_norm2d": _batch_norm,
    "layer_norm": _layer_norm,
    "dropout": _dropout,
    "flatten": _flatten,
    "add": _add,
    "concat": _concat,
}


def work_out_layer(kind: str, moment: LayerMoment, name: str) -> list[Worked]:
    """The elements of a layer's output with their numbers put in; none for a kind without an entry."""
    compute = FORWARD.get(kind)
    found = []
    for index in picked(moment.output) if compute else ():
        worked = compute(moment, index) if compute else None
        if worked is not None:
            found.append(Worked(at(name, moment.output.shape, index), worked, float(moment.output[index])))
    return found


def layer_formula(kind: str, moment: LayerMoment, name: str, otherwise: str) -> str:
    """The lines to show for a layer, or its general formula."""
    return lines(work_out_layer(kind, moment, name), otherwise)
