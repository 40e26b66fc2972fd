"""Turns what people want of the blocks on the canvas into edits of the project."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from engine import grouping
from engine.edits import EditError
from engine.spec import ProjectSpec
from gui.canvas.panel import CanvasPanel
from gui.store import Store


class GroupingController(QObject):
    """One wish, one undoable edit. What cannot be done is told in a sentence by `refused`."""

    refused = Signal(str)

    def __init__(self, store: Store, canvas: CanvasPanel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        wishes = canvas.intents
        wishes.groupRequested.connect(self.group)
        wishes.ungroupRequested.connect(self.ungroup)
        wishes.foldRequested.connect(self.fold)
        wishes.renameGroupRequested.connect(self.rename)

    def group(self, ids: tuple[str, ...]) -> None:
        """A new block of these layers; it is selected."""
        if self._edit(lambda project: grouping.group_nodes(project, ids)[0], f"Group {len(ids)} layers"):
            self._store.select(self._store.project.network.groups[-1].members)

    def ungroup(self, name: str) -> None:
        self._edit(lambda project: grouping.ungroup(project, name), f"Ungroup {name}")

    def fold(self, name: str, folded: bool) -> None:
        """The block as one card, or all its layers."""
        verb = "Fold" if folded else "Unfold"
        self._edit(lambda project: grouping.fold_group(project, name, folded), f"{verb} {name}")

    def rename(self, name: str, new: str) -> None:
        self._edit(lambda project: grouping.rename_group(project, name, new), f"Rename {name}")

    def _edit(self, edit: Callable[[ProjectSpec], ProjectSpec], name: str) -> bool:
        try:
            project = edit(self._store.project)
        except EditError as error:
            self.refused.emit(str(error))
            return False
        self._store.commit(project, name)
        return True
