"""The Jacobian of the outputs of one sample, as a table or a heat map, with respect to its input or a layer's output."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.edits import topological_order
from engine.inspection import JacobianView
from engine.spec import INPUT_ID, OUTPUT_ID, ProjectSpec
from engine.views import RunStatus, TensorView
from gui.proof.age import age, current
from gui.pump import Update
from gui.stepper.parts import ElidedLabel, EmptyPage, plain_label
from gui.stepper.tensors import TensorTable
from gui.theme.tokens import Theme

EMPTY_TITLE = "No Jacobian yet"
EMPTY_TEXT = (
    "Every ∂ŷᵢ/∂xⱼ: how each output of the network for one sample moves with each number of its input, or of a layer's output. "
    "backward() needs a loss, one number; the Jacobian is what stands behind it."
)
TAKE = "Take the Jacobian"
TAKE_TIP = "Of the first sample of the coming batch, with respect to its input, on a copy: the run does not move"


class JacobianPanel(QWidget):
    """Shows one JacobianView; asks for another when a choice changes."""

    jacobianRequested = Signal(str, int)
    """With respect to what ("input" or a layer), and which sample of the batch."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view: JacobianView | None = None
        self._status = RunStatus()
        self.empty = EmptyPage(EMPTY_TITLE, EMPTY_TEXT, TAKE)
        self.empty.button.setToolTip(TAKE_TIP)
        self.of = QComboBox()
        self.sample = QSpinBox()
        self.age = ElidedLabel("note")
        self.again = QPushButton("Take again")
        self.again.setToolTip("The same for the run's coming step")
        self.table = TensorTable()
        self.note = plain_label()
        self._pages = QStackedWidget()
        self._arrange()
        self.empty.button.clicked.connect(self._ask)
        self.again.clicked.connect(self._ask)
        self.of.activated.connect(self._ask)
        self.sample.valueChanged.connect(self._ask)

    def show_jacobian(self, view: JacobianView | None) -> None:
        """Another Jacobian, or none."""
        self.view = view
        self._pages.setCurrentIndex(0 if view is None else 1)
        if view is None:
            return
        with QSignalBlocker(self.sample):
            self.sample.setRange(0, view.samples - 1)
            self.sample.setSuffix(f" of {view.samples}")
            self.sample.setValue(view.sample)
        self._show_choices(view.layers, view.of)
        name = f"∂ŷ/∂{'x' if view.of == INPUT_ID else view.of}"
        self.table.show_names(view.rows, view.columns)
        self.table.show_tensor(TensorView(name, view.values))
        self.note.setText(view.note)
        self._show_age()

    def show_update(self, update: Update) -> None:
        """A new Jacobian, and where the run stands, to tell how old it is."""
        if "status" in update.changed and update.status != self._status:
            self._status = update.status
            self._show_age()
        if "jacobian" in update.changed:
            self.show_jacobian(update.jacobian)

    def show_project(self, old: ProjectSpec | None, new: ProjectSpec) -> None:
        """The layers that can be chosen."""
        if old is None or old.network is not new.network:
            order = (node for node in topological_order(new.network) if node not in (INPUT_ID, OUTPUT_ID))
            self._show_choices((INPUT_ID, *order), self.of.currentData() or INPUT_ID)

    def show_theme(self, theme: Theme) -> None:
        self.table.show_theme(theme)

    def _show_choices(self, layers: tuple[str, ...], chosen: str) -> None:
        with QSignalBlocker(self.of):
            self.of.clear()
            for layer in layers:
                self.of.addItem("input x" if layer == INPUT_ID else layer, layer)
            self.of.setCurrentIndex(max(0, self.of.findData(chosen)))

    def _show_age(self) -> None:
        if self.view is not None:
            at = self.view.step, self.view.generation
            self.age.setText(age(*at, self._status))
            self.again.setVisible(not current(*at, self._status))

    def _ask(self) -> None:
        self.jacobianRequested.emit(self.of.currentData() or INPUT_ID, self.sample.value())

    def _arrange(self) -> None:
        self.of.setAccessibleName("With respect to")
        self.of.setToolTip("The outputs are differentiated with respect to this: the input, or the output of a layer")
        self.sample.setAccessibleName("Sample of the batch")
        self.sample.setToolTip("Which sample of the coming batch, counted from 0")
        self.note.setWordWrap(True)
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        choices = QHBoxLayout()
        choices.setSpacing(8)
        for text, widget in (("∂ŷ with respect to", self.of), ("sample", self.sample)):
            label = plain_label("note", text)
            label.setBuddy(widget)
            choices.addWidget(label)
            choices.addWidget(widget)
        choices.addStretch(1)
        column.addLayout(choices)
        line = QHBoxLayout()
        line.addWidget(self.age, 1)
        line.addWidget(self.again)
        column.addLayout(line)
        column.addWidget(self.table)
        column.addWidget(self.note)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        for page in (self.empty, area):
            self._pages.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)
