"""Backward rules of look-ups, of cutting a sequence into its steps, and of padding with the image itself."""

from __future__ import annotations

import numpy as np

from engine.tensors.formulas.moment import Moment
from engine.tensors.formulas.terms import Index, Numbers, Term, add_up, term


def embedding(moment: Moment, slot: int, index: Index) -> Term | None:
    """Row r gets the gradients of all places where r was looked up."""
    places = moment.array("indices") == index[0]
    padding = moment.whole("padding_idx")
    if index[0] == (padding if padding < 2**63 else padding - 2**64):
        return term(0.0)
    came = moment.gradient[..., index[1]][places]
    if not came.size:
        return term(0.0)
    total = add_up(came)
    return total.grouped() / came.size if moment.saved.get("scale_grad_by_freq") else total


def unbound(moment: Moment, slot: int, index: Index) -> Term | None:
    """The steps were taken apart along one axis: each gets back its own gradient."""
    axis = moment.axis("dim", len(index))
    step = moment.upstream[index[axis]]
    if step is None:
        return term(0.0)
    return term(step[tuple(place for dim, place in enumerate(index) if dim != axis)])


def split(moment: Moment, slot: int, index: Index) -> Term | None:
    """The gates were cut apart along one axis into parts of one size."""
    axis, size = moment.axis("dim", len(index)), moment.whole("split_size")
    number, within = divmod(index[axis], size)
    gate = moment.upstream[number]
    if gate is None:
        return term(0.0)
    return term(gate[tuple(within if dim == axis else place for dim, place in enumerate(index))])


def padded(moment: Moment, slot: int, index: Index, mode: str) -> Term | None:
    """Every place of the padded image or signal got its number from one place of the old one."""
    kept, given = moment.integers("padding"), moment.array("self")
    axes = len(kept) // 2
    around = [(0, 0)] * (given.ndim - axes) + [(kept[2 * n], kept[2 * n + 1]) for n in reversed(range(axes))]
    origin = np.pad(np.arange(given.size).reshape(given.shape), around, mode=mode)  # type: ignore[call-overload]
    place = int(np.ravel_multi_index(index, given.shape))
    came: Numbers = moment.gradient[origin == place]
    return add_up(came) if came.size else term(0.0)


def reflected(moment: Moment, slot: int, index: Index) -> Term | None:
    return padded(moment, slot, index, "reflect")


def replicated(moment: Moment, slot: int, index: Index) -> Term | None:
    return padded(moment, slot, index, "edge")


def in_one_piece(moment: Moment, slot: int, index: Index) -> Term | None:
    """A layer whose steps torch does not show: no numbers to put in."""
    return None
