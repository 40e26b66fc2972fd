"""The named blocks of a network, looked at and kept sound: pure functions over `NetworkSpec`. Their edits are in grouping.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from engine.spec import GroupSpec, LinkSpec, NetworkSpec

Groups = tuple[GroupSpec, ...]

MAX_NAME = 80
"""Characters in the name of a block."""


def block_of(network: NetworkSpec, node_id: str) -> GroupSpec | None:
    """The block in which the layer is, None when it is in none."""
    return next((group for group in network.groups if node_id in group.members), None)


def named(network: NetworkSpec, name: str) -> GroupSpec:
    """The block with this name. Raises KeyError when there is none."""
    for group in network.groups:
        if group.name == name:
            return group
    raise KeyError(name)


def fresh_name(network: NetworkSpec, stem: str = "block") -> str:
    """The first free name for a block: block_1, block_2, …"""
    taken = {group.name for group in network.groups}
    number = 1
    while f"{stem}_{number}" in taken:
        number += 1
    return f"{stem}_{number}"


def extent(network: NetworkSpec, group: GroupSpec) -> tuple[float, float]:
    """The first and the last column (scene units) in which layers of the block stand."""
    xs = [node.x for node in network.nodes if node.id in group.members]
    return min(xs), max(xs)


def place(network: NetworkSpec, group: GroupSpec) -> tuple[float, float]:
    """Where the card of the folded block stands: in its first column, in the middle of its rows."""
    ys = [node.y for node in network.nodes if node.id in group.members]
    return extent(network, group)[0], (min(ys) + max(ys)) / 2


def seen(network: NetworkSpec, node_id: str) -> tuple[float, float]:
    """Where the layer is seen: its own place, or that of the card of its folded block."""
    group = block_of(network, node_id)
    if group is not None and group.folded:
        return place(network, group)
    node = network.node(node_id)
    return node.x, node.y


def hidden(network: NetworkSpec) -> dict[str, str]:
    """The block of every layer that is not seen because its block is folded."""
    return {member: group.name for group in network.groups if group.folded for member in group.members}


def whole(network: NetworkSpec, ids: Iterable[str]) -> tuple[str, ...]:
    """The ids, each one that is hidden together with all others of its block."""
    inside = hidden(network)
    members = {group.name: group.members for group in network.groups}
    grown = [(members[inside[node_id]] if node_id in inside else (node_id,)) for node_id in ids]
    return tuple(dict.fromkeys(node_id for part in grown for node_id in part))


def with_copies(network: NetworkSpec, groups: Iterable[GroupSpec], names: Mapping[str, str]) -> NetworkSpec:
    """The blocks of copied layers for their copies, where all of a block was copied. `names`: the copy's id by the old id."""
    for group in groups:
        if group.members and all(member in names for member in group.members):
            name = fresh_name(network) if any(other.name == group.name for other in network.groups) else group.name
            members = tuple(names[member] for member in group.members)
            network = replace(network, groups=(*network.groups, GroupSpec(name, members, group.folded)))
    return network


def without(groups: Groups, node_id: str) -> Groups:
    """The blocks after a layer has gone; a block of nothing goes too."""
    rest = (replace(group, members=tuple(name for name in group.members if name != node_id)) for group in groups)
    return tuple(group for group in rest if group.members)


def renamed(groups: Groups, old: str, new: str) -> Groups:
    """The blocks after a layer was given another id."""
    return tuple(
        replace(group, members=tuple(new if name == old else name for name in group.members)) for group in groups
    )


def placed(network: NetworkSpec, node_id: str, link: LinkSpec) -> Groups:
    """The blocks after a layer was put into an arrow: it belongs where both ends of the arrow belong."""
    home = block_of(network, link.source)
    if home is None or link.target not in home.members:
        return without(network.groups, node_id)
    if node_id in home.members:
        return network.groups
    grown = replace(home, members=(*home.members, node_id))
    others = tuple(group for group in network.groups if group is not home)
    return (*without(others, node_id), grown)
