"""Every node gets a place of its own, arrows point right, and the longest way is straight."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import edits
from engine.arrange import ROW_STEP, arrange, make_room
from engine.edits import NODE_STEP
from engine.examples import EXAMPLES, example
from engine.spec import INPUT_ID, OUTPUT_ID, LinkSpec, NetworkSpec, NodeSpec, ProjectSpec


def random_network(seed: int, size: int) -> NetworkSpec:
    """A random acyclic graph; some nodes stay loose."""
    chance = random.Random(seed)
    project = example("digits")
    for _ in range(size):
        project, _ = edits.add_node(project, chance.choice(("add", "concat", "relu", "linear")), 0, 0)
    ids = [node.id for node in project.network.nodes]
    for _ in range(size * 2):
        try:
            project = edits.connect(project, chance.choice(ids), chance.choice(ids))
        except edits.EditError:
            continue
    return project.network


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(0, 25))
def test_places_are_distinct_and_every_arrow_points_right(seed: int, size: int) -> None:
    network = random_network(seed, size)
    places = arrange(network)
    assert set(places) == {node.id for node in network.nodes}
    assert len(set(places.values())) == len(places)
    for link in network.links:
        assert places[link.source][0] + NODE_STEP <= places[link.target][0]
    assert arrange(network) == places


@pytest.mark.parametrize("name", EXAMPLES)
def test_longest_way_of_an_example_is_one_straight_line(name: str) -> None:
    places = arrange(example(name).network)
    columns = {round(x / NODE_STEP) for x, _ in places.values()}
    on_the_line = {round(x / NODE_STEP) for x, y in places.values() if y == places[INPUT_ID][1]}
    assert on_the_line == columns
    assert places[OUTPUT_ID][0] == max(x for x, _ in places.values())


def test_branches_lie_on_both_sides_of_the_line() -> None:
    nodes = tuple(NodeSpec(i, example("xor").network.nodes[0].layer) for i in ("input", "a", "b", "c", "cat", "output"))
    links = tuple(LinkSpec("input", i) for i in "abc") + tuple(LinkSpec(i, "cat", p) for p, i in enumerate("abc"))
    places = arrange(NetworkSpec(nodes, (*links, LinkSpec("cat", "output"))))
    assert sorted(places[i][1] for i in "abc") == [-ROW_STEP, 0, ROW_STEP]
    assert {places[i][0] for i in "abc"} == {NODE_STEP}


def test_the_data_stay_where_they_are() -> None:
    project = edits.move_nodes(example("moons"), {INPUT_ID: (48.0, -80.0)})
    assert arrange(project.network)[INPUT_ID] == (48.0, -80.0)


def inserted(project: ProjectSpec, x: float) -> tuple[ProjectSpec, str]:
    return edits.insert_on_link(project, project.network.links_into(OUTPUT_ID)[0], "relu", x, 0.0)


def test_a_layer_dropped_into_an_arrow_gets_room_on_both_sides() -> None:
    project = example("xor")
    source = project.network.links_into(OUTPUT_ID)[0].source
    left = project.network.node(source).x
    project, new = inserted(project, left + NODE_STEP / 2)
    places = make_room(project.network, new)
    assert places == {new: (left + NODE_STEP, 0.0), OUTPUT_ID: (left + 2 * NODE_STEP, 0.0)}


def test_nothing_moves_where_there_is_room() -> None:
    project = edits.move_nodes(example("xor"), {OUTPUT_ID: (9 * NODE_STEP, 0.0)})
    project, new = inserted(project, 7 * NODE_STEP)
    assert make_room(project.network, new) == {}
