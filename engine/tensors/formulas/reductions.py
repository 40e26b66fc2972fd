"""Backward rules of losses and of sums and means."""

from __future__ import annotations

from engine.tensors.formulas.moment import Moment, signed
from engine.tensors.formulas.terms import Index, Term, sigmoid, term

_MEAN = 1  # torch's number for reduction="mean"


def _loss(moment: Moment, slope: Term, count: int) -> Term:
    """upstream × slope of one sample's loss, divided by N when the loss is a mean."""
    mean = int(moment.number("reduction")) == _MEAN
    return term(moment.scalar).times(slope / count if mean else slope)


def _pair(moment: Moment, index: Index) -> tuple[Term, Term, int] | None:
    prediction, target = moment.array("self"), moment.array("target")
    if prediction.shape != target.shape:
        return None
    return term(prediction[index]), term(target[index]), int(prediction.size)


def mse_loss(moment: Moment, slot: int, index: Index) -> Term | None:
    pair = _pair(moment, index)
    if pair is None or slot != 0:
        return None
    prediction, target, count = pair
    return _loss(moment, term(2.0) * (prediction - target), count)


def huber_loss(moment: Moment, slot: int, index: Index) -> Term | None:
    pair = _pair(moment, index)
    if pair is None or slot != 0:
        return None
    prediction, target, count = pair
    delta = moment.number("delta")
    error = prediction - target
    if abs(error.value) <= delta:
        return _loss(moment, error.grouped(), count)
    return _loss(moment, term(delta if error.value > 0 else -delta), count)


def bce_with_logits(moment: Moment, slot: int, index: Index) -> Term | None:
    pair = _pair(moment, index)
    if pair is None or slot != 0:
        return None
    prediction, target, count = pair
    return _loss(moment, (sigmoid(prediction) - target).grouped(), count)


def mean(moment: Moment, slot: int, index: Index) -> Term:
    return term(moment.scalar) / moment.number("self_sym_numel")


def whole_sum(moment: Moment, slot: int, index: Index) -> Term:
    return term(moment.scalar).times(1)


def sum_along(moment: Moment, slot: int, index: Index) -> Term | None:
    if moment.saved.get("keepdim"):
        return None
    dims = len(index)
    gone = {signed(axis) % dims for axis in moment.integers("dim")}
    return term(moment.gradient[tuple(i for dim, i in enumerate(index) if dim not in gone)]).times(1)
