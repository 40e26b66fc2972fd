"""Above the editor: templates, run, run by itself, copy, open, save."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from engine.lab.templates import Template
from gui.stepper.parts import icon_button
from gui.theme.icons import icon
from gui.theme.tokens import GRID, Theme

PREVIEW = 14
"""Lines of a template that its tool tip shows."""
_ICONS = (
    ("help", "Words", "Every function of the lab's language and what it does (F1 in the text)"),
    ("copy", "Copy the text", "Copy the whole text"),
    ("open", "Open a text", "Open lab text from a file (.txt)"),
    ("save", "Save the text", "Save the text to a file (.txt)"),
)


class LabBar(QWidget):
    """Intents only."""

    templatePicked = Signal(object)
    runAsked = Signal()
    autoToggled = Signal(bool)
    wordsAsked = Signal()
    copyAsked = Signal()
    openAsked = Signal()
    saveAsked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.templates = QToolButton()
        self.menu = QMenu(self)
        self.submenus: dict[str, QMenu] = {}
        self._templates: tuple[Template, ...] = ()
        self.run = QPushButton("Run")
        self.auto = QCheckBox("Run by itself")
        self.icons = {name: icon_button(title, tip) for name, title, tip in _ICONS}
        self._dress()
        self._arrange()
        self.menu.triggered.connect(self._picked)
        self.run.clicked.connect(self.runAsked)
        self.auto.toggled.connect(self.autoToggled)
        signals = (self.wordsAsked, self.copyAsked, self.openAsked, self.saveAsked)
        for button, signal in zip(self.icons.values(), signals, strict=True):
            button.clicked.connect(signal)

    def show_templates(self, templates: Sequence[Template]) -> None:
        """Fill the menu, one submenu per group, in the order given."""
        self._templates = tuple(templates)
        self.menu.clear()
        self.submenus = {}
        for number, template in enumerate(self._templates):
            if template.group not in self.submenus:
                submenu = QMenu(template.group, self.menu)
                submenu.setToolTipsVisible(True)
                self.menu.addMenu(submenu)
                self.submenus[template.group] = submenu
            action = self.submenus[template.group].addAction(template.title)
            action.setToolTip(_preview(template.text))
            action.setData(number)

    def show_theme(self, theme: Theme) -> None:
        self.templates.setIcon(icon("lab", theme))
        self.run.setIcon(icon("play", theme, theme.on_accent))
        for name, button in self.icons.items():
            button.setIcon(icon(name, theme))

    def _picked(self, action: QAction) -> None:
        if action.data() is not None:
            self.templatePicked.emit(self._templates[action.data()])

    def _dress(self) -> None:
        self.templates.setText("Templates")
        self.templates.setToolTip("Ready texts: the examples of the course, and the cases in which PyTorch surprises")
        self.templates.setToolButtonStyle(self.templates.toolButtonStyle().ToolButtonTextBesideIcon)
        self.templates.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.templates.setMenu(self.menu)
        self.templates.setFocusPolicy(self.run.focusPolicy())
        self.menu.setToolTipsVisible(True)
        self.run.setProperty("role", "primary")
        self.run.setToolTip("Evaluate the text with PyTorch (Ctrl+Return)")
        self.auto.setToolTip(
            "Evaluate the text whenever it has changed, a moment after the last key; not while training runs"
        )
        self.auto.setChecked(True)

    def _arrange(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GRID)
        line.addWidget(self.templates)
        line.addWidget(self.run)
        line.addWidget(self.auto)
        line.addStretch(1)
        for button in self.icons.values():
            line.addWidget(button)
        line.setSpacing(GRID // 2)


def _preview(text: str) -> str:
    """The first lines of a template."""
    lines = text.rstrip().split("\n")
    return "\n".join([*lines[:PREVIEW], "…"] if len(lines) > PREVIEW else lines)
