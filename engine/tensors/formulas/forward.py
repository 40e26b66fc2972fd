"""What a layer computes, with the numbers of one output element put in. One entry per kind; others show their formula."""

from __future__ import annotations

import math

import numpy as np

from engine.tensors.formulas.forward_windows import WINDOWS
from engine.tensors.formulas.layer_moment import Compute, LayerMoment
from engine.tensors.formulas.moment import Worked, at, lines, picked
from engine.tensors.formulas.terms import (
    Index,
    Term,
    add_up,
    call,
    dot,
    exp,
    root,
    tanh,
    term,
    total,
)


def _linear(moment: LayerMoment, index: Index) -> Term:
    product = dot(moment.inputs[0][index[:-1]], moment.parameters["weight"][index[-1]])
    return product + term(moment.parameters["bias"][index[-1]]) if "bias" in moment.parameters else product


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


def _elu(moment: LayerMoment, index: Index) -> Term:
    x = _x(moment, index)
    return x if x.value > 0 else term(moment.number("alpha")) * (exp(x) - 1).grouped()


def _silu(moment: LayerMoment, index: Index) -> Term:
    x = _x(moment, index)
    return x / (1 + exp(-x)).grouped()


def _log_softmax(moment: LayerMoment, index: Index) -> Term:
    axis = int(moment.number("dim")) % moment.output.ndim
    row = moment.inputs[0][tuple(slice(None) if dim == axis else i for dim, i in enumerate(index))].astype(np.float64)
    x, top = _x(moment, index), float(row.max())
    text = f"{x.text} − log({total([exp(term(float(value))) for value in row]).text})"
    value = x.value - top - math.log(float(np.exp(row - top).sum()))
    return Term(text, value, max(float(np.abs(row).max()), abs(value)))


def _embedding(moment: LayerMoment, index: Index) -> Term:
    row = int(moment.inputs[0][index[:-1]])
    return term(moment.parameters["weight"][row, index[-1]])


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
    if moment.training or "running_mean" not in moment.parameters:
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
    **WINDOWS,
    "embedding": _embedding,
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "silu": _silu,
    "log_softmax": _log_softmax,
    "reshape": _flatten,
    "identity": _x,
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
