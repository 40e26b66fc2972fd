"""The losses. Help and formulas follow the pages of torch.nn (PyTorch 2.13 documentation)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.catalog.entry import Catalog, Entry
from engine.fields import Field


@dataclass(frozen=True, slots=True)
class LossEntry(Entry):
    """A loss. `target` says what it compares the prediction with.

    "classes": the index of the true class, int64, shape (N,), against logits (N, C).
    "numbers": float32 numbers of the prediction's own shape (N, K).
    "probabilities": as "numbers", each between 0 and 1.
    """

    target: Literal["classes", "numbers", "probabilities"] = "numbers"


_REDUCTION = Field(
    "reduction",
    "reduction",
    "choice",
    "mean",
    "How the losses of a batch become one number. With sum, gradients grow with the batch.",
    choices=("mean", "sum"),
)

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
            ),
            "For one class out of many. Takes logits: the softmax is inside.",
            "L = −log softmax(ŷ)[y]",
            target="classes",
        ),
        LossEntry(
            "bce_with_logits",
            "BCE with logits",
            "torch.nn.BCEWithLogitsLoss",
            (_REDUCTION,),
            "For yes-or-no targets. Takes logits: the sigmoid is inside.",
            "L = −mean(y·log σ(ŷ) + (1 − y)·log(1 − σ(ŷ)))",
            target="probabilities",
        ),
    ),
)
