"""Stand the selected cards in a row, in a column, or at equal distances."""

from __future__ import annotations

from PySide6.QtCore import QObject

from gui.canvas.desk import Desk
from gui.canvas.geometry import SNAP, snapped

NUDGE = 2 * SNAP


class LineUp(QObject):
    """Acts on what is selected; a folded block is one card. Each is one edit."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk

    def in_row(self) -> None:
        """All at the height of the card selected first."""
        cards = self._cards()
        if self._enough(cards, 2):
            self._move({key: (0.0, cards[0][1][1] - y) for key, (_, y) in cards})

    def in_column(self) -> None:
        """All under the card selected first."""
        cards = self._cards()
        if self._enough(cards, 2):
            self._move({key: (cards[0][1][0] - x, 0.0) for key, (x, _) in cards})

    def spread_across(self) -> None:
        """The same distance from each to the next one to the right; the outer two stay."""
        self._spread(0)

    def spread_down(self) -> None:
        """The same distance from each to the next one below; the outer two stay."""
        self._spread(1)

    def nudge(self, dx: int, dy: int) -> None:
        """Move the selected layers by a little."""
        items = self._desk.scene.nodes
        places = {
            node_id: (items[node_id].x() + dx * NUDGE, items[node_id].y() + dy * NUDGE)
            for node_id in self._desk.selection
        }
        if places:
            self._desk.intents.moveRequested.emit(places)

    def _spread(self, axis: int) -> None:
        cards = sorted(self._cards(), key=lambda card: (card[1][axis], card[0]))
        if not self._enough(cards, 3):
            return
        first, last = cards[0][1][axis], cards[-1][1][axis]
        shifts: dict[str, tuple[float, float]] = {}
        for index, (key, place) in enumerate(cards):
            wanted = first + (last - first) * index / (len(cards) - 1)
            if 0 < index < len(cards) - 1:
                wanted = snapped(wanted)
            step = wanted - place[axis]
            shifts[key] = (step, 0.0) if axis == 0 else (0.0, step)
        self._move(shifts)

    def _cards(self) -> list[tuple[str, tuple[float, float]]]:
        """The selected cards in the order in which they were selected, with their places."""
        groups = self._desk.scene.groups
        seen = groups.seen()
        keys = dict.fromkeys(groups.key(node_id) for node_id in self._desk.selection)
        return [(key, (seen[key].x(), seen[key].y())) for key in keys]

    def _enough(self, cards: list[tuple[str, tuple[float, float]]], least: int) -> bool:
        if len(cards) < least:
            self._desk.say(f"Select at least {'two' if least == 2 else 'three'} layers first.")
        return len(cards) >= least

    def _move(self, shifts: dict[str, tuple[float, float]]) -> None:
        groups, nodes = self._desk.scene.groups, self._desk.scene.nodes
        places = {}
        for key, (dx, dy) in shifts.items():
            for node_id in groups.unit(key):
                places[node_id] = (nodes[node_id].x() + dx, nodes[node_id].y() + dy)
        self._desk.intents.moveRequested.emit(places)
