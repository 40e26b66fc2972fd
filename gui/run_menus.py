"""The menus on the run bar's buttons: how many steps to take at once, and how fast to go."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QSpinBox, QWidget, QWidgetAction

from gui.theme.tokens import GRID

COUNTS = (10, 100, 1000)
MOST_STEPS = 1_000_000
SPEEDS: tuple[float | None, ...] = (None, 100.0, 50.0, 20.0, 10.0, 5.0, 2.0, 1.0)


def speed_text(limit: float | None) -> str:
    """A limit in words."""
    if limit is None:
        return "As fast as possible"
    return "1 step per second" if limit == 1 else f"{limit:g} steps per second"


class StepsMenu(QMenu):
    """k steps: some round numbers, and a box for any other."""

    stepsPicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Several steps", parent)
        self.setAccessibleName("Several steps")
        for count in COUNTS:
            action = self.addAction(f"{count:,} steps")
            action.setData(count)
            action.setToolTip(f"Train with {count:,} batches, then pause")
        self.addSeparator()
        self.count = QSpinBox()
        self.count.setRange(1, MOST_STEPS)
        self.count.setValue(25)
        self.count.setGroupSeparatorShown(True)
        self.count.setAccessibleName("Number of steps")
        self.go = QPushButton("Take them")
        self.go.setToolTip("Train with so many batches, then pause")
        row = QHBoxLayout()
        row.setContentsMargins(GRID, 4, GRID, 4)
        for widget in (self.count, QLabel("steps"), self.go):
            row.addWidget(widget)
        holder = QWidget()
        holder.setLayout(row)
        own = QWidgetAction(self)
        own.setDefaultWidget(holder)
        self.addAction(own)
        self.triggered.connect(self._picked)
        self.go.clicked.connect(self._own)
        self.count.lineEdit().returnPressed.connect(self._own)

    def _picked(self, action: QAction) -> None:
        if isinstance(action.data(), int):
            self.stepsPicked.emit(action.data())

    def _own(self) -> None:
        self.close()
        self.stepsPicked.emit(self.count.value())


class SpeedMenu(QMenu):
    """A speed limit, for people who want to follow with their eyes."""

    speedPicked = Signal(object)
    """Steps per second, or None for no limit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Speed", parent)
        self.setAccessibleName("Speed limit")
        group = QActionGroup(self)
        for limit in SPEEDS:
            action = self.addAction(speed_text(limit))
            action.setCheckable(True)
            action.setData(limit)
            group.addAction(action)
        self.actions()[0].setChecked(True)
        self.triggered.connect(self._picked)

    @property
    def limit(self) -> float | None:
        """What is chosen."""
        return next((action.data() for action in self.actions() if action.isChecked()), None)

    def _picked(self, action: QAction) -> None:
        self.speedPicked.emit(action.data())
