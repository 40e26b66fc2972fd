"""What every layer with weights can be set to, beside the arguments of its constructor."""

from __future__ import annotations

from engine.fields import Field

NODE_FIELDS: tuple[Field, ...] = (
    Field(
        "frozen",
        "Frozen",
        "bool",
        False,
        "The weights stay as they are: requires_grad is False and the optimizer passes them by. "
        "BatchNorm's running mean and variance move all the same, as in PyTorch.",
        formula="∂L/∂θ is not computed",
        live=True,
    ),
    Field(
        "lr",
        "Own rate",
        "float",
        None,
        "Learning rate for this layer alone, a parameter group of its own in the optimizer.",
        low=0.0,
        high=1000.0,
        optional=True,
        none_text="optimizer's",
        live=True,
    ),
    Field(
        "weight_decay",
        "Own decay",
        "float",
        None,
        "Weight decay for this layer alone, a parameter group of its own in the optimizer.",
        low=0.0,
        high=100.0,
        optional=True,
        none_text="optimizer's",
        live=True,
    ),
)
