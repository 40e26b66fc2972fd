"""Backward rules of losses and of sums and means."""

from __future__ import annotations

from engine.tensors.formulas.moment import Moment
from engine.tensors.formulas.terms import Index, Term, sigmoid, term

_NONE = 0
_MEAN = 1  # torch's number for reduction="mean"


def _loss(moment: Moment, slope: Term, count: int, index: Index) -> Term:
    """upstream × slope of one sample's loss, divided by N when the loss is a mean."""
    reduction = int(moment.number("reduction"))
    if reduction == _NONE:
        return term(moment.gradient[index]).times(slope)
    return term(moment.scalar).times(slope / count if reduction == _MEAN else slope)


def _pair(moment: Moment, index: Index) -> tuple[Term, Term, int] | None:
    prediction, target = moment.array("self"), moment.array("target")
    if prediction.shape != target.shape:
        return None
    return term(prediction[index]), term(target[index]), int(prediction.size)


def multi_margin_loss(moment: Moment, slot: int, index: Index) -> Term | None:
    """A class that comes closer than the margin pushes itself down and the true class up."""
    if slot != 0 or moment.has("weight"):
        return None
    scores, true = moment.array("self").astype(float), moment.array("target").astype(int)
    row, place = index
    margin, power = moment.number("margin"), int(moment.number("p"))
    behind = margin - scores[row, true[row]] + scores[row]
    behind[true[row]] = 0.0
    push = [0.0 if short <= 0 else 1.0 if power == 1 else 2 * short for short in behind]
    slope = -sum(push) if place == true[row] else push[place]
    samples = len(scores) if int(moment.number("reduction")) == 1 else 1
    return term(moment.scalar).times(term(slope) / (scores.shape[1] * samples))


def mse_loss(moment: Moment, slot: int, index: Index) -> Term | None:
    pair = _pair(moment, index)
    if pair is None:
        return None
    prediction, target, count = pair
    error = prediction - target if slot == 0 else target - prediction
    return _loss(moment, term(2.0) * error, count, index)


def huber_loss(moment: Moment, slot: int, index: Index) -> Term | None:
    pair = _pair(moment, index)
    if pair is None or slot != 0:
        return None
    prediction, target, count = pair
    delta = moment.number("delta")
    error = prediction - target
    if abs(error.value) <= delta:
        return _loss(moment, error.grouped(), count, index)
    return _loss(moment, term(delta if error.value > 0 else -delta), count, index)


def bce_with_logits(moment: Moment, slot: int, index: Index) -> Term | None:
    pair = _pair(moment, index)
    if pair is None or slot != 0:
        return None
    prediction, target, count = pair
    return _loss(moment, (sigmoid(prediction) - target).grouped(), count, index)


def mean(moment: Moment, slot: int, index: Index) -> Term:
    return term(moment.scalar) / moment.number("self_sym_numel")


def whole_sum(moment: Moment, slot: int, index: Index) -> Term:
    return term(moment.scalar).times(1)


def sum_along(moment: Moment, slot: int, index: Index) -> Term:
    return term(_entered(moment, index)).times(1)


def mean_along(moment: Moment, slot: int, index: Index) -> Term:
    outgoing = moment.outgoing[slot]
    assert outgoing is not None
    return term(_entered(moment, index)) / (outgoing.size / moment.gradient.size)


def _entered(moment: Moment, index: Index) -> float:
    """The gradient of the sum or mean that the element entered."""
    dims = len(index)
    if not dims:
        return moment.scalar
    gone = {axis % dims for axis in moment.axes("dim")} or set(range(dims))
    if moment.saved.get("keepdim"):
        return float(moment.gradient[tuple(0 if dim in gone else i for dim, i in enumerate(index))])
    return float(moment.gradient[tuple(i for dim, i in enumerate(index) if dim not in gone)])


def smooth_l1_loss(moment: Moment, slot: int, index: Index) -> Term | None:
    pair = _pair(moment, index)
    if pair is None:
        return None
    prediction, target, count = pair
    beta = moment.number("beta")
    error = prediction - target if slot == 0 else target - prediction
    if abs(error.value) < beta:
        return _loss(moment, error.grouped() / beta, count, index)
    return _loss(moment, term(1 if error.value > 0 else -1), count, index)
