"""Brings theme, project, selection and updates to every panel, and lets panels that nobody sees rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from engine.mailbox import Slot
from engine.spec import ProjectSpec
from gui.pump import SLOTS, Pump, Update
from gui.store import Store
from gui.theme.switch import ThemeSwitch
from gui.theme.tokens import Theme


class Audience(QObject):
    """Calls show_theme, show_project, show_selection and show_update on those members that have them.

    A panel that is hidden misses no news: it gets all of it at once when it is shown.
    """

    def __init__(self, store: Store, pump: Pump, themes: ThemeSwitch, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._themes = themes
        self._members: list[object] = []
        self._missed: dict[QWidget, set[Slot]] = {}
        self._last: Update | None = None
        store.changed.connect(self._project_changed)
        store.selectionChanged.connect(self._selection_changed)
        themes.changed.connect(self._theme_changed)
        pump.updated.connect(self._updated)

    def add(self, *members: object) -> None:
        """From now on they hear everything; what is known already they are told at once."""
        for member in members:
            self._members.append(member)
            _call(member, "show_theme", self._themes.theme)
            _call(member, "show_project", None, self._store.project)
            _call(member, "show_selection", self._store.selection)
            if isinstance(member, QWidget):
                self._missed[member] = set(SLOTS) if self._last is not None else set()
                member.installEventFilter(self)
                self._catch_up(member)
            elif self._last is not None:
                _call(member, "show_update", replace(self._last, changed=frozenset(SLOTS)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget):
            self._catch_up(watched)
        return False

    def _catch_up(self, panel: QWidget) -> None:
        missed = self._missed.get(panel)
        if missed and self._last is not None and panel.isVisible():
            self._missed[panel] = set()
            _call(panel, "show_update", replace(self._last, changed=frozenset(missed)))

    def _updated(self, update: Update) -> None:
        self._last = update
        for member in self._members:
            if isinstance(member, QWidget) and not member.isVisible():
                self._missed[member] |= update.changed
            else:
                _call(member, "show_update", update)

    def _project_changed(self, old: ProjectSpec, new: ProjectSpec) -> None:
        for member in self._members:
            _call(member, "show_project", old, new)

    def _selection_changed(self, ids: tuple[str, ...]) -> None:
        for member in self._members:
            _call(member, "show_selection", ids)

    def _theme_changed(self, theme: Theme) -> None:
        for member in self._members:
            _call(member, "show_theme", theme)


def _call(member: object, name: str, *arguments: object) -> None:
    method: Callable[..., None] | None = getattr(member, name, None)
    if method is not None:
        method(*arguments)
