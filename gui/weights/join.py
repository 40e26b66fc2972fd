"""Puts the weights' panels into the window: their docks, their controller, the ways that lead to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from gui.controllers.weights import WeightsController
from gui.forms.layer_panel import LayerPanel
from gui.neurons.panel import NeuronsPanel
from gui.weights.panel import WeightsPanel

if TYPE_CHECKING:
    from gui.workbench import Workbench


def join_weights(bench: Workbench) -> dict[str, QWidget]:
    """Build panels and controller, join both to the workbench. Returns the panels by their docks."""
    table, neurons = WeightsPanel(), NeuronsPanel()
    controller = WeightsController(bench.store, bench.session.send, bench)
    controller.attach(table)
    controller.attach_neurons(neurons)
    controller.wanted.connect(bench.modes.reveal)
    controller.layerWanted.connect(bench.editing.append)
    layer = bench.panels["layer"]
    assert isinstance(layer, LayerPanel)
    layer.settings.weightsRequested.connect(controller.edit_selected)
    bench.canvas.intents.weightsRequested.connect(controller.edit_weights)
    bench.window.docks["weights"].visibilityChanged.connect(table.seen.show_front)
    bench.window.docks["neurons"].visibilityChanged.connect(neurons.seen.show_front)
    bench.audience.add_charts(table, neurons)
    return {"weights": table, "neurons": neurons}
