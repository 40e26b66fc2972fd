"""Everything that keys, menus and buttons of the canvas can ask for. Each method is one command."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF, Signal

from engine.edits import ENDS, topological_order
from engine.spec import OUTPUT_ID
from gui.canvas import geometry
from gui.canvas.block_commands import BlockCommands
from gui.canvas.desk import Desk, Place
from gui.canvas.line_up import LineUp


class Commands(QObject):
    """Acts on what is selected."""

    renameWanted = Signal(str)
    """(id): let people type a name."""
    editWanted = Signal(str)
    """(id): let people change the layer where it stands."""
    connectWanted = Signal(str)
    """(id): let people choose a target for an arrow from this layer."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self.blocks = BlockCommands(desk, self)
        self.line_up = LineUp(desk, self)

    def remove(self) -> None:
        """Remove the selected arrow, or the selected layers."""
        if self._desk.link is not None:
            self._desk.intents.disconnectRequested.emit(self._desk.link)
        elif ids := self._layers():
            self._desk.intents.removeRequested.emit(ids)
        elif self._desk.selection:
            self._desk.say("Data and Loss are the two ends of the network: they stay.")

    def disconnect_selected(self) -> None:
        """Remove every arrow of the selected layers, in one edit; the layers stay."""
        if self._desk.selection:
            self._desk.intents.isolateRequested.emit(self._desk.selection)

    def duplicate(self) -> None:
        if ids := self._layers():
            self._desk.intents.duplicateRequested.emit(ids)

    def copy(self) -> None:
        if ids := self._layers():
            self._desk.intents.copyRequested.emit(ids)

    def cut(self) -> None:
        if ids := self._layers():
            self._desk.intents.copyRequested.emit(ids)
            self._desk.intents.removeRequested.emit(ids)

    def paste(self) -> None:
        centre = self._desk.camera.centre()
        self._desk.intents.pasteRequested.emit(geometry.snapped(centre.x()), geometry.snapped(centre.y()))

    def edit(self) -> None:
        """Let people change the selected layer; unfold or fold the block that is selected."""
        if self.blocks.whole():
            self.blocks.fold()
        elif len(self._desk.selection) == 1:
            self.editWanted.emit(self._desk.selection[0])

    def rename(self) -> None:
        """Let people type another name for the selected layer, or for the block that is selected."""
        if self.blocks.whole():
            self.blocks.rename()
        elif len(self._layers()) == 1:
            self.renameWanted.emit(self._layers()[0])

    def select_all(self) -> None:
        self._desk.select(tuple(node.id for node in self._desk.network.nodes))

    def shift(self, step: int) -> None:
        """Move the selected layer one place earlier (−1) or later (1) in its chain."""
        if len(self._layers()) == 1:
            self._desk.intents.shiftRequested.emit(self._layers()[0], step)

    def add_behind(self) -> None:
        """Let people pick a layer to put behind the selected one."""
        self._desk.layerWanted.emit(Place(append=True), None)

    def connect_from(self) -> None:
        if len(self._desk.selection) == 1 and self._desk.selection[0] != OUTPUT_ID:
            self.connectWanted.emit(self._desk.selection[0])

    def arrange(self) -> None:
        self._desk.intents.arrangeRequested.emit()

    def fit(self) -> None:
        """Show the whole network, and keep it in sight from now on."""
        self._desk.camera.follows = True
        self._desk.camera.fit(self._desk.scene.content())

    def fit_selection(self) -> None:
        """Show what is selected, or everything."""
        rect = QRectF()
        for node_id in self._desk.selection:
            rect = rect.united(self._desk.scene.groups.item_of(node_id).sceneBoundingRect())
        if rect.isEmpty():
            self.fit()
        else:
            self._desk.camera.follows = False
            self._desk.camera.fit(rect)

    def go(self, dx: int, dy: int) -> None:
        """Select the next layer along the arrows (dx) or beside this one (dy)."""
        if target := self._neighbour(dx, dy):
            self._desk.select((target,))

    def go_next(self, step: int) -> bool:
        """Select the next layer in the order of the computation. Returns False behind the last one."""
        order = topological_order(self._desk.network)
        selection = self._desk.selection
        here = self._desk.scene.groups.unit(selection[-1]) if selection else ()
        index = order.index(selection[-1]) + step if selection else (0 if step > 0 else len(order) - 1)
        while 0 <= index < len(order) and order[index] in here:
            index += step
        if not 0 <= index < len(order):
            return False
        self._desk.select((order[index],))
        return True

    def _layers(self) -> tuple[str, ...]:
        return tuple(node_id for node_id in self._desk.selection if node_id not in ENDS)

    def _neighbour(self, dx: int, dy: int) -> str:
        network, groups = self._desk.network, self._desk.scene.groups
        if not self._desk.selection:
            return network.nodes[0].id
        items, here = groups.seen(), groups.key(self._desk.selection[-1])
        unit, at = groups.unit(here), items[here].pos()
        if dx > 0:
            near = [groups.key(link.target) for link in network.links if link.source in unit]
        elif dx < 0:
            near = [groups.key(link.source) for link in network.links if link.target in unit]
        else:
            near = [other for other, item in items.items() if (item.y() - at.y()) * dy > geometry.SNAP]
        near = [other for other in near if other != here]
        if not near and dx:  # an end of a chain: what stands there
            near = [other for other, item in items.items() if (item.x() - at.x()) * dx > geometry.SNAP]
        away = {other: abs(items[other].x() - at.x()) + abs(items[other].y() - at.y()) for other in near}
        return min(near, key=lambda other: away[other], default="")
