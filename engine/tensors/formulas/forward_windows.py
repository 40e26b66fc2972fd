"""What convolutions and pools compute, 1-d and 2-d alike, with the numbers of one output element put in.

Along one axis, output place o reads input place o·stride − padding + k·dilation at tap k of the window.
"""

from __future__ import annotations

import itertools

import numpy as np

from engine.tensors.formulas.layer_moment import Compute, LayerMoment
from engine.tensors.formulas.terms import Index, Numbers, Term, dot, greatest, term, total
from engine.tensors.formulas.windows import Slide, covered, part

_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def _sizes(moment: LayerMoment, name: str, default: int = 1) -> tuple[int, ...]:
    """A setting of the window for every axis it slides along; torch keeps one number, or one per axis."""
    value = moment.arguments.get(name, default)
    axes = moment.output.ndim - 2
    if isinstance(value, tuple):
        return tuple(int(each) for each in value)
    return (int(value if value is not None else default),) * axes  # type: ignore[call-overload]


def _stride(moment: LayerMoment, kernel: tuple[int, ...]) -> tuple[int, ...]:
    return kernel if moment.arguments.get("stride") is None else _sizes(moment, "stride")


def _met(
    moment: LayerMoment, index: Index, kernel: tuple[int, ...], padding: tuple[int, ...], sides: Index
) -> list[tuple[Index, Index]]:
    """(place in the input, tap) of every point of the window over an output place that lies inside the input."""
    strides, dilations = _stride(moment, kernel), _sizes(moment, "dilation")
    axes = []
    for out, taps, stride, pad, dilation, size in zip(
        index[2:], kernel, strides, padding, dilations, sides, strict=True
    ):
        seen = [(out * stride - pad + tap * dilation, tap) for tap in range(taps)]
        axes.append([(place, tap) for place, tap in seen if 0 <= place < size])
    return [(tuple(p for p, _ in each), tuple(t for _, t in each)) for each in itertools.product(*axes)]


def _continued(moment: LayerMoment) -> tuple[Numbers, tuple[int, ...]]:
    """The input and the padding with zeros that is still to come, after padding with the image itself."""
    given, padding = moment.inputs[0], _sizes(moment, "padding", 0)
    mode = _MODES.get(str(moment.arguments.get("padding_mode", "zeros")))
    if mode is None:
        return given, padding
    around = [(0, 0), (0, 0), *((pad, pad) for pad in padding)]
    return np.pad(given, around, mode=mode), (0,) * len(padding)  # type: ignore[call-overload]


def _convolution(moment: LayerMoment, index: Index) -> Term:
    weight = moment.parameters["weight"]
    given, padding = _continued(moment)
    group = index[1] // (weight.shape[0] // int(moment.number("groups")))
    channels = slice(group * weight.shape[1], (group + 1) * weight.shape[1])
    met = _met(moment, index, weight.shape[2:], padding, given.shape[2:])
    sample, filter_ = np.moveaxis(given[index[0], channels], 0, -1), np.moveaxis(weight[index[1]], 0, -1)
    seen = [sample[place] for place, _ in met]
    taps = [filter_[tap] for _, tap in met]
    product = dot(np.concatenate(seen), np.concatenate(taps)) if met else term(0.0)
    return product + term(moment.parameters["bias"][index[1]]) if "bias" in moment.parameters else product


def _pooled(moment: LayerMoment, index: Index) -> list[float]:
    given = moment.inputs[0]
    met = _met(moment, index, _sizes(moment, "kernel_size"), _sizes(moment, "padding", 0), given.shape[2:])
    return [float(given[index[0], index[1]][place]) for place, _ in met]


def _max_pool(moment: LayerMoment, index: Index) -> Term | None:
    pixels = _pooled(moment, index)
    return greatest(pixels) if pixels else None


def _avg_pool(moment: LayerMoment, index: Index) -> Term | None:
    pixels = _pooled(moment, index)
    if not pixels:
        return None
    kernel, padding = _sizes(moment, "kernel_size"), _sizes(moment, "padding", 0)
    count, whole = 1, bool(moment.arguments.get("count_include_pad", True))
    for out, taps, stride, pad, size in zip(
        index[2:], kernel, _stride(moment, kernel), padding, moment.inputs[0].shape[2:], strict=True
    ):
        count *= covered(out, taps, size, Slide(stride, pad), whole)
    divisor = moment.arguments.get("divisor_override")
    return total([term(pixel) for pixel in pixels]).grouped() / (divisor if isinstance(divisor, int) else count)


def _adaptive(moment: LayerMoment, index: Index) -> Term:
    given, parts = moment.inputs[0], moment.output.shape[2:]
    ends = [part(out, count, size) for out, count, size in zip(index[2:], parts, given.shape[2:], strict=True)]
    place: tuple[slice, ...] = tuple(slice(start, end) for start, end in ends)
    values = given[index[0], index[1]][place].reshape(-1)
    return total([term(float(value)) for value in values]).grouped() / int(values.size)


WINDOWS: dict[str, Compute] = {
    "conv1d": _convolution,
    "conv2d": _convolution,
    "max_pool1d": _max_pool,
    "max_pool2d": _max_pool,
    "avg_pool1d": _avg_pool,
    "avg_pool2d": _avg_pool,
    "adaptive_avg_pool1d": _adaptive,
    "adaptive_avg_pool2d": _adaptive,
}
