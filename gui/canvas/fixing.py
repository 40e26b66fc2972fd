"""Fixes on the canvas: which one is under the mouse, and the one that a key makes."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from engine.views import Fix
from gui.canvas.desk import Desk


def fix_at(desk: Desk, point: QPointF) -> Fix | None:
    """The fix whose button is at a scene point; cards lie over buttons."""
    if desk.scene.node_at(point):
        return None
    found = (item.fix_at(point, desk.camera.scale) for item in desk.scene.nodes.values() if item.isVisible())
    return next((fix for fix in found if fix is not None), None)


def fix_selected(desk: Desk) -> None:
    """Ask for the first fix of the selected layer's problem."""
    if len(desk.selection) == 1 and (fixes := desk.scene.nodes[desk.selection[0]].card.fixes):
        desk.intents.fixRequested.emit(fixes[0])
    else:
        desk.say("Select a layer that is marked and has a fix.")
