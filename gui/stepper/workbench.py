"""The step by hand: Forward, Backward, optimizer.step() and zero_grad() as buttons, on a copy of the run."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.commands import Exercise
from engine.inspection import LabError, WorkbenchView
from engine.spec import ProjectSpec
from engine.views import RunStatus
from gui.forms.field_editor import CalmComboBox
from gui.pump import Update
from gui.stepper.parts import ElidedLabel, plain_label
from gui.theme.icons import pixmap
from gui.theme.tokens import LIGHT, Theme

Action = Literal["reset", "forward", "backward", "step", "zero_grad", "next_batch"]
FRESH = frozenset({"forward", "next_batch"})
"""What can be done on a copy on which nothing was done yet."""
BUTTONS: tuple[tuple[Action, str, str], ...] = (
    (
        "forward",
        "Forward",
        "Compute the prediction and the loss of the batch, and with them a new graph: loss = loss_fn(model(x), y)  (F3)",
    ),
    ("backward", "Backward", "Fill the .grads, going back through the graph: loss.backward(retain_graph=…)  (F4)"),
    ("step", "optimizer.step()", "Let the optimizer change every parameter by its .grad: optimizer.step()  (F5)"),
    ("zero_grad", "zero_grad()", "Forget the gradients: optimizer.zero_grad(set_to_none=…)  (F7)"),
    ("next_batch", "Next batch", "Take the next rows of the training part: x, y = next(batches)  (F8)"),
    ("reset", "Reset", "Begin again on a new copy of the run as it is; the tape starts afresh  (Shift+F8)"),
)
WHY_NOT = {
    "forward": "Not now: the network has problems, see the list of problems.",
    "backward": "Not now: there is no loss yet. Run Forward first.",
    "step": "Not now: no parameter has a .grad, and the optimizer skips those without. Run Backward first.",
    "zero_grad": "Not now: every .grad is None already.",
    "next_batch": "Not now: the network has problems, see the list of problems.",
    "reset": "Not now: nothing was done on the copy yet.",
}
STALE = "The run or the project has moved on: the next action begins on a new copy."
_NEXT = {"batch": "forward", "loss": "backward", "accumulate": "step", "backward": "step", "update": "zero_grad"}
"""After an event of this phase the textbook goes on with …"""


class WorkbenchPanel(QWidget):
    """Every press goes up as an Exercise; the answer is shown by tape, ledger and graph, what was refused by a card here."""

    exerciseRequested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: WorkbenchView | None = None
        self._status, self._ready = RunStatus(), True
        self._theme = LIGHT
        self.buttons: dict[Action, QPushButton] = {}
        for action, text, tip in BUTTONS:
            button = self.buttons[action] = QPushButton(text)
            button.setObjectName(action)
            button.setAccessibleName(f"{text} by hand")
            button.setAccessibleDescription(tip)
            button.clicked.connect(self._pressed)
        self.retain = QCheckBox("retain graph")
        self.retain.setToolTip(
            "Keep what the nodes have saved, so that another backward can go through the same graph: "
            "loss.backward(retain_graph=True)"
        )
        self.cleared = CalmComboBox()
        self.cleared.addItem("to None", True)
        self.cleared.addItem("to zeros", False)
        self.cleared.setAccessibleName("What zero_grad makes of a .grad")
        self.cleared.setToolTip(
            "None: an optimizer skips the parameter. Zeros: momentum, weight decay and Adam still move it. "
            "optimizer.zero_grad(set_to_none=True / False)"
        )
        self.mode = CalmComboBox()
        self.mode.addItem("Train", True)
        self.mode.addItem("Eval", False)
        self.mode.setAccessibleName("Train or eval mode of the next forward pass")
        self.mode.setToolTip(
            "For the next Forward. Train: Dropout drops, BatchNorm uses the batch: model.train(). "
            "Eval: neither does: model.eval()"
        )
        self.keeping = QToolButton()
        self.layers = QMenu(self.keeping)
        self.card, self.note = ErrorCard(), plain_label("note")
        self._arrange()
        self._refresh()

    # ------------------------------------------------------------------------------------------------ what it shows

    def show_view(self, view: WorkbenchView | None) -> None:
        """The copy as it is after the last action; None when there is none any more."""
        self._view = view
        self.card.show_error(view.error if view is not None else None)
        self._refresh()

    def show_project(self, old: ProjectSpec | None, new: ProjectSpec) -> None:
        """Its layers are those whose output can retain its gradient."""
        if old is not None and old.network is new.network:
            return
        wanted = self._retained()
        self.layers.clear()
        for node in new.network.nodes[1:-1]:
            action = self.layers.addAction(node.id)
            action.setCheckable(True)
            action.setChecked(node.id in wanted)
            action.setToolTip(f"{node.id}_out.retain_grad()")
        self._name_keeping()

    def show_update(self, update: Update) -> None:
        if "workbench" in update.changed and update.workbench is not None:
            self.show_view(update.workbench)
        if "report" in update.changed and update.report is not None and update.report.ready != self._ready:
            self._ready = update.report.ready
            self._refresh()
        if "status" in update.changed and update.status != self._status:
            self._status = update.status
            self._refresh()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.card.show_theme(theme)

    def do(self, action: Action) -> None:
        """Ask for an action as the switches stand."""
        if not self.buttons[action].isEnabled():  # asked by its key
            self._say(WHY_NOT[action])
            return
        self.exerciseRequested.emit(
            Exercise(
                action,
                retain_graph=self.retain.isChecked(),
                to_none=bool(self.cleared.currentData()),
                training=bool(self.mode.currentData()),
                layers=self._retained(),
            )
        )

    # ------------------------------------------------------------------------------------------------ inside

    def _pressed(self) -> None:
        name = self.sender().objectName()
        self.do(next(action for action, _, _ in BUTTONS if action == name))

    def _retained(self) -> tuple[str, ...]:
        return tuple(action.text() for action in self.layers.actions() if action.isChecked())

    def _layer_toggled(self, _: QAction) -> None:
        self._name_keeping()

    def _name_keeping(self) -> None:
        count = len(self._retained())
        self.keeping.setText(f"retain_grad ({count}) ▾" if count else "retain_grad ▾")
        self.keeping.setEnabled(bool(self.layers.actions()))

    @property
    def _stale(self) -> bool:
        """Whether the copy belongs to a run that is not the present one any more, or to another step of it."""
        if self._view is None or not self._status.has_run:
            return False
        tape, status = self._view.tape, self._status
        return status.stale or (status.generation, status.step) != (tape.generation, tape.step)

    def _refresh(self) -> None:
        view = self._view
        can = FRESH if view is None or self._stale else view.can
        if not self._ready:
            can = frozenset()
        likely = _likely(view) if view is not None and not self._stale else "forward"
        for action, _, tip in BUTTONS:
            button = self.buttons[action]
            button.setEnabled(action in can)
            button.setToolTip(tip if action in can else f"{WHY_NOT[action]}\n{tip}")
            role = "primary" if action == likely and action in can else ""
            if button.property("role") != role:
                button.setProperty("role", role)
                button.style().unpolish(button)
                button.style().polish(button)
        self._say(STALE if view is not None and self._stale else _words(view) if view is not None else "")
        self.card.setVisible(view is not None and view.error is not None and not self._stale)
        self._fit()

    def _say(self, words: str) -> None:
        self.note.setText(words)
        self.note.setVisible(bool(words))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As high as its buttons, card and note need, and no higher: the rest belongs to the ledger."""
        layout = self.layout()
        assert layout is not None
        layout.activate()
        self.setFixedHeight(max(layout.totalHeightForWidth(self.width()), layout.totalMinimumSize().height()))

    def _arrange(self) -> None:
        self.layers.triggered.connect(self._layer_toggled)
        self.layers.setToolTipsVisible(True)
        self.keeping.setMenu(self.layers)
        self.keeping.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.keeping.setAccessibleName("Layers whose output retains its gradient")
        self.keeping.setToolTip(
            "Outputs of layers are no leaves: they keep a .grad only after output.retain_grad(). Choose layers; each gets a row "
            "in the ledger, from the next Forward or Backward on."
        )
        self.keeping.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._name_keeping()
        grid = QGridLayout()
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(6)
        above: tuple[Action, ...] = ("forward", "backward", "step", "zero_grad", "next_batch")
        below = (self.mode, self.retain, self.keeping, self.cleared, self.buttons["reset"])
        for column, (action, option) in enumerate(zip(above, below, strict=True)):
            grid.addWidget(self.buttons[action], 0, column)
            grid.addWidget(option, 1, column)
        grid.setColumnStretch(len(above), 1)
        self.note.setWordWrap(True)
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.note.setAccessibleName("Why that passed")
        column_ = QVBoxLayout(self)
        column_.setContentsMargins(12, 8, 12, 8)
        column_.setSpacing(6)
        column_.addLayout(grid)
        column_.addWidget(self.card)
        column_.addWidget(self.note)


class ErrorCard(QFrame):
    """What torch refused: at which node, why, what to do, and torch's own words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setAccessibleName("What torch refused")
        self._mark = QLabel()
        self.text, self.why, self.words = plain_label("heading"), plain_label(), ElidedLabel("small")
        for label in (self.text, self.why):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 8, 8, 8)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.addWidget(self._mark, 0, 0, Qt.AlignmentFlag.AlignTop)
        for row, label in enumerate((self.text, self.why, self.words)):
            grid.addWidget(label, row, 1)
        grid.setColumnStretch(1, 1)
        self.hide()

    def show_error(self, error: LabError | None) -> None:
        """The card of an error; it goes with the next action that torch does not refuse."""
        self.setVisible(error is not None)
        if error is None:
            return
        self.text.setText(error.text)
        self.why.setText(error.why)
        self.why.setVisible(bool(error.why))
        self.words.setText(f"RuntimeError: {error.details}" if error.details else "")
        self.words.setAccessibleDescription(error.details)
        self.words.setVisible(bool(error.details))

    def show_theme(self, theme: Theme) -> None:
        self._mark.setPixmap(pixmap("error", theme.problem, 20, self.devicePixelRatioF()))


def _words(view: WorkbenchView) -> str:
    """Verdicts first, then why torch let something pass."""
    verdicts = [f"{verdict.title}: {verdict.text}" for verdict in view.verdicts]
    return "\n".join([*verdicts, *([view.note] if view.note else [])])


def _likely(view: WorkbenchView) -> str:
    """What the textbook would do next."""
    last = view.tape.events[-1].phase
    if last == "zero_grad":
        return "next_batch"
    if last == "loss" and "backward" not in view.can:
        return "forward"
    return _NEXT.get(last, "forward")
