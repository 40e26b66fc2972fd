"""The first choice in an empty project becomes an edit of it."""

from __future__ import annotations

from PySide6.QtCore import QObject

from engine.beginnings import Beginning, begin_with
from gui.canvas.panel import CanvasPanel
from gui.store import Store


class BeginningController(QObject):
    """Data with the loss that suits them, as one undoable edit."""

    def __init__(self, store: Store, canvas: CanvasPanel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        canvas.hint.dataPicked.connect(self.begin)

    def begin(self, beginning: Beginning) -> None:
        self._store.commit(begin_with(self._store.project, beginning), f"Use {beginning.title}")
