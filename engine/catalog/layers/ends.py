"""The two ends of every network."""

from __future__ import annotations

from engine.catalog.layers.base import LayerEntry

ENDS = (
    LayerEntry("input", "Data", "", (), "The features of a batch, shape (N, …).", "x", group="Ends", ports=0),
    LayerEntry(
        "output",
        "Loss",
        "",
        (),
        "The prediction ŷ of the network meets the target y in the loss. "
        "Targets take the output's shape, so (N, 1) never meets (N).",
        "L(ŷ, y)",
        group="Ends",
    ),
)
