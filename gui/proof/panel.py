"""A gradient proved: four ways to the same number, a plain verdict, the formula by hand, and a program to copy."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.inspection import Proof
from engine.views import RunStatus
from gui.proof.age import age, current
from gui.proof.verdict import Way, verdict, ways
from gui.pump import Update
from gui.stepper.numbers import digits, exact
from gui.stepper.parts import ElidedLabel, EmptyPage, plain_label
from gui.theme.fonts import number_font
from gui.theme.icons import icon
from gui.theme.tokens import TEXT_SMALL, Theme

EMPTY_TITLE = "No gradient proved yet"
EMPTY_TEXT = (
    "Any number of a parameter's .grad, found in four ways: by autograd in float32 and in float64, by moving the weight a "
    "little and looking at the loss, and by the chain rule written out. Press Prove beside a gradient, or start here."
)
PROVE_GREATEST = "Prove the greatest gradient"
PROVE_GREATEST_TIP = "Of all gradients of the run's coming step the one with the greatest absolute value"
COPY_TIP = "Copy the program; it needs nothing but torch and prints the number shown first in the table"
SHOWN_LINES = 14


class ProofPanel(QWidget):
    """Shows one Proof; asks for another."""

    proveRequested = Signal(str, object)
    """Parameter and index; "" and None: the greatest gradient of all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.proof: Proof | None = None
        self._status = RunStatus()
        self.empty = EmptyPage(EMPTY_TITLE, EMPTY_TEXT, PROVE_GREATEST)
        self.empty.button.setToolTip(PROVE_GREATEST_TIP)
        self.title = plain_label("title")
        self.age = ElidedLabel("note")
        self.again = QPushButton("Prove again")
        self.again.setToolTip("The same element in the run's coming step")
        self.verdict = plain_label("heading")
        self.names, self.values, self.differences = (tuple(plain_label() for _ in range(4)) for _ in range(3))
        self.hand = plain_label("formula")
        self.snippet = QPlainTextEdit()
        self.copy = QPushButton("Copy")
        self._pages = QStackedWidget()
        self._arrange()
        self.empty.button.clicked.connect(self._ask_greatest)
        self.again.clicked.connect(self._ask_again)
        self.copy.clicked.connect(self.copy_snippet)

    def show_proof(self, proof: Proof | None) -> None:
        """Another proof, or none."""
        self.proof = proof
        self._pages.setCurrentIndex(0 if proof is None else 1)
        if proof is None:
            return
        place = f"[{', '.join(map(str, proof.index))}]"
        self.title.setText(f"{proof.parameter}.grad{place}")
        found = verdict(proof)
        self.verdict.setText(found.text)
        _dress(self.verdict, found.tone)
        for row, way in enumerate(ways(proof)):
            self._show_way(row, way)
        self.hand.setText(proof.hand)
        self.snippet.setPlainText(proof.snippet)
        self._show_age()

    def show_update(self, update: Update) -> None:
        """A new proof, and where the run stands, to tell how old it is."""
        if "status" in update.changed and update.status != self._status:
            self._status = update.status
            self._show_age()
        if "proof" in update.changed:
            self.show_proof(update.proof)

    def show_theme(self, theme: Theme) -> None:
        self.copy.setIcon(icon("copy", theme))

    def copy_snippet(self) -> None:
        """Put the program on the clipboard."""
        QGuiApplication.clipboard().setText(self.snippet.toPlainText())

    def _show_way(self, row: int, way: Way) -> None:
        self.names[row].setText(way.name)
        self.values[row].setText(digits(way.value))
        self.differences[row].setText(way.difference)
        for label in (self.names[row], self.differences[row]):
            label.setToolTip(way.tip)
        self.values[row].setToolTip(f"{exact(way.value)}\n{way.tip}")
        self.values[row].setAccessibleName(f"{way.name}: {exact(way.value)}")

    def _show_age(self) -> None:
        if self.proof is not None:
            at = self.proof.step, self.proof.generation
            self.age.setText(age(*at, self._status))
            self.again.setVisible(not current(*at, self._status))

    def _ask_greatest(self) -> None:
        self.proveRequested.emit("", None)

    def _ask_again(self) -> None:
        assert self.proof is not None
        self.proveRequested.emit(self.proof.parameter, self.proof.index)

    def _arrange(self) -> None:
        for label in (self.title, self.verdict, self.hand):
            label.setWordWrap(True)
        for label in (self.title, self.hand, *self.values):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.hand.setAccessibleName("The gradient by hand")
        self._build_snippet()
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.title)
        line = QHBoxLayout()
        line.addWidget(self.age, 1)
        line.addWidget(self.again)
        column.addLayout(line)
        column.addWidget(self.verdict)
        column.addWidget(self._table())
        column.addSpacing(4)
        column.addWidget(plain_label("heading", "By hand"))
        column.addWidget(self.hand)
        column.addSpacing(4)
        head = QHBoxLayout()
        head.addWidget(plain_label("heading", "In plain PyTorch"), 1)
        head.addWidget(self.copy)
        column.addLayout(head)
        column.addWidget(self.snippet)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFrameShape(QFrame.Shape.NoFrame)
        for page in (self.empty, area):
            self._pages.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)

    def _table(self) -> QWidget:
        table = QFrame()
        table.setProperty("role", "card")
        table.setAccessibleName("The gradient, found in four ways")
        grid = QGridLayout(table)
        grid.setContentsMargins(12, 8, 12, 8)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        heads = (
            ("way", "How the number was found"),
            ("∂L/∂θ", "Six digits; all of them in the tool tip"),
            ("relative difference", "Distance from autograd in float64, as a share of the number"),
        )
        for place, (text, tip) in enumerate(heads):
            head = plain_label("small", text)
            head.setToolTip(tip)
            grid.addWidget(head, 0, place, right if place else Qt.AlignmentFlag.AlignLeft)
        for row in range(4):
            self.names[row].setWordWrap(True)
            grid.addWidget(self.names[row], row + 1, 0)
            for place, label in enumerate((self.values[row], self.differences[row]), start=1):
                label.setFont(number_font())
                grid.addWidget(label, row + 1, place, right)
        return table

    def _build_snippet(self) -> None:
        box = self.snippet
        box.setReadOnly(True)
        box.setFont(number_font(TEXT_SMALL + 1))
        box.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        box.setAccessibleName("The program")
        box.setTabChangesFocus(True)
        box.setFixedHeight(QFontMetrics(box.font()).lineSpacing() * SHOWN_LINES + 16)
        self.copy.setToolTip(COPY_TIP)
        self.copy.setAccessibleName("Copy the program")


def _dress(label: QLabel, role: str) -> None:
    label.setProperty("role", role)
    label.style().unpolish(label)
    label.style().polish(label)
