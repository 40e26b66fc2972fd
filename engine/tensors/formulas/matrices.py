"""Backward rules of products of matrices, and of cutting and turning them."""

from __future__ import annotations

from engine.tensors.formulas.elementwise import passed
from engine.tensors.formulas.moment import Moment
from engine.tensors.formulas.terms import Index, Term, add_up, dot, term


def addmm(moment: Moment, slot: int, index: Index) -> Term | None:
    """b + mat1·mat2; in a linear layer mat1 is the input and mat2 the transposed weight."""
    if slot == 0:
        outgoing = moment.outgoing[0]
        return add_up(moment.gradient[:, index[0]]) if outgoing is not None and outgoing.ndim == 1 else None
    return _product(moment, slot - 1, index, "mat1")


def mm(moment: Moment, slot: int, index: Index) -> Term | None:
    return _product(moment, slot, index, "self")


def _product(moment: Moment, slot: int, index: Index, first: str) -> Term:
    """The gradient of a factor at (row, column): g·bᵀ for the left one, aᵀ·g for the right one."""
    row, column = index
    if slot == 0:
        return dot(moment.gradient[row], moment.array("mat2")[column])
    return dot(moment.array(first)[:, row], moment.gradient[:, column])


def linear(moment: Moment, slot: int, index: Index) -> Term | None:
    """torch's one-piece linear layer (Apple GPUs): slots are input, weight, bias."""
    gradient = moment.gradient.reshape(-1, moment.gradient.shape[-1])
    if slot == 0:
        row = moment.gradient[index[:-1]]
        return dot(row, moment.array("weight")[:, index[-1]])
    if slot == 1:
        given = moment.array("input")
        return dot(gradient[:, index[0]], given.reshape(-1, given.shape[-1])[:, index[1]])
    return add_up(gradient[:, index[0]])


def transposed(moment: Moment, slot: int, index: Index) -> Term:
    return term(moment.gradient.T[index])


def cat(moment: Moment, slot: int, index: Index) -> Term | None:
    axis = moment.axis("dim", moment.gradient.ndim)
    start = _start(moment, slot, axis)
    if start is None:
        return None
    place = tuple(i + start if dim == axis else i for dim, i in enumerate(index))
    return term(moment.gradient[place])


def _start(moment: Moment, slot: int, axis: int) -> int | None:
    """Where the input of this slot begins in the result; None when inputs without gradient hide it from both sides."""
    sizes = [None if part is None else int(part.shape[axis]) for part in moment.outgoing]
    before, after = sizes[:slot], sizes[slot:]
    if None not in before:
        return sum(size for size in before if size is not None)
    if None not in after:
        return int(moment.gradient.shape[axis]) - sum(size for size in after if size is not None)
    return None


def copied(moment: Moment, slot: int, index: Index) -> Term | None:
    """copy_: slot 0 is what stood there before, slot 1 what was taken over."""
    return term(0.0) if slot == 0 else passed(moment, slot, index, 1)
