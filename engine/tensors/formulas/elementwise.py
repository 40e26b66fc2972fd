"""Backward rules of operations that treat every element by itself."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.tensors.formulas.moment import Moment
from engine.tensors.formulas.terms import Index, Numbers, Term, add_up, call, dot, term

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


def entered(moment: Moment, slot: int, index: Index) -> tuple[Any, bool]:
    """Where in the result the element of an operand entered, as torch broadcasts; and whether that is one single place."""
    outgoing = moment.outgoing[slot]
    assert outgoing is not None
    wide = moment.gradient.shape
    lead = len(wide) - len(outgoing.shape)
    place = (slice(None),) * lead + tuple(
        slice(None) if own == 1 and size != 1 else i
        for own, size, i in zip(outgoing.shape, wide[lead:], index, strict=True)
    )
    return place, all(isinstance(part, int) for part in place)


def passed(moment: Moment, slot: int, index: Index, slope: Numbers | float) -> Term | None:
    """upstream × slope, added up over all the places that the element entered."""
    outgoing = moment.outgoing[slot]
    if outgoing is None or outgoing.ndim > moment.gradient.ndim:
        return None
    place, single = entered(moment, slot, index)
    slopes = np.broadcast_to(np.asarray(slope, dtype=np.float64), moment.gradient.shape)
    if single:
        return term(moment.gradient[place]).times(float(slopes[place]))
    if isinstance(slope, (int, float)) and slope == 1:
        return add_up(moment.gradient[place])
    return dot(moment.gradient[place], slopes[place])


def same(moment: Moment, slot: int, index: Index) -> Term | None:
    return passed(moment, slot, index, 1)


def difference(moment: Moment, slot: int, index: Index) -> Term | None:
    return passed(moment, slot, index, 1 if slot == 0 else -1)


def product(moment: Moment, slot: int, index: Index) -> Term | None:
    other = moment.array("other" if slot == 0 else "self")
    return passed(moment, slot, index, other)


def scaled(moment: Moment, slot: int, index: Index) -> Term:
    return upstream(moment, index).times(moment.number("other"))


def quotient(moment: Moment, slot: int, index: Index) -> Term | None:
    below = np.broadcast_to(np.asarray(moment.saved["other"], dtype=np.float64), moment.gradient.shape)
    place, single = entered(moment, slot, index)
    with np.errstate(all="ignore"):
        if slot == 0:
            if single:
                return term(moment.gradient[place]) / float(below[place])
            return passed(moment, slot, index, 1 / below)
        above = np.broadcast_to(moment.array("self").astype(np.float64), moment.gradient.shape)
        if not single:
            return passed(moment, slot, index, -above / below**2)
    slope = -(term(float(above[place])) / term(float(below[place])).squared()).grouped()
    return term(moment.gradient[place]).times(slope)


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
