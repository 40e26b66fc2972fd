"""What to do first, while there are no layers: choose the data, then add a layer."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.beginnings import BEGINNINGS, Beginning, begun_with
from engine.spec import ProjectSpec
from gui.theme.tokens import GRID


class DataButton(QPushButton):
    """One data set to begin with."""

    picked = Signal(object)
    """(Beginning)"""

    def __init__(self, beginning: Beginning) -> None:
        super().__init__(beginning.title)
        self.beginning = beginning
        self.setCheckable(True)
        self.setToolTip(beginning.text)
        self.setAccessibleDescription(beginning.text)
        self.clicked.connect(self._clicked)

    def _clicked(self) -> None:
        self.setChecked(True)
        self.picked.emit(self.beginning)


class FirstSteps(QFrame):
    """Two questions with buttons. It goes away with the first layer."""

    dataPicked = Signal(object)
    """(Beginning)"""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setAccessibleName("First steps")
        self.buttons = [DataButton(beginning) for beginning in BEGINNINGS]
        row = QHBoxLayout()
        row.setSpacing(GRID)
        for button in self.buttons:
            button.picked.connect(self.dataPicked)
            row.addWidget(button)
        self._text = QLabel()
        self._text.setProperty("role", "note")
        self.button = QPushButton("Add a Linear layer")
        self.button.setProperty("role", "primary")
        add = QHBoxLayout()
        add.addWidget(_line("2  Add layers: the + of a row in the list puts it before the loss."), 1)
        add.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addWidget(_line("1  What is it to learn from? Choose data:"))
        layout.addLayout(row)
        layout.addWidget(self._text)
        layout.addLayout(add)
        self.hide()

    def show_project(self, project: ProjectSpec) -> None:
        """Mark the data that the project has."""
        begun = begun_with(project)
        for button in self.buttons:
            button.setChecked(button.beginning is begun)
        self._text.setText("Any other: in the panel Data." if begun is None else begun.text)


def _line(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setMinimumWidth(1)
    return label
