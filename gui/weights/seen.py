"""Whether a panel is really seen: Qt calls one visible that lies behind another tab."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QWidget


class Seen(QObject):
    """Watches a panel; its dock says whether it is in front (`show_front`, for QDockWidget.visibilityChanged)."""

    changed = Signal()

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel = panel
        self._front = True
        self._before = False
        panel.installEventFilter(self)

    def __bool__(self) -> bool:
        return self._panel.isVisible() and self._front

    def show_front(self, front: bool) -> None:
        """Whether its tab is the one in front; without a dock it always is."""
        self._front = front
        self._tell()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self._tell()
        return False

    def _tell(self) -> None:
        if bool(self) != self._before:
            self._before = bool(self)
            self.changed.emit()
