"""Dropout in the coming step: input → mask → output, beside what eval mode gives and what many draws come to."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.inspection import DropoutView
from engine.spec import ProjectSpec
from engine.views import TensorView
from gui.optimizer.follow import Follower
from gui.proof.age import age
from gui.pump import Update
from gui.stepper.numbers import digits
from gui.stepper.parts import ElidedLabel, EmptyPage, plain_label
from gui.stepper.tensors import TensorTable
from gui.theme.tokens import Theme

DRAW = "Draw the mask"
NO_LAYER = "Open an example with Dropout"
EMPTY_TEXT = (
    "The mask that the coming step will draw: which values pass and are multiplied by 1/(1 − p), which become 0, what eval mode "
    "gives instead, and that the mean of many masks comes to the input again."
)
NO_LAYER_TEXT = "This network has no Dropout layer. Add one in the mode Build, or look at an example that has one."
STEPS = (
    ("given", "Input", "What arrives at the layer with the coming batch"),
    ("mask", "Mask", "1 passes, 0 is dropped; drawn anew in every step: torch.bernoulli(1 − p)"),
    ("train", "Output in training", "input · mask / (1 − p)"),
    ("eval", "Output in eval", "The input unchanged: model.eval() switches Dropout off"),
    ("mean", "Mean of further draws", "The more masks are drawn, the nearer it comes to the input"),
)
THREE_BESIDE, TWO_BESIDE = 880, 560
"""From this width on so many tables stand beside each other."""


class DropoutPanel(QWidget):
    """Shows one DropoutView; asks again when a layer is chosen and when the run has moved on."""

    lookRequested = Signal(str, int)
    """The layer, and how many further masks to draw."""
    exampleRequested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view: DropoutView | None = None
        self._follow = Follower()
        self._layers: tuple[str, ...] = ()
        self.empty = EmptyPage("No mask drawn yet", EMPTY_TEXT, DRAW)
        self.without = EmptyPage("No Dropout layer", NO_LAYER_TEXT, NO_LAYER)
        self.layer, self.draws = QComboBox(), QSpinBox()
        self.again = QPushButton("Draw")
        self.age, self.fact = ElidedLabel("note"), plain_label()
        self.tables = {name: TensorTable() for name, _, _ in STEPS}
        self._pages = QStackedWidget()
        self._grid, self._beside = QGridLayout(), 0
        self._arrange()
        self.empty.button.clicked.connect(self.ask)
        self.without.button.clicked.connect(self._open_example)
        self.again.clicked.connect(self.ask)
        self.layer.activated.connect(self.ask)
        self.draws.editingFinished.connect(self._draws_entered)

    def show_theme(self, theme: Theme) -> None:
        for table in self.tables.values():
            table.show_theme(theme)

    def show_project(self, old: ProjectSpec | None, new: ProjectSpec) -> None:
        left = self._follow.show_project(old, new)
        layers = tuple(node.id for node in new.network.nodes if node.kind == "dropout")
        if left:
            self.view = None
        if layers != self._layers:
            self._layers = layers
            with QSignalBlocker(self.layer):
                self.layer.clear()
                self.layer.addItems(layers)
        self._turn()

    def show_selection(self, ids: tuple[str, ...]) -> None:
        """A Dropout layer that is selected anywhere is the one that is looked at."""
        if len(ids) == 1 and ids[0] in self._layers and ids[0] != self.layer.currentText():
            self.layer.setCurrentText(ids[0])
            if self.view is not None:
                self.ask()

    def show_update(self, update: Update) -> None:
        self._follow.status = update.status
        if "dropout" in update.changed and update.dropout is not None and update.dropout.layer in self._layers:
            self._show(update.dropout)
        if self.view is not None:
            self.age.setText(age(self.view.step, self.view.generation, update.status))
            if self._follow.due():
                self.ask()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place(3 if self.width() >= THREE_BESIDE else 2 if self.width() >= TWO_BESIDE else 1)

    def ask(self) -> None:
        """The chosen layer in the run's coming step."""
        self._follow.asking()
        self.lookRequested.emit(self.layer.currentText(), self.draws.value())

    def _draws_entered(self) -> None:
        if self.view is not None and self.draws.value() != self.view.draws:
            self.ask()

    def _open_example(self) -> None:
        self.exampleRequested.emit("digits")

    def _show(self, view: DropoutView) -> None:
        self.view = view
        self._follow.answered(view.generation, view.step)
        for name, title, _ in STEPS:
            tensor: TensorView = getattr(view, name)
            self.tables[name].show_tensor(tensor, f"{title}" if name != "mean" else f"Mean of {view.draws:,} draws")
        alive, size = int(view.mask.values.sum()), int(view.mask.values.size)
        self.fact.setText(
            f"p = {digits(view.p)}: {alive:,} of {size:,} values pass and are multiplied by 1/(1 − p) = {digits(view.scale)}."
        )
        self._turn()

    def _turn(self) -> None:
        """To the page that fits: no layer, nothing drawn yet, or the tables."""
        self._pages.setCurrentIndex(0 if not self._layers else 1 if self.view is None else 2)

    def _place(self, beside: int) -> None:
        """So many tables in a row."""
        if beside == self._beside:
            return
        self._beside = beside
        for number, (name, _, _) in enumerate(STEPS):
            self._grid.addWidget(self.tables[name], number // beside, number % beside, Qt.AlignmentFlag.AlignTop)
        for column in range(3):
            self._grid.setColumnStretch(column, int(column < beside))

    def _arrange(self) -> None:
        self.layer.setAccessibleName("Dropout layer")
        self.draws.setAccessibleName("Draws")
        self.draws.setRange(1, 100_000)
        self.draws.setValue(200)
        self.draws.setPrefix("mean of ")
        self.draws.setSuffix(" draws")
        self.draws.setToolTip("How many further masks the mean is taken over")
        self.again.setToolTip("The mask of the run's coming step again, and the mean of so many further ones")
        head = QHBoxLayout()
        head.setSpacing(8)
        for widget in (self.layer, self.draws, self.again):
            head.addWidget(widget)
        head.addWidget(self.age, 1)
        self.fact.setWordWrap(True)
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(16)
        for name, _, tip in STEPS:
            self.tables[name].title.setToolTip(tip)
            self.tables[name].setToolTip(tip)
        self._place(2)
        inside = QWidget()
        column_ = QVBoxLayout(inside)
        column_.setContentsMargins(16, 8, 16, 16)
        column_.setSpacing(12)
        column_.addLayout(head)
        column_.addWidget(self.fact)
        column_.addLayout(self._grid)
        column_.addStretch(1)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFrameShape(QFrame.Shape.NoFrame)
        for page in (self.without, self.empty, area):
            self._pages.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)
