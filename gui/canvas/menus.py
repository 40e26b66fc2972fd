"""The menus under the right mouse button: of layers, of an arrow, of the empty canvas."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from engine.edits import ENDS
from engine.views import Fix
from gui.canvas.commands import Commands
from gui.canvas.desk import Desk, Place, Pointer
from gui.canvas.weighing import edit_weights, has_weights
from gui.theme.icons import icon

Slot = Callable[[], object]


class FixEntry(QAction):
    """An entry of the menu that makes a fix."""

    def __init__(self, fix: Fix, desk: Desk, menu: QMenu) -> None:
        super().__init__(icon("check", desk.scene.theme), f"Fix: {fix.text}", menu)
        self._fix = fix
        self._desk = desk
        self.triggered.connect(self._make)

    def _make(self) -> None:
        self._desk.intents.fixRequested.emit(self._fix)


class Menus:
    """Builds a menu for what was clicked and shows it there."""

    def __init__(self, desk: Desk, commands: Commands, owner: QWidget) -> None:
        self._desk = desk
        self._commands = commands
        self._owner = owner
        self._place = Place()
        self._screen = QPoint()

    def open(self, pointer: Pointer) -> QMenu:
        """Select what is under the pointer and show its menu."""
        self._screen = pointer.screen
        self._place = Place(pointer.scene.x(), pointer.scene.y())
        menu = QMenu(self._owner)
        node = self._desk.scene.node_at(pointer.scene)
        link = None if node else self._desk.scene.link_at(pointer.scene)
        if node:
            if node not in self._desk.selection:
                self._desk.select((node,))  # of a folded block all its layers
            self._node_menu(menu, node)
        elif (group := self._desk.scene.groups.at(pointer.scene)) is not None:
            self._desk.select(group.members)
            self._node_menu(menu, group.members[0])
        elif link is not None:
            self._desk.select_link(link)
            self._place = Place(pointer.scene.x(), pointer.scene.y(), link)
            self._entry(menu, "plus", "Insert a layer …", "", self._pick)
            self._entry(menu, "trash", "Delete the arrow", "Del", self._commands.remove)
        else:
            self._canvas_menu(menu)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._owner.mapToGlobal(pointer.screen))
        return menu

    def _node_menu(self, menu: QMenu, node: str) -> None:
        commands = self._commands
        for fix in self._desk.scene.groups.item_of(node).card.fixes:
            entry = FixEntry(fix, self._desk, menu)
            menu.addAction(entry)
        if not menu.isEmpty():
            menu.actions()[0].setText(menu.actions()[0].text() + "\tCtrl+.")
            menu.addSeparator()
        if len(self._desk.selection) == 1:
            self._entry(menu, "edit", "Edit …", "Enter", commands.edit)
        self._entry(menu, "plus", "Add a layer behind …", "Ins", commands.add_behind)
        if len(self._desk.selection) == 1 and node != "output":
            self._entry(menu, "link", "Connect to …", "C", commands.connect_from)
        self._entry(menu, "minus", "Disconnect", "", commands.disconnect_selected)
        self._block_entries(menu)
        if node in ENDS:
            return
        if has_weights(self._desk):
            self._entry(menu, "numbers", "Edit weights …", "W", partial(edit_weights, self._desk))
        menu.addSeparator()
        self._entry(menu, "layers", "Duplicate", "Ctrl+D", commands.duplicate)
        self._entry(menu, "copy", "Copy", "Ctrl+C", commands.copy)
        if len(self._desk.selection) == 1 or commands.blocks.whole():
            self._entry(menu, "", "Rename", "F2", commands.rename)
        menu.addSeparator()
        self._entry(menu, "trash", "Delete", "Del", commands.remove)

    def _block_entries(self, menu: QMenu) -> None:
        """For several layers, and for those of a block."""
        blocks, line_up = self._commands.blocks, self._commands.line_up
        group, several = blocks.block(), len(self._desk.selection) > 1
        if group is None and not several:
            return
        menu.addSeparator()
        if several and blocks.whole() is None:
            self._entry(menu, "layers", "Group into a block", "Ctrl+G", blocks.group)
        if group is not None:
            self._entry(menu, "layers", "Unfold the block" if group.folded else "Fold the block", "Ctrl+E", blocks.fold)
            self._entry(menu, "minus", "Ungroup", "Ctrl+Shift+G", blocks.ungroup)
        if several and not (group is not None and group.folded):
            self._entry(menu, "", "Stand in one row", "", line_up.in_row)
            self._entry(menu, "", "Stand in one column", "", line_up.in_column)
            self._entry(menu, "", "Spread evenly across", "", line_up.spread_across)
            self._entry(menu, "", "Spread evenly down", "", line_up.spread_down)

    def _canvas_menu(self, menu: QMenu) -> None:
        self._entry(menu, "plus", "Add a layer …", "", self._pick)
        self._entry(menu, "copy", "Paste", "Ctrl+V", self._paste)
        menu.addSeparator()
        self._entry(menu, "arrange", "Arrange", "Ctrl+L", self._commands.arrange)
        self._entry(menu, "fit", "Fit", "F", self._commands.fit)

    def _entry(self, menu: QMenu, picture: str, text: str, keys: str, slot: Slot) -> None:
        action = QAction(f"{text}\t{keys}" if keys else text, menu)
        if picture:
            action.setIcon(icon(picture, self._desk.scene.theme))
        action.triggered.connect(slot)
        menu.addAction(action)

    def _pick(self) -> None:
        self._desk.layerWanted.emit(self._place, self._screen)

    def _paste(self) -> None:
        self._desk.intents.pasteRequested.emit(self._place.x, self._place.y)
