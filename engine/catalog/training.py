"""The numbers of the training loop and of the split, described like everything else."""

from __future__ import annotations

from typing import Any

from engine.catalog.clipping import CLIPPINGS
from engine.catalog.entry import Catalog
from engine.catalog.losses import LOSSES
from engine.catalog.optimizers import OPTIMIZERS
from engine.catalog.schedules import SCHEDULES
from engine.catalog.stopping import STOPPINGS
from engine.fields import Field

TRAIN_PARTS: dict[str, Catalog[Any]] = {
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "clipping": CLIPPINGS,
    "stopping": STOPPINGS,
}
"""What is picked from a catalog for the training: names of TrainSpec, and where they are picked from."""

DEVICES = ("auto", "cpu", "cuda", "mps")

LOOP_FIELDS: tuple[Field, ...] = (
    Field(
        "batch_size",
        "Batch size",
        "int",
        32,
        "Samples in one step. The last batch of an epoch may be smaller.",
        low=1,
        high=10_000_000,
        unit="samples",
    ),
    Field(
        "epochs",
        "Epochs",
        "int",
        20,
        "Passes over the training part until training ends.",
        low=1,
        high=1_000_000,
        unit="epochs",
        live=True,
    ),
    Field(
        "seed",
        "Seed",
        "int",
        0,
        "Fixes initial weights, order of the batches and dropout: same seed, same run.",
        low=0,
        high=2**31 - 1,
    ),
    Field(
        "shuffle",
        "Shuffle",
        "bool",
        True,
        "Draw a new order of the rows for every epoch; otherwise every epoch takes them as they come.",
    ),
    Field(
        "device",
        "Device",
        "choice",
        "auto",
        "Where torch computes; auto takes the GPU when there is one.",
        choices=DEVICES,
    ),
)

PENALTY_FIELDS: tuple[Field, ...] = (
    Field(
        "l1",
        "L1 penalty λ₁",
        "float",
        0.0,
        "λ₁·Σ|w| is added to the loss: pulls every weight towards 0 with the same force, so that many become 0.",
        low=0.0,
        high=1000.0,
        live=True,
        formula="L + λ₁·Σ|w|; its gradient is λ₁·sign(w)",
    ),
    Field(
        "l2",
        "L2 penalty λ₂",
        "float",
        0.0,
        "λ₂·Σw² is added to the loss: pulls large weights the most. Weight decay of 2·λ₂ does the same to plain SGD.",
        low=0.0,
        high=1000.0,
        live=True,
        formula="L + λ₂·Σw²; its gradient is 2·λ₂·w",
    ),
    Field(
        "penalize_all",
        "Biases too",
        "bool",
        False,
        "Penalize every parameter; otherwise only weights with two axes or more, not biases and not normalizations.",
        live=True,
    ),
)

TRAIN_FIELDS: tuple[Field, ...] = (*LOOP_FIELDS, *PENALTY_FIELDS)
"""Every plain value of TrainSpec."""

SPLIT_FIELDS: tuple[Field, ...] = (
    Field(
        "mode",
        "Split by",
        "choice",
        "shares",
        "Fractions of the rows, or numbers of rows.",
        choices=("shares", "counts"),
    ),
    Field("train", "Training", "float", 0.7, "The part that the optimizer sees.", low=0.0, low_open=True, high=1e9),
    Field("validation", "Validation", "float", 0.15, "The part that watches the training.", low=0.0, high=1e9),
    Field("test", "Test", "float", 0.15, "The part that is looked at once, at the end.", low=0.0, high=1e9),
    Field("seed", "Split seed", "int", 0, "Fixes which row goes into which part.", low=0, high=2**31 - 1),
    Field(
        "shuffle", "Shuffle rows", "bool", True, "Mix the rows before they are divided; otherwise the first ones train."
    ),
    Field(
        "stratify",
        "Stratified",
        "bool",
        False,
        "Give every part its share of every class, to one row. For classes only.",
    ),
)

NORMALIZATION_FIELD = Field(
    "normalization",
    "Normalization",
    "choice",
    "standardize",
    "standardize: subtract the mean, divide by the standard deviation (N − 1, or N: as sklearn does it); min-max: the least value "
    "becomes l, the greatest u. All of the training part alone.",
    choices=("none", "standardize", "standardize (N)", "min-max"),
    formula="x′ = (x − μ)/σ,  or  x′ = l + (u − l)·(x − min)/(max − min)",
)

RANGE_FIELDS: tuple[Field, ...] = (
    Field(
        "low", "From l", "float", 0.0, "What the least value of the training part becomes.", low=-1000.0, high=1000.0
    ),
    Field(
        "high", "To u", "float", 1.0, "What the greatest value of the training part becomes.", low=-1000.0, high=1000.0
    ),
)
