"""Backward rules of powers, logarithms and other smooth functions of single elements."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from engine.tensors.formulas.elementwise import entered, passed, upstream
from engine.tensors.formulas.moment import Moment, NotKept
from engine.tensors.formulas.terms import Index, Numbers, Term, call, exp, log, sigmoid, term


def _kept(moment: Moment, name: str, index: Index) -> Term:
    return term(moment.array(name)[index])


def _raised(base: float, exponent: float) -> float:
    try:
        value = base**exponent
    except (OverflowError, ZeroDivisionError):
        return math.inf
    return value if isinstance(value, float) else math.nan


def _powered(base: Term, exponent: float) -> Term:
    if exponent == 1:
        return base
    value = _raised(base.value, exponent)
    shown = base.text if not base.text.startswith("−") else f"({base.text})"
    return Term(f"{shown}^{term(exponent).text}", value, max(abs(value), base.size))


def power(moment: Moment, slot: int, index: Index) -> Term:
    """x**n for a plain number n."""
    exponent = moment.number("exponent")
    if exponent == 0:
        return upstream(moment, index).times(0)
    slope = term(exponent) * _powered(_kept(moment, "self", index), exponent - 1)
    return upstream(moment, index).times(slope)


def power_of_tensors(moment: Moment, slot: int, index: Index) -> Term | None:
    base, exponent, result = (_wide(moment, name) for name in ("self", "exponent", "result"))
    with np.errstate(all="ignore"):
        slope = exponent * base ** (exponent - 1) if slot == 0 else result * np.log(base)
    if not entered(moment, slot, index)[1]:
        return passed(moment, slot, index, slope)
    place = entered(moment, slot, index)[0]
    b, n = term(float(base[place])), float(exponent[place])
    written = term(n) * _powered(b, n - 1) if slot == 0 else term(float(result[place])) * log(b)
    return term(moment.gradient[place]).times(written)


def _wide(moment: Moment, name: str) -> Numbers:
    return np.broadcast_to(moment.array(name).astype(np.float64), moment.gradient.shape)


def exponent_of_number(moment: Moment, slot: int, index: Index) -> Term | None:
    """c**x for a plain number c."""
    if slot != len(moment.outgoing) - 1 and moment.outgoing[slot] is None:
        return None
    base = term(moment.number("self"))
    return upstream(moment, index).times(_kept(moment, "result", index) * log(base))


def _by(slope: Callable[[Term], Term], kept: str) -> Callable[[Moment, int, Index], Term]:
    """upstream × a slope that follows from one kept number."""

    def work(moment: Moment, slot: int, index: Index) -> Term:
        return upstream(moment, index).times(slope(_kept(moment, kept, index)))

    return work


exponential = _by(lambda y: y, "result")
exponential_minus_one = _by(lambda y: (y + 1).grouped(), "result")
square_root = _by(lambda y: term(1.0) / (y * 2).grouped(), "result")
inverse_root = _by(lambda y: -(term(0.5) * _powered(y, 3)).grouped(), "result")
inverse = _by(lambda y: -y.squared(), "result")
cosine_slope = _by(lambda x: call("cos", math.cos(x.value), x), "self")
sine_slope = _by(lambda x: -call("sin", math.sin(x.value), x), "self")
error_function = _by(lambda x: term(2 / math.sqrt(math.pi)) * exp(-x.squared()), "self")
sigmoid_slope_of_log = _by(lambda x: (1 - sigmoid(x)).grouped(), "self")


def logarithm(moment: Moment, slot: int, index: Index) -> Term:
    return upstream(moment, index) / _kept(moment, "self", index)


def logarithm_of_one_more(moment: Moment, slot: int, index: Index) -> Term:
    return upstream(moment, index) / (1 + _kept(moment, "self", index)).grouped()


def softplus(moment: Moment, slot: int, index: Index) -> Term:
    x = _kept(moment, "self", index)
    beta = moment.number("beta")
    if x.value * beta > moment.number("threshold"):
        return upstream(moment, index).times(1)
    return upstream(moment, index).times(sigmoid(x * beta if beta != 1 else x))


def silu(moment: Moment, slot: int, index: Index) -> Term:
    x = _kept(moment, "self", index)
    s = sigmoid(x)
    return upstream(moment, index).times(s * (1 + x * (1 - s).grouped()).grouped())


def elu(moment: Moment, slot: int, index: Index) -> Term:
    x = _kept(moment, "self", index)
    if x.value > 0:
        return upstream(moment, index).times(1)
    return upstream(moment, index).times(term(moment.number("alpha")) * exp(x))


def vector_norm(moment: Moment, slot: int, index: Index) -> Term | None:
    result = moment.array("result")
    if moment.saved.get("ord") != 2 or result.size != 1 or not result.item():
        return None
    return term(moment.scalar).times(_kept(moment, "self", index) / float(result.item()))


def _spread(moment: Moment, index: Index) -> tuple[Term, float] | None:
    """x − mean, and how much the variance divides by, for a variance over all elements or along axes."""
    array = moment.array("self").astype(np.float64)
    axes = _axes(moment, array.ndim)
    count = int(np.prod([array.shape[axis] for axis in axes], dtype=np.int64)) if axes else 1
    correction = moment.saved.get("correction")
    below = count - (1.0 if correction is None else moment.number("correction"))
    if below <= 0:
        return None
    mean = float(array[tuple(slice(None) if dim in axes else i for dim, i in enumerate(index))].mean())
    return (term(float(array[index])) - mean).grouped(), below


def _axes(moment: Moment, dims: int) -> tuple[int, ...]:
    return tuple(axis % dims for axis in moment.axes("dim")) or tuple(range(dims)) if dims else ()


def _of_result(moment: Moment, index: Index, array: Numbers) -> float:
    """The element of a reduced tensor that the element at `index` entered."""
    dims = len(index)
    axes = _axes(moment, dims)
    if array.ndim == dims:
        return float(array[tuple(0 if dim in axes else i for dim, i in enumerate(index))])
    return float(array[tuple(i for dim, i in enumerate(index) if dim not in axes)])


def variance(moment: Moment, slot: int, index: Index) -> Term | None:
    spread = _spread(moment, index)
    if spread is None:
        return None
    away, below = spread
    return term(_of_result(moment, index, moment.gradient)).times(term(2.0) * away / below)


def deviation(moment: Moment, slot: int, index: Index) -> Term | None:
    spread = _spread(moment, index)
    if spread is None:
        return None
    away, below = spread
    std = _of_result(moment, index, moment.array("result"))
    return term(_of_result(moment, index, moment.gradient)).times(away / (term(below) * std).grouped()) if std else None


def log_sum_exp(moment: Moment, slot: int, index: Index) -> Term:
    x = _kept(moment, "self", index)
    result = _of_result(moment, index, moment.array("result"))
    return term(_of_result(moment, index, moment.gradient)).times(exp(x - result))


def binary_cross_entropy(moment: Moment, slot: int, index: Index) -> Term | None:
    if slot != 0 or moment.has("weight"):
        return None
    p, y = _kept(moment, "self", index), _kept(moment, "target", index)
    bottom = p * (1 - p).grouped()
    if bottom.value < 1e-12:
        return None
    slope = (p - y).grouped() / bottom.grouped()
    reduction = int(moment.number("reduction"))
    if reduction == 0:
        return upstream(moment, index).times(slope)
    return term(moment.scalar).times(slope / moment.array("self").size if reduction == 1 else slope)


def x_log_y(moment: Moment, slot: int, index: Index) -> Term | None:
    """x·log(y), which kl_div uses on its target."""
    if not moment.has("self") or not moment.has("other"):
        raise NotKept("self")
    x, y = _kept(moment, "self", index), _kept(moment, "other", index)
    return upstream(moment, index).times(log(y) if slot == 0 else x / y)
