"""Backward rules of operations that treat every element by itself."""

from __future__ import annotations

import math

import numpy as np

from engine.tensors.formulas.moment import Moment
from engine.tensors.formulas.terms import Index, Term, call, term

_GELU_ROOT = math.sqrt(2 / math.pi)
_GELU_CUBE = 0.044715


def upstream(moment: Moment, index: Index) -> Term:
    """The upstream gradient at the element, as a term."""
    return term(moment.gradient[index])


def _saved(moment: Moment, name: str, index: Index) -> Term:
    return term(moment.array(name)[index])


def relu(moment: Moment, slot: int, index: Index) -> Term:
    return upstream(moment, index).times(1 if moment.array("result")[index] > 0 else 0)


def leaky_relu(moment: Moment, slot: int, index: Index) -> Term:
    return upstream(moment, index).times(1 if moment.array("self")[index] > 0 else moment.number("negative_slope"))


def tanh(moment: Moment, slot: int, index: Index) -> Term:
    return upstream(moment, index).times((1 - _saved(moment, "result", index).squared()).grouped())


def sigmoid(moment: Moment, slot: int, index: Index) -> Term:
    y = _saved(moment, "result", index)
    return upstream(moment, index).times(y * (1 - y))


def gelu(moment: Moment, slot: int, index: Index) -> Term:
    x = _saved(moment, "self", index)
    if moment.saved["approximate"] == "tanh":
        return upstream(moment, index).times(_gelu_tanh_slope(x))
    big = call("Φ", 0.5 * (1 + math.erf(x.value / math.sqrt(2))), x)
    small = call("φ", math.exp(-x.value * x.value / 2) / math.sqrt(2 * math.pi), x)
    return upstream(moment, index).times((big + x * small).grouped())


def _gelu_tanh_slope(x: Term) -> Term:
    """½(1 + t) + ½x(1 − t²)·k·(1 + 3·0.044715·x²) with t = tanh(k·(x + 0.044715·x³)) and k = √(2/π)."""
    t = term(math.tanh(_GELU_ROOT * (x.value + _GELU_CUBE * x.value**3)))
    bend = 1 + 3 * _GELU_CUBE * x.value**2
    first = term(0.5) * (1 + t)
    second = term(0.5) * x * (1 - t.squared()).grouped() * (_GELU_ROOT * bend)
    return (first + second).grouped()


def absolute(moment: Moment, slot: int, index: Index) -> Term:
    return upstream(moment, index).times(float(np.sign(moment.array("self")[index])))


def same(moment: Moment, slot: int, index: Index) -> Term | None:
    outgoing = moment.outgoing[slot]
    if outgoing is None or outgoing.shape != moment.gradient.shape:
        return None
    return upstream(moment, index).times(1)


def difference(moment: Moment, slot: int, index: Index) -> Term | None:
    passed = same(moment, slot, index)
    return passed if passed is None or slot == 0 else upstream(moment, index).times(-1)


def product(moment: Moment, slot: int, index: Index) -> Term | None:
    other = moment.array("other" if slot == 0 else "self")
    if other.ndim == 0:
        return upstream(moment, index).times(float(other))
    return upstream(moment, index).times(term(other[index])) if other.shape == moment.gradient.shape else None


def scaled(moment: Moment, slot: int, index: Index) -> Term:
    return upstream(moment, index).times(moment.number("other"))


def quotient(moment: Moment, slot: int, index: Index) -> Term | None:
    if slot != 0 or not moment.has("other"):
        return None
    divisor = moment.saved["other"]
    if isinstance(divisor, np.ndarray) and divisor.size != 1:
        return None
    return upstream(moment, index) / moment.number("other")


def dropout(moment: Moment, slot: int, index: Index) -> Term:
    kept = bool(moment.array("result1")[index])
    scale = 1 / (1 - moment.number("p"))
    return upstream(moment, index).times(scale if kept else 0)


def negated(moment: Moment, slot: int, index: Index) -> Term:
    return upstream(moment, index).times(-1)


def masked_fill(moment: Moment, slot: int, index: Index) -> Term | None:
    mask = moment.array("mask")
    if slot != 0 or mask.shape != moment.gradient.shape:
        return None
    return upstream(moment, index).times(0 if mask[index] else 1)


def reshaped(moment: Moment, slot: int, index: Index) -> Term | None:
    outgoing = moment.outgoing[slot]
    if outgoing is None or outgoing.size != moment.gradient.size:
        return None
    return term(moment.gradient.reshape(outgoing.shape)[index])
