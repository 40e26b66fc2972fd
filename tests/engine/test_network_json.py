"""How layers are drawn and trained, and named blocks, as JSON: what goes in comes out, and nothing else gets in."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from engine import edits
from engine.catalog import INITIALIZERS
from engine.errors import ProjectError
from engine.project_json import from_json, to_json
from engine.spec import GroupSpec, ProjectSpec
from tests.engine.test_project_json import roundtrip, small_project


def dressed() -> ProjectSpec:
    project = edits.choose_initializer(small_project(), "linear_1", "he_normal")
    project = edits.set_initializer_value(project, "linear_1", "mode", "fan_out")
    project = edits.choose_initializer(project, "linear_1", "constant", bias=True)
    project = edits.set_node_value(project, "linear_1", "frozen", True)
    project = edits.set_node_value(project, "linear_1", "lr", 0.5)
    project = edits.set_node_value(project, "linear_1", "weight_decay", 0)
    groups = (GroupSpec("Head", ("linear_1",)), GroupSpec("Join", ("add_1",), folded=False))
    return replace(project, network=replace(project.network, groups=groups))


def test_all_of_it_comes_back() -> None:
    assert roundtrip(dressed()) == dressed()
    node = roundtrip(dressed()).network.node("linear_1")
    assert node.initializer.get("mode") == "fan_out"
    assert (node.frozen, node.lr, node.weight_decay) == (True, 0.5, 0.0)


@pytest.mark.parametrize("kind", INITIALIZERS.kinds)
def test_every_initializer_comes_back(kind: str) -> None:
    project = edits.choose_initializer(small_project(), "linear_1", kind)
    assert roundtrip(project) == project


def test_defaults_are_not_written() -> None:
    """So that what uses nothing new can be opened by an older version, which refuses names that it does not know."""
    tree = to_json(small_project())["network"]
    assert set(tree) == {"nodes", "links"}
    assert set(tree["nodes"][1]) == {"id", "kind", "values", "x", "y", "weights"}


@pytest.mark.parametrize(
    ("change", "place", "said"),
    [
        (("nodes", 1, "initializer", {"kind": "best"}), "network.nodes[1].initializer.kind", "no initializer “best”"),
        (("nodes", 1, "initializer", {"kind": "zeros", "x": 1}), "network.nodes[1].initializer", "“x” is not known"),
        (("nodes", 1, "initializer", []), "network.nodes[1].initializer", "group of named values"),
        (
            ("nodes", 1, "initializer", {"kind": "normal", "values": {"std": -1}}),
            "network.nodes[1].initializer.values.std",
            "at least 0",
        ),
        (
            ("nodes", 1, "bias_initializer", {"kind": "orthogonal"}),
            "network.nodes[1].bias_initializer.kind",
            "one axis only",
        ),
        (("nodes", 1, "frozen", 1), "network.nodes[1].frozen", "true or false"),
        (("nodes", 1, "lr", -0.1), "network.nodes[1].lr", "optimizer's"),
        (("nodes", 1, "lr", float("nan")), "network.nodes[1].lr", "number"),
        (("nodes", 1, "weight_decay", "0"), "network.nodes[1].weight_decay", "number"),
        (("groups", {}), "network.groups", "list"),
        (("groups", 0, {"members": ["linear_1"]}), "network.groups[0]", "“name” is missing"),
        (("groups", 0, {"name": "  ", "members": ["linear_1"]}), "network.groups[0].name", "needs a name"),
        (("groups", 0, {"name": "a", "members": []}), "network.groups[0].members", "list of the layers"),
        (("groups", 0, {"name": "a", "members": ["input"]}), "network.groups[0].members[0]", "no such layer"),
        (("groups", 0, {"name": "a", "members": [["linear_1"]]}), "network.groups[0].members[0]", "no such layer"),
        (("groups", 1, {"name": "a", "members": ["linear_1"]}), "network.groups[1].members[0]", "“Head” already"),
        (("groups", 0, {"name": "a", "members": ["linear_1"], "folded": 0}), "network.groups[0].folded", "true or"),
        (("groups", 0, {"name": "a", "members": ["linear_1"], "x": 0}), "network.groups[0]", "“x” is not known"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(change: tuple[Any, ...], place: str, said: str) -> None:
    tree = json.loads(json.dumps(to_json(dressed())))
    *path, key, value = change
    at = tree["network"]
    for step in path:
        at = at[step]
    at[key] = value
    with pytest.raises(ProjectError) as caught:
        from_json(tree)
    assert caught.value.place == place
    assert said in caught.value.text


def test_a_layer_with_a_name_that_torch_uses_can_still_be_opened() -> None:
    """Earlier versions let such a name through, and the network works with it; only a new one is refused (edits)."""
    tree = json.loads(json.dumps(to_json(small_project())).replace("linear_1", "type"))
    assert from_json(tree).network.has("type")
    tree = json.loads(json.dumps(to_json(small_project())).replace("linear_1", "forward"))
    with pytest.raises(ProjectError, match="needs it itself"):
        from_json(tree)
