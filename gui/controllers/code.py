"""The code pane's wishes: fresh text whenever torch has looked at the project, and one selection with the canvas."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from engine.commands import Command, WriteCode
from gui.code.panel import CodePanel
from gui.store import Store


class CodeController(QObject):
    """Joins the pane to the store and the engine; the text reaches it by the pump."""

    def __init__(
        self, store: Store, send: Callable[[Command], object], panel: CodePanel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._send = send
        panel.codeRequested.connect(self.write)
        panel.layerPicked.connect(self.select)

    def write(self) -> None:
        """Ask for the project as it is now."""
        self._send(WriteCode(self._store.project))

    def select(self, layer: str) -> None:
        """Select the layer of a line."""
        if self._store.project.network.has(layer):
            self._store.select((layer,))
