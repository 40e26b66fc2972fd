"""The picture of one network: exactly its nodes and arrows, changed only where it differs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QPointF, QRectF
from PySide6.QtWidgets import QGraphicsScene

from engine.spec import LinkSpec, ProjectSpec
from engine.views import NetworkReport
from gui.canvas import facts, geometry
from gui.canvas.groups import Groups
from gui.canvas.link_item import LinkItem
from gui.canvas.node_item import PORT_REACH, NodeItem
from gui.theme.tokens import Theme

HANGING = 24.0
"""What stands over or under a card counts as part of it when the network is fitted into the view."""
ROOM = 20_000.0
"""Empty canvas around the network, so that it can be pushed about freely."""


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a node; index −1 is the output, from 0 on the inputs."""

    node: str
    index: int


class NetworkScene(QGraphicsScene):
    """Items by node id and by link. Looks are set here too, so that every item is touched at one place."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.report: NetworkReport | None = None
        """Of the project, or of the one just before it."""
        self._cards = facts.Cards()
        self._lit = ("", "")
        self._hovered: Port | LinkSpec | None = None
        self.project: ProjectSpec | None = None
        self.nodes: dict[str, NodeItem] = {}
        self.links: dict[LinkSpec, LinkItem] = {}
        self.groups = Groups(self)

    @property
    def theme(self) -> Theme:
        return self._theme

    def show_project(self, project: ProjectSpec) -> None:
        """Make the items those of the project."""
        before = self.project
        self.project = project
        if before is None or _shown(before) != _shown(project):
            self._refresh(before)

    def show_report(self, report: NetworkReport | None) -> None:
        """Shapes, counts and issues of the network, as torch found them."""
        self.report = report
        if self.project is not None:
            self._refresh(self.project)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        for node in self.nodes.values():
            node.show_theme(theme)
        for link in self.links.values():
            link.show_theme(theme)
        self.groups.show_theme(theme)
        self.update()

    def show_selection(self, ids: tuple[str, ...], link: LinkSpec | None) -> None:
        self.groups.show_selection(ids)
        for node_id, item in self.nodes.items():
            item.show_look(replace(item.look, selected=node_id in ids))
        for spec, arrow in self.links.items():
            arrow.show_look(replace(arrow.look, selected=spec == link))

    def show_direction(self, node_id: str, direction: str) -> None:
        """Light up one layer in which something happens now; "" puts it out."""
        self._lit = (node_id, direction)
        lit = self.groups.item_of(node_id) if node_id in self.nodes else None
        for item in (*self.nodes.values(), *self.groups.cards.values()):
            item.show_look(replace(item.look, direction=direction if item is lit else ""))

    def show_targets(self, targets: dict[str, str]) -> None:
        """While an arrow is drawn: "open", "closed" or "aimed" by node id; empty when it is over."""
        for node_id, item in self.nodes.items():
            item.show_look(replace(item.look, target=targets.get(node_id, "")))
        for card in self.groups.cards.values():
            card.show_look(replace(card.look, target="closed" if targets else ""))

    def show_open(self, link: LinkSpec | None) -> None:
        """Light up the arrow into which a held layer would go."""
        for spec, item in self.links.items():
            item.show_look(replace(item.look, open=spec == link))

    def show_pulled(self, link: LinkSpec | None) -> None:
        for spec, item in self.links.items():
            item.show_look(replace(item.look, pulled=spec == link))

    def show_hover(self, what: Port | LinkSpec | None) -> None:
        """Light up what a press of the button would take hold of."""
        if what == self._hovered:
            return
        for old, on in ((self._hovered, False), (what, True)):
            if isinstance(old, Port) and old.node in self.nodes:
                item = self.nodes[old.node]
                item.show_look(replace(item.look, hovered_port=old.index if on else None))
            elif isinstance(old, LinkSpec) and old in self.links:
                self.links[old].show_look(replace(self.links[old].look, hovered=on))
        self._hovered = what

    def node_at(self, point: QPointF) -> str:
        """The layer whose card is at a scene point, of a folded block its first one; "" when there is none."""
        seen = self.groups.seen().items()
        found = [(item.zValue(), node_id) for node_id, item in seen if item.box.holds(point.toTuple())]
        return max(found)[1] if found else ""

    def port_at(self, point: QPointF, reach: float = PORT_REACH) -> Port | None:
        """The port near a scene point. Between two that are near, an unused input is not preferred: the first wins."""
        for node_id, item in self.nodes.items():
            index = item.port_at(point, reach) if item.isVisible() else None
            if index is not None:
                return Port(node_id, index)
        return None

    def link_at(self, point: QPointF, reach: float = 8.0, apart_from: str = "") -> LinkSpec | None:
        """The nearest arrow within reach of a scene point, leaving out those of one node."""
        near = [
            (item.away(point), index, link)
            for index, (link, item) in enumerate(self.links.items())
            if apart_from not in (link.source, link.target)
        ]
        best = min(near, default=(reach + 1, 0, None))
        return best[2] if best[0] <= reach else None

    def content(self) -> QRectF:
        """The rectangle of all cards and arrows."""
        boxes = [item.box for item in self.groups.seen().values()]
        if not boxes:
            return QRectF()
        lanes = [link.route.lane for link in self.links.values() if link.route.lane is not None]
        left, right = min(box.left for box in boxes), max(box.right for box in boxes)
        top = min([box.top - HANGING for box in boxes] + [lane - HANGING for lane in lanes])
        bottom = max(box.bottom for box in boxes) + HANGING
        return self.groups.united(QRectF(left, top, right - left, bottom - top))

    def move_node(self, node_id: str, x: float, y: float) -> None:
        """Show a node elsewhere while it is dragged; the project does not change. `reroute` follows."""
        self.nodes[node_id].setPos(x, y)

    def reroute(self) -> None:
        """Let the arrows and the blocks follow the cards."""
        if self.project is not None:
            self.groups.place()
            self._draw_links(facts.arrows(self.project, self.report))

    def _refresh(self, before: ProjectSpec | None) -> None:
        assert self.project is not None
        cards = self._cards.of(self.project, self.report)
        for node_id in [node_id for node_id in self.nodes if node_id not in cards]:
            self.removeItem(self.nodes.pop(node_id))
        for node in self.project.network.nodes:
            item = self.nodes.get(node.id)
            if item is None:
                item = self.nodes[node.id] = NodeItem(cards[node.id], self._theme)
                self.addItem(item)
            if before is not self.project:  # else only a report is new, and a card may be in somebody's hand
                item.setPos(node.x, node.y)
            item.show_card(cards[node.id])
        self.groups.show(cards, self.report)
        self._draw_links(facts.arrows(self.project, self.report))
        if before is not self.project:
            self.show_direction(*self._lit)
            self._fit_room()

    def _draw_links(self, arrows: dict[LinkSpec, facts.Arrow]) -> None:
        groups = self.groups
        arrows = {link: arrow for link, arrow in arrows.items() if not groups.inside(link)}
        ends = {
            link: (
                groups.item_of(link.source).output_point().toTuple(),
                groups.item_of(link.target).input_point(link.port).toTuple(),
            )
            for link in arrows
        }
        boxes = {node_id: item.box for node_id, item in groups.seen().items()}
        ways = geometry.routes(ends, boxes, groups.key)
        for link in [link for link in self.links if link not in arrows]:
            self.removeItem(self.links.pop(link))
        for link, arrow in arrows.items():
            if link in self.links:
                self.links[link].show_arrow(arrow, ways[link])
            else:
                self.links[link] = LinkItem(arrow, ways[link], self._theme)
                self.addItem(self.links[link])

    def _fit_room(self) -> None:
        content = self.content()
        if not self.sceneRect().contains(content.adjusted(-ROOM / 2, -ROOM / 2, ROOM / 2, ROOM / 2)):
            self.setSceneRect(content.adjusted(-ROOM, -ROOM, ROOM, ROOM))


def _shown(project: ProjectSpec) -> tuple[int, int, int]:
    """What the picture depends on, by identity: frozen values that are the same object are equal."""
    return id(project.network), id(project.data.source), id(project.train.loss)
