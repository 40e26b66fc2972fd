"""Layers that change the shape alone, and those that join several inputs."""

from __future__ import annotations

from engine.catalog.layers.base import AXIS, LayerEntry, count
from engine.fields import Field

SHAPES = (
    LayerEntry(
        "flatten",
        "Flatten",
        "torch.nn.Flatten",
        (
            count("start_dim", 1, "First axis that is joined; 0 would be the batch.", high=8),
            Field("end_dim", "end_dim", "int", -1, "Last axis that is joined; −1 is the last one.", low=-8, high=8),
        ),
        "Lays all axes behind the batch in one row.",
        "(N, C, H, W) → (N, C·H·W)",
        group="Shape",
        words=("row", "vector"),
    ),
    LayerEntry(
        "reshape",
        "Reshape",
        "torch.reshape",
        (
            Field(
                "shape",
                "shape",
                "sizes",
                (-1,),
                "Sizes of the axes behind the batch, for example 1, 28, 28; −1 stands for what is left over.",
                low=1,
                high=1_000_000,
            ),
        ),
        "Puts the values of every sample into another shape, in the same order.",
        "(N, 784) → (N, 1, 28, 28)",
        group="Shape",
        words=("unflatten", "view", "image", "sequence"),
    ),
    LayerEntry(
        "identity",
        "Identity",
        "torch.nn.Identity",
        (),
        "Passes on what arrives: a place holder, or one way around a layer.",
        "y = x",
        group="Shape",
        words=("nothing", "skip", "place holder"),
    ),
)

JOINS = (
    LayerEntry(
        "add",
        "Add",
        "",
        (),
        "Adds its inputs value by value: the end of a skip connection.",
        "y = a + b",
        group="Join",
        ports=None,
        words=("sum", "skip", "residual", "plus"),
    ),
    LayerEntry(
        "concat",
        "Concat",
        "torch.cat",
        (AXIS,),
        "Puts its inputs side by side along one axis.",
        "y = [a, b]",
        group="Join",
        ports=None,
        words=("cat", "join", "stack"),
    ),
)
