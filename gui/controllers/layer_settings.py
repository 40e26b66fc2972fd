"""Turns what is entered about how a layer begins and how it is trained into edits of the project."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from engine import edits
from engine.catalog import INITIALIZERS, LAYERS
from engine.catalog.node_fields import NODE_FIELDS
from engine.fields import FieldError
from engine.spec import ProjectSpec
from gui.forms.layer_panel import LayerPanel
from gui.store import Store


class LayerSettingsController(QObject):
    """One undoable edit per change of the layer that the panel shows."""

    def __init__(self, store: Store, layer: LayerPanel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._layer = store, layer
        layer.settings.initializerPicked.connect(self.pick_initializer)
        layer.settings.initializerEdited.connect(self.set_initializer_value)
        layer.settings.everywhereRequested.connect(self.initialize_all)
        layer.settings.settingEdited.connect(self.set_node_value)
        layer.every.picked.connect(self.pick_for_every)
        layer.every.edited.connect(self.set_for_every)

    def pick_initializer(self, kind: str, bias: bool) -> None:
        project, node_id = self._store.project, self._layer.node_id
        what = f"Draw the {'biases' if bias else 'weights'} of {node_id}: {INITIALIZERS[kind].title}"
        self._commit(lambda: edits.choose_initializer(project, node_id, kind, bias), what, "")

    def set_initializer_value(self, name: str, value: object, bias: bool) -> None:
        project, node_id = self._store.project, self._layer.node_id
        self._commit(
            lambda: edits.set_initializer_value(project, node_id, name, value, bias),
            f"Set {name} of the initial {'biases' if bias else 'weights'} of {node_id}",
            f"initial/{node_id}/{bias}/{name}",
        )

    def initialize_all(self) -> None:
        """Draw every layer as the one that is shown."""
        project = self._store.project
        node = project.network.node(self._layer.node_id)
        every = edits.initialize_all(project, node.initializer, node.bias_initializer)
        self._store.commit(every, f"Draw every layer: {INITIALIZERS[node.initializer.kind].title}")

    def pick_for_every(self, kind: str) -> None:
        """One rule for the weights of the whole network; biases keep theirs."""
        project = self._store.project
        choice = INITIALIZERS[kind].choose()
        self._commit(
            lambda: edits.initialize_weights(project, choice), f"Draw every layer: {INITIALIZERS[kind].title}", ""
        )

    def set_for_every(self, name: str, value: object) -> None:
        project = self._store.project
        old = next(node.initializer for node in project.network.nodes if LAYERS[node.kind].weights)
        field = INITIALIZERS[old.kind].field(name)
        self._commit(
            lambda: edits.initialize_weights(project, old.with_value(name, field.check(value))),
            f"Set {name} of every layer's initial weights",
            f"initial/every/{name}",
        )

    def set_node_value(self, name: str, value: object) -> None:
        project, node_id = self._store.project, self._layer.node_id
        label = next(field.label for field in NODE_FIELDS if field.name == name)
        self._commit(
            lambda: edits.set_node_value(project, node_id, name, value),
            f"Set {label} of {node_id}",
            f"node/{node_id}/{name}",
        )

    def _commit(self, edit: Callable[[], ProjectSpec], name: str, merge_key: str) -> None:
        try:
            project = edit()
        except (FieldError, edits.EditError) as error:
            self._layer.settings.show_refusal(str(error))
            return
        self._store.commit(project, name, merge_key)
