"""Layers that standardize what passes, and the one that drops some of it."""

from __future__ import annotations

from engine.catalog.layers.base import LayerEntry, arriving, real, switch
from engine.fields import Field

_EPS = real("eps", 1e-5, "Added to the variance before the root.", 0.0, 1.0)
_MOMENTUM = Field(
    "momentum",
    "momentum",
    "float",
    0.1,
    "Share of the newest batch in the running mean and variance; without it they are means over all batches so far.",
    low=0.0,
    high=1.0,
    optional=True,
    none_text="mean of all batches",
)
_AFFINE = switch("affine", True, "Learn a scale (weight) and a shift (bias) per channel.")
_TRACK = switch(
    "track_running_stats", True, "Keep running means for evaluation; without them evaluation uses its own batch."
)
_FORMULA = "y = (x − mean)/√(var + eps)·γ + β"


# Not offered of torch.nn.BatchNorm: bias without weight, an argument that the oldest torch allowed here has not.
def _batch_norm(dimensions: int, what: str, help: str) -> LayerEntry:
    return LayerEntry(
        f"batch_norm{dimensions}d",
        f"BatchNorm{dimensions}d",
        f"torch.nn.BatchNorm{dimensions}d",
        (arriving("num_features", what), _EPS, _MOMENTUM, _AFFINE, _TRACK),
        help,
        _FORMULA,
        group="Normalization",
        inferred=(("num_features", 1),),
        biases=True,
        words=("batch normalization", "bn"),
    )


NORMALIZATION = (
    _batch_norm(1, "features", "Standardizes every feature over the batch, in sequences (N, C, L) every channel."),
    _batch_norm(2, "channels", "Standardizes every channel over the batch and all pixels."),
    LayerEntry(
        "layer_norm",
        "LayerNorm",
        "torch.nn.LayerNorm",
        (
            Field(
                "normalized_shape",
                "normalized_shape",
                "int",
                None,
                "Size of the last axis, which is standardized; auto takes all axes behind the batch.",
                low=1,
                high=1_000_000,
                optional=True,
            ),
            _EPS,
            switch("elementwise_affine", True, "Learn a scale (weight) and a shift (bias) per value."),
            switch("bias", True, "Learn the shift too; needs elementwise_affine."),
        ),
        "Standardizes every sample by itself.",
        _FORMULA,
        group="Normalization",
        inferred=(("normalized_shape", None),),
        biases=True,
        words=("layer normalization",),
    ),
    LayerEntry(
        "dropout",
        "Dropout",
        "torch.nn.Dropout",
        (
            Field(
                "p",
                "Dropout",
                "float",
                0.5,
                "Chance of a value to be set to zero while training.",
                low=0.0,
                high=1.0,
                high_open=True,
                live=True,
            ),
        ),
        "While training, sets values to zero at random and scales the survivors by 1/(1−p).",
        "y = x·mask/(1 − p)",
        group="Normalization",
        words=("regularization", "noise"),
    ),
)
