"""Projects as JSON: what goes in comes out, and nothing else gets in."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import edits
from engine.catalog import LAYERS, LOSSES, OPTIMIZERS
from engine.catalog.training import SPLIT_FIELDS, TRAIN_FIELDS
from engine.datasets.registry import DATASETS
from engine.errors import ProjectError
from engine.fields import Field
from engine.project_json import MAX_NODES, from_json, to_json
from engine.spec import (
    Choice,
    DataSpec,
    LinkSpec,
    NetworkSpec,
    NodeSpec,
    ProjectSpec,
    SplitSpec,
    TrainSpec,
)


def small_project() -> ProjectSpec:
    """input → linear_1 → add_1 (also from input) → output, with hand-set weights."""
    linear = NodeSpec(
        "linear_1",
        LAYERS["linear"].choose({"out_features": 2}),
        10.0,
        -2.5,
        (("weight", ((0.1, -1.0), (2.0, 3.0))), ("bias", (0.0, 1.0))),
    )
    nodes = (
        NodeSpec("input", LAYERS["input"].choose()),
        linear,
        NodeSpec("add_1", LAYERS["add"].choose()),
        NodeSpec("output", LAYERS["output"].choose()),
    )
    links = (
        LinkSpec("input", "linear_1"),
        LinkSpec("input", "add_1", 0),
        LinkSpec("linear_1", "add_1", 1),
        LinkSpec("add_1", "output"),
    )
    return ProjectSpec(
        "Größe",
        NetworkSpec(nodes, links),
        DataSpec(DATASETS["moons"].choose(), SplitSpec("counts", 10.0, 5.0, 5.0, 3), "none"),
        TrainSpec(LOSSES["cross_entropy"].choose(), OPTIMIZERS["adam"].choose(), 7, 3, 11, "cpu"),
    )


def roundtrip(project: ProjectSpec) -> ProjectSpec:
    return from_json(json.loads(json.dumps(to_json(project), allow_nan=False)))


def with_layer(choice: Choice) -> ProjectSpec:
    project, _ = edits.add_node(small_project(), choice.kind, 0.0, 0.0, choice.as_dict())
    return project


def test_roundtrip_is_equal() -> None:
    assert roundtrip(small_project()) == small_project()


@pytest.mark.parametrize("kind", [entry.kind for entry in LAYERS if entry.placeable])
def test_every_layer(kind: str) -> None:
    project = with_layer(LAYERS[kind].choose())
    assert roundtrip(project) == project


@pytest.mark.parametrize("kind", DATASETS.kinds)
def test_every_data_set(kind: str) -> None:
    project = edits.set_data(small_project(), DataSpec(DATASETS[kind].choose()))
    assert roundtrip(project) == project


@pytest.mark.parametrize("loss", LOSSES.kinds)
@pytest.mark.parametrize("optimizer", OPTIMIZERS.kinds)
def test_every_loss_and_optimizer(loss: str, optimizer: str) -> None:
    project = edits.choose_optimizer(edits.choose_loss(small_project(), loss), optimizer)
    assert roundtrip(project) == project


def edge_cases() -> list[Any]:
    """(place, path of keys, field, value just outside) for every bound of every field of every catalog."""
    project = small_project()
    cases: list[Any] = []

    def add(place: str, build: Any, field: Field) -> None:
        for bound, is_open, step in ((field.low, field.low_open, -1.0), (field.high, field.high_open, 1.0)):
            if bound is not None:
                bad = bound if is_open else bound + step * max(1.0, abs(bound) * 0.01)
                cases.append(pytest.param(place, build, field, bad, id=f"{place}={bad:g}"))
        cases.append(pytest.param(place, build, field, {"a": 1}, id=f"{place}=group"))
        if field.kind in ("int", "float"):
            cases.append(pytest.param(place, build, field, float("nan"), id=f"{place}=nan"))

    for entry in (*LAYERS,):
        for field in entry.fields:
            add(f"network.nodes[4].values.{field.name}", lambda e=entry: to_json(with_layer(e.choose())), field)
    for catalog, choose, group in (
        (LOSSES, edits.choose_loss, "train.loss"),
        (OPTIMIZERS, edits.choose_optimizer, "train.optimizer"),
    ):
        for other in catalog:
            for field in other.fields:
                add(
                    f"{group}.values.{field.name}", lambda c=choose, o=other: to_json(c(small_project(), o.kind)), field
                )
    for kind in DATASETS:
        for field in kind.fields:
            add(
                f"data.values.{field.name}",
                lambda k=kind: to_json(edits.set_data(project, DataSpec(k.choose()))),
                field,
            )
    for field in TRAIN_FIELDS:
        add(f"train.{field.name}", lambda: to_json(project), field)
    for field in SPLIT_FIELDS:
        add(f"data.split.{field.name}", lambda: to_json(project), field)
    return cases


def put(tree: Any, place: str, value: Any) -> None:
    keys: list[Any] = []
    for part in place.split("."):
        name, *indices = part.replace("]", "").split("[")
        keys += [name, *map(int, indices)]
    for key in keys[:-1]:
        tree = tree[key]
    tree[keys[-1]] = value


@pytest.mark.parametrize(("place", "build", "field", "value"), edge_cases())
def test_every_bound_of_every_field(place: str, build: Any, field: Field, value: Any) -> None:
    tree = build()
    put(tree, place, value)
    with pytest.raises(ProjectError) as caught:
        from_json(tree)
    assert caught.value.place == place
    assert field.rule in caught.value.text and field.label in caught.value.text


@pytest.mark.parametrize(
    ("place", "value", "said_at", "said"),
    [
        ("name", "", "name", "no name"),
        ("name", "x" * 81, "name", "80"),
        ("name", 7, "name", "text"),
        ("name", "a\x00b", "name", "signs"),
        ("name", "\ud800", "name", "signs"),
        ("network", [], "network", "group"),
        ("network.nodes", {}, "network.nodes", "list"),
        ("network.nodes[1]", 3, "network.nodes[1]", "group"),
        ("network.nodes[1].kind", "lienar", "network.nodes[1].kind", "no layer “lienar”"),
        ("network.nodes[1].kind", None, "network.nodes[1].kind", "no layer"),
        ("network.nodes[1].kind", ["linear"], "network.nodes[1].kind", "no layer"),
        ("network.nodes[2].kind", "input", "network.nodes[2].id", "fixed"),
        ("network.nodes[1].id", "input", "network.nodes[1].id", "fixed"),
        ("network.nodes[1].id", "add_1", "network.nodes[2].id", "already taken"),
        ("network.nodes[1].id", "forward", "network.nodes[1].id", "needs it"),
        ("network.nodes[1].id", "class", "network.nodes[1].id", "cannot be a name"),
        ("network.nodes[1].id", "1x", "network.nodes[1].id", "cannot be a name"),
        ("network.nodes[1].id", "ｒｅｌｕ", "network.nodes[1].id", "cannot be a name"),
        ("network.nodes[1].id", "a" * 41, "network.nodes[1].id", "at most 40"),
        ("network.nodes[1].id", "a;import os", "network.nodes[1].id", "cannot be a name"),
        ("network.nodes[1].colour", "red", "network.nodes[1]", "“colour” is not known"),
        ("network.nodes[1].values.colour", 1, "network.nodes[1].values", "“colour” is not known"),
        ("network.nodes[1].x", 1e9, "network.nodes[1].x", "1e+07"),
        ("network.nodes[1].x", float("inf"), "network.nodes[1].x", "number"),
        ("network.nodes[1].x", True, "network.nodes[1].x", "number"),
        ("network.nodes[1].values.out_features", 10**400, "network.nodes[1].values.out_features", "whole number"),
        ("network.nodes[1].weights.weight[1]", [1.0], "network.nodes[1].weights.weight[1]", "another size"),
        ("network.nodes[1].weights.weight[1][0]", "1", "network.nodes[1].weights.weight[1][0]", "finite"),
        ("network.nodes[1].weights.bias[0]", float("nan"), "network.nodes[1].weights.bias[0]", "finite"),
        ("network.nodes[1].weights.bias[0]", [1.0], "network.nodes[1].weights.bias[1]", "table"),
        ("network.nodes[1].weights.bias", [], "network.nodes[1].weights.bias", "table"),
        ("network.nodes[1].weights.bias", 1.0, "network.nodes[1].weights.bias", "table"),
        (
            "network.nodes[1].weights.bias",
            [[[[[[[1.0]]]]]]],
            "network.nodes[1].weights.bias[0][0][0][0][0][0]",
            "table",
        ),
        ("network.links[0].source", "nobody", "network.links[0].source", "no such layer"),
        ("network.links[0].source", ["input"], "network.links[0].source", "no such layer"),
        ("network.links[0].target", "input", "network.links[0]", "enter the data"),
        ("network.links[1].source", "output", "network.links[1]", "leave the loss"),
        ("network.links[0].source", "add_1", "network.links", "cycle"),
        ("network.links[0].port", 1, "network.links[0].port", "no input number 1"),
        ("network.links[0].port", True, "network.links[0].port", "no input number"),
        ("network.links[1].port", -1, "network.links[1].port", "no input number"),
        ("network.links[2].port", 0, "network.links[2]", "already has the arrow"),
        ("data.kind", "os.system", "data.kind", "no data set"),
        ("train.optimizer.kind", "sdg", "train.optimizer.kind", "no optimizer"),
        ("train.loss.kind", 1, "train.loss.kind", "no loss"),
        ("train.colour", 1, "train", "“colour” is not known"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(place: str, value: Any, said_at: str, said: str) -> None:
    tree = copy.deepcopy(to_json(small_project()))
    put(tree, place, value)
    with pytest.raises(ProjectError) as caught:
        from_json(tree)
    assert caught.value.place == said_at
    assert said in caught.value.text


def test_an_end_must_be_there() -> None:
    tree = to_json(small_project())
    tree["network"]["nodes"] = tree["network"]["nodes"][:3]
    tree["network"]["links"] = []
    with pytest.raises(ProjectError, match="“output” is missing"):
        from_json(tree)


def test_too_many_nodes_are_refused_before_they_are_read() -> None:
    tree = to_json(small_project())
    tree["network"]["nodes"] = [None] * (MAX_NODES + 1)
    with pytest.raises(ProjectError, match="10,001 entries; 10,000 are the most"):
        from_json(tree)


def test_missing_values_take_their_defaults() -> None:
    tree = to_json(small_project())
    for node in tree["network"]["nodes"]:
        for key in ("values", "x", "y", "weights"):
            del node[key]
    del tree["data"]["split"], tree["data"]["normalization"], tree["data"]["values"]
    for field in TRAIN_FIELDS:
        del tree["train"][field.name]
    project = from_json(tree)
    assert project.network.node("linear_1").layer == LAYERS["linear"].choose()
    assert project.data == DataSpec(DATASETS["moons"].choose())
    assert project.train == TrainSpec(LOSSES["cross_entropy"].choose(), OPTIMIZERS["adam"].choose())
    for key in ("name", "network", "data", "train"):
        broken = to_json(small_project())
        del broken[key]
        with pytest.raises(ProjectError, match=f"“{key}” is missing"):
            from_json(broken)


def test_unknown_keys_are_left_out_of_newer_files_only() -> None:
    tree = to_json(small_project())
    tree["future"] = 1
    tree["network"]["nodes"][1]["values"]["future"] = {"a": [1]}
    assert from_json(tree, lenient=True) == small_project()
    with pytest.raises(ProjectError, match="future"):
        from_json(tree)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def leaf_places(tree: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [place, *(found for key, value in inner for found in leaf_places(value, (*place, key)))]


@settings(max_examples=300, deadline=None)
@given(index=st.integers(0, 10_000), value=JSON)
def test_any_value_anywhere_is_accepted_or_refused_with_a_sentence(index: int, value: Any) -> None:
    tree = to_json(small_project())
    places = leaf_places(tree)[1:]
    *path, last = places[index % len(places)]
    group = tree
    for key in path:
        group = group[key]
    group[last] = value
    try:
        project = from_json(tree)
    except ProjectError as error:
        assert error.text.endswith(".")
    else:
        assert roundtrip(project) == project
