"""Losses called as functions, with the numbers of their one result put in."""

from __future__ import annotations

from engine.tensors.formulas.losses import LOSS
from engine.tensors.formulas.operation_moment import Compute, OperationMoment
from engine.tensors.formulas.terms import Index, Term, log, term, total


def _mean_or_sum(moment: OperationMoment, each: list[Term]) -> Term | None:
    together = total(each)
    reduction = moment.keywords.get("reduction", "mean")
    if moment.output.ndim or reduction not in ("mean", "sum"):
        return None
    return together.grouped() / len(each) if reduction == "mean" and len(each) > 1 else together


def _catalog_loss(kind: str) -> Compute:
    """A loss that the catalog has too."""

    def compute(moment: OperationMoment, index: Index) -> Term | None:
        plain = set(moment.keywords) <= {"input", "target", "reduction", "delta", "label_smoothing"}
        if moment.output.ndim or not plain or len(moment.arguments) > 2:
            return None
        settings = {"reduction": "mean", "delta": 1.0, **moment.keywords}
        prediction, target = moment.array(0, "input"), moment.array(1, "target")
        if kind == "cross_entropy" and prediction.ndim == 1 and target.ndim == 0:
            prediction, target = prediction[None], target[None]
        return LOSS[kind](prediction, target, settings) if settings["reduction"] in ("mean", "sum") else None

    return compute


def _nll_loss(moment: OperationMoment, index: Index) -> Term | None:
    values, target = moment.array(0, "input"), moment.array(1, "target")
    if values.ndim == 1 and target.ndim == 0:
        values, target = values[None], target[None]
    if values.ndim != 2 or len(moment.arguments) > 2 or "weight" in moment.keywords:
        return None
    true = target.astype(int)
    if true.min() < 0:
        return None
    return _mean_or_sum(moment, [-term(row[place]) for row, place in zip(values, true, strict=True)])


def _binary_cross_entropy(moment: OperationMoment, index: Index) -> Term | None:
    p, y = moment.array(0, "input").ravel(), moment.array(1, "target").ravel()
    if p.shape != y.shape or len(moment.arguments) > 2 or "weight" in moment.keywords:
        return None
    each = []
    for chance, truth in zip(p.tolist(), y.tolist(), strict=True):
        yes, no = -_clamped_log(chance), -_clamped_log(1 - chance)
        mixed = term(truth) * yes.grouped() + (1 - term(truth)).grouped() * no.grouped()
        each.append(yes if truth == 1 else no if truth == 0 else mixed)
    return _mean_or_sum(moment, each)


def _clamped_log(value: float) -> Term:
    """torch keeps the logarithm of a probability at −100 or above."""
    found = log(term(value))
    low = value <= 0 or found.value < -100
    return Term(f"max({found.text}, −100)", -100.0, 100.0) if low else found


def _kl_div(moment: OperationMoment, index: Index) -> Term | None:
    given, target = moment.array(0, "input").ravel(), moment.array(1, "target").ravel()
    if given.shape != target.shape or moment.keywords.get("log_target") or (target <= 0).any():
        return None
    each = [term(y) * (log(term(y)) - term(x)).grouped() for x, y in zip(given.tolist(), target.tolist(), strict=True)]
    return _mean_or_sum(moment, each)


LOSSES: dict[str, Compute] = {
    "mse_loss": _catalog_loss("mse"),
    "l1_loss": _catalog_loss("l1"),
    "huber_loss": _catalog_loss("huber"),
    "cross_entropy": _catalog_loss("cross_entropy"),
    "binary_cross_entropy_with_logits": _catalog_loss("bce_with_logits"),
    "nll_loss": _nll_loss,
    "binary_cross_entropy": _binary_cross_entropy,
    "kl_div": _kl_div,
}
