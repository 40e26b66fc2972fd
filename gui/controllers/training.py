"""What the training panel wants to know of the engine: what its settings come to."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from engine.commands import Command, LookAtTraining
from gui.forms.training_panel import TrainingPanel
from gui.store import Store


class TrainingController(QObject):
    """Joins the training panel to the engine; the answers reach it by the pump."""

    def __init__(
        self, store: Store, send: Callable[[Command], object], panel: TrainingPanel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._send = send
        panel.lookRequested.connect(self.look)

    def look(self) -> None:
        """Work out the learning rates of the project as it is now."""
        self._send(LookAtTraining(self._store.project))
