"""The autograd graph with the nodes of chosen layers folded into one box each. Pure: no torch, no Qt, no coordinates."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from engine.spec import OUTPUT_ID
from engine.views import GraphNode, GraphView

Arrow = tuple[str, str]
MANY_NODES = 300
"""A graph with more boxes than this is first shown folded: nobody reads a thousand boxes."""


def layers_of(nodes: Collection[GraphNode]) -> dict[str, tuple[GraphNode, ...]]:
    """The layers that can be folded, and what would go into each one's box: two nodes or more, the loss itself never."""
    found: dict[str, list[GraphNode]] = {}
    for node in nodes:
        if node.layer and node.kind != "output":
            found.setdefault(node.layer, []).append(node)
    return {layer: tuple(members) for layer, members in found.items() if len(members) > 1}


def fold(view: GraphView, folded: Collection[str]) -> tuple[tuple[GraphNode, ...], tuple[Arrow, ...]]:
    """Boxes and arrows of the graph with these layers folded; arrows between the same two boxes become one.

    A layer whose box would lie on a cycle (its nodes are before and after another one's) stays unfolded.
    """
    groups = {layer: members for layer, members in layers_of(view.nodes).items() if layer in folded}
    arrows = [(edge.source, edge.target) for edge in view.edges]
    while True:
        box_of = {member.id: box_id(layer) for layer, members in groups.items() for member in members}
        merged = _merged(arrows, box_of)
        bad = _on_cycles(merged) & {box_id(layer) for layer in groups}
        if not bad:
            break
        groups = {layer: members for layer, members in groups.items() if box_id(layer) not in bad}
    boxes: dict[str, GraphNode] = {}
    for node in view.nodes:
        if node.id not in box_of:
            boxes[node.id] = node
        elif box_of[node.id] not in boxes:
            boxes[box_of[node.id]] = _box(node.layer, groups[node.layer], arrows)
    return tuple(boxes.values()), merged


def box_id(layer: str) -> str:
    """The id of a folded layer's box; no autograd node is called so."""
    return f"fold_{layer}"


def representatives(view: GraphView) -> dict[str, str]:
    """The box in which each folded node is, by the node's id."""
    return {member: node.id for node in view.nodes for member in node.members}


def results_of(view: GraphView) -> dict[str, str]:
    """The node that made each foldable layer's result, by the layer: the one whose arrow leaves the layer."""
    arrows = [(edge.source, edge.target) for edge in view.edges]
    made = {layer: _result(members, arrows) for layer, members in layers_of(view.nodes).items()}
    return {layer: node.id for layer, node in made.items()}


def _merged(arrows: list[Arrow], box_of: Mapping[str, str]) -> tuple[Arrow, ...]:
    ends = ((box_of.get(source, source), box_of.get(target, target)) for source, target in arrows)
    return tuple(dict.fromkeys(pair for pair in ends if pair[0] != pair[1]))


def _on_cycles(arrows: tuple[Arrow, ...]) -> set[str]:
    """What cannot be put in order, from either end: the boxes on cycles and between them."""
    left = set(arrows)
    while left:
        sources, targets = {source for source, _ in left}, {target for _, target in left}
        kept = {(source, target) for source, target in left if source in targets and target in sources}
        if len(kept) == len(left):
            break
        left = kept
    return {end for arrow in left for end in arrow}


def _result(members: tuple[GraphNode, ...], arrows: list[Arrow]) -> GraphNode:
    inside = {member.id for member in members}
    leaving = {source for source, target in arrows if source in inside and target not in inside}
    return next((member for member in members if member.id in leaving), members[0])


def _box(layer: str, members: tuple[GraphNode, ...], arrows: list[Arrow]) -> GraphNode:
    result = _result(members, arrows)
    return replace(
        result,
        id=box_id(layer),
        kind="layer",
        title="loss function" if layer == OUTPUT_ID else layer,
        parameter="",
        saved=tuple(f"{name} of {member.title}" for member in members for name in member.saved),
        members=tuple(member.id for member in members),
        freed=any(member.freed for member in members),
    )
