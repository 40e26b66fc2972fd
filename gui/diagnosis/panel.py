"""Diagnosis: what the layers of a run did over time beside what is wrong with it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QVBoxLayout, QWidget

from engine.diagnosis import DiagnosisView
from gui.diagnosis.strip import Strip
from gui.diagnosis.verdicts import VerdictList
from gui.forms.form import note
from gui.pump import Update
from gui.stepper.parts import ElidedLabel, EmptyPage, Stack
from gui.theme.tokens import GRID, LIGHT, Theme

EMPTY_TEXT = (
    "While a run trains, its layers are looked at a few times a second: the gradients, the size of the updates, dead and saturated "
    "units, the spread of the outputs. What is wrong is said in words, with its evidence and with remedies to click."
)
PLAY = "Start training"
NO_LOOKS = "The strip of all layers over time appears here as soon as training runs."
NARROW = 520
"""Pixels below which the verdicts stand above the strip."""
STALE = "The project was edited since: this is the run before. Play trains the new one."
POINT_HINT = "Point at the strip to read a number."


class DiagnosisPanel(QWidget):
    """Shows one DiagnosisView."""

    layerPicked = Signal(str)
    fixRequested = Signal(object)
    """(Fix)"""
    playRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = LIGHT
        self.view: DiagnosisView | None = None
        self.empty = EmptyPage("Nothing looked at yet", EMPTY_TEXT, PLAY)
        self.empty.button.setToolTip("Train the network that is on the canvas.")
        self.strip = Strip()
        self.verdicts = VerdictList()
        self.trouble, self.stale = note(""), note(STALE)
        self.value = ElidedLabel("small")
        self.value.setAccessibleName("The number that is pointed at")
        self._none_yet = note(NO_LOOKS)
        self._none_yet.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        self._none_yet.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._strip_pages, self._pages = Stack(), Stack()
        self._halves = QSplitter(Qt.Orientation.Horizontal)
        self._arrange()
        self.empty.button.clicked.connect(self.playRequested)
        self.strip.layerPicked.connect(self.layerPicked)
        self.strip.pointed.connect(self._point)
        self.verdicts.layerPicked.connect(self.layerPicked)
        self.verdicts.fixRequested.connect(self.fixRequested)
        self._point("")

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.strip.show_theme(theme)
        self.verdicts.show_theme(theme)

    def show_selection(self, ids: tuple[str, ...]) -> None:
        self.strip.show_selection(ids)

    def show_update(self, update: Update) -> None:
        if "diagnosis" in update.changed and update.diagnosis is not None:
            self._show(update.diagnosis)
        self.stale.setVisible(update.status.stale)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        wanted = Qt.Orientation.Vertical if narrow else Qt.Orientation.Horizontal
        if self._halves.orientation() != wanted:
            self._halves.setOrientation(wanted)
            self._halves.insertWidget(0 if narrow else 1, self.verdicts)

    def _show(self, view: DiagnosisView) -> None:
        self.view = view
        looked, trouble = len(view.probes.steps) > 0, view.probes.trouble
        self.strip.show_probes(view.probes)
        self.verdicts.show_verdicts(view.verdicts)
        self.trouble.setText(f"Nobody looks at this run any more: {trouble}" if trouble else "")
        self.trouble.setVisible(bool(trouble))
        self._strip_pages.setCurrentIndex(1 if looked else 0)
        self._pages.setCurrentIndex(1 if looked or view.verdicts or trouble else 0)

    def _point(self, words: str) -> None:
        self.value.setText(words or POINT_HINT)

    def _arrange(self) -> None:
        scroll = QScrollArea()
        scroll.setWidget(self.strip)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for words in (self.trouble, self.stale):
            words.hide()
            words.setContentsMargins(GRID, 4, GRID, 0)
        self.value.setContentsMargins(GRID, 0, GRID, 4)
        looks = QWidget()
        column = QVBoxLayout(looks)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.stale)
        column.addWidget(self.trouble)
        column.addWidget(scroll, 1)
        column.addWidget(self.value)
        for page in (self._none_yet, looks):
            self._strip_pages.addWidget(page)
        self.verdicts.setMinimumWidth(200)
        self._halves.setChildrenCollapsible(False)
        self._halves.addWidget(self._strip_pages)
        self._halves.addWidget(self.verdicts)
        self._halves.setStretchFactor(0, 3)
        self._halves.setStretchFactor(1, 2)
        for part in (self.empty, self._halves):
            self._pages.addWidget(part)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)
