"""Edits of how layers begin and are trained: pure, checked, and kept by copies."""

from __future__ import annotations

import json

import pytest

from engine import clip, edits
from engine.catalog import INITIALIZERS, LAYERS
from engine.edits import EditError
from engine.fields import FieldError
from engine.spec import Choice, ProjectSpec
from tests.engine.test_project_json import small_project


def settled() -> ProjectSpec:
    project = edits.choose_initializer(small_project(), "linear_1", "he_uniform")
    project = edits.choose_initializer(project, "linear_1", "zeros", bias=True)
    return edits.set_node_value(edits.set_node_value(project, "linear_1", "lr", 0.5), "linear_1", "frozen", True)


def test_another_rule_begins_with_its_own_defaults_and_keeps_what_both_have() -> None:
    project = edits.choose_initializer(small_project(), "linear_1", "xavier_uniform")
    project = edits.set_initializer_value(project, "linear_1", "gain", 2)
    assert project.network.node("linear_1").initializer == INITIALIZERS["xavier_uniform"].choose({"gain": 2.0})
    normal = edits.choose_initializer(project, "linear_1", "xavier_normal").network.node("linear_1").initializer
    assert normal == INITIALIZERS["xavier_normal"].choose({"gain": 2.0})
    he = edits.choose_initializer(project, "linear_1", "he_normal").network.node("linear_1").initializer
    assert he == INITIALIZERS["he_normal"].choose()


@pytest.mark.parametrize("kind", INITIALIZERS.kinds)
def test_only_rules_without_fans_draw_biases(kind: str) -> None:
    if INITIALIZERS[kind].for_bias:
        found = edits.choose_initializer(small_project(), "linear_1", kind, bias=True).network.node("linear_1")
        assert found.bias_initializer.kind == kind and found.initializer.kind == "default"
    else:
        with pytest.raises(EditError, match="one axis only"):
            edits.choose_initializer(small_project(), "linear_1", kind, bias=True)
        with pytest.raises(EditError, match="one axis only"):
            edits.initialize_all(small_project(), Choice("default"), INITIALIZERS[kind].choose())


def test_every_layer_with_weights_begins_alike() -> None:
    project, conv = edits.add_node(small_project(), "conv2d", 0, 0)
    project, norm = edits.add_node(project, "batch_norm2d", 0, 0)
    every = edits.initialize_all(project, INITIALIZERS["orthogonal"].choose(), INITIALIZERS["zeros"].choose())
    kinds = {node.id: (node.initializer.kind, node.bias_initializer.kind) for node in every.network.nodes}
    assert {name for name, pair in kinds.items() if pair == ("orthogonal", "zeros")} == {"linear_1", conv, norm}
    assert all(pair == ("default", "default") for name, pair in kinds.items() if name not in ("linear_1", conv, norm))
    assert every.network.node("linear_1").weights == project.network.node("linear_1").weights


@pytest.mark.parametrize(
    ("name", "value"), [("lr", -1.0), ("lr", float("nan")), ("weight_decay", 101), ("frozen", 1), ("colour", 1)]
)
def test_what_no_layer_can_have_is_refused(name: str, value: object) -> None:
    with pytest.raises(FieldError):
        edits.set_node_value(small_project(), "linear_1", name, value)


def test_a_value_that_no_rule_accepts_is_refused() -> None:
    project = edits.choose_initializer(small_project(), "linear_1", "normal")
    with pytest.raises(FieldError, match="standard deviation must be a number at least 0"):
        edits.set_initializer_value(project, "linear_1", "std", -1)


def test_copies_keep_how_a_layer_begins_and_is_trained() -> None:
    project = settled()
    original = project.network.node("linear_1")
    doubled, (copy,) = edits.duplicate_nodes(project, ["linear_1"])
    pasted, (other,) = clip.paste(project, clip.copy_text(project.network, ["linear_1"]), 0, 0)
    for found in (doubled.network.node(copy), pasted.network.node(other)):
        assert found.initializer == original.initializer and found.bias_initializer == original.bias_initializer
        assert (found.frozen, found.lr, found.weight_decay) == (True, 0.5, None)
        assert found.weights == original.weights


def test_a_damaged_rule_on_the_clipboard_is_refused() -> None:
    content = json.loads(clip.copy_text(settled().network, ["linear_1"]))
    content["nodes"][0]["initializer"] = {"kind": "best"}
    with pytest.raises(EditError, match="no initializer “best”"):
        clip.paste(small_project(), json.dumps(content), 0, 0)


def test_what_learns_is_what_has_weights() -> None:
    learning = "linear embedding conv1d conv2d rnn lstm gru batch_norm1d batch_norm2d layer_norm"
    assert " ".join(sorted(entry.kind for entry in LAYERS if entry.learns)) == " ".join(sorted(learning.split()))
