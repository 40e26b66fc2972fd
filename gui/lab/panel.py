"""Graph Lab: text on the left, what PyTorch made of it on the right."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from engine.inspection import LabView
from engine.lab.templates import Template
from engine.views import TapeEvent
from gui.lab.editor import LabEditor
from gui.lab.printed import Printed
from gui.lab.reference import Reference
from gui.lab.results import Results
from gui.lab.sentences import Sentences
from gui.lab.toolbar import LabBar
from gui.stepper.moments import hue
from gui.stepper.parts import ElidedLabel
from gui.theme.tokens import GRID, LIGHT, Theme


class LabPanel(QWidget):
    """Shows text and results; a controller has the text evaluated."""

    edited = Signal()
    runAsked = Signal()
    """At once, whatever the switch says."""
    autoToggled = Signal(bool)
    templatePicked = Signal(object)
    lineAsked = Signal(int)
    """Go to this line on the tape."""
    nodeAsked = Signal(str)
    openAsked = Signal()
    saveAsked = Signal()
    sizeChanged = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view: LabView | None = None
        self._theme = LIGHT
        self._moment: TapeEvent | None = None
        self._moved = False
        self.bar = LabBar()
        self.editor = LabEditor()
        self.sentences = Sentences()
        self.state = ElidedLabel("note")
        self.printed = Printed()
        self.results = Results()
        self.reference: Reference | None = None
        """Built when it is first asked for."""
        self._column = QSplitter(Qt.Orientation.Vertical)
        self._arrange()
        self._join()
        self.setFocusProxy(self.editor)
        self.setAccessibleName("Graph Lab")

    @property
    def text(self) -> str:
        return self.editor.text

    def show_text(self, text: str) -> None:
        """Put another text into the editor, as one step of its undo, without telling anybody."""
        with QSignalBlocker(self.editor):
            self.editor.put(text)
        self.results.forget()
        self._forget_marks()

    def show_templates(self, templates: Sequence[Template]) -> None:
        self.bar.show_templates(templates)

    def show_auto(self, on: bool) -> None:
        """Whether the text runs by itself."""
        with QSignalBlocker(self.bar.auto):
            self.bar.auto.setChecked(on)
        with QSignalBlocker(self.bar):
            self.bar.auto.setChecked(on)

    def show_size(self, pixels: int) -> None:
        """Letters of editor and printed lines."""
        self.editor.show_size(pixels)
        self.printed.show_size(pixels)

    def show_state(self, text: str) -> None:
        """One line about where the evaluation stands."""
        self.state.setText(text)

    def show_view(self, view: LabView) -> None:
        """What an evaluation gave. Marks are shown only while the text is still the evaluated one."""
        self.view = view
        self.results.show_view(view)
        self.printed.show_printed(view.printed)
        self.printed.setVisible(bool(view.printed))
        self._fit_printed()
        self.sentences.show_view(view)
        if view.source == self.text:
            notes = {line: ("note", text) for line, text in reversed(view.notes)}
            errors = {error.line: ("error", _sentence(error.text, error.why)) for error in reversed(view.errors)}
            self.editor.show_marks(notes | errors)  # type: ignore[arg-type]

    def show_moment(self, event: TapeEvent | None) -> None:
        """The moment that the tape is at: its line is marked."""
        self._moment = event
        if event is None:
            self.editor.show_line(0, "")
        else:
            self.editor.show_line(event.line, hue(self._theme, event.phase))

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        for part in (self.bar, self.editor, self.printed, self.sentences, self.results):
            part.show_theme(theme)
        self.show_moment(self._moment)

    def _edited(self) -> None:
        self._forget_marks()
        self.edited.emit()

    def _forget_marks(self) -> None:
        """Lines may have moved: marks of the text before would point at the wrong ones."""
        self.editor.show_marks({})
        self.show_moment(None)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
        self.show_state("Copied.")

    def _show_reference(self, word: str = "") -> None:
        if self.reference is None:
            self.reference = Reference(self)
            self.reference.wordPicked.connect(self.editor.write)
        self.reference.show_word(word)

    def _leave(self) -> None:
        self.results.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _size_changed(self, pixels: int) -> None:
        self.show_size(pixels)
        self.sizeChanged.emit(pixels)

    def _fit_printed(self) -> None:
        """As high as what was printed, at most a third; until somebody moves the line between."""
        if not self._moved:
            whole = self._column.height()
            high = min(self.printed.wanted_height(), whole // 3)
            self._column.setSizes([whole - high, high])

    def _splitter_moved(self) -> None:
        self._moved = True

    def _join(self) -> None:
        bar, editor, card = self.bar, self.editor, self.results.card
        bar.templatePicked.connect(self.templatePicked)
        bar.autoToggled.connect(self.autoToggled)
        bar.openAsked.connect(self.openAsked)
        bar.saveAsked.connect(self.saveAsked)
        bar.copyAsked.connect(self._copy)
        for signal in (bar.runAsked, editor.runAsked, editor.scrubber.scrubbed):
            signal.connect(self.runAsked)
        editor.edited.connect(self._edited)
        editor.left.connect(self._leave)
        editor.helpAsked.connect(self._show_reference)
        bar.wordsAsked.connect(self._show_reference)
        editor.linePicked.connect(self.lineAsked)
        for text in (editor, self.printed):
            text.sizeChanged.connect(self._size_changed)
        self.sentences.lineAsked.connect(editor.go_to)
        card.lineAsked.connect(editor.take_up)
        card.nodeAsked.connect(self.nodeAsked)

    def _arrange(self) -> None:
        top = QWidget()
        above = QVBoxLayout(top)
        above.setContentsMargins(0, 0, 0, 0)
        above.setSpacing(GRID // 2)
        above.addWidget(self.editor, 1)
        above.addWidget(self.sentences)
        above.addWidget(self.state)
        self._column.setChildrenCollapsible(False)
        self._column.splitterMoved.connect(self._splitter_moved)
        self._column.addWidget(top)
        self._column.addWidget(self.printed)
        self._column.setStretchFactor(0, 3)
        self._column.setStretchFactor(1, 1)
        self.printed.hide()
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(GRID)
        column.addWidget(self.bar)
        column.addWidget(self._column, 1)
        halves = QSplitter(Qt.Orientation.Horizontal)
        halves.setChildrenCollapsible(False)
        halves.addWidget(left)
        halves.addWidget(self.results)
        halves.setSizes([470, 500])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(halves)


def _sentence(text: str, why: str) -> str:
    return f"{text}\n{why}" if why else text
