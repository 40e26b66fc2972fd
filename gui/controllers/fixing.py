"""Fixes that people click become edits of the project."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine import fixes
from engine.edits import EditError
from engine.spec import ProjectSpec
from engine.views import Fix
from gui.canvas.panel import CanvasPanel
from gui.forms.layer_panel import LayerPanel
from gui.forms.problems_panel import ProblemsPanel
from gui.store import Store


class FixingController(QObject):
    """One click, one undoable edit with the fix's own name."""

    refused = Signal(str)

    def __init__(
        self,
        store: Store,
        canvas: CanvasPanel,
        layer: LayerPanel,
        problems: ProblemsPanel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._made: tuple[Fix, ProjectSpec] | None = None
        canvas.intents.fixRequested.connect(self.fix)
        layer.fixes.fixRequested.connect(self.fix)
        problems.fixRequested.connect(self.fix)

    def fix(self, fix: Fix) -> None:
        """Apply it, or say why it no longer fits. Until the next report its button still stands: a second click does nothing."""
        if self._made is not None and self._made[0] == fix and self._made[1] is self._store.project:
            return
        try:
            project = fixes.apply(self._store.project, fix)
        except EditError as error:
            self.refused.emit(str(error))
            return
        self._store.commit(project, fix.text)
        self._made = (fix, self._store.project)
