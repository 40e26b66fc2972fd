"""The code pane: the model, or the whole training script, as plain PyTorch, line by line tied to the canvas."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QMouseEvent, QShowEvent, QTextCursor
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QTextEdit, QVBoxLayout, QWidget

from engine.inspection import Code, CodeView
from gui.code.highlight import PythonHighlighter
from gui.lab.bands import band
from gui.lab.margin import NumberedText
from gui.pump import Update
from gui.stepper.parts import ElidedLabel
from gui.theme.tokens import GRID, Theme

MODEL, SCRIPT = "Model", "Training script"
_TIP = "Plain PyTorch, always in step with the canvas. Click a line to select its layer; select text to copy it."
_NOT_YET = "The training script is written when the network, the data and the loss fit together."
_HUES = {"forward": "forward", "backward": "backward", "parameter": "parameter"}


class CodeText(NumberedText):
    """Read-only; a click on a line says which."""

    lineClicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.highlighter = PythonHighlighter(self.document())
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setLineWrapMode(NumberedText.LineWrapMode.NoWrap)
        self.setAccessibleName("Code")
        self.setAccessibleDescription(_TIP)
        self.linePicked.connect(self.lineClicked)

    def put(self, text: str) -> None:
        """Another text; what is in sight stays in sight."""
        if text == self.toPlainText():
            return
        across, down = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        self.highlighter.read(text)
        self.setPlainText(text)
        self.horizontalScrollBar().setValue(across)
        self.verticalScrollBar().setValue(down)

    def show_theme(self, theme: Theme) -> None:
        super().show_theme(theme)
        self.highlighter.show_theme(theme)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and not self.textCursor().hasSelection():
            self.lineClicked.emit(self.line_at(event.position().toPoint().y()))

    def bands(self, lines: tuple[int, ...], color: str, strength: float) -> list[QTextEdit.ExtraSelection]:
        blocks = (self.document().findBlockByNumber(line - 1) for line in lines)
        return [band(QTextCursor(block), color, strength) for block in blocks if block.isValid()]

    def reveal(self, line: int) -> None:
        """Bring a line into sight, with as little movement as can be."""
        block = self.document().findBlockByNumber(line - 1)
        place = self.cursorRect(QTextCursor(block))
        if block.isValid() and not self.viewport().rect().contains(QPoint(0, place.center().y())):
            self.verticalScrollBar().setValue(max(0, line - 1 - self._shown_lines() // 2))

    def _shown_lines(self) -> int:
        return max(1, self.viewport().height() // max(1, self.fontMetrics().height()))


class CodePanel(QWidget):
    """Asks for the code of the project whenever torch has looked at it; shows where the selected layer stands in it."""

    codeRequested = Signal()
    layerPicked = Signal(str)
    saveRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view: CodeView | None = None
        self._selected: tuple[str, ...] = ()
        self._current = ("", "")
        self.choice = QComboBox()
        self.choice.addItems([MODEL, SCRIPT])
        self.choice.setAccessibleName("Which code")
        self.choice.setToolTip("The model alone, or a script that prints the very losses of the run")
        self.note = ElidedLabel("note")
        self.copy = QPushButton("Copy all")
        self.copy.setToolTip("Put the whole text on the clipboard")
        self.save = QPushButton("Save…")
        self.save.setToolTip("Write the training script to a .py file")
        self.text = CodeText()
        self.setFocusProxy(self.text)
        self.choice.currentIndexChanged.connect(self._show_text)
        self.copy.clicked.connect(self._copy)
        self.save.clicked.connect(self.saveRequested)
        self.text.lineClicked.connect(self._line_clicked)
        self._arrange()

    @property
    def code(self) -> Code | None:
        """What is shown."""
        if self.view is None:
            return None
        return self.view.script if self.choice.currentText() == SCRIPT else self.view.model

    def show_update(self, update: Update) -> None:
        if "report" in update.changed and update.report is not None:
            self.codeRequested.emit()
        if "code" in update.changed and update.code is not None:
            self.view = update.code
            self._show_text()

    def show_selection(self, ids: tuple[str, ...]) -> None:
        """Light up the lines of the selected layers, the first of them in sight."""
        self._selected = ids
        self._light_up(reveal=True)

    def show_current(self, layer: str, direction: str) -> None:
        """The layer that the tape is at, and whether it goes forward, backward or updates."""
        self._current = (layer, direction)
        if self.isVisible():
            self._light_up(reveal=bool(layer))

    def showEvent(self, event: QShowEvent) -> None:
        """What happened while nobody looked."""
        super().showEvent(event)
        self._light_up(reveal=True)

    def show_theme(self, theme: Theme) -> None:
        self.text.show_theme(theme)
        self._light_up()

    def _show_text(self) -> None:
        code = self.code
        self.text.put("" if code is None else code.text)
        self.note.setText("" if code is not None or self.view is None else _NOT_YET)
        for button in (self.copy, self.save):
            button.setEnabled(code is not None)
        self._light_up()

    def _light_up(self, reveal: bool = False) -> None:
        code = self.code
        if code is None:
            self.text.setExtraSelections([])
            return
        theme = self.text.theme
        layer, direction = self._current
        chosen = tuple(line for node_id in self._selected for line in code.lines.get(node_id, ()))
        here = code.lines.get(layer, ())
        marks = self.text.bands(chosen, theme.accent, 0.18)
        if direction in _HUES:
            marks += self.text.bands(here, getattr(theme, _HUES[direction]), 0.28)
        self.text.setExtraSelections(marks)
        first = (here or chosen)[:1]
        if reveal and first:
            self.text.reveal(first[0])

    def _line_clicked(self, line: int) -> None:
        node_id = self.code.node_at(line) if self.code is not None else ""
        if node_id:
            self.layerPicked.emit(node_id)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(GRID, 4, GRID, 4)
        head.setSpacing(GRID)
        head.addWidget(self.choice)
        head.addWidget(self.note, 1)
        head.addWidget(self.copy)
        head.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.text, 1)
