"""The one QObject with state: the project with its history, what is selected, and where it is saved."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.history import History
from engine.spec import ProjectSpec


class Store(QObject):
    """Announces what changed; panels compare old and new by identity and redraw what differs."""

    changed = Signal(object, object)
    """(old, new) project; either edit, undo, redo or another project."""
    historyChanged = Signal()
    """Undo and redo names, the dirty mark or the path may have changed."""
    selectionChanged = Signal(object)
    """A tuple of node ids: the same selection on canvas, code, graph, ledger and charts."""

    def __init__(self, project: ProjectSpec, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._history = History(project)
        self._selection: tuple[str, ...] = ()
        self._path = ""

    @property
    def project(self) -> ProjectSpec:
        return self._history.project

    @property
    def selection(self) -> tuple[str, ...]:
        return self._selection

    @property
    def path(self) -> str:
        """File of the project, "" when it was never saved."""
        return self._path

    @property
    def dirty(self) -> bool:
        return self._history.dirty

    @property
    def undo_name(self) -> str:
        return self._history.undo_name

    @property
    def redo_name(self) -> str:
        return self._history.redo_name

    def commit(self, project: ProjectSpec, name: str, merge_key: str = "") -> None:
        """Make `project` the present one as one undoable edit called `name`."""
        old = self.project
        if self._history.commit(project, name, merge_key):
            self._announce(old)

    def undo(self) -> None:
        old = self.project
        if self._history.undo():
            self._announce(old)

    def redo(self) -> None:
        old = self.project
        if self._history.redo():
            self._announce(old)

    def replace(self, project: ProjectSpec, path: str = "") -> None:
        """Open another project with a history of its own."""
        old = self.project
        self._history = History(project)
        self._path = path
        self.select(())
        self._announce(old)

    def mark_saved(self, path: str, project: ProjectSpec) -> None:
        """`project` is safe at `path`. It may be older than the present one when editing went on meanwhile."""
        self._path = path
        self._history.mark_saved(project)
        self.historyChanged.emit()

    def select(self, ids: tuple[str, ...]) -> None:
        """Select nodes everywhere."""
        if ids != self._selection:
            self._selection = ids
            self.selectionChanged.emit(ids)

    def _announce(self, old: ProjectSpec) -> None:
        new = self.project
        alive = tuple(node_id for node_id in self._selection if new.network.has(node_id))
        self.changed.emit(old, new)
        self.historyChanged.emit()
        self.select(alive)
