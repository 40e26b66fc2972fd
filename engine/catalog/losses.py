"""The losses. Help and formulas follow the pages of torch.nn (PyTorch 2.13 documentation)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.catalog.entry import Catalog, Entry
from engine.fields import Field


@dataclass(frozen=True, slots=True)
class LossEntry(Entry):
    """A loss. `target` says what it compares the prediction with.

    "classes": the index of the true class, int64, shape (N,), against (N, C).
    "numbers": float32 numbers of the prediction's own shape (N, K).
    "probabilities": as "numbers", each between 0 and 1.
    "distribution": as "probabilities", every row a distribution over C ≥ 2 classes, which sums to 1.

    `chances` names the function that turns outputs into probabilities; "" where they are probabilities, or have none.
    `needs` lists the kinds of layer of which one must be the last, so that the loss is given what it is defined for.
    """

    target: Literal["classes", "numbers", "probabilities", "distribution"] = "numbers"
    chances: Literal["", "softmax", "sigmoid", "exp"] = ""
    needs: tuple[str, ...] = ()
    weights: Literal["", "weight", "pos_weight"] = ""
    """What torch calls the weights of the classes; "" where it has none."""
    weighted_mean: bool = False
    """With class weights, the mean divides by the sum of the rows' weights, not by their number."""


_REDUCTION = Field(
    "reduction",
    "reduction",
    "choice",
    "mean",
    "How the losses of a batch become one number. With sum, gradients grow with the batch.",
    choices=("mean", "sum"),
)

_CLASS_WEIGHTS = Field(
    "class_weights",
    "Class weights",
    "choice",
    "none",
    "How much every class counts. balanced: rare classes as much as frequent ones, from the counts of the training part.",
    choices=("none", "balanced", "by hand"),
    formula="balanced: N/(C·N_c)",
)
_POS_WEIGHTS = Field(
    "class_weights",
    "Class weights",
    "choice",
    "none",
    "How much a true 1 counts. balanced: as many 0s as there are for each 1 in the training part.",
    choices=("none", "balanced", "by hand"),
    formula="balanced: N_0/N_1",
)


def _by_hand(name: str, help: str) -> Field:
    return Field(name, name, "numbers", (), help, low=0.0, high=1e6)


_WEIGHT = _by_hand("weight", "One number per class, in the order of the classes; used with class weights by hand.")

LOSSES: Catalog[LossEntry] = Catalog(
    "loss",
    (
        LossEntry(
            "mse",
            "MSE",
            "torch.nn.MSELoss",
            (_REDUCTION,),
            "Squared error: the standard for regression. Large errors weigh most.",
            "L = mean((ŷ − y)²)",
        ),
        LossEntry(
            "l1",
            "L1",
            "torch.nn.L1Loss",
            (_REDUCTION,),
            "Absolute error: less moved by outliers than MSE.",
            "L = mean(|ŷ − y|)",
        ),
        LossEntry(
            "huber",
            "Huber",
            "torch.nn.HuberLoss",
            (
                _REDUCTION,
                Field(
                    "delta",
                    "delta",
                    "float",
                    1.0,
                    "Error at which the curve turns from square to straight.",
                    low=0.0,
                    low_open=True,
                    high=1e6,
                ),
            ),
            "Square for small errors, straight for large ones.",
            "½(ŷ − y)² for |ŷ − y| ≤ δ, else δ·(|ŷ − y| − ½δ)",
        ),
        LossEntry(
            "cross_entropy",
            "Cross-entropy",
            "torch.nn.CrossEntropyLoss",
            (
                _REDUCTION,
                Field(
                    "label_smoothing",
                    "label_smoothing",
                    "float",
                    0.0,
                    "Share of the target that is spread over all classes.",
                    low=0.0,
                    high=1.0,
                ),
                _CLASS_WEIGHTS,
                _WEIGHT,
            ),
            "For one class out of many. Takes logits: the softmax is inside.",
            "L = −log softmax(ŷ)[y]",
            target="classes",
            chances="softmax",
            weights="weight",
            weighted_mean=True,
        ),
        LossEntry(
            "bce_with_logits",
            "BCE with logits",
            "torch.nn.BCEWithLogitsLoss",
            (
                _REDUCTION,
                _POS_WEIGHTS,
                _by_hand(
                    "pos_weight",
                    "What a true 1 counts: one number, or one per output; used with class weights by hand.",
                ),
            ),
            "For yes-or-no targets. Takes logits: the sigmoid is inside.",
            "L = −mean(y·log σ(ŷ) + (1 − y)·log(1 − σ(ŷ)))",
            target="probabilities",
            chances="sigmoid",
            weights="pos_weight",
        ),
        LossEntry(
            "bce",
            "BCE",
            "torch.nn.BCELoss",
            (_REDUCTION,),
            "For yes-or-no targets. Takes probabilities: the network must end with a Sigmoid. torch keeps both logarithms above −100.",
            "L = −mean(y·log ŷ + (1 − y)·log(1 − ŷ))",
            target="probabilities",
            needs=("sigmoid", "softmax"),
        ),
        LossEntry(
            "nll",
            "NLL",
            "torch.nn.NLLLoss",
            (_REDUCTION, _CLASS_WEIGHTS, _WEIGHT),
            "Negative log-likelihood. Takes log-probabilities: behind a LogSoftmax it is cross-entropy.",
            "L = −ŷ[y]",
            weights="weight",
            weighted_mean=True,
            target="classes",
            chances="exp",
            needs=("log_softmax",),
        ),
        LossEntry(
            "kl_div",
            "KL divergence",
            "torch.nn.KLDivLoss",
            (
                Field(
                    "reduction",
                    "reduction",
                    "choice",
                    "batchmean",
                    "How the terms of a batch become one number. torch's mean, which also divides by the number of classes and is "
                    "no divergence, is not offered.",
                    choices=("batchmean", "sum"),
                ),
            ),
            "How far a predicted distribution is from the true one. Takes log-probabilities: end with a LogSoftmax.",
            "L = Σ y·(log y − ŷ)/N",
            target="distribution",
            chances="exp",
            needs=("log_softmax",),
        ),
        LossEntry(
            "hinge",
            "Hinge",
            "torch.nn.MultiMarginLoss",
            (
                _REDUCTION,
                Field("p", "p", "int", 1, "Power of every shortfall.", low=1, high=2),
                Field(
                    "margin",
                    "margin",
                    "float",
                    1.0,
                    "By so much the true class should be ahead of every other one.",
                    low=0.0,
                    high=1e6,
                ),
                _CLASS_WEIGHTS,
                _WEIGHT,
            ),
            "For one class out of many: asks that the true class is ahead by a margin, as a support vector machine does.",
            "L = Σⱼ max(0, margin − ŷ[y] + ŷ[j])ᵖ/C over j ≠ y",
            target="classes",
            weights="weight",
        ),
    ),
)
