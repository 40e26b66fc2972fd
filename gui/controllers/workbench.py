"""The step by hand: presses of the panel's buttons, and the actions of the menu, become commands for the engine thread."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from engine.commands import Command
from engine.spec import ProjectSpec
from gui.stepper.workbench import WorkbenchPanel
from gui.store import Store


class WorkbenchController(QObject):
    """Joins the panel to the engine. What comes back goes to tape, ledger and graph by the stepping controller."""

    wanted = Signal()
    """An action of the menu was chosen: the panels that show its result may come forward."""

    def __init__(
        self, store: Store, send: Callable[[Command], object], panel: WorkbenchPanel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._panel = panel
        panel.exerciseRequested.connect(send)
        store.changed.connect(self._project_changed)

    def forward(self) -> None:
        self._do("forward")

    def backward(self) -> None:
        self._do("backward")

    def step(self) -> None:
        self._do("step")

    def zero_grad(self) -> None:
        self._do("zero_grad")

    def next_batch(self) -> None:
        self._do("next_batch")

    def reset(self) -> None:
        self._do("reset")

    def _do(self, action: str) -> None:
        self.wanted.emit()
        self._panel.do(action)  # type: ignore[arg-type]

    def _project_changed(self, old: ProjectSpec, new: ProjectSpec) -> None:
        if not self._store.undo_name and not self._store.redo_name:  # not an edit: another project was opened
            self._panel.show_view(None)
