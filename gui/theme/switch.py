"""Which theme is on: light, dark, or as the system has it."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication

from gui.settings import Settings
from gui.theme.style import apply
from gui.theme.tokens import DARK, LIGHT, THEMES, Theme

Choice = Literal["system", "light", "dark"]
CHOICES: tuple[Choice, ...] = ("system", "light", "dark")


class ThemeSwitch(QObject):
    """Keeps the application in the chosen theme and says when it changed."""

    changed = Signal(object)
    """The new Theme."""
    chosen = Signal(str)
    """What people picked: "system", "light" or "dark"."""

    def __init__(self, app: QApplication, settings: Settings, forced: str = "", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._settings = settings
        self._choice: Choice = next((c for c in CHOICES if c == (forced or settings.text("theme"))), "system")
        self._theme = self._resolved()
        apply(app, self._theme)
        app.styleHints().colorSchemeChanged.connect(self._system_changed)

    @property
    def theme(self) -> Theme:
        return self._theme

    @property
    def choice(self) -> Choice:
        return self._choice

    def choose(self, choice: Choice) -> None:
        """Use this theme from now on, also next time."""
        self._choice = choice
        self._settings.set("theme", choice)
        self._refresh()
        self.chosen.emit(choice)

    def system(self) -> None:
        self.choose("system")

    def light(self) -> None:
        self.choose("light")

    def dark(self) -> None:
        self.choose("dark")

    def toggle(self) -> None:
        """The other of light and dark."""
        self.choose("light" if self._theme.dark else "dark")

    def _system_changed(self) -> None:
        if self._choice == "system":
            self._refresh()

    def _refresh(self) -> None:
        theme = self._resolved()
        if theme is not self._theme:
            self._theme = theme
            apply(self._app, theme)
            self.changed.emit(theme)

    def _resolved(self) -> Theme:
        if self._choice != "system":
            return THEMES[self._choice]
        dark = self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return DARK if dark else LIGHT
