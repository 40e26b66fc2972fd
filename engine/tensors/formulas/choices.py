"""Backward rules of operations that let one of several elements through: greatest, smallest, bounds, conditions."""

from __future__ import annotations

import numpy as np

from engine.tensors.formulas.elementwise import passed, upstream
from engine.tensors.formulas.moment import Moment
from engine.tensors.formulas.terms import Index, Numbers, Term, term


def maximum(moment: Moment, slot: int, index: Index) -> Term | None:
    return _winner(moment, slot, index, 1)


def minimum(moment: Moment, slot: int, index: Index) -> Term | None:
    return _winner(moment, slot, index, -1)


def _winner(moment: Moment, slot: int, index: Index, sign: int) -> Term | None:
    """The greater of two gets the gradient; equal ones get half each."""
    a, b = (np.broadcast_to(moment.array(name), moment.gradient.shape) for name in ("self", "other"))
    ahead = sign * (a - b) if slot == 0 else sign * (b - a)
    return passed(moment, slot, index, np.where(ahead > 0, 1.0, np.where(ahead == 0, 0.5, 0.0)))


def clamp(moment: Moment, slot: int, index: Index) -> Term:
    x = float(moment.array("self")[index])
    low = moment.number("min") if moment.has("min") else -np.inf
    high = moment.number("max") if moment.has("max") else np.inf
    return upstream(moment, index).times(1 if low <= x <= high else 0)


def hard_tanh(moment: Moment, slot: int, index: Index) -> Term:
    x = float(moment.array("self")[index])
    return upstream(moment, index).times(1 if moment.number("min_val") < x < moment.number("max_val") else 0)


def where(moment: Moment, slot: int, index: Index) -> Term | None:
    """Slots are the condition, the value where it holds, the other value; the condition has no gradient."""
    holds = np.broadcast_to(moment.array("condition"), moment.gradient.shape).astype(float)
    values = len(moment.outgoing) - 2
    return passed(moment, slot, index, holds if slot == values else 1 - holds)


def greatest_of_all(moment: Moment, slot: int, index: Index) -> Term:
    """max() or min() of all elements: equal ones share the gradient."""
    same = moment.array("self") == moment.array("result")
    if not same[index]:
        return term(moment.scalar).times(0)
    count = int(same.sum())
    return term(moment.scalar).times(1) if count == 1 else term(moment.scalar) / count


def greatest_along(moment: Moment, slot: int, index: Index) -> Term:
    """max(dim=…) or min(dim=…): the element that was found gets the gradient."""
    dims = len(index)
    axis = moment.axis("dim", dims) if dims else 0
    indices, gradient = moment.array("indices"), moment.gradient
    place = _without(index, (axis,), gradient)
    found = int(indices[place]) == (index[axis] if dims else 0)
    return term(gradient[place]).times(1 if found else 0)


def extreme_along(moment: Moment, slot: int, index: Index) -> Term:
    """amax or amin: equal ones share the gradient."""
    array = moment.array("self")
    axes = tuple(axis % max(array.ndim, 1) for axis in moment.axes("dim")) if array.ndim else ()
    axes = axes or tuple(range(array.ndim))
    place = _without(index, axes, moment.gradient)
    best = float(moment.array("result")[place])
    row = array[tuple(slice(None) if dim in axes else i for dim, i in enumerate(index))]
    if array[index] != best:
        return term(moment.gradient[place]).times(0)
    count = int((row == best).sum())
    return term(moment.gradient[place]).times(1) if count == 1 else term(moment.gradient[place]) / count


def _without(index: Index, axes: tuple[int, ...], reduced: Numbers) -> Index:
    """The place in a reduced tensor that belongs to a place before the reduction."""
    if reduced.ndim == len(index):
        return tuple(0 if dim in axes else i for dim, i in enumerate(index))
    return tuple(i for dim, i in enumerate(index) if dim not in axes)


def product_of_all(moment: Moment, slot: int, index: Index) -> Term | None:
    array = moment.array("self").astype(np.float64)
    x = float(array[index])
    return None if not x else term(moment.scalar).times(term(float(moment.array("result").item())) / x)


def triangle(lower: bool, moment: Moment, index: Index) -> Term:
    row, column = index[-2:]
    diagonal = int(moment.number("diagonal"))
    inside = column - row <= diagonal if lower else column - row >= diagonal
    return upstream(moment, index).times(1 if inside else 0)


def lower_triangle(moment: Moment, slot: int, index: Index) -> Term:
    return triangle(True, moment, index)


def upper_triangle(moment: Moment, slot: int, index: Index) -> Term:
    return triangle(False, moment, index)


def nothing(moment: Moment, slot: int, index: Index) -> Term:
    """The old numbers were overwritten or do not matter."""
    return term(0.0)
