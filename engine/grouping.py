"""Named blocks of layers: putting layers together, folding a block to one card, and what other edits mean for it.

Pure functions like every edit; where something cannot be done they raise `engine.errors.EditError` with a sentence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.blocks import MAX_NAME, extent, fresh_name, named
from engine.edits import ENDS, NODE_STEP, descendants, move_nodes, with_network
from engine.errors import EditError
from engine.spec import GroupSpec, LinkSpec, NetworkSpec, ProjectSpec


def group_nodes(project: ProjectSpec, ids: Iterable[str]) -> tuple[ProjectSpec, str]:
    """Put layers into a new block, folded, and close up what follows. Returns the project and the block's name.

    Whole blocks among them become part of the new one.

    Raises:
        EditError: there are fewer than two layers, only a part of another block, or a way out of the block and back in.
    """
    network = project.network
    wanted = {node_id for node_id in ids if node_id not in ENDS}
    members = tuple(node.id for node in network.nodes if node.id in wanted)
    if len(members) < 2:
        raise EditError("Select at least two layers first: a block is made of several.")
    for group in network.groups:
        inside = wanted.intersection(group.members)
        if inside and len(inside) < len(group.members):
            one = min(inside)
            raise EditError(f"{one} is in the block “{group.name}” already: select all of that block, or ungroup it.")
    _refuse_detour(network, wanted)
    name = fresh_name(network)
    kept = tuple(group for group in network.groups if not wanted.intersection(group.members))
    network = replace(network, groups=(*kept, GroupSpec(name, members, folded=False)))
    return fold_group(with_network(project, network), name, True), name


def _refuse_detour(network: NetworkSpec, members: set[str]) -> None:
    """A block computes in one go: no way may leave it and come back."""
    behind = set[str]().union(*(descendants(network, node_id) for node_id in members)) - members
    for node in network.nodes:
        if node.id in behind and descendants(network, node.id) & members:
            raise EditError(f"{node.id} lies between layers of the block: select it as well.")


def ungroup(project: ProjectSpec, name: str) -> ProjectSpec:
    """Take a block apart; its layers stay, where they stood before it was folded.

    Raises:
        KeyError: there is no such block.
    """
    project = fold_group(project, name, False)
    groups = tuple(group for group in project.network.groups if group.name != name)
    return with_network(project, replace(project.network, groups=groups))


def rename_group(project: ProjectSpec, name: str, new: str) -> ProjectSpec:
    """Give a block another name.

    Raises:
        EditError: the name is empty, too long, or taken by another block.
        KeyError: there is no such block.
    """
    new = " ".join(new.split())
    group = named(project.network, name)
    if new == name:
        return project
    if not new or len(new) > MAX_NAME or not new.isprintable():
        raise EditError(f"A block needs a name of at most {MAX_NAME} printable characters.")
    if any(other.name == new for other in project.network.groups):
        raise EditError(f"There is a block “{new}” already.")
    return _changed(project, group, replace(group, name=new))


def fold_group(project: ProjectSpec, name: str, folded: bool) -> ProjectSpec:
    """Show a block as one card, or its layers again. What follows closes up, or makes room.

    Raises:
        KeyError: there is no such block.
    """
    group = named(project.network, name)
    if group.folded == folded:
        return project
    project = _changed(project, group, replace(group, folded=folded))
    network = project.network
    left, right = extent(network, group)
    followers = set[str]().union(*(descendants(network, node_id) for node_id in group.members)) - {*group.members}
    if not followers:
        return project
    if folded:
        step = -min([right - left, *(_slack(network, group, left, followers, link) for link in network.links)])
        step = min(0.0, step)
    else:
        fed = [network.node(link.target).x for link in _leaving(network, group)]
        step = max(0.0, right + NODE_STEP - min(fed, default=right + NODE_STEP))
    places = {node.id: (node.x + step, node.y) for node in network.nodes if node.id in followers}
    return move_nodes(project, places) if step else project


def _slack(network: NetworkSpec, group: GroupSpec, left: float, followers: set[str], link: LinkSpec) -> float:
    """How far the target of an arrow can move to the left and still stand in a column behind the source."""
    if link.target not in followers or link.source in followers:
        return float("inf")
    start = left if link.source in group.members else network.node(link.source).x
    return network.node(link.target).x - start - NODE_STEP


def _leaving(network: NetworkSpec, group: GroupSpec) -> list[LinkSpec]:
    return [link for link in network.links if link.source in group.members and link.target not in group.members]


def _changed(project: ProjectSpec, old: GroupSpec, new: GroupSpec) -> ProjectSpec:
    groups = tuple(new if group is old else group for group in project.network.groups)
    return with_network(project, replace(project.network, groups=groups))
