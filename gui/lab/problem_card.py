"""The line that could not be carried out: what, why, what to write; torch's own words folded."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.inspection import LabError
from gui.stepper.parts import plain_label
from gui.theme.icons import pixmap
from gui.theme.tokens import LIGHT, Theme


class ProblemCard(QFrame):
    """One error. Hidden when there is none."""

    lineAsked = Signal(int)
    nodeAsked = Signal(str)
    """The id of the autograd node that failed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.error: LabError | None = None
        self._theme = LIGHT
        self.setProperty("role", "card")
        self._mark = QLabel()
        self.what, self.why, self.details = plain_label("heading"), plain_label(), plain_label("small")
        self.line = self._button("Go to the line", "Put the cursor into the line (it is marked in the margin)")
        self.node = self._button("Show the node", "Mark the node of the autograd graph that refused")
        self.fold = self._button("PyTorch's words", "The message of the RuntimeError itself")
        self.fold.setCheckable(True)
        self.line.clicked.connect(self._ask_line)
        self.node.clicked.connect(self._ask_node)
        self.fold.toggled.connect(self.details.setVisible)
        self._arrange()
        self.hide()

    def show_error(self, error: LabError | None) -> None:
        """Show an error, or nothing."""
        self.error = error
        self.setVisible(error is not None)
        if error is None:
            return
        self.what.setText(f"Line {error.line}: {error.text}")
        self.why.setText(error.why)
        self.why.setVisible(bool(error.why))
        self.node.setVisible(bool(error.node))
        self.fold.setVisible(bool(error.details))
        self.fold.setChecked(False)
        self.details.setText(error.details)
        self.setAccessibleName(self.what.text())

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._mark.setPixmap(pixmap("error", theme.problem, 20, self.devicePixelRatioF()))

    @staticmethod
    def _button(text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setProperty("role", "link")
        return button

    def _ask_line(self) -> None:
        if self.error is not None:
            self.lineAsked.emit(self.error.line)

    def _ask_node(self) -> None:
        if self.error is not None:
            self.nodeAsked.emit(self.error.node)

    def _arrange(self) -> None:
        for label in (self.what, self.why, self.details):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.details.hide()
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.what, 1)
        foot = QHBoxLayout()
        foot.setSpacing(4)
        for button in (self.line, self.node, self.fold):
            foot.addWidget(button)
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.why)
        column.addLayout(foot)
        column.addWidget(self.details)
