"""The network of a project as plain JSON values and back, strictly (project_json.py)."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from typing import Any, cast

from engine.blocks import MAX_NAME
from engine.catalog import INITIALIZERS, LAYERS
from engine.catalog.initializers import DEFAULT
from engine.catalog.node_fields import NODE_FIELDS
from engine.edits import ENDS, topological_order
from engine.errors import ProjectError
from engine.json_reader import (
    Json,
    JsonObject,
    choice_to_json,
    listed,
    plain_text,
    read_choice,
    read_table,
    short,
)
from engine.reserved import CODE_IDS
from engine.spec import (
    INPUT_ID,
    OUTPUT_ID,
    Choice,
    GroupSpec,
    LinkSpec,
    NetworkSpec,
    NodeSpec,
    Weights,
)

MAX_NODES = 10_000
MAX_LINKS = 40_000
MAX_ID = 40
MAX_AXES = 6

_INITIALIZERS = ("initializer", "bias_initializer")


def network_to_json(network: NetworkSpec) -> Json:
    """What differs from the defaults beside kind, values, place and weights is written only where it does: older versions of
    Chainrule can open a file that uses nothing newer than they are."""
    groups = [{"name": x.name, "members": list(x.members), "folded": x.folded} for x in network.groups]
    return {
        "nodes": [_node_to_json(node) for node in network.nodes],
        "links": [{"source": x.source, "target": x.target, "port": x.port} for x in network.links],
        **({"groups": groups} if groups else {}),
    }


def _node_to_json(node: NodeSpec) -> Json:
    weights = {name: listed(value) for name, value in node.weights}
    place: Json = {"x": node.x, "y": node.y}
    return {"id": node.id, **choice_to_json(node.layer), **place, "weights": weights, **settings_to_json(node)}


def settings_to_json(node: NodeSpec) -> Json:
    """How the layer is drawn and trained, where it differs from the defaults."""
    settings: Json = {}
    for name in _INITIALIZERS:
        choice: Choice = getattr(node, name)
        if choice != DEFAULT:
            settings[name] = choice_to_json(choice)
    for field in NODE_FIELDS:
        if getattr(node, field.name) != field.default:
            settings[field.name] = getattr(node, field.name)
    return settings


def read_network(group: JsonObject) -> NetworkSpec:
    """The network that `network_to_json` wrote. Raises engine.errors.ProjectError with place and sentence."""
    group.only("nodes", "links", "groups")
    nodes = [_node(entry) for entry in group.objects("nodes", MAX_NODES)]
    places: dict[str, int] = {}
    for index, node in enumerate(nodes):
        if node.id in places:
            text = f"The name “{node.id}” is already taken by nodes[{places[node.id]}]; every layer needs its own."
            raise ProjectError(f"network.nodes[{index}].id", text)
        places[node.id] = index
    for end in ENDS:
        if end not in places:
            raise ProjectError("network.nodes", f"The node “{end}” is missing; a network has exactly one.")
    kinds = {node.id: node.kind for node in nodes}
    links = [_link(entry, kinds) for entry in group.objects("links", MAX_LINKS)]
    _check_ports(links)
    network = NetworkSpec(tuple(nodes), tuple(links), _groups(group, places))
    if len(topological_order(network)) != len(nodes):
        raise ProjectError("network.links", "The arrows close a cycle; a network runs in one direction only.")
    return network


def _node(group: JsonObject) -> NodeSpec:
    group.only("id", "kind", "values", "x", "y", "weights", *_INITIALIZERS, *(field.name for field in NODE_FIELDS))
    node_id, layer = _identifier(group, "id"), read_choice(group, LAYERS)
    if (node_id in ENDS or layer.kind in ENDS) and node_id != layer.kind:
        text = f"“{node_id}” cannot be a layer of the kind {layer.kind}: the two ends of a network are fixed."
        raise ProjectError(group.at("id"), text)
    if node_id in CODE_IDS:
        raise ProjectError(group.at("id"), f"“{node_id}” cannot be the name of a layer: the code needs it itself.")
    place = group.number("x"), group.number("y")
    return NodeSpec(node_id, layer, *place, _weights(group.object("weights", {})), **read_settings(group))


def read_settings(group: JsonObject) -> dict[str, Any]:
    """What `settings_to_json` wrote, as arguments of NodeSpec. Raises engine.errors.ProjectError."""
    return {name: _initializer(group, name) for name in _INITIALIZERS} | group.fields(NODE_FIELDS)


def _initializer(group: JsonObject, name: str) -> Choice:
    if name not in group.value:
        return DEFAULT
    part = group.object(name)
    part.only("kind", "values")
    choice = read_choice(part, INITIALIZERS)
    if name == "bias_initializer" and not INITIALIZERS[choice.kind].for_bias:
        text = f"{INITIALIZERS[choice.kind].title} needs a table of weights; a bias has one axis only."
        raise ProjectError(part.at("kind"), text)
    return choice


def _groups(network: JsonObject, places: Mapping[str, int]) -> tuple[GroupSpec, ...]:
    """The named blocks; every layer is in one at most."""
    if "groups" not in network.value:
        return ()
    groups: list[GroupSpec] = []
    taken: dict[str, str] = {}
    for entry in network.objects("groups", MAX_NODES):
        entry.only("name", "members", "folded")
        name, members, folded = entry.get("name"), entry.get("members"), entry.value.get("folded", True)
        if not plain_text(name, entry.at("name"), MAX_NAME).strip():
            raise ProjectError(entry.at("name"), "A block needs a name.")
        if any(group.name == name for group in groups):
            raise ProjectError(entry.at("name"), f"There is a block {short(name)} already.")
        if not isinstance(members, list) or not members or len(members) > MAX_NODES:
            raise ProjectError(entry.at("members"), "A list of the layers in the block is expected here.")
        for index, member in enumerate(members):
            place = f"{entry.at('members')}[{index}]"
            if not isinstance(member, str) or member not in places or member in ENDS:
                raise ProjectError(place, f"The block names {short(member)}, but there is no such layer.")
            if member in taken:
                raise ProjectError(place, f"{member} is in the block “{taken[member]}” already; one is the most.")
            taken[member] = name
        if not isinstance(folded, bool):
            raise ProjectError(entry.at("folded"), f"folded must be true or false, but is {short(folded)}.")
        groups.append(GroupSpec(name, tuple(members), folded))
    return tuple(groups)


def _identifier(group: JsonObject, key: str) -> str:
    value = group.get(key)
    sound = isinstance(value, str) and value.isascii() and value.isidentifier() and len(value) <= MAX_ID
    if not sound or keyword.iskeyword(value):
        text = (
            f"{short(value)} cannot be a name: use at most {MAX_ID} letters, digits and _, not starting with a digit."
        )
        raise ProjectError(group.at(key), text)
    return cast(str, value)


def _weights(group: JsonObject) -> Weights:
    rows = []
    for name, table in group.value.items():
        place = group.at(short(name, quote=False))
        if not name.isascii() or not name.isidentifier() or len(name) > MAX_ID:
            raise ProjectError(place, "This is not the name of a parameter.")
        rows.append((name, read_table(table, place, MAX_AXES)))
    return tuple(rows)


def _link(group: JsonObject, kinds: Mapping[str, str]) -> LinkSpec:
    group.only("source", "target", "port")
    ends = []
    for key in ("source", "target"):
        node_id = group.get(key)
        if not isinstance(node_id, str) or node_id not in kinds:
            raise ProjectError(group.at(key), f"The arrow joins {short(node_id)}, but there is no such layer.")
        ends.append(node_id)
    source, target = ends
    if source == OUTPUT_ID or target == INPUT_ID:
        raise ProjectError(group.place, "No arrow can leave the loss or enter the data.")
    port, ports = group.value.get("port", 0), LAYERS[kinds[target]].ports
    last = MAX_LINKS if ports is None else ports - 1
    if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port <= last:
        raise ProjectError(group.at("port"), f"{target} has no input number {short(port)}.")
    return LinkSpec(source, target, port)


def _check_ports(links: list[LinkSpec]) -> None:
    taken: dict[tuple[str, int], int] = {}
    for index, link in enumerate(links):
        key = (link.target, link.port)
        if key in taken:
            text = f"Input {link.port} of {link.target} already has the arrow links[{taken[key]}]."
            raise ProjectError(f"network.links[{index}]", text)
        taken[key] = index
