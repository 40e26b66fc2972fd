"""Loss, optimizer and the numbers of the training loop."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.catalog import LAYERS
from engine.catalog.schedules import pace_of
from engine.catalog.training import LOOP_FIELDS, PENALTY_FIELDS, TRAIN_PARTS
from engine.fields import Value
from engine.inspection import TrainingView
from engine.spec import ProjectSpec
from gui.forms.form import Form, heading, note
from gui.forms.picker import Picker
from gui.forms.rate_curve import RateCurve
from gui.forms.scroll import scrolled
from gui.pump import Update
from gui.theme.tokens import Theme

NO_DROPOUT = "The network has no Dropout layer: add one on the canvas to set dropout here."


class TrainingPanel(QWidget):
    """Everything that is picked before Play; what carries a ● can also be changed while training runs."""

    partPicked = Signal(str, str)
    """Of engine.catalog.training.TRAIN_PARTS: which part, and the kind of its new entry."""
    partEdited = Signal(str, str, object)
    dropoutEdited = Signal(object)
    trainEdited = Signal(str, object)
    lookRequested = Signal()
    """What the settings come to should be worked out again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts = {part: self._picker(part) for part in TRAIN_PARTS}
        self._curve, self._curve_note = RateCurve(), note("")
        self._weights = note("")
        self._weights.hide()
        self._curve.hide()
        self._curve_note.hide()
        self._dropout = Form((LAYERS["dropout"].field("p"),))
        self._dropout.valueEdited.connect(self._dropout_edited)
        self._no_dropout = note(NO_DROPOUT)
        self._penalties, self._loop = Form(PENALTY_FIELDS), Form(LOOP_FIELDS)
        for form in (self._penalties, self._loop):
            form.valueEdited.connect(self.trainEdited)
        contents = QVBoxLayout()
        contents.setSpacing(8)
        self._add(contents, "Optimizer", self._parts["optimizer"])
        self._add(contents, "Schedule of the learning rate", self._parts["schedule"], self._curve, self._curve_note)
        self._add(contents, "Gradient clipping", self._parts["clipping"])
        self._add(contents, "Loss", self._parts["loss"], self._weights)
        self._add(contents, "Regularisation", self._penalties, self._dropout, self._no_dropout)
        self._add(contents, "End of the training", self._parts["stopping"])
        self._add(contents, "Loop", self._loop)
        contents.addWidget(note("● can be changed while training runs."))
        contents.addStretch(1)
        scrolled(self, contents)

    def _picker(self, part: str) -> Picker:
        picker = Picker(part.capitalize(), TRAIN_PARTS[part])
        picker.setObjectName(part)
        picker.picked.connect(self._part_picked)
        picker.valueEdited.connect(self._part_edited)
        return picker

    def _add(self, contents: QVBoxLayout, title: str, *widgets: QWidget) -> None:
        if contents.count():
            contents.addSpacing(8)
        contents.addWidget(heading(title))
        for widget in widgets:
            contents.addWidget(widget)

    def show_project(self, old: ProjectSpec | None, new: ProjectSpec) -> None:
        train = new.train
        if old is None or old.train is not train:
            for part, picker in self._parts.items():
                picker.show_choice(getattr(train, part))
            if not pace_of(train.schedule):
                self._show_curve(None)
            for form in (self._penalties, self._loop):
                form.show_values({field.name: getattr(train, field.name) for field in form.fields})
        if old is None or old.network is not new.network:
            self._show_dropout([node.layer.get("p") for node in new.network.nodes if node.kind == "dropout"])

    def show_refusal(self, where: str, text: str) -> None:
        """Say at the part ("loss", "optimizer", "schedule" …, "dropout", "penalty", "train") why the last entry was not taken."""
        places: dict[str, Picker | Form] = {
            **self._parts,
            "dropout": self._dropout,
            "train": self._loop,
            "penalty": self._penalties,
        }
        places[where].show_refusal(text)

    def show_theme(self, theme: Theme) -> None:
        self._curve.show_theme(theme)

    def show_update(self, update: Update) -> None:
        if "report" in update.changed and update.report is not None:
            self.lookRequested.emit()
        if "training" in update.changed:
            self._show_curve(update.training)
            self._show_weights("" if update.training is None else update.training.weights)
        if "status" in update.changed and self._curve.view is not None:
            status, steps = update.status, self._curve.view.unit == "steps"
            done = status.step if steps or not status.steps_per_epoch else status.step / status.steps_per_epoch
            self._curve.show_place(done if status.has_run and not status.stale else None)

    def _show_weights(self, text: str) -> None:
        self._weights.setText(text)
        self._weights.setVisible(bool(text))

    def _show_curve(self, view: TrainingView | None) -> None:
        self._curve.show_view(view)
        text = "" if view is None else view.note
        self._curve_note.setText(text)
        self._curve_note.setVisible(bool(text))

    def _show_dropout(self, shares: list[Value]) -> None:
        self._dropout.setVisible(bool(shares))
        self._no_dropout.setVisible(not shares)
        if shares:
            self._dropout.show_values({"p": shares[0]})
            if len(set(shares)) > 1:
                listed = ", ".join(str(share) for share in shares)
                self._dropout.show_refusal(f"The Dropout layers differ ({listed}); a change here sets them all.")
            else:
                self._dropout.show_refusal("")

    def _part_picked(self, kind: str) -> None:
        self.partPicked.emit(self.sender().objectName(), kind)

    def _part_edited(self, name: str, value: object) -> None:
        self.partEdited.emit(self.sender().objectName(), name, value)

    def _dropout_edited(self, name: str, value: object) -> None:
        self.dropoutEdited.emit(value)
