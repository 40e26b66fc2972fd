"""The transport of the tape: first, previous, play, next, last, a slider, the speed."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QSlider, QToolButton, QWidget

from gui.stepper.parts import icon_button, plain_label
from gui.theme.fonts import number_font
from gui.theme.icons import icon
from gui.theme.tokens import LIGHT, Theme

SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Events per second."""
USUAL = 2.0
_BUTTONS = (
    ("first", "First event", "To the first event (Home)"),
    ("prev", "Previous event", "One event back (←)"),
    ("play", "Play", "Go on by itself (Space)"),
    ("next", "Next event", "One event on (→)"),
    ("last", "Last event", "To the last event (End)"),
)


class Transport(QWidget):
    """Intents up: where to go, play, stop. It holds the cursor only to show it."""

    moveRequested = Signal(int)
    playRequested = Signal(float)
    stopRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._playing = False
        self.buttons: dict[str, QToolButton] = {name: icon_button(title, tip) for name, title, tip in _BUTTONS}
        slots = (self.go_first, self.go_back, self.toggle, self.go_on, self.go_last)
        for button, slot in zip(self.buttons.values(), slots, strict=True):
            button.clicked.connect(slot)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Position on the tape")
        self.slider.setToolTip("Drag to any event of the step")
        self.slider.setMinimumWidth(80)
        self.slider.valueChanged.connect(self.moveRequested)
        self.counter = plain_label("number")
        self.counter.setToolTip("Which event of how many")
        self.counter.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.speed = QComboBox()
        self.speed.setAccessibleName("Speed")
        self.speed.setToolTip("How many events a second while playing")
        for speed in SPEEDS:
            self.speed.addItem(f"{speed:g} / s", speed)
        self.speed.setCurrentIndex(SPEEDS.index(USUAL))
        self.speed.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.speed.currentIndexChanged.connect(self._speed_changed)
        self._arrange()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        for name, button in self.buttons.items():
            button.setIcon(icon("pause" if name == "play" and self._playing else name, theme))

    def show_length(self, events: int) -> None:
        """A tape with so many events is there, the cursor at its first."""
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, max(events - 1, 0))
            self.slider.setPageStep(max(events // 10, 1))
        # A fixed size: a label that could become larger lays out the whole window anew with every text.
        self.counter.setFixedSize(
            QFontMetrics(number_font()).horizontalAdvance(f"{events} / {events}") + 4, self.counter.sizeHint().height()
        )

    def show_cursor(self, cursor: int) -> None:
        with QSignalBlocker(self.slider):
            self.slider.setValue(cursor)
        self.counter.setText(f"{cursor + 1} / {self.slider.maximum() + 1}")

    def show_playing(self, playing: bool) -> None:
        self._playing = playing
        button = self.buttons["play"]
        button.setAccessibleName("Pause" if playing else "Play")
        button.setToolTip("Stay at this event (Space)" if playing else "Go on by itself (Space)")
        button.setIcon(icon("pause" if playing else "play", self._theme))

    def go_first(self) -> None:
        self.moveRequested.emit(0)

    def go_back(self) -> None:
        self.moveRequested.emit(self.slider.value() - 1)

    def go_on(self) -> None:
        self.moveRequested.emit(self.slider.value() + 1)

    def go_last(self) -> None:
        self.moveRequested.emit(self.slider.maximum())

    def toggle(self) -> None:
        """Play or stop."""
        if self._playing:
            self.stopRequested.emit()
        else:
            self.playRequested.emit(self.speed.currentData())

    def _speed_changed(self, _: int) -> None:
        if self._playing:
            self.playRequested.emit(self.speed.currentData())

    def _arrange(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        for button in self.buttons.values():
            line.addWidget(button)
        line.addSpacing(8)
        line.addWidget(self.slider, 1)
        line.addSpacing(8)
        line.addWidget(self.counter)
        line.addSpacing(8)
        line.addWidget(self.speed)
