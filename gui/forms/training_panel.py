"""Loss, optimizer and the numbers of the training loop."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.catalog import LAYERS, LOSSES, OPTIMIZERS
from engine.catalog.training import TRAIN_FIELDS
from engine.fields import Value
from engine.spec import ProjectSpec
from gui.forms.form import Form, heading, note
from gui.forms.picker import Picker
from gui.forms.scroll import scrolled

NO_DROPOUT = "The network has no Dropout layer: add one on the canvas to set dropout here."


class TrainingPanel(QWidget):
    """Everything that is picked before Play; what carries a ● can also be changed while training runs."""

    lossPicked = Signal(str)
    lossEdited = Signal(str, object)
    optimizerPicked = Signal(str)
    optimizerEdited = Signal(str, object)
    dropoutEdited = Signal(object)
    trainEdited = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._loss = Picker("Loss", LOSSES)
        self._loss.picked.connect(self.lossPicked)
        self._loss.valueEdited.connect(self.lossEdited)
        self._optimizer = Picker("Optimizer", OPTIMIZERS)
        self._optimizer.picked.connect(self.optimizerPicked)
        self._optimizer.valueEdited.connect(self.optimizerEdited)
        self._dropout = Form((LAYERS["dropout"].field("p"),))
        self._dropout.valueEdited.connect(self._dropout_edited)
        self._no_dropout = note(NO_DROPOUT)
        self._loop = Form(TRAIN_FIELDS)
        self._loop.valueEdited.connect(self.trainEdited)
        contents = QVBoxLayout()
        contents.setSpacing(8)
        self._add(contents, "Optimizer", self._optimizer)
        self._add(contents, "Loss", self._loss)
        self._add(contents, "Regularisation", self._dropout, self._no_dropout)
        self._add(contents, "Loop", self._loop)
        contents.addWidget(note("● can be changed while training runs."))
        contents.addStretch(1)
        scrolled(self, contents)

    def _add(self, contents: QVBoxLayout, title: str, *widgets: QWidget) -> None:
        if contents.count():
            contents.addSpacing(8)
        contents.addWidget(heading(title))
        for widget in widgets:
            contents.addWidget(widget)

    def show_project(self, old: ProjectSpec | None, new: ProjectSpec) -> None:
        train = new.train
        if old is None or old.train is not train:
            self._loss.show_choice(train.loss)
            self._optimizer.show_choice(train.optimizer)
            self._loop.show_values({field.name: getattr(train, field.name) for field in TRAIN_FIELDS})
        if old is None or old.network is not new.network:
            self._show_dropout([node.layer.get("p") for node in new.network.nodes if node.kind == "dropout"])

    def show_refusal(self, where: str, text: str) -> None:
        """Say at the part ("loss", "optimizer", "dropout", "train") why the last entry was not taken."""
        parts: dict[str, Picker | Form] = {"loss": self._loss, "optimizer": self._optimizer}
        parts |= {"dropout": self._dropout, "train": self._loop}
        parts[where].show_refusal(text)

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

    def _dropout_edited(self, name: str, value: object) -> None:
        self.dropoutEdited.emit(value)
