"""Turns what is entered in the forms into edits of the project; what a field refuses goes back to its form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from engine import edits
from engine.catalog import LAYERS
from engine.catalog.training import PENALTY_FIELDS, TRAIN_FIELDS, TRAIN_PARTS
from engine.datasets.registry import DATASETS
from engine.fields import FieldError
from engine.spec import DataSpec, ProjectSpec, SplitSpec
from gui.controllers.layer_settings import LayerSettingsController
from gui.forms.data_panel import DataPanel
from gui.forms.layer_panel import LayerPanel
from gui.forms.training_panel import TrainingPanel
from gui.store import Store

_PART_NAMES = {"schedule": "Schedule", "clipping": "Gradient clipping", "stopping": "End of the training"}
"""How parts of the training are called in the names of edits."""

Edit = Callable[[], ProjectSpec]
Refuse = Callable[[str], None]


class SettingsController(QObject):
    """One undoable edit per change; changes of the same number in a row are one undo step."""

    fileWanted = Signal()
    """The data are to come from a file, which has to be chosen first."""

    def __init__(
        self, store: Store, layer: LayerPanel, training: TrainingPanel, data: DataPanel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._layer, self._training, self._data = layer, training, data
        layer.valueEdited.connect(self.set_layer_value)
        layer.renameRequested.connect(self.rename_layer)
        self._own = LayerSettingsController(store, layer, self)
        training.partPicked.connect(self.pick_part)
        training.partEdited.connect(self.set_part_value)
        training.dropoutEdited.connect(self.set_dropout)
        training.trainEdited.connect(self.set_train_value)
        data.sourcePicked.connect(self.pick_source)
        data.sourceEdited.connect(self.set_source_value)
        data.splitEdited.connect(self.set_split)
        data.normalizationEdited.connect(self.set_normalization)
        data.rangeEdited.connect(self.set_range)

    def set_layer_value(self, node_id: str, name: str, value: object) -> None:
        project = self._store.project
        label = LAYERS[project.network.node(node_id).kind].field(name).label
        self._commit(
            lambda: edits.set_value(project, node_id, name, value),
            f"Set {label} of {node_id}",
            f"layer/{node_id}/{name}",
            self._layer.show_refusal,
        )

    def rename_layer(self, node_id: str, new_id: str) -> None:
        project = self._store.project
        if self._commit(
            lambda: edits.rename_node(project, node_id, new_id), f"Rename {node_id}", "", self._layer.show_refusal
        ):
            self._store.select((new_id,))

    def pick_part(self, part: str, kind: str) -> None:
        """Another loss, optimizer, schedule …"""
        project = self._store.project
        title = TRAIN_PARTS[part][kind].title
        name = (
            f"Use {title}" if part in ("loss", "optimizer") else f"{_PART_NAMES.get(part, part.capitalize())}: {title}"
        )
        self._store.commit(edits.choose_part(project, part, kind), name)

    def set_part_value(self, part: str, name: str, value: object) -> None:
        project = self._store.project
        label = TRAIN_PARTS[part][getattr(project.train, part).kind].field(name).label
        self._set(lambda: edits.set_part_value(project, part, name, value), label, part)

    def set_dropout(self, value: object) -> None:
        project = self._store.project
        self._set(lambda: edits.set_dropout(project, value), "dropout", "dropout")

    def set_train_value(self, name: str, value: object) -> None:
        project = self._store.project
        label = next(field.label for field in TRAIN_FIELDS if field.name == name)
        where = "penalty" if any(field.name == name for field in PENALTY_FIELDS) else "train"
        self._set(lambda: edits.set_train_value(project, name, value), label, where)

    def pick_source(self, kind: str) -> None:
        if DATASETS[kind].from_file:
            self._data.show_source(self._store.project.data.source)
            self.fileWanted.emit()
            return
        data = self._store.project.data
        # Counts belong to the rows of one set; shares fit any.
        split = data.split if data.split.mode == "shares" else SplitSpec(seed=data.split.seed)
        self._set_data(replace(data, source=DATASETS[kind].choose(), split=split), f"Use {DATASETS[kind].title}")

    def set_source_value(self, name: str, value: object) -> None:
        project = self._store.project
        source = project.data.source
        field = DATASETS[source.kind].field(name)

        def edit() -> ProjectSpec:
            changed = source.with_value(name, field.check(value))
            return edits.set_data(project, replace(project.data, source=changed))

        self._commit(edit, f"Set {field.label}", f"source/{name}", self._refuse_source)

    def set_split(self, split: SplitSpec) -> None:
        self._set_data(replace(self._store.project.data, split=split), "Change the split", "split")

    def set_normalization(self, kind: str) -> None:
        self._set_data(replace(self._store.project.data, normalization=kind), "Change the normalization")  # type: ignore[arg-type]

    def set_range(self, name: str, value: object) -> None:
        data = self._store.project.data
        self._set_data(replace(data, **{name: value}), "Change the range", f"range/{name}")  # type: ignore[arg-type]

    def _set_data(self, data: DataSpec, name: str, merge_key: str = "") -> None:
        self._store.commit(edits.set_data(self._store.project, data), name, merge_key)

    def _set(self, edit: Edit, label: str, where: str) -> None:
        def refuse(text: str) -> None:
            self._training.show_refusal(where, text)

        self._commit(edit, f"Set {label}", f"{where}/{label}", refuse)

    def _refuse_source(self, text: str) -> None:
        self._data.show_refusal("source", text)

    def _commit(self, edit: Edit, name: str, merge_key: str, refuse: Refuse) -> bool:
        try:
            project = edit()
        except (FieldError, edits.EditError) as error:
            refuse(str(error))
            return False
        self._store.commit(project, name, merge_key)
        return True
