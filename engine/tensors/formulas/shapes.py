"""Backward rules of operations that pick, move, repeat or overwrite elements."""

from __future__ import annotations

import numpy as np

from engine.tensors.formulas.elementwise import upstream
from engine.tensors.formulas.moment import Moment, NotKept, signed
from engine.tensors.formulas.terms import Index, Term, add_up, dot, term


def _whole(moment: Moment, name: str) -> int:
    return signed(moment.whole(name))


def select(moment: Moment, slot: int, index: Index) -> Term:
    """x[i]: the row that was picked gets the gradient, the others 0."""
    axis = moment.axis("dim", len(index))
    size = _shape(moment, slot)[axis]
    if index[axis] != _whole(moment, "index") % size:
        return term(0.0)
    return term(moment.gradient[index[:axis] + index[axis + 1 :]]).times(1)


def cut(moment: Moment, slot: int, index: Index) -> Term:
    """x[a:b]: the part that was picked gets the gradient, the rest 0."""
    axis = moment.axis("dim", len(index))
    size = _shape(moment, slot)[axis]
    places = range(size)[_whole(moment, "start") : min(_whole(moment, "end"), size) : _whole(moment, "step")]
    if index[axis] not in places:
        return term(0.0)
    place = (*index[:axis], places.index(index[axis]), *index[axis + 1 :])
    return term(moment.gradient[place]).times(1)


def pick(moment: Moment, slot: int, index: Index) -> Term | None:
    """x[indices]: every element collects from all the places where it was put."""
    outgoing = moment.outgoing[slot]
    kept = moment.saved.get("indices")
    if outgoing is None or not isinstance(kept, tuple):
        raise NotKept("indices")
    places = np.arange(outgoing.size).reshape(outgoing.shape)
    chosen = tuple(slice(None) if each is None else np.asarray(each) for each in kept)
    came_from = places[chosen]
    if came_from.shape != moment.gradient.shape:
        return None
    met = moment.gradient[came_from == places[index]]
    if not met.size:
        return term(0.0)
    return term(met.reshape(-1)[0]).times(1) if met.size == 1 else add_up(met)


def permuted(moment: Moment, slot: int, index: Index) -> Term:
    dims = moment.axes("dims")
    return term(moment.gradient[tuple(index[axis % len(index)] for axis in dims)])


def swapped(moment: Moment, slot: int, index: Index) -> Term:
    if not index:
        return upstream(moment, index)
    first, second = (moment.axis(name, len(index)) for name in ("dim0", "dim1"))
    return term(np.swapaxes(moment.gradient, first, second)[index])


def flipped(moment: Moment, slot: int, index: Index) -> Term:
    axes = tuple(axis % len(index) for axis in moment.axes("dims"))
    return term(np.flip(moment.gradient, axes)[index])


def repeated(moment: Moment, slot: int, index: Index) -> Term:
    """expand: an element that was repeated collects from all its copies."""
    shape = _shape(moment, slot)
    lead = moment.gradient.ndim - len(shape)
    place = (slice(None),) * lead + tuple(slice(None) if size == 1 else i for size, i in zip(shape, index, strict=True))
    met = np.asarray(moment.gradient[place])
    return term(met.reshape(-1)[0]).times(1) if met.size == 1 else add_up(met)


def tiled(moment: Moment, slot: int, index: Index) -> Term:
    """repeat: the copies stand side by side."""
    shape = _shape(moment, slot)
    lead = moment.gradient.ndim - len(shape)
    place = (slice(None),) * lead + tuple(slice(i, None, size) for size, i in zip(shape, index, strict=True))
    return add_up(np.asarray(moment.gradient[place]))


def stacked(moment: Moment, slot: int, index: Index) -> Term:
    axis = moment.axis("dim", moment.gradient.ndim)
    return term(moment.gradient[(*index[:axis], slot, *index[axis:])]).times(1)


def overwritten(moment: Moment, slot: int, index: Index) -> Term | None:
    """x[place] = …: what was overwritten gets 0, what stayed gets the gradient; None where the old number was only changed."""
    outgoing = moment.outgoing[slot]
    if slot != 0 or outgoing is None or outgoing.shape != moment.gradient.shape:
        return None
    if outgoing[index] not in (0, moment.gradient[index]):
        return None
    return upstream(moment, index).times(0 if outgoing[index] == 0 else 1)


def running_sum(moment: Moment, slot: int, index: Index) -> Term:
    """cumsum: an element entered its own sum and all later ones."""
    axis = moment.axis("dim", len(index)) if index else 0
    later = tuple(slice(i, None) if dim == axis else i for dim, i in enumerate(index))
    return add_up(np.asarray(moment.gradient[later]))


def matrix_vector(moment: Moment, slot: int, index: Index) -> Term:
    """M·v: ∂/∂M is g times v, ∂/∂v is Mᵀ·g."""
    if slot == 0:
        return term(moment.gradient[index[0]]).times(float(moment.array("vec")[index[1]]))
    return dot(moment.array("self")[:, index[0]], moment.gradient)


def inner(moment: Moment, slot: int, index: Index) -> Term:
    """a·b of two vectors: each gets g times the other."""
    other = moment.array("tensor" if slot == 0 else "self")
    return term(moment.scalar).times(float(other[index]))


def pairs_of_matrices(moment: Moment, slot: int, index: Index) -> Term:
    batch, row, column = index
    if slot == 0:
        return dot(moment.gradient[batch, row], moment.array("mat2")[batch, column])
    return dot(moment.array("self")[batch, :, row], moment.gradient[batch, :, column])


def diagonal_sum(moment: Moment, slot: int, index: Index) -> Term:
    return term(moment.scalar).times(1 if index[0] == index[1] else 0)


def _shape(moment: Moment, slot: int) -> tuple[int, ...]:
    outgoing = moment.outgoing[slot]
    assert outgoing is not None
    return outgoing.shape
