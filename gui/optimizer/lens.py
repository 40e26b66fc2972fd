"""The optimizer lens: why one number moved as it did in the coming step."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from engine.inspection import UpdateLens
from engine.spec import ProjectSpec
from gui.optimizer.follow import Follower
from gui.optimizer.picker import ElementPicker
from gui.optimizer.terms import CAUSES, Bars, Equation, Facts, cause_color, signed
from gui.proof.age import age, current
from gui.pump import Update
from gui.stepper.numbers import digits
from gui.stepper.parts import ElidedLabel, EmptyPage, plain_label
from gui.theme.tokens import LIGHT, Theme

OPEN = "Take an update apart"
EMPTY_TEXT = (
    "What moves a weight in the coming step: old − gradient part − momentum part − decay part = new, with the numbers put in "
    "and the optimizer's true state. For every weight and every optimizer."
)
STATE_TIPS = {
    "step": "Steps that the optimizer has done with this parameter, this one included",
    "momentum_buffer": "v, the running sum of directions: optimizer.state[p]['momentum_buffer']",
    "exp_avg": "m, the running mean of the gradients: optimizer.state[p]['exp_avg']",
    "exp_avg_sq": "v, the running mean of the squared gradients: optimizer.state[p]['exp_avg_sq']",
    "square_avg": "v, the running mean of the squared gradients: optimizer.state[p]['square_avg']",
    "sum": "s, the sum of all squared gradients: optimizer.state[p]['sum']",
    "m̂": "m/(1 − β₁ᵗ): corrected for having started at 0",
    "v̂": "v/(1 − β₂ᵗ): corrected for having started at 0",
    "√v + eps": "What the gradient is divided by",
    "√s + eps": "What the gradient is divided by",
    "lr of this step": "lr/(1 + (t − 1)·lr_decay)",
}
RATIO_TIP = (
    "‖Δθ‖/‖θ‖: how far the whole parameter moves, measured by its own size. About 0.001 is a healthy step; far more is "
    "restless, far less hardly learns."
)
PENALTY_TIP = "(weight_decay/2)·Σθ² over all weights and biases, with the L1 and L2 penalties, before the step"


class LensPanel(QWidget):
    """Shows one UpdateLens; asks for another when an element is chosen and when the run has moved on."""

    lensRequested = Signal(str, object)
    """Parameter ("" for the first one) and index."""
    parameterPicked = Signal(str)
    """A parameter was chosen by hand."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view: UpdateLens | None = None
        self._follow = Follower()
        self._theme: Theme = LIGHT
        self.empty = EmptyPage("No update taken apart yet", EMPTY_TEXT, OPEN)
        self.picker = ElementPicker()
        self.age = ElidedLabel("note")
        self.again = QPushButton("Take the coming one")
        self.again.setToolTip("The same element in the run's coming step")
        self.formula = plain_label("formula")
        self.equation = Equation()
        self.shares = Bars(stacked=True)
        self.parts, self.state = Facts(3), Facts(2, "number")
        self.losses = Bars(stacked=False)
        self.ratio, self.note, self.penalty_note = plain_label(), plain_label("note"), plain_label("note")
        self._pages = QStackedWidget()
        self._arrange()
        self.empty.button.clicked.connect(self.ask)
        self.again.clicked.connect(self.ask)
        self.picker.picked.connect(self._picked)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        for part in (self.picker, self.equation, self.shares, self.losses):
            part.show_theme(theme)
        self._show_parts()

    def show_project(self, old: ProjectSpec | None, new: ProjectSpec) -> None:
        """What was shown of another project, or of a run that an edit left behind, goes."""
        if self._follow.show_project(old, new):
            self.view = None
            self._pages.setCurrentIndex(0)

    def show_update(self, update: Update) -> None:
        self._follow.status = update.status
        if "lens" in update.changed and update.lens is not None:
            self._show(update.lens)
        self._show_age()
        if self.view is not None and self._follow.due():
            self.ask()

    def choose_parameter(self, name: str) -> None:
        """Somebody chose a parameter elsewhere: show its update, if any is shown."""
        if self.view is not None and name != self.view.parameter and name in self.view.parameters:
            self._ask_for(name, ())

    def ask(self) -> None:
        """The element that is shown, or the first one, in the run's coming step."""
        if self.view is None:
            self._ask_for("", ())
        else:
            self._ask_for(self.view.parameter, self.view.index)

    def _picked(self, parameter: str, index: tuple[int, ...]) -> None:
        self._ask_for(parameter, index)
        self.parameterPicked.emit(parameter)

    def _ask_for(self, parameter: str, index: tuple[int, ...]) -> None:
        self._follow.asking()
        self.lensRequested.emit(parameter, index)

    def _show(self, view: UpdateLens) -> None:
        self.view = view
        self._follow.answered(view.generation, view.step)
        self._pages.setCurrentIndex(1)
        self.picker.show_lens(view)
        self.equation.show_lens(view)
        where = f"{view.parameter}{list(view.index)}"
        self.formula.setText(f"{view.optimizer}, {where}:  {view.formula}")
        whole = sum(abs(part.value) for part in view.parts)
        self.shares.show_items([(part.name, abs(part.value), _percent(part.value, whole)) for part in view.parts])
        self.shares.setToolTip("Shares of the sum of the magnitudes of the parts")
        rows = [(name, signed(value)) for name, value in (("gradient g", view.gradient), *view.state, *view.derived)]
        exact = [view.gradient, *(value for _, value in (*view.state, *view.derived))]
        tips = [
            f"{STATE_TIPS.get(name, 'The .grad of this element')}\n{value!r}"
            for (name, _), value in zip(rows, exact, strict=True)
        ]
        self.state.show_rows(rows, tips)
        self.losses.show_items(
            [("data loss", view.data_loss, digits(view.data_loss)), ("penalty", view.penalty, digits(view.penalty))]
        )
        self.losses.setToolTip(f"The loss of the coming batch, and {PENALTY_TIP}\n{view.data_loss!r}\n{view.penalty!r}")
        ratio = "the parameter is all zeros" if math.isinf(view.ratio) else digits(view.ratio)
        self.ratio.setText(
            f"‖Δθ‖/‖θ‖ of {view.parameter}: {ratio}   ·   share of decay: {100 * view.decay_share:.3g} %"
        )
        self.note.setText(view.note)
        self.note.setVisible(bool(view.note))
        self.penalty_note.setText(view.penalty_note)
        self._show_parts()

    def _show_parts(self) -> None:
        if self.view is None:
            return
        rows = [(part.name, signed(part.value), f"= {part.formula}") for part in self.view.parts]
        tips = [f"{CAUSES[part.name]}\n{part.value!r}" for part in self.view.parts]
        self.parts.show_rows(rows, tips, [cause_color(self._theme, part.name) for part in self.view.parts])

    def _show_age(self) -> None:
        if self.view is not None:
            status = self._follow.status
            self.age.setText(age(self.view.step, self.view.generation, status))
            self.again.setVisible(not current(self.view.step, self.view.generation, status))

    def _arrange(self) -> None:
        for label in (self.formula, self.ratio, self.note, self.penalty_note):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.ratio.setToolTip(RATIO_TIP)
        self.parts.setAccessibleName("Parts of the update")
        self.state.setAccessibleName("The optimizer's state after the step")
        head = QHBoxLayout()
        head.addWidget(self.age, 1)
        head.addWidget(self.again)
        sides = QHBoxLayout()
        sides.setSpacing(24)
        left, right = QVBoxLayout(), QVBoxLayout()
        for column in (left, right):
            column.setSpacing(8)
        left.addWidget(self.picker)
        left.addWidget(plain_label("heading", "State after the step"))
        left.addWidget(self.state)
        left.addStretch(1)
        for widget in (self.formula, self.equation, self.shares, self.parts, self.note, self.ratio):
            right.addWidget(widget)
        right.addSpacing(8)
        right.addWidget(plain_label("heading", "Data loss and penalty"))
        right.addWidget(self.losses)
        right.addWidget(self.penalty_note)
        right.addStretch(1)
        sides.addLayout(left, 2)
        sides.addLayout(right, 5)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 8, 16, 16)
        column.setSpacing(8)
        column.addLayout(head)
        column.addLayout(sides, 1)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFrameShape(QFrame.Shape.NoFrame)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(area)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)


def _percent(value: float, whole: float) -> str:
    return f"{100 * abs(value) / whole:.3g} %" if whole else "0 %"
