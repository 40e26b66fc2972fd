"""Backward rules of softmax and of the negative log-likelihood."""

from __future__ import annotations

from engine.tensors.formulas.moment import Moment
from engine.tensors.formulas.terms import Index, Term, add_up, dot, exp, term


def _along(moment: Moment, index: Index) -> tuple[Index | tuple[int | slice, ...], int]:
    """The place of all values that are taken together with the one at `index`, and its number among them."""
    axis = moment.axis("dim", moment.gradient.ndim)
    return tuple(slice(None) if dim == axis else i for dim, i in enumerate(index)), index[axis] if index else 0


def softmax(moment: Moment, slot: int, index: Index) -> Term:
    row, _ = _along(moment, index)
    p, g = moment.array("result"), moment.gradient
    return term(p[index]) * (term(g[index]) - dot(g[row], p[row]).grouped())


def log_softmax(moment: Moment, slot: int, index: Index) -> Term:
    row, _ = _along(moment, index)
    together = add_up(moment.gradient[row])
    return term(moment.gradient[index]) - exp(term(moment.array("result")[index])) * together.grouped()


def nll_loss(moment: Moment, slot: int, index: Index) -> Term:
    target = moment.array("target")
    true = int(target[index[0]] if target.ndim else target)
    if index[-1] != true:
        return term(moment.scalar).times(0)
    if int(moment.number("reduction")) == 0:
        return -term(moment.gradient[index[:-1]])
    passed = -term(moment.scalar)
    mean = int(moment.number("reduction")) == 1
    return passed / moment.number("total_weight") if mean else passed
