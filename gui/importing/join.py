"""Puts the data into the window: their panel, the forms, the import with its actions and files that are dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.controllers.importing import ImportingController
from gui.controllers.settings import SettingsController
from gui.forms.data_panel import DataPanel
from gui.forms.layer_panel import LayerPanel
from gui.forms.training_panel import TrainingPanel

if TYPE_CHECKING:
    from gui.workbench import Workbench


def join_data(bench: Workbench, layer: LayerPanel, training: TrainingPanel) -> tuple[DataPanel, ImportingController]:
    """The Data panel and the import; they live as long as the window."""
    data = DataPanel()
    forms = SettingsController(bench.store, layer, training, data, bench)
    bench.canvas.intents.valueRequested.connect(forms.set_layer_value)
    importing = ImportingController(bench.store, bench.session.send, bench.settings, bench.window)
    bench.files.dataDropped.connect(importing.open_path)
    forms.fileWanted.connect(importing.choose)
    data.file.changeRequested.connect(importing.change)
    data.file.locateRequested.connect(importing.locate)
    data.file.againRequested.connect(importing.read_again)
    importing.imported.connect(bench.project_opened)
    bench.actions.connect({"importing": importing})
    bench.audience.add(importing)
    return data, importing
