"""Small pieces that the panels of the step mode share."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

RUN_LAB, RUN_LAB_TIP = "Run the text", "Evaluate the lab's text with PyTorch (Ctrl+Return in the editor)"
APART = "Take the next step apart"
APART_TIP = "Record the coming training step with every tensor and gradient, on a copy: the run does not move"


class Stack(QStackedWidget):
    """As high as the page in front, not as the highest of all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.currentChanged.connect(self._fit)

    def sizeHint(self) -> QSize:
        page = self.currentWidget()
        return page.sizeHint() if page is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        page = self.currentWidget()
        return page.minimumSizeHint() if page is not None else super().minimumSizeHint()

    def _fit(self, _: int) -> None:
        self.updateGeometry()


class ElidedLabel(QLabel):
    """One line that ends in "…" when it does not fit; the tool tip has all of it."""

    def __init__(self, role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.tip = ""
        """Said below the whole text, also when all of it fits."""

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        room = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), text)
        painter.end()
        cut = self.text() if text != self.text() else ""
        self.setToolTip("\n".join(part for part in (cut, self.tip) if part))


class CopyLabel(QLabel):
    """Plain text that wraps; the right mouse button copies it.

    Not a label whose text can be selected: Qt lays such a one out as a whole document, which took 2 of a move's 16 ms.
    """

    def __init__(self, role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setWordWrap(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        action = QAction("Copy", self)
        action.triggered.connect(self.copy)
        self.addAction(action)

    def copy(self) -> None:
        """Put the whole text on the clipboard."""
        QGuiApplication.clipboard().setText(self.text())


def plain_label(role: str = "", text: str = "") -> QLabel:
    """A label for text that may come from a file: never read as rich text. `role` is the style sheet's."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    return label


def row(widget: QWidget, spacing: int) -> QHBoxLayout:
    """An edgeless horizontal layout inside `widget`."""
    layout = QHBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    return layout


def icon_button(name: str, tip: str) -> QToolButton:
    """A button that shows only an icon: the name is for screen readers, the tip for everyone."""
    button = QToolButton()
    button.setAccessibleName(name)
    button.setToolTip(tip)
    button.setProperty("role", "quiet")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def grain_box() -> QComboBox:
    """How fine the events of a tape are; the data of an item is the grain (engine/grain.py)."""
    box = QComboBox()
    box.setAccessibleName("Grain of the tape")
    for grain, title in (("layer", "Layers"), ("node", "Autograd nodes"), ("operation", "Operations")):
        box.addItem(title, grain)
    box.setToolTip(
        "How fine the events are\n"
        "Layers: one event per layer, forwards and backwards\n"
        "Autograd nodes: layers forwards, every grad_fn node backwards\n"
        "Operations: every operation that PyTorch's ATen ran (t, addmm, relu …) forwards, every node backwards"
    )
    box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return box


class EmptyPage(QWidget):
    """What a panel shows before it has something: what will appear here, and the one button that brings it."""

    def __init__(self, title: str, text: str, action: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QPushButton(action)
        self.button.setProperty("role", "primary")
        self.button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.heading = plain_label("title", title)
        self.words = plain_label("note", text)
        for label in (self.heading, self.words):
            label.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(8)
        column.addStretch(1)
        column.addWidget(self.heading)
        column.addWidget(self.words)
        column.addSpacing(8)
        column.addWidget(self.button)
        column.addStretch(2)

    def show_texts(self, title: str, text: str, action: str, tip: str) -> None:
        """The same page for another source."""
        self.heading.setText(title)
        self.words.setText(text)
        self.button.setText(action)
        self.button.setToolTip(tip)
