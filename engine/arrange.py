"""A tidy place for every layer: columns along the arrows, the longest way through the network on one straight line.

The layout is the one of a railway map: a column is the longest way from the data, the longest path is row 0, and every
other branch gets the nearest row in which nothing stands or passes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from engine.blocks import seen
from engine.edits import NODE_STEP, descendants, topological_order
from engine.spec import INPUT_ID, OUTPUT_ID, LinkSpec, NetworkSpec

ROW_STEP = 112.0
"""Vertical distance, in scene units, between two rows."""

Places = dict[str, tuple[float, float]]


def arrange(network: NetworkSpec) -> Places:
    """The place (scene units) of every node; the data keeps its own, so the picture does not jump."""
    linked = {end for link in network.links for end in (link.source, link.target)} | {INPUT_ID, OUTPUT_ID}
    order = tuple(node_id for node_id in topological_order(network) if node_id in linked)
    columns = _columns(network, order)
    rows = _rows(network, order, columns)
    bottom = max(rows.values(), default=0) + 1
    for column, node in enumerate(node for node in network.nodes if node.id not in linked):
        columns[node.id], rows[node.id] = column + 1, bottom
    left, top = next(((node.x, node.y) for node in network.nodes if node.id == INPUT_ID), (0.0, 0.0))
    return {node.id: (left + columns[node.id] * NODE_STEP, top + rows[node.id] * ROW_STEP) for node in network.nodes}


def make_room(network: NetworkSpec, node_id: str) -> Places:
    """Places to move to so that the node stands free between what feeds it and what follows it.

    The node moves right of its sources if it has to, and everything behind it moves on by as much as is missing.
    """
    node = network.node(node_id)
    sources = [seen(network, link.source)[0] for link in network.links_into(node_id)]
    targets = [seen(network, link.target)[0] for link in network.links_out_of(node_id)]
    x = max([node.x, *(source + NODE_STEP for source in sources)])
    missing = max((x + NODE_STEP - target for target in targets), default=0.0)
    places = {node_id: (x, node.y)} if x != node.x else {}
    if missing > 0:
        behind = descendants(network, node_id)
        places |= {other.id: (other.x + missing, other.y) for other in network.nodes if other.id in behind}
    return places


def _columns(network: NetworkSpec, order: tuple[str, ...]) -> dict[str, int]:
    """Longest way from a start, counted in arrows; a branch without data stands right before what it feeds."""
    columns = dict.fromkeys(order, 1)
    columns[INPUT_ID] = 0
    for node_id in order:
        for link in network.links_out_of(node_id):
            columns[link.target] = max(columns[link.target], columns[node_id] + 1)
    fed = {INPUT_ID, *descendants(network, INPUT_ID)}
    for node_id in reversed(order):
        followers = [columns[link.target] for link in network.links_out_of(node_id)]
        if node_id not in fed and followers:
            columns[node_id] = max(1, min(followers) - 1)
    columns[OUTPUT_ID] = max(columns.values())
    return columns


def _rows(network: NetworkSpec, order: tuple[str, ...], columns: dict[str, int]) -> dict[str, int]:
    rows: dict[str, int] = {}
    taken: set[tuple[int, int]] = set()
    waiting = list(order)
    while waiting:
        path = _longest_path(network, waiting, ends=not rows)
        before = [link.source for link in network.links_into(path[0]) if link.source in rows]
        after = [link.target for link in network.links_out_of(path[-1]) if link.target in rows]
        first = min((columns[node_id] + 1 for node_id in before), default=columns[path[0]])
        last = max((columns[node_id] - 1 for node_id in after), default=columns[path[-1]])
        span = range(min(first, columns[path[0]]), max(last, columns[path[-1]]) + 1)
        home = rows[before[0]] if before else 0
        row = next(row for row in _nearest(home) if not any((column, row) in taken for column in span))
        taken.update((column, row) for column in span)
        rows.update(dict.fromkeys(path, row))
        waiting = [node_id for node_id in waiting if node_id not in rows]
    return rows


def _nearest(home: int) -> Iterator[int]:
    """Row numbers by distance from `home`, the one below first."""
    yield home
    for distance in count(1):
        yield home + distance
        yield home - distance


def _longest_path(network: NetworkSpec, order: list[str], ends: bool) -> list[str]:
    """The longest path through the given nodes; with `ends`, the one from the data to the loss if they are joined."""
    inside = set(order)
    best: dict[str, tuple[int, str]] = {}
    joined = ends and OUTPUT_ID in descendants(network, INPUT_ID)
    for node_id in order:
        sources = [link.source for link in network.links_into(node_id) if link.source in inside]
        if joined:
            sources = [source for source in sources if source == INPUT_ID or best[source][1]]
        lengths = [(best[source][0] + 1, source) for source in sources]
        best[node_id] = max(lengths, key=_length, default=(1, ""))
    last = OUTPUT_ID if joined else max(order, key=lambda node_id: best[node_id][0])
    path = [last]
    while best[path[-1]][1]:
        path.append(best[path[-1]][1])
    return path[::-1]


def _length(candidate: tuple[int, str]) -> int:
    return candidate[0]


def middle(network: NetworkSpec, link: LinkSpec) -> tuple[float, float]:
    """The point half way along an arrow."""
    (x1, y1), (x2, y2) = seen(network, link.source), seen(network, link.target)
    return (x1 + x2) / 2, (y1 + y2) / 2
