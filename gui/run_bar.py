"""The run bar, in sight in every mode: rewind, new weights, play or pause, steps, one epoch, and where the run stands."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.run_menus import SpeedMenu, StepsMenu, speed_text
from gui.run_view import RunView
from gui.theme.fonts import number_font
from gui.theme.icons import SIZE
from gui.theme.tokens import GRID

BUTTONS = ("run.rewind", "run.new_weights", "run.play", "run.step", "run.epoch")
_READOUTS = (
    ("epoch", "Epoch", "Full passes over the training part that are done, of all that this run will do.", "88/88"),
    ("step", "Step", "Optimizer steps done so far; one step is one batch.", "88,888"),
    ("loss", "Loss", "Training loss of the last batch.", "0.888888"),
    ("speed", "Steps/s", "Optimizer steps per second.", "8,888"),
    ("device", "on", "Device: where the tensors are, torch.device.", "cpu"),
)
_RATE = ("rate", "lr", "Learning rate of the coming step, where the schedule has brought it.", "8.888e-05")
"""It stands below the others: the row above is full at 1280 pixels."""


class RunBar(QWidget):
    """Buttons come from the table of actions; `show_run` brings the rest."""

    issueActivated = Signal(str)
    """The node that the sentence is about, "" when it is about the whole."""

    progressed = Signal(int)
    """Percent of the planned steps while training runs; −1 while it does not."""
    stepsPicked = Signal(int)
    speedPicked = Signal(object)
    """Steps per second, or None for no limit."""

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: RunView | None = None
        self._percent = -1
        self.steps, self.speeds = StepsMenu(self), SpeedMenu(self)
        self.steps.stepsPicked.connect(self.stepsPicked)
        self.speeds.speedPicked.connect(self._speed_picked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.buttons = {name: self._button(actions[name]) for name in BUTTONS}
        for button in self.buttons.values():
            row.addWidget(button)
        row.addSpacing(GRID)
        self.values: dict[str, QLabel] = {}
        right = QVBoxLayout()
        right.setSpacing(3)
        right.setContentsMargins(0, 0, 0, 0)
        right.addLayout(self._readouts())
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(4)
        self.progress.setAccessibleName("Progress of the run")
        right.addWidget(self.progress)
        self.sentence = QPushButton()
        self.sentence.setProperty("role", "note")
        self.sentence.setFlat(True)
        self.sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.sentence.setMinimumWidth(8 * GRID)
        self.sentence.clicked.connect(self._sentence_clicked)
        below = QHBoxLayout()
        below.setSpacing(4)
        below.addWidget(self.sentence, 1)
        self._readout(below, *_RATE)
        right.addLayout(below)
        row.addLayout(right, 1)

    def show_run(self, view: RunView) -> None:
        """Say where the run stands."""
        if view == self._view:
            return
        role_changed = self._view is None or self._view.tone != view.tone
        self._view = view
        percent = int(100 * view.progress) if view.playing else -1
        if percent != self._percent:
            self._percent = percent
            self.progressed.emit(percent)
        for name in self.values:
            self.values[name].setText(str(getattr(view, name)))
        self.progress.setValue(round(1000 * view.progress))
        if role_changed:
            self.sentence.setProperty("role", view.tone)
            self.sentence.style().unpolish(self.sentence)
            self.sentence.style().polish(self.sentence)
        self.sentence.setCursor(Qt.CursorShape.PointingHandCursor if view.has_node else Qt.CursorShape.ArrowCursor)
        self.sentence.setFocusPolicy(Qt.FocusPolicy.StrongFocus if view.has_node else Qt.FocusPolicy.NoFocus)
        self.sentence.setToolTip(f"{view.sentence}\nClick to go there." if view.has_node else view.sentence)
        self.sentence.setAccessibleName(view.sentence)
        self._fit_sentence()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_sentence()

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setIconSize(QSize(SIZE, SIZE))
        # Not by a click: a button that is off while training runs would hand the keyboard on to a search field.
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if action.objectName() == "run.new_weights":
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        menus = {"run.play": self.speeds, "run.step": self.steps}
        if action.objectName() in menus:
            button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
            button.setMenu(menus[action.objectName()])
        if action.objectName() == "run.play":
            button.setProperty("role", "primary")
            metrics = button.fontMetrics()
            button.setMinimumWidth(metrics.horizontalAdvance("Pause") + SIZE + 5 * GRID)
        return button

    def _readouts(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(3)
        for readout in _READOUTS:
            self._readout(row, *readout)
        row.addStretch(1)
        return row

    def _readout(self, row: QHBoxLayout, name: str, caption: str, tip: str, widest: str) -> None:
        label = QLabel(caption)
        label.setProperty("role", "small")
        value = QLabel("–")
        value.setFont(number_font())
        value.setMinimumWidth(value.fontMetrics().horizontalAdvance(widest))
        value.setAccessibleName({"device": "Device", "rate": "Learning rate"}.get(name, caption))
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for widget in (label, value):
            widget.setToolTip(tip)
            row.addWidget(widget)
        row.addSpacing(2)
        self.values[name] = value

    def _fit_sentence(self) -> None:
        if self._view is not None:
            room = self.sentence.width() - GRID
            self.sentence.setText(
                self.sentence.fontMetrics().elidedText(self._view.sentence, Qt.TextElideMode.ElideRight, room)
            )

    def _speed_picked(self, limit: float | None) -> None:
        self.values["speed"].setToolTip(f"{_READOUTS[3][2]}\nLimit: {speed_text(limit)}.")
        self.speedPicked.emit(limit)

    def _sentence_clicked(self) -> None:
        if self._view is not None and self._view.has_node:
            self.issueActivated.emit(self._view.node)
