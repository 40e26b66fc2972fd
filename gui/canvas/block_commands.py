"""What can be asked of blocks: put layers together, fold, unfold, take apart, rename."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine import blocks
from engine.edits import ENDS
from engine.spec import GroupSpec
from gui.canvas.desk import Desk


class BlockCommands(QObject):
    """Acts on what is selected: a folded block, or any of the layers of one."""

    renameWanted = Signal(str)
    """(name): let people type another name for the block."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk

    def group(self) -> None:
        """Put the selected layers into a new block."""
        if ids := tuple(node_id for node_id in self._desk.selection if node_id not in ENDS):
            self._desk.intents.groupRequested.emit(ids)
        else:
            self._desk.say("Select the layers first that are to be one block: Shift+click, or draw a rectangle.")

    def ungroup(self) -> None:
        """Take the block of the selected layers apart."""
        if group := self.block():
            self._desk.intents.ungroupRequested.emit(group.name)
        else:
            self._desk.say("Select a block, or a layer in one, to take it apart.")

    def fold(self) -> None:
        """Fold the block of the selected layers to one card, or show its layers again."""
        if group := self.block():
            self._desk.intents.foldRequested.emit(group.name, not group.folded)
        else:
            self._desk.say(
                "Select a block, or a layer in one, to fold it. Ctrl+G makes a block of the selected layers."
            )

    def rename(self) -> None:
        if group := self.block():
            self.renameWanted.emit(group.name)

    def block(self) -> GroupSpec | None:
        """The one block that the selection is about: all selected layers are in it."""
        found = {blocks.block_of(self._desk.network, node_id) for node_id in self._desk.selection}
        return found.pop() if len(found) == 1 else None

    def whole(self) -> GroupSpec | None:
        """The block of which all layers are selected, and nothing else is."""
        return self._desk.scene.groups.of(self._desk.selection)
