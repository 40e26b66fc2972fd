"""The layers that can be put on the canvas, in the order of the palette. A new layer is one entry in one of the modules here."""

from __future__ import annotations

from engine.catalog.entry import Catalog
from engine.catalog.layers.activations import ACTIVATIONS
from engine.catalog.layers.base import Group, LayerEntry
from engine.catalog.layers.convolution import CONVOLUTION
from engine.catalog.layers.dense import DENSE
from engine.catalog.layers.ends import ENDS
from engine.catalog.layers.normalization import NORMALIZATION
from engine.catalog.layers.sequences import SEQUENCES
from engine.catalog.layers.shapes import JOINS, SHAPES
from engine.spec import Choice

__all__ = ["LAYERS", "Group", "LayerEntry", "is_random"]

LAYERS: Catalog[LayerEntry] = Catalog(
    "layer", (*ENDS, *DENSE, *CONVOLUTION, *SEQUENCES, *ACTIVATIONS, *NORMALIZATION, *SHAPES, *JOINS)
)


def is_random(layer: Choice) -> bool:
    """Whether the layer draws random numbers while training: Dropout, and a stack of recurrent layers with dropout."""
    stacked = layer.has("dropout") and layer.number("dropout") > 0 and layer.number("num_layers") > 1
    return layer.kind == "dropout" or stacked
