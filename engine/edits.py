"""Every edit of a project: a pure function from project to project.

An edit never checks whether the network makes sense as a whole (a draft that does not fit is legal; `Issue`s say so), but it
keeps the structure sound: ids are unique identifiers, links join existing nodes, there is no cycle, the two ends stay.
"""

from __future__ import annotations

import heapq
import keyword
from collections.abc import Iterable, Mapping
from dataclasses import replace

from engine.blocks import placed, renamed, seen, with_copies, without
from engine.catalog import LAYERS
from engine.errors import EditError
from engine.fields import Value
from engine.reserved import RESERVED_IDS, is_reserved
from engine.settings_edits import (
    choose_initializer,
    choose_loss,
    choose_optimizer,
    choose_part,
    initialize_all,
    initialize_weights,
    initializer_of,
    rename_project,
    set_data,
    set_dropout,
    set_initializer_value,
    set_loss_value,
    set_node_value,
    set_optimizer_value,
    set_part_value,
    set_train_value,
    set_value,
    set_weights,
    with_network,
    with_node,
)
from engine.spec import INPUT_ID, OUTPUT_ID, LinkSpec, NetworkSpec, NodeSpec, ProjectSpec

__all__ = [
    "ENDS",
    "NODE_STEP",
    "RESERVED_IDS",
    "EditError",
    "add_node",
    "append_node",
    "choose_initializer",
    "choose_loss",
    "choose_optimizer",
    "choose_part",
    "closed",
    "connect",
    "descendants",
    "detach",
    "disconnect",
    "duplicate_nodes",
    "fresh_id",
    "initialize_all",
    "initialize_weights",
    "initializer_of",
    "insert_on_link",
    "move_nodes",
    "put_on_link",
    "remove_nodes",
    "rename_node",
    "rename_project",
    "set_data",
    "set_dropout",
    "set_initializer_value",
    "set_loss_value",
    "set_node_value",
    "set_optimizer_value",
    "set_part_value",
    "set_train_value",
    "set_value",
    "set_weights",
    "topological_order",
    "with_network",
    "with_node",
]

ENDS = (INPUT_ID, OUTPUT_ID)
NODE_STEP = 176.0
"""Horizontal distance, in scene units, between two layers that follow each other."""


def fresh_id(network: NetworkSpec, kind: str) -> str:
    """The first free id for a layer of this kind: linear_1, linear_2, …"""
    number = 1
    while network.has(f"{kind}_{number}"):
        number += 1
    return f"{kind}_{number}"


def add_node(
    project: ProjectSpec, kind: str, x: float, y: float, values: Mapping[str, Value] | None = None
) -> tuple[ProjectSpec, str]:
    """Put a new unconnected layer at (x, y). Returns the project and the new id.

    Raises:
        EditError: this kind cannot be placed.
        engine.fields.FieldError: a value is not accepted.
    """
    if not LAYERS[kind].placeable:
        raise EditError(f"{LAYERS[kind].title} is always there and cannot be added again.")
    node = NodeSpec(fresh_id(project.network, kind), LAYERS[kind].choose(values), x, y)
    return with_network(project, replace(project.network, nodes=(*project.network.nodes, node))), node.id


def append_node(
    project: ProjectSpec, kind: str, after: str | None = None, values: Mapping[str, Value] | None = None
) -> tuple[ProjectSpec, str]:
    """Put a new layer behind `after` (default: the last layer before the loss); what followed moves one place on.

    Raises:
        EditError: this kind cannot be placed, or needs several inputs.
        engine.fields.FieldError: a value is not accepted.
    """
    if LAYERS[kind].ports is None:
        raise EditError(f"{LAYERS[kind].title} needs two inputs: drag it onto the canvas and draw an arrow from each.")
    network = project.network
    if after is None or after == OUTPUT_ID:
        into_loss = network.links_into(OUTPUT_ID)
        after = into_loss[0].source if into_loss else _rightmost(network)
    x, y = seen(network, after)
    followers = {*descendants(network, after), OUTPUT_ID}
    project, new = add_node(project, kind, x + NODE_STEP, y, values)
    if any(network.node(node_id).x < x + 2 * NODE_STEP for node_id in followers):
        places = {node.id: (node.x + NODE_STEP, node.y) for node in network.nodes if node.id in followers}
        project = move_nodes(project, places)
    outgoing = network.links_out_of(after)
    target, port = (outgoing[0].target, outgoing[0].port) if outgoing else (OUTPUT_ID, 0)
    kept = tuple(link for link in network.links if (link.target, link.port) != (target, port))
    links = (*kept, LinkSpec(after, new), LinkSpec(new, target, port))
    return with_network(project, replace(project.network, links=links)), new


def _rightmost(network: NetworkSpec) -> str:
    """The layer a newcomer takes for the last one of an unfinished network."""
    layers = [node for node in network.nodes if node.id != OUTPUT_ID]
    return max(layers, key=lambda node: node.x).id


def remove_nodes(project: ProjectSpec, ids: Iterable[str]) -> ProjectSpec:
    """Remove layers. Where a removed layer had one input and outputs, its neighbours are joined, so a chain stays a chain."""
    network = project.network
    for node_id in ids:
        if node_id not in ENDS and network.has(node_id):
            nodes = tuple(node for node in network.nodes if node.id != node_id)
            groups = without(network.groups, node_id)
            network = replace(network, nodes=nodes, links=closed(_cut(network, node_id)), groups=groups)
    return with_network(project, network)


def _cut(network: NetworkSpec, node_id: str) -> tuple[LinkSpec, ...]:
    """The arrows without those at the node; where one entered it, that one's source takes over what left it."""
    incoming = network.links_into(node_id)
    links = tuple(link for link in network.links if node_id not in (link.source, link.target))
    if len(incoming) != 1:
        return links
    return links + tuple(replace(link, source=incoming[0].source) for link in network.links_out_of(node_id))


def closed(links: tuple[LinkSpec, ...]) -> tuple[LinkSpec, ...]:
    """The same arrows with the ports of every target numbered 0, 1, … in their order."""
    taken: dict[str, int] = {}
    ports: dict[LinkSpec, int] = {}
    for link in sorted(links, key=lambda link: link.port):
        ports[link] = taken.get(link.target, 0)
        taken[link.target] = ports[link] + 1
    return tuple(replace(link, port=ports[link]) if link.port != ports[link] else link for link in links)


def duplicate_nodes(
    project: ProjectSpec, ids: Iterable[str], dx: float = 24.0, dy: float = 96.0
) -> tuple[ProjectSpec, tuple[str, ...]]:
    """Copy layers with their values and the links between them. Returns the project and the new ids."""
    old = [project.network.node(node_id) for node_id in dict.fromkeys(ids) if node_id not in ENDS]
    names: dict[str, str] = {}
    for node in old:
        project, new = add_node(project, node.kind, node.x + dx, node.y + dy, node.layer.as_dict())
        place = project.network.node(new)
        project = with_node(project, replace(node, id=new, x=place.x, y=place.y))
        names[node.id] = new
    copies = tuple(
        LinkSpec(names[link.source], names[link.target], link.port)
        for link in project.network.links
        if link.source in names and link.target in names
    )
    network = replace(project.network, links=project.network.links + closed(copies))
    return with_network(project, with_copies(network, network.groups, names)), tuple(names.values())


def move_nodes(project: ProjectSpec, places: Mapping[str, tuple[float, float]]) -> ProjectSpec:
    """Move nodes to the given places (scene units)."""
    nodes = tuple(
        replace(node, x=float(places[node.id][0]), y=float(places[node.id][1])) if node.id in places else node
        for node in project.network.nodes
    )
    return with_network(project, replace(project.network, nodes=nodes))


def connect(project: ProjectSpec, source: str, target: str, port: int | None = None) -> ProjectSpec:
    """Draw an arrow. On a layer with one input the new arrow replaces the old one; on Add and Concat it takes the next port.

    Raises:
        EditError: the arrow would close a cycle, leave the loss, enter the data, or repeat one that is there.
    """
    network = project.network
    if source == OUTPUT_ID:
        raise EditError("The loss is the end of the network: no arrow can leave it.")
    if target == INPUT_ID:
        raise EditError("The data is the start of the network: no arrow can enter it.")
    if source == target or source in descendants(network, target):
        raise EditError(
            f"An arrow from {source} to {target} would close a cycle; a network runs in one direction only."
        )
    incoming = network.links_into(target)
    many = LAYERS[network.node(target).kind].ports is None
    asked = port
    port = 0 if not many else len(incoming) if asked is None else min(max(asked, 0), len(incoming))
    if any(link.source == source and (asked is None or link.port == port) for link in incoming):
        raise EditError(f"{source} is already connected to {target}.")
    kept = tuple(link for link in network.links if not (link.target == target and link.port == port))
    network.node(source)
    return with_network(project, replace(network, links=(*kept, LinkSpec(source, target, port))))


def disconnect(project: ProjectSpec, link: LinkSpec) -> ProjectSpec:
    """Remove an arrow; the ports of the others at its target close up."""
    rest = tuple(other for other in project.network.links if other != link)
    return with_network(project, replace(project.network, links=closed(rest)))


def insert_on_link(project: ProjectSpec, link: LinkSpec, kind: str, x: float, y: float) -> tuple[ProjectSpec, str]:
    """Put a new layer into an arrow. Returns the project and the new id."""
    grown, new = add_node(project, kind, x, y)
    return put_on_link(grown, link, new), new


def put_on_link(project: ProjectSpec, link: LinkSpec, node_id: str) -> ProjectSpec:
    """Put an existing layer, cut from where it was, into an arrow: this reorders a chain.

    Raises:
        EditError: the arrow begins or ends at that layer or is not there, or the layer is an end of the network.
    """
    _refuse_end(node_id)
    if node_id in (link.source, link.target):
        raise EditError(f"{node_id} already stands at this arrow.")
    links = _cut(project.network, node_id)
    if link not in links:
        raise EditError("This arrow is no longer there.")
    halves = (replace(link, target=node_id, port=0), replace(link, source=node_id))
    links = closed((*(other for other in links if other != link), *halves))
    groups = placed(project.network, node_id, link)
    return with_network(project, replace(project.network, links=links, groups=groups))


def detach(project: ProjectSpec, node_id: str) -> ProjectSpec:
    """Cut a layer out of the network, joining its neighbours, but leave it on the canvas.

    Raises:
        EditError: it is an end of the network.
    """
    _refuse_end(node_id)
    links = closed(_cut(project.network, node_id))
    return with_network(project, replace(project.network, links=links))


def _refuse_end(node_id: str) -> None:
    if node_id in ENDS:
        raise EditError("The two ends of the network cannot be put elsewhere.")


def rename_node(project: ProjectSpec, node_id: str, new_id: str) -> ProjectSpec:
    """Give a layer another name; it becomes the attribute's name in the code.

    Raises:
        EditError: the name is taken or is not a Python identifier.
    """
    if node_id in ENDS:
        raise EditError("The two ends of the network keep their names.")
    if new_id == node_id:
        return project
    if not (new_id.isidentifier() and new_id.isascii() and len(new_id) <= 40) or keyword.iskeyword(new_id):
        raise EditError(f"“{new_id}” cannot be a name: use letters, digits and _, not starting with a digit.")
    if project.network.has(new_id):
        raise EditError(f"The name “{new_id}” is already taken.")
    if is_reserved(new_id):
        raise EditError(f"“{new_id}” cannot be the name of a layer: PyTorch, or the code of the model, uses it itself.")
    nodes = tuple(replace(n, id=new_id) if n.id == node_id else n for n in project.network.nodes)
    links = tuple(
        replace(
            link,
            source=new_id if link.source == node_id else link.source,
            target=new_id if link.target == node_id else link.target,
        )
        for link in project.network.links
    )
    groups = renamed(project.network.groups, node_id, new_id)
    return with_network(project, replace(project.network, nodes=nodes, links=links, groups=groups))


def descendants(network: NetworkSpec, node_id: str) -> set[str]:
    """Every node that can be reached from this one along the arrows, itself not included."""
    followers: dict[str, list[str]] = {}
    for link in network.links:
        followers.setdefault(link.source, []).append(link.target)
    found: set[str] = set()
    waiting = [node_id]
    while waiting:
        for target in followers.get(waiting.pop(), ()):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found


def topological_order(network: NetworkSpec) -> tuple[str, ...]:
    """Node ids so that every arrow points forward; among equals the order of `network.nodes`."""
    place = {node.id: index for index, node in enumerate(network.nodes)}
    followers: dict[str, list[str]] = {node.id: [] for node in network.nodes}
    missing = dict.fromkeys(followers, 0)
    for link in network.links:
        followers[link.source].append(link.target)
        missing[link.target] += 1
    ready = [place[node_id] for node_id, count in missing.items() if count == 0]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        node_id = network.nodes[heapq.heappop(ready)].id
        order.append(node_id)
        for target in followers[node_id]:
            missing[target] -= 1
            if missing[target] == 0:
                heapq.heappush(ready, place[target])
    return tuple(order)
