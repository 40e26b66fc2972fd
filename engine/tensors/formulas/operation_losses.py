"""Losses called as functions, with the numbers of their one result put in."""

from __future__ import annotations

from engine.tensors.formulas.losses import LOSS
from engine.tensors.formulas.operation_moment import Compute, OperationMoment
from engine.tensors.formulas.terms import Index, Term


def _catalog_loss(kind: str) -> Compute:
    """A loss that the catalog has too."""

    def compute(moment: OperationMoment, index: Index) -> Term | None:
        plain = set(moment.keywords) <= {"input", "target", "reduction", "delta", "label_smoothing", "p", "margin"}
        if moment.output.ndim or not plain or len(moment.arguments) > 2:
            return None
        settings = {"reduction": "mean", "delta": 1.0, "p": 1, "margin": 1.0, **moment.keywords}
        prediction, target = moment.array(0, "input"), moment.array(1, "target")
        if kind in ("cross_entropy", "nll") and prediction.ndim == 1 and target.ndim == 0:
            prediction, target = prediction[None], target[None]
        reduced = ("mean", "sum", "batchmean") if kind == "kl_div" else ("mean", "sum")
        return LOSS[kind](prediction, target, settings) if settings["reduction"] in reduced else None

    return compute


LOSSES: dict[str, Compute] = {
    "mse_loss": _catalog_loss("mse"),
    "l1_loss": _catalog_loss("l1"),
    "huber_loss": _catalog_loss("huber"),
    "cross_entropy": _catalog_loss("cross_entropy"),
    "binary_cross_entropy_with_logits": _catalog_loss("bce_with_logits"),
    "nll_loss": _catalog_loss("nll"),
    "binary_cross_entropy": _catalog_loss("bce"),
    "kl_div": _catalog_loss("kl_div"),
    "multi_margin_loss": _catalog_loss("hinge"),
}
