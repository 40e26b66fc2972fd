"""What a wish on the canvas does to the network and to the places of its layers."""

from __future__ import annotations

import pytest

from engine import edits, placing
from engine.edits import NODE_STEP, EditError
from engine.example_parts import blank
from engine.examples import example
from engine.spec import LinkSpec, NetworkSpec, ProjectSpec


def links(project: ProjectSpec) -> set[tuple[str, str, int]]:
    return {(link.source, link.target, link.port) for link in project.network.links}


def order(project: ProjectSpec) -> tuple[str, ...]:
    return edits.topological_order(project.network)


def has_room(network: NetworkSpec) -> bool:
    return all(network.node(x.target).x - network.node(x.source).x >= NODE_STEP for x in network.links)


def test_layers_appended_one_after_the_other_are_a_chain_before_the_loss() -> None:
    project = blank(example("moons").data, example("moons").train)
    selection: tuple[str, ...] = ()
    for kind in ("linear", "relu", "linear"):
        project, new = placing.append(project, kind, selection)
        selection = (new,)
    assert order(project) == ("input", "linear_1", "relu_1", "linear_2", "output")
    assert has_room(project.network)


def test_append_goes_behind_the_selected_layer() -> None:
    project, new = placing.append(example("digits"), "tanh", ("linear_1",))
    assert {("linear_1", new, 0), (new, "relu_1", 0)} <= links(project)
    assert has_room(project.network)
    project, new = placing.append(example("digits"), "tanh", ("output",))
    assert (new, "output", 0) in links(project)


def test_append_behind_a_loose_layer_leaves_the_loss_alone() -> None:
    project, loose = edits.add_node(example("digits"), "linear", 300, 200)
    grown, new = placing.append(project, "relu", (loose,))
    assert links(grown) == {*links(project), (loose, new, 0)}
    grown, between = placing.append(grown, "tanh", (loose,))
    assert links(grown) == {*links(project), (loose, between, 0), (between, new, 0)}


def test_insert_makes_room_and_keeps_to_the_line() -> None:
    project = example("digits")
    grown, new = placing.insert(project, "tanh", LinkSpec("input", "linear_1"), NODE_STEP / 2, 30.0)
    assert order(grown)[:3] == ("input", new, "linear_1")
    assert grown.network.node(new).y == 0.0
    assert has_room(grown.network)
    grown, new = placing.insert(project, "tanh", LinkSpec("input", "linear_1"), NODE_STEP / 2, 90.0)
    assert grown.network.node(new).y == 90.0


def test_join_takes_over_the_way_on() -> None:
    project = example("digits")
    grown, new = placing.join(project, "add", ("linear_1", "relu_1"))
    assert {("linear_1", new, 0), ("relu_1", new, 1), (new, "dropout_1", 0)} <= links(grown)
    assert ("relu_1", "dropout_1", 0) not in links(grown)
    assert has_room(grown.network)


def test_join_of_layers_that_lead_to_different_places_only_joins() -> None:
    project = example("skip")
    before = links(project)
    grown, new = placing.join(project, "concat", ("input", "relu_1"))
    assert links(grown) == {*before, ("input", new, 0), ("relu_1", new, 1)}


def test_reconnect_is_one_edit() -> None:
    project = placing.reconnect(example("digits"), LinkSpec("relu_1", "dropout_1"), "linear_2")
    assert ("relu_1", "linear_2", 0) in links(project)
    assert not project.network.links_into("dropout_1")


def test_isolate_leaves_ports_gapless() -> None:
    project = placing.isolate(example("skip"), ("relu_1",))
    assert not [x for x in project.network.links if "relu_1" in (x.source, x.target)]
    for node in project.network.nodes:
        ports = [link.port for link in project.network.links_into(node.id)]
        assert ports == list(range(len(ports)))


def test_reorder_and_shift_keep_all_layers_in_one_chain() -> None:
    project = placing.reorder(example("digits"), LinkSpec("input", "linear_1"), "dropout_1")
    assert order(project) == ("input", "dropout_1", "linear_1", "relu_1", "linear_2", "output")
    assert has_room(project.network)
    project = placing.shift(example("digits"), "linear_1", 1)
    assert order(project) == ("input", "relu_1", "linear_1", "dropout_1", "linear_2", "output")
    assert placing.shift(project, "linear_1", -1) == example("digits") or order(
        placing.shift(project, "linear_1", -1)
    ) == order(example("digits"))


@pytest.mark.parametrize(
    ("name", "node", "step", "said"),
    [
        ("digits", "linear_1", -1, "at the start of its chain"),
        ("digits", "linear_2", 1, "at the end of its chain"),
        ("skip", "add_1", -1, "not exactly one neighbour before"),
        ("skip", "relu_1", 1, "not exactly one neighbour behind"),
        ("skip", "linear_3", -1, "joins or feeds several"),
        ("skip", "linear_2", -1, "feeds several"),
    ],
)
def test_where_a_layer_cannot_be_shifted_the_sentence_says_what_to_do(
    name: str, node: str, step: int, said: str
) -> None:
    with pytest.raises(EditError, match=said):
        placing.shift(example(name), node, step)


def test_tidy_moves_and_changes_nothing_else() -> None:
    project = example("skip")
    tidied = placing.tidy(project)
    assert tidied.network.links == project.network.links
    assert [(n.id, n.layer) for n in tidied.network.nodes] == [(n.id, n.layer) for n in project.network.nodes]
    assert placing.tidy(tidied) == tidied
