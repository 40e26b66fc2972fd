"""Layers as text on the clipboard: JSON that a person can read, and that any other copy of Chainrule can paste."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from engine import edits
from engine.blocks import MAX_NAME, with_copies
from engine.catalog import LAYERS, UnknownKindError
from engine.edits import ENDS, EditError
from engine.errors import ProjectError
from engine.fields import FieldError, Value
from engine.json_reader import JsonObject
from engine.network_json import read_settings, settings_to_json
from engine.spec import GroupSpec, LinkSpec, NetworkSpec, ProjectSpec

FORMAT = "chainrule-layers"
MAX_CHARACTERS = 4_000_000
MAX_NODES = 1000


def copy_text(network: NetworkSpec, ids: Iterable[str]) -> str:
    """The layers and the arrows between them as JSON text; "" when there is nothing to copy."""
    wanted = {node_id for node_id in ids if node_id not in ENDS}
    nodes = [node for node in network.nodes if node.id in wanted]
    if not nodes:
        return ""
    content = {
        "format": FORMAT,
        "nodes": [
            {
                "id": node.id,
                "kind": node.kind,
                "x": node.x,
                "y": node.y,
                "values": node.layer.as_dict(),
                "weights": dict(node.weights),
                **settings_to_json(node),
            }
            for node in nodes
        ],
        "links": [
            [link.source, link.target, link.port]
            for link in network.links
            if link.source in wanted and link.target in wanted
        ],
    }
    groups = [group for group in network.groups if wanted.issuperset(group.members)]
    if groups:
        content["groups"] = [[group.name, list(group.members), group.folded] for group in groups]
    return json.dumps(content, ensure_ascii=False, indent=1)


def paste(project: ProjectSpec, text: str, x: float, y: float) -> tuple[ProjectSpec, tuple[str, ...]]:
    """Add the layers of a copied text, their middle at (x, y). Returns the project and the new ids.

    Raises:
        EditError: the text holds no layers, or something in it is not accepted.
    """
    content = _read(text)
    try:
        return _pasted(project, content, x, y)
    except ProjectError as error:
        raise EditError(f"The layers on the clipboard cannot be pasted: {error.text}") from error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        reason = str(error) if isinstance(error, FieldError | UnknownKindError | EditError) else "it is damaged."
        raise EditError(f"The layers on the clipboard cannot be pasted: {reason}") from error


def _read(text: str) -> dict[str, Any]:
    nothing = EditError(
        "The clipboard holds no layers: copy some with Ctrl+C first, or copy code with an nn.Sequential."
    )
    if len(text) > MAX_CHARACTERS or FORMAT not in text:
        raise nothing
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise nothing from None
    if not isinstance(content, dict) or content.get("format") != FORMAT or not content.get("nodes"):
        raise nothing
    return content


def _pasted(project: ProjectSpec, content: dict[str, Any], x: float, y: float) -> tuple[ProjectSpec, tuple[str, ...]]:
    nodes = content["nodes"]
    if len(nodes) > MAX_NODES:
        raise EditError(f"there are more than {MAX_NODES} of them.")
    xs, ys = [_finite(node["x"]) for node in nodes], [_finite(node["y"]) for node in nodes]
    dx, dy = x - (min(xs) + max(xs)) / 2, y - (min(ys) + max(ys)) / 2
    names: dict[str, str] = {}
    for node, left, top in zip(nodes, xs, ys, strict=True):
        values = LAYERS[node["kind"]].choose(node["values"]).as_dict()
        project, new = edits.add_node(project, node["kind"], left + dx, top + dy, values)
        weights = {str(name): _numbers(value) for name, value in node.get("weights", {}).items()}
        project = edits.set_weights(project, new, weights) if weights else project
        settings = read_settings(JsonObject(node, new, lenient=True))
        project = edits.with_node(project, replace(project.network.node(new), **settings))
        names[node["id"]] = new
    copied = tuple(LinkSpec(names[source], names[target], int(port)) for source, target, port in content["links"])
    links = edits.closed(copied)
    network = project.network
    for link in links:
        if link.target in (link.source, *ENDS) or link.source in edits.descendants(network, link.target):
            raise EditError("their arrows close a cycle.")
        if link.port > 0 and LAYERS[network.node(link.target).kind].ports is not None:
            raise EditError("two arrows enter one layer that has one input.")
        network = replace(network, links=(*network.links, link))
    groups = [_group(group, names) for group in content.get("groups", ())]
    members = [member for group in groups for member in group.members]
    if len(set(members)) != len(members):
        raise ValueError("a layer in two blocks")
    return replace(project, network=with_copies(network, groups, names)), tuple(names.values())


def _group(group: Any, names: Mapping[str, str]) -> GroupSpec:
    """A copied block, still under the old names of its layers."""
    name, members, folded = group
    if not (isinstance(name, str) and name.strip() and len(name) <= MAX_NAME and name.isprintable()):
        raise ValueError(name)
    if any(member not in names for member in members):
        raise ValueError(members)
    return GroupSpec(name, tuple(members), bool(folded))


def _finite(number: Any) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(number)
    return value


def _numbers(value: Any) -> Value:
    """Nested lists of finite numbers, or None where one is drawn, as nested tuples."""
    if isinstance(value, list):
        return tuple(_numbers(part) for part in value)
    return None if value is None else _finite(value)
