"""What the boxes of the lab's graph gave: the very arrays that the tape's events show."""

from __future__ import annotations

from engine.lab.templates import template
from engine.tensors.lab import evaluate


def test_every_box_of_an_operation_knows_what_it_gave() -> None:
    tape = evaluate(template("autograd_09_retain_graph").text).tape
    assert tape is not None
    titles = {node.id: node.title for node in tape.graph.nodes}
    given = {titles[name]: view.values.item() for name, view in tape.values.items()}
    assert given == {"PowBackward0": 4.0, "MulBackward0": 12.0, "ReluBackward0": 12.0, "h": 12.0}
    shown = {id(view.values) for event in tape.events for view in event.outputs if view is not None}
    assert {id(view.values) for view in tape.values.values()} <= shown


def test_a_change_behind_autograds_back_leaves_what_the_node_gave() -> None:
    tape = evaluate(template("autograd_24_in_place_data").text).tape
    assert tape is not None
    titles = {node.id: node.title for node in tape.graph.nodes if node.kind == "operation"}
    assert sorted(tape.values[name].values.item() for name in titles if name in tape.values) == [4.0, 16.0]


def test_without_a_graph_there_are_no_values() -> None:
    tape = evaluate("x = tensor(2.0)\ny = x**2").tape
    assert tape is not None and tape.values == {}
