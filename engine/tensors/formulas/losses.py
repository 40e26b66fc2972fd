"""What a loss computes, with the numbers put in: each number's or sample's own loss, then their mean or sum."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from engine.tensors.formulas.moment import Worked, lines
from engine.tensors.formulas.terms import (
    Numbers,
    Term,
    add_up,
    call,
    dot,
    exp,
    log,
    magnitude,
    sigmoid,
    term,
    total,
)

Arguments = Mapping[str, Any]
Compute = Callable[[Numbers, Numbers, Arguments], Term | None]
One = Callable[[Term, Term, Arguments], Term]


def _each_number(one: One) -> Compute:
    """A loss that is the mean or sum of one term per number of ŷ."""

    def compute(prediction: Numbers, target: Numbers, arguments: Arguments) -> Term | None:
        weights = arguments.get("weights")
        if prediction.shape != target.shape or not prediction.size or (weights is not None and len(weights) > 1):
            return None
        pairs = zip(prediction.ravel(), target.ravel(), strict=True)
        return _reduced([one(term(p), term(t), arguments) for p, t in pairs], arguments)

    return compute


def _reduced(terms: list[Term], arguments: Arguments) -> Term:
    together = total(terms)
    return together.grouped() / len(terms) if arguments.get("reduction") == "mean" else together


def _square(prediction: Term, target: Term, arguments: Arguments) -> Term:
    return (prediction - target).squared()


def _distance(prediction: Term, target: Term, arguments: Arguments) -> Term:
    return magnitude(prediction - target)


def _huber(prediction: Term, target: Term, arguments: Arguments) -> Term:
    delta = arguments["delta"]
    assert isinstance(delta, (int, float))
    if abs(prediction.value - target.value) <= delta:
        return term(0.5) * (prediction - target).squared()
    return term(delta) * (magnitude(prediction - target) - 0.5 * delta).grouped()


def _binary(prediction: Term, target: Term, arguments: Arguments) -> Term:
    """The terms that count: −log σ(ŷ) for y = 1, −log(1 − σ(ŷ)) = −log σ(−ŷ) for y = 0, both weighed in between."""
    yes, no = -log(sigmoid(prediction)), -log(sigmoid(-prediction))
    weights = arguments.get("weights")
    if weights is not None:
        yes = term(float(weights[0])) * yes.grouped()
    if target.value == 1:
        return yes
    if target.value == 0:
        return no
    return target * yes.grouped() + (1 - target).grouped() * no.grouped()


def _cross_entropy(prediction: Numbers, target: Numbers, arguments: Arguments) -> Term | None:
    """Per sample log Σ exp(ŷ) − ŷ[y]; with label smoothing ε, a share ε of the mean over all classes."""
    if prediction.ndim != 2 or target.ndim != 1:
        return None
    smoothing = arguments.get("label_smoothing", 0.0)
    assert isinstance(smoothing, (int, float))
    weights = arguments.get("weights")
    if weights is not None and smoothing:
        return None  # torch smooths with the weights of all classes: too long for a line
    if len(prediction) == 1 and not smoothing and (weights is None or arguments.get("reduction") == "mean"):
        return _sample(prediction[0], int(target[0]))
    wide = prediction.astype(np.float64)
    top = wide.max(axis=1, keepdims=True)
    spread = np.log(np.exp(wide - top).sum(axis=1, keepdims=True)) + top - wide
    losses = (1 - smoothing) * spread[np.arange(len(wide)), target] + smoothing * spread.mean(axis=1)
    if weights is not None:
        return _weighed(losses, weights[target].astype(np.float64), arguments)
    together = add_up(losses)
    return together.grouped() / len(losses) if arguments.get("reduction") == "mean" else together


def _weighed(losses: Numbers, weights: Numbers, arguments: Arguments) -> Term:
    """Σ w[y]·loss, for the mean over Σ w[y]."""
    together = dot(weights, losses)
    return together.grouped() / add_up(weights).grouped() if arguments.get("reduction") == "mean" else together


def _sample(logits: Numbers, true: int) -> Term:
    shown = total([exp(term(value)) for value in logits])
    return log(shown) - term(logits[true])


def _clamped_log(value: float) -> Term:
    """torch keeps the logarithm of a probability at −100 or above."""
    found = log(term(value))
    low = value <= 0 or found.value < -100
    return Term(f"max({found.text}, −100)", -100.0, 100.0) if low else found


def _chance(prediction: Term, target: Term, arguments: Arguments) -> Term:
    yes, no = -_clamped_log(prediction.value), -_clamped_log(1 - prediction.value)
    if target.value in (0, 1):
        return yes if target.value else no
    return target * yes.grouped() + (1 - target).grouped() * no.grouped()


def _likelihood(prediction: Numbers, target: Numbers, arguments: Arguments) -> Term | None:
    """−ŷ[y] of every sample."""
    if prediction.ndim != 2 or target.ndim != 1 or target.min() < 0:
        return None
    weights = arguments.get("weights")
    if weights is not None:
        places = target.astype(int)
        losses = -prediction[np.arange(len(places)), places].astype(np.float64)
        return _weighed(losses, weights[places].astype(np.float64), arguments)
    picked = [-term(row[true]) for row, true in zip(prediction, target.astype(int), strict=True)]
    return _reduced(picked, arguments)


def _divergence(prediction: Numbers, target: Numbers, arguments: Arguments) -> Term | None:
    """y·(log y − ŷ) of every number; 0 where y is 0."""
    if prediction.shape != target.shape or not prediction.size or (target < 0).any():
        return None
    pairs = zip(prediction.ravel(), target.ravel(), strict=True)
    together = total([term(y) * (log(term(y)) - term(x)).grouped() if y else term(0.0) for x, y in pairs])
    counts: dict[str, int] = {"batchmean": len(prediction), "mean": prediction.size, "sum": 0}
    below = counts[str(arguments.get("reduction", "mean"))]
    return together.grouped() / below if below else together


def _shortfall(prediction: Numbers, target: Numbers, arguments: Arguments) -> Term | None:
    """max(0, margin − ŷ[y] + ŷ[j])ᵖ of every class j but the true one, over the number of classes."""
    if prediction.ndim != 2 or target.ndim != 1 or arguments.get("weights") is not None:
        return None
    margin, power = arguments["margin"], arguments["p"]
    assert isinstance(margin, (int, float)) and isinstance(power, int)
    each = []
    for row, true in zip(prediction, target.astype(int), strict=True):
        for place, value in enumerate(row):
            if place != true:
                behind = term(margin) - term(row[true]) + term(value)
                short = call("max", max(0.0, behind.value), term(0.0), behind)
                each.append(short if power == 1 else short.squared())
    shares: Term = total(each).grouped() / prediction.shape[1]
    return shares if arguments.get("reduction") == "sum" else shares / len(prediction)


LOSS: dict[str, Compute] = {
    "mse": _each_number(_square),
    "l1": _each_number(_distance),
    "huber": _each_number(_huber),
    "cross_entropy": _cross_entropy,
    "bce_with_logits": _each_number(_binary),
    "bce": _each_number(_chance),
    "nll": _likelihood,
    "kl_div": _divergence,
    "hinge": _shortfall,
}


def work_out_loss(  # noqa: PLR0917
    kind: str, prediction: Numbers, target: Numbers, arguments: Arguments, loss: float, called: str = "L"
) -> list[Worked]:
    """The loss with its numbers put in; empty for a kind without an entry."""
    compute = LOSS.get(kind)
    worked = compute(prediction, target, arguments) if compute else None
    return [Worked(called, worked, loss)] if worked is not None else []


def loss_formula(
    kind: str,
    prediction: Numbers,
    target: Numbers,
    arguments: Arguments,
    *,
    loss: float,
    otherwise: str,
    called: str = "L",
) -> str:
    """The line to show for the loss, or its general formula."""
    return lines(work_out_loss(kind, prediction, target, arguments, loss, called), otherwise)
