"""The event at the cursor: title, sentence, formula with numbers, and its tensors on two sides."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QVBoxLayout, QWidget

from engine.views import TapeEvent, TensorView
from gui.proof.button import ProveButton
from gui.stepper.event_list import NAVIGATION
from gui.stepper.moments import LOOKS, headline, hue, side_name
from gui.stepper.parts import CopyLabel, plain_label
from gui.stepper.tensors import TensorTable
from gui.theme.tokens import LIGHT, Theme

KEPT = "Saved in the forward pass"
_SIDE_BY_SIDE = 440
"""From this width on the two sides stand beside each other."""


class Side(QWidget):
    """A heading and one tensor table below the other. Tables are kept and used again."""

    proveAsked = Signal(str, object)
    """A parameter, and the index of an element of its gradient or None."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.heading = plain_label("note")
        self.nothing = plain_label("note")
        for label in (self.heading, self.nothing):
            label.setWordWrap(True)
        self.tables: list[TensorTable] = []
        self._proving: list[ProveButton] = []
        self.provable = ""
        """The parameter whose gradient, if it is among the tensors that come next, can be proved."""
        self._used = 0
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addWidget(self.heading)
        self._column.addWidget(self.nothing)
        self._column.addStretch(1)

    @property
    def shown(self) -> list[TensorTable]:
        """The tables in use, in the order of the tensors."""
        return self.tables[: self._used]

    def show_tensors(
        self, heading: str, noun: str, tensors: tuple[TensorView | None, ...], none: str, empty: str
    ) -> None:
        """`none` is said of a tensor that is None, `empty` when there are no tensors at all."""
        self.heading.setText(heading)
        self.setVisible(bool(heading))
        self.nothing.setText(empty)
        self.nothing.setVisible(not tensors)
        self._used = len(tensors)
        while len(self.tables) < len(tensors):
            self._add_table()
        for position, tensor in enumerate(tensors):
            table = self.tables[position]
            name = side_name(tensor, noun, position, len(tensors))
            if tensor is None:
                table.show_nothing(name, none)
            else:
                table.show_tensor(tensor, name)
            table.show()
            is_gradient = tensor is not None and tensor.name == f"{self.provable}.grad"
            self._proving[position].offer(self.provable if is_gradient else "")
        for table in self.tables[len(tensors) :]:
            table.hide()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        for table in self.tables:
            table.show_theme(theme)

    def _add_table(self) -> None:
        table = TensorTable()
        table.show_theme(self._theme)
        self._column.insertWidget(self._column.count() - 1, table)
        self.tables.append(table)
        self._proving.append(ProveButton(table))
        self._proving[-1].asked.connect(self.proveAsked)


class Details(QScrollArea):
    """Scrolls when the window is small. The transport's keys are left to the panel."""

    proveAsked = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._event: TapeEvent | None = None
        self._colored = ""
        self.title, self.text, self.formula = CopyLabel("title"), CopyLabel(), CopyLabel("formula")
        self.left, self.right, self.kept = Side(), Side(), Side()
        self.proves = True
        """Whether the tapes are of the run, whose gradients can be proved."""
        for side in (self.left, self.right):
            side.proveAsked.connect(self.proveAsked)
        self._arrow = plain_label("title")
        self.title.setAccessibleName("Event")
        self.formula.setAccessibleName("Formula with numbers")
        self.formula.setToolTip("The formula of this moment with its numbers put in. The right mouse button copies it.")
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._arrange()

    def show_event(self, event: TapeEvent) -> None:
        """Show one event of the tape."""
        self._event = event
        look = LOOKS[event.phase]
        self.title.setText(headline(event))
        self.text.setText(event.text or look.help)
        self.formula.setText(event.formula)
        self.formula.setVisible(bool(event.formula))
        for side in (self.left, self.right):
            side.provable = event.parameter if self.proves else ""
        none = "none (this input needs no gradient)" if event.phase == "backward" else "None"
        left = look.left if event.inputs else ""
        self.left.show_tensors(left, _noun(look.left), event.inputs, none, "none")
        gone = ".grad is None" if event.phase == "zero_grad" else "none"
        self.right.show_tensors(look.right, _noun(look.right), event.outputs, none, gone)
        self.kept.show_tensors(KEPT if event.saved else "", "saved", event.saved, "None", "")
        self._arrow.setVisible(bool(left))
        self._color()
        self.verticalScrollBar().setValue(0)
        self._column.activate()  # now, or the first frame is painted in the old places and then once more

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.left.show_theme(theme)
        self.right.show_theme(theme)
        self.kept.show_theme(theme)
        self._color()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = self.viewport().width() >= _SIDE_BY_SIDE
        self._sides.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        self._arrow.setText("→" if beside else "↓")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in NAVIGATION:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _color(self) -> None:
        color = hue(self._theme, self._event.phase) if self._event is not None else self._theme.text
        if color == self._colored:  # a style sheet is worked out anew each time it is set
            return
        self._colored = color
        for label in (self.title, self._arrow):
            label.setStyleSheet(f"color: {color}")

    def _arrange(self) -> None:
        self._sides.setSpacing(8)
        self._sides.addWidget(self.left, 1)
        self._sides.addWidget(self._arrow, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        self._sides.addWidget(self.right, 1)
        inside = QWidget()
        self._column = column = QVBoxLayout(inside)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        for part in (self.title, self.text, self.formula):
            column.addWidget(part)
        column.addSpacing(4)
        column.addLayout(self._sides)
        column.addSpacing(4)
        column.addWidget(self.kept)
        column.addStretch(1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("The event at the cursor")


def _noun(heading: str) -> str:
    """What one of several tensors is called: "Outgoing gradient" → "outgoing"."""
    return heading.split(" ", maxsplit=1)[0].lower().rstrip("s") if heading else ""
