"""The way from a layer on the canvas to its single weights."""

from __future__ import annotations

from engine.catalog import LAYERS
from engine.edits import ENDS
from gui.canvas.desk import Desk


def has_weights(desk: Desk) -> bool:
    """Whether one layer is selected, and it learns."""
    ids = [node_id for node_id in desk.selection if node_id not in ENDS]
    return len(ids) == 1 and LAYERS[desk.network.node(ids[0]).kind].learns


def edit_weights(desk: Desk) -> None:
    """Show the numbers of the selected layer, to be set by hand."""
    if has_weights(desk):
        desk.intents.weightsRequested.emit(next(node_id for node_id in desk.selection if node_id not in ENDS))
