"""The first page: ready projects as cards, projects used last, and a way to any other file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from engine.example_parts import Example
from engine.examples import EXAMPLES
from gui.empty_project import empty_project
from gui.theme.icons import icon
from gui.theme.tokens import GRID, LIGHT, Theme
from gui.thumbnails import thumbnail

PICTURE = QSize(208, 88)
SIDE = 300
"""Width that the list of one's own projects needs."""
RECENT_SHOWN = 8
EMPTY = Example("", "Empty network", "Put your own layers together, from nothing.", empty_project)


class ExampleCard(QPushButton):
    """One ready project; a button, so keyboard and screen readers know what to do with it."""

    picked = Signal(str)

    def __init__(self, entry: Example) -> None:
        super().__init__()
        self._name = entry.name
        self.shelf = entry.shelf
        self._project = entry.build()
        self.setProperty("role", "card")
        self.setAccessibleName(entry.title)
        self.setAccessibleDescription(entry.text)
        self.setToolTip(f"Open the example “{entry.name}”" if entry.name else "Begin with an empty canvas")
        self.setFixedWidth(PICTURE.width() + 2)
        self.setMinimumHeight(PICTURE.height() + 84)
        self._picture = QLabel()
        self._picture.setAccessibleName(f"Picture of {entry.title}")
        title, text = QLabel(entry.title), QLabel(entry.text)
        title.setProperty("role", "heading")
        text.setProperty("role", "note")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, GRID)
        layout.setSpacing(4)
        layout.addWidget(self._picture)
        for label in (title, text):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setContentsMargins(GRID + 4, 0, GRID, 0)
            layout.addWidget(label)
        layout.addStretch(1)
        for label in (self._picture, title, text):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.clicked.connect(self._clicked)

    def show_theme(self, theme: Theme) -> None:
        self._picture.setPixmap(thumbnail(self._project, theme, PICTURE, self.devicePixelRatioF()))

    def _clicked(self) -> None:
        self.picked.emit(self._name)


class StartPage(QWidget):
    """Everything one can begin with."""

    examplePicked = Signal(str)
    openRequested = Signal()
    recentPicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Start page")
        self._theme: Theme = LIGHT
        self._dressed: Theme | None = None
        self._cards: list[ExampleCard] = []
        self._shelves: dict[str, QLabel] = {}
        self._columns = 0
        self._open = QPushButton("Open a project…")
        self._open.setProperty("role", "primary")
        self._open.setToolTip("Open a .chainrule file (Ctrl+O); it can also be dropped onto the window")
        self._open.clicked.connect(self.openRequested)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        self._grid = QGridLayout()
        self._grid.setSpacing(2 * GRID)
        self._build()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        if self.isVisible():
            self._dress()

    def show_recent(self, paths: tuple[str, ...]) -> None:
        """The project files used last."""
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        if not paths:
            self._recent.addWidget(_label("Projects that you save appear here.", "note"))
        for path in paths[:RECENT_SHOWN]:
            button = _PathButton(path)
            button.picked.connect(self.recentPicked)
            self._recent.addWidget(button)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._cards:
            self._lay_out()

    def showEvent(self, event: QShowEvent) -> None:
        """Cards are made when they are first looked at: the window opens faster."""
        if not self._cards:
            self._fill()
        self._dress()
        super().showEvent(event)

    def _build(self) -> None:
        inside = QWidget()
        body = QVBoxLayout(inside)
        body.setContentsMargins(4 * GRID, 3 * GRID, 4 * GRID, 3 * GRID)
        body.setSpacing(2 * GRID)
        body.addWidget(_label("See how a network learns", "title"))
        body.addWidget(
            _label(
                "Pick an example, press Play, stop at any instant, and read every tensor and every gradient.", "note"
            )
        )
        columns = QHBoxLayout()
        columns.setSpacing(4 * GRID)
        left = QVBoxLayout()
        left.setSpacing(2 * GRID)
        left.addLayout(self._grid)
        left.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(GRID)
        right.addWidget(_label("Your projects", "heading"))
        right.addWidget(self._open, 0, Qt.AlignmentFlag.AlignLeft)
        right.addLayout(self._recent)
        right.addStretch(1)
        columns.addLayout(left)
        columns.addLayout(right, 1)
        body.addLayout(columns, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inside)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)
        self.show_recent(())

    def _fill(self) -> None:
        for entry in (EMPTY, *EXAMPLES.values()):
            card = ExampleCard(entry)
            card.picked.connect(self.examplePicked)
            self._cards.append(card)
            if entry.shelf not in self._shelves:
                self._shelves[entry.shelf] = _label(entry.shelf, "heading")
        self._lay_out()

    def _lay_out(self) -> None:
        """As many cards in a row as fit; their order, and so that of the Tab key, stays."""
        room = self.width() - SIDE - 8 * GRID
        columns = max(2, room // (PICTURE.width() + 2 * GRID + 2))
        if columns == self._columns:
            return
        self._columns = columns
        row = 0
        for shelf, heading in self._shelves.items():
            self._grid.addWidget(heading, row, 0, 1, columns)
            cards = [card for card in self._cards if card.shelf == shelf]
            for index, card in enumerate(cards):
                self._grid.addWidget(card, row + 1 + index // columns, index % columns)
            row += 1 + -(-len(cards) // columns)

    def _dress(self) -> None:
        if self._dressed is not self._theme:
            self._dressed = self._theme
            self._open.setIcon(icon("open", self._theme, self._theme.on_accent))
            for card in self._cards:
                card.show_theme(self._theme)


class _PathButton(QPushButton):
    """A recent file."""

    picked = Signal(str)

    def __init__(self, path: str) -> None:
        super().__init__(Path(path).name.replace("&", "&&"))
        self._path = path
        self.setProperty("role", "link")
        self.setToolTip(path)
        self.setAccessibleName(f"Open {path}")
        self.clicked.connect(self._clicked)

    def _clicked(self) -> None:
        self.picked.emit(self._path)


def _label(text: str, role: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", role)
    label.setWordWrap(True)
    return label
