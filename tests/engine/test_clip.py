"""What is copied is what is pasted; nothing else is accepted."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import edits
from engine.clip import copy_text, paste
from engine.edits import EditError
from engine.examples import example


def test_a_pasted_copy_has_the_same_layers_values_weights_and_arrows() -> None:
    project = example("skip")
    project = edits.set_weights(project, "linear_3", {"bias": (0.25,)})
    ids = [node.id for node in project.network.nodes]
    text = copy_text(project.network, ids)
    grown, new = paste(project, text, 100.0, 50.0)
    inner = [node for node in project.network.nodes if node.id not in edits.ENDS]
    copies = [grown.network.node(node_id) for node_id in new]
    assert [(n.layer, n.weights) for n in copies] == [(n.layer, n.weights) for n in inner]
    names = dict(zip([n.id for n in inner], new, strict=True))
    inside = {
        (names[x.source], names[x.target], x.port) for x in project.network.links if {x.source, x.target} <= set(names)
    }
    assert {(x.source, x.target, x.port) for x in grown.network.links} - {
        (x.source, x.target, x.port) for x in project.network.links
    } == inside
    xs, ys = [n.x for n in copies], [n.y for n in copies]
    assert ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2) == (100.0, 50.0)
    assert {(a.x - b.x, a.y - b.y) for a, b in zip(copies, inner, strict=True)} == {
        (xs[0] - inner[0].x, ys[0] - inner[0].y)
    }


def test_the_ends_are_not_copied() -> None:
    assert copy_text(example("moons").network, edits.ENDS) == ""


def content(**changes: object) -> str:
    node = {"id": "a", "kind": "linear", "x": 0, "y": 0, "values": {"out_features": 3}, "weights": {}}
    return json.dumps({"format": "chainrule-layers", "nodes": [{**node, **changes}], "links": []})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no layers"),
        ("hello", "holds no layers"),
        ("chainrule-layers", "holds no layers"),
        ('{"format": "chainrule-layers", "nodes": []}', "holds no layers"),
        ('{"format": "chainrule-layers", "nodes": [3]}', "damaged"),
        ('{"format": "chainrule-layers", "nodes": 3}', "damaged"),
        (content(kind="magic"), "no layer “magic”"),
        (content(values={"out_features": 0}), "at least 1"),
        (content(values={"colour": 1}), "no parameter “colour”"),
        (content(x=float("nan")), "damaged"),
        (content(weights={"weight": [[1, "x"]]}), "damaged"),
        (content(kind="output", values={}), "cannot be added again"),
        (content(x=10**400), "damaged"),
    ],
)
def test_foreign_text_is_refused_with_a_sentence(text: str, said: str) -> None:
    with pytest.raises(EditError, match=said):
        paste(example("moons"), text, 0.0, 0.0)


def test_a_circle_of_arrows_is_refused() -> None:
    node = {"kind": "add", "x": 0, "y": 0, "values": {}}
    nodes = [{"id": i, **node} for i in "ab"]
    text = json.dumps({"format": "chainrule-layers", "nodes": nodes, "links": [["a", "b", 0], ["b", "a", 0]]})
    with pytest.raises(EditError, match="cycle"):
        paste(example("moons"), text, 0.0, 0.0)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_no_json_breaks_it(value: object) -> None:
    text = json.dumps({"format": "chainrule-layers", "nodes": [value], "links": []})
    with pytest.raises(EditError):
        paste(example("moons"), text, 0.0, 0.0)
