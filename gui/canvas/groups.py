"""The blocks of the picture: their items, and under which card every layer is seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF

from engine import blocks
from engine.spec import GroupSpec, LinkSpec
from engine.views import NetworkReport
from gui.canvas.block_item import TAB, BlockItem, FrameItem, block_card
from gui.canvas.facts import Card
from gui.canvas.node_item import NodeItem
from gui.theme.tokens import Theme

if TYPE_CHECKING:
    from gui.canvas.scene import NetworkScene


class Groups:
    """Folded blocks are cards (`cards`), the others frames (`frames`), by name. Layers that are folded away exist unseen."""

    def __init__(self, scene: NetworkScene) -> None:
        self._scene = scene
        self._specs: tuple[GroupSpec, ...] = ()
        self._hidden: dict[str, str] = {}
        self.cards: dict[str, BlockItem] = {}
        self.frames: dict[str, FrameItem] = {}

    def show(self, cards: dict[str, Card], report: NetworkReport | None) -> None:
        """Make the items those of the scene's project."""
        assert self._scene.project is not None
        network = self._scene.project.network
        if not self._specs and not network.groups:
            return
        self._specs, self._hidden = network.groups, blocks.hidden(network)
        for node_id, item in self._scene.nodes.items():
            item.setVisible(node_id not in self._hidden)
        folded = {group.name for group in self._specs if group.folded}
        unfolded = {group.name for group in self._specs} - folded
        for name in [name for name in self.cards if name not in folded]:
            self._scene.removeItem(self.cards.pop(name))
        for name in [name for name in self.frames if name not in unfolded]:
            self._scene.removeItem(self.frames.pop(name))
        for group in self._specs:
            if group.folded:
                self._show_card(group, block_card(group, network, cards, report.parameters if report else {}))
            elif group.name not in self.frames:
                self.frames[group.name] = FrameItem(group.name, self._scene.theme)
                self._scene.addItem(self.frames[group.name])
        self.place()

    def _show_card(self, group: GroupSpec, card: Card) -> None:
        if group.name not in self.cards:
            self.cards[group.name] = BlockItem(card, self._scene.theme)
            self._scene.addItem(self.cards[group.name])
        self.cards[group.name].show_card(card)

    def place(self) -> None:
        """Cards stand where `engine.blocks.place` says, frames around what they hold, wherever the layers are now."""
        for group in self._specs:
            items = [self._scene.nodes[node_id] for node_id in group.members]
            if group.folded:
                ys = [item.y() for item in items]
                self.cards[group.name].setPos(min(item.x() for item in items), (min(ys) + max(ys)) / 2)
            else:
                self.frames[group.name].show_boxes(item.box for item in items)

    def show_theme(self, theme: Theme) -> None:
        for card in self.cards.values():
            card.show_theme(theme)
        for frame in self.frames.values():
            frame.show_theme(theme)

    def show_selection(self, ids: tuple[str, ...]) -> None:
        for group in self._specs:
            if group.folded:
                card = self.cards[group.name]
                card.show_look(replace(card.look, selected=any(node_id in ids for node_id in group.members)))
            else:
                self.frames[group.name].show_selected(set(group.members).issubset(ids))

    def item_of(self, node_id: str) -> NodeItem:
        """The card under which a layer is seen: its own, or that of its folded block."""
        block = self._hidden.get(node_id)
        return self._scene.nodes[node_id] if block is None else self.cards[block]

    def seen(self) -> dict[str, NodeItem]:
        """The cards that are seen, each by its layer, a block's by its first layer."""
        if not self._hidden:
            return self._scene.nodes
        own = {node_id: item for node_id, item in self._scene.nodes.items() if node_id not in self._hidden}
        return own | {group.members[0]: self.cards[group.name] for group in self._specs if group.folded}

    def key(self, node_id: str) -> str:
        """Under which key of `seen` a layer is."""
        block = self._hidden.get(node_id)
        return node_id if block is None else self.named(block).members[0]

    def unit(self, node_id: str) -> tuple[str, ...]:
        """The layers under the card of this one: itself, or all of its folded block."""
        return self.whole((node_id,))

    def whole(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """The ids, each one that is folded away with all others of its block."""
        project = self._scene.project
        return ids if project is None else blocks.whole(project.network, ids)

    def named(self, name: str) -> GroupSpec:
        return next(group for group in self._specs if group.name == name)

    def at(self, point: QPointF) -> GroupSpec | None:
        """The block whose card or tab is at a scene point."""
        folded = (name for name, item in self.cards.items() if item.box.holds(point.toTuple()))
        name = next(folded, "") or next((name for name, frame in self.frames.items() if frame.holds(point)), "")
        return self.named(name) if name else None

    def of(self, ids: tuple[str, ...]) -> GroupSpec | None:
        """The block whose layers are exactly these."""
        return next((group for group in self._specs if set(group.members) == set(ids)), None)

    def inside(self, link: LinkSpec) -> bool:
        """Whether both ends of an arrow are in one folded block."""
        home = self._hidden.get(link.source)
        return home is not None and home == self._hidden.get(link.target)

    def united(self, content: QRectF) -> QRectF:
        """The rectangle with all frames in it."""
        for frame in self.frames.values():
            content = content.united(frame.rect.adjusted(0, -TAB, 0, 0))
        return content
