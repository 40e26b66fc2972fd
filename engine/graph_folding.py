"""The autograd graph with the nodes of chosen layers folded into one box each. Pure: no torch, no Qt, no coordinates."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from engine.spec import OUTPUT_ID
from engine.views import GraphNode, GraphView

Arrow = tuple[str, str]
MANY_NODES = 300
"""A graph with more boxes than this is first shown folded: nobody reads a thousand boxes."""


def layers_of(nodes: Collection[GraphNode]) -> dict[str, tuple[GraphNode, ...]]:
    """The layers that can be folded, and what would go into each one's box: two nodes or more, the loss itself never."""
    return {layer: tuple(members) for layer, members in _by_layer(nodes).items() if len(members) > 1}


def fold(view: GraphView, folded: Collection[str]) -> tuple[tuple[GraphNode, ...], tuple[Arrow, ...]]:
    """Boxes and arrows of the graph with these layers folded; arrows between the same two boxes become one.

    A layer whose box would lie on a cycle (its nodes are before and after another one's) stays unfolded. If a cycle has no such
    box, the graph itself has one, which no autograd graph has.
    """
    groups = {layer: members for layer, members in layers_of(view.nodes).items() if layer in folded}
    arrows = [(edge.source, edge.target) for edge in view.edges]
    while True:
        box_of = {member.id: box_id(layer) for layer, members in groups.items() for member in members}
        merged = _merged(arrows, box_of)
        cycle = _cycle(merged)
        if not cycle:
            break
        groups = {layer: members for layer, members in groups.items() if box_id(layer) not in cycle}
    results = results_of(view)
    boxes: dict[str, GraphNode] = {}
    for node in view.nodes:
        if node.id not in box_of:
            boxes[node.id] = node
        elif box_of[node.id] not in boxes:
            boxes[box_of[node.id]] = _box(node.layer, groups[node.layer], results[node.layer])
    return tuple(boxes.values()), merged


def box_id(layer: str) -> str:
    """The id of a folded layer's box; no autograd node is called so."""
    return f"fold_{layer}"


def representatives(view: GraphView) -> dict[str, str]:
    """The box in which each folded node is, by the node's id."""
    return {member: node.id for node in view.nodes for member in node.members}


def results_of(view: GraphView) -> dict[str, str]:
    """The node that made each layer's result, by the layer: the one whose arrow leaves the layer."""
    layer_of = {node.id: node.layer for node in view.nodes if node.kind != "output"}
    leaving = {edge.source for edge in view.edges if layer_of.get(edge.source) != layer_of.get(edge.target)}
    return {
        layer: next((member.id for member in members if member.id in leaving), members[0].id)
        for layer, members in _by_layer(view.nodes).items()
    }


def _by_layer(nodes: Collection[GraphNode]) -> dict[str, list[GraphNode]]:
    found: dict[str, list[GraphNode]] = {}
    for node in nodes:
        if node.layer and node.kind != "output":
            found.setdefault(node.layer, []).append(node)
    return found


def _merged(arrows: list[Arrow], box_of: Mapping[str, str]) -> tuple[Arrow, ...]:
    ends = ((box_of.get(source, source), box_of.get(target, target)) for source, target in arrows)
    return tuple(dict.fromkeys(pair for pair in ends if pair[0] != pair[1]))


def _cycle(arrows: tuple[Arrow, ...]) -> set[str]:
    """The boxes of one cycle; empty when all can be put in order."""
    order: TopologicalSorter[str] = TopologicalSorter()
    for source, target in arrows:
        order.add(target, source)
    try:
        order.prepare()
    except CycleError as error:
        return set(error.args[1])
    return set()


def _box(layer: str, members: tuple[GraphNode, ...], result: str) -> GraphNode:
    return replace(
        next(member for member in members if member.id == result),
        id=box_id(layer),
        kind="layer",
        title="loss function" if layer == OUTPUT_ID else layer,
        parameter="",
        saved=tuple(f"{name} of {member.title}" for member in members for name in member.saved),
        members=tuple(member.id for member in members),
        freed=any(member.freed for member in members),
    )
