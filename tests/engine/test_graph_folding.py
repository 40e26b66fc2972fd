"""Folding layers of the autograd graph: which boxes and arrows are left, and that nothing is lost."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engine.commands import ArrangeGraph
from engine.graph_folding import box_id, fold, layers_of, representatives, results_of
from engine.graph_picture import arrange
from engine.tensors.autograd_graph import draw
from engine.views import GraphEdge, GraphNode, GraphView
from tests.engine.tensors.projects import run_of, s3
from tests.engine.tensors.zoo import ZOO


@pytest.fixture(scope="module", params=["s3", *ZOO])
def graph(request) -> GraphView:
    return draw(run_of(s3() if request.param == "s3" else ZOO[request.param]()))


def test_one_layer_of_s3() -> None:
    view = draw(run_of(s3()))
    nodes, arrows = fold(view, {"linear_1"})
    box = next(node for node in nodes if node.kind == "layer")
    assert (box.id, box.title, box.layer, box.shape) == ("fold_linear_1", "linear_1", "linear_1", (1, 2))
    titles = {node.id: node.title for node in view.nodes}
    assert sorted(titles[member] for member in box.members) == [
        "AccumulateGrad", "AccumulateGrad", "AddmmBackward0", "TBackward0", "linear_1.bias", "linear_1.weight",
    ]  # fmt: skip
    assert len(nodes) == len(view.nodes) - 5
    sigmoid = next(node.id for node in view.nodes if node.title == "SigmoidBackward0")
    assert [arrow for arrow in arrows if box.id in arrow] == [(box.id, sigmoid)]
    assert any(name.startswith("mat1 (1, 1) of AddmmBackward0") for name in box.saved)


def test_all_folded(graph: GraphView) -> None:
    every = set(layers_of(graph.nodes))
    nodes, arrows = fold(graph, every)
    box_of = {node.id: node.id for node in nodes} | {member: node.id for node in nodes for member in node.members}
    assert {node.id for node in graph.nodes} <= set(box_of)
    assert sorted(member for node in nodes for member in node.members) == sorted(
        node.id for members in layers_of(graph.nodes).values() for node in members
    )
    expected = {(box_of[edge.source], box_of[edge.target]) for edge in graph.edges}
    assert set(arrows) == {(a, b) for a, b in expected if a != b}
    assert len(set(arrows)) == len(arrows)


def test_unfolded_is_the_same_graph(graph: GraphView) -> None:
    nodes, arrows = fold(graph, ())
    assert nodes == graph.nodes and arrows == tuple((edge.source, edge.target) for edge in graph.edges)


def test_the_result_of_a_layer_is_what_goes_on() -> None:
    view = draw(run_of(s3()))
    results = {layer: next(n.title for n in view.nodes if n.id == node) for layer, node in results_of(view).items()}
    layers = {"linear_1": "AddmmBackward0", "sigmoid_1": "SigmoidBackward0", "linear_2": "AddmmBackward0"}
    assert results == {**layers, "output": "MseLossBackward0"}


def test_a_layer_on_a_cycle_stays_unfolded() -> None:
    nodes = tuple(GraphNode(name, "operation", name, layer) for name, layer in (("a", "x"), ("b", "y"), ("c", "x")))
    edges = (GraphEdge("a", "b"), GraphEdge("b", "c"))
    folded, arrows = fold(GraphView(nodes, edges, 0, 0, ""), {"x"})
    assert folded == nodes and arrows == (("a", "b"), ("b", "c"))


def test_arranged_has_places_lines_and_room(graph: GraphView) -> None:
    every = frozenset(layers_of(graph.nodes))
    plain, roomy = (arrange(ArrangeGraph(graph, every, room)) for room in (False, True))
    assert plain.of is graph and plain.view.folded == every and roomy.view.roomy
    assert all(edge.points for edge in plain.view.edges)
    assert all(0 < node.x < plain.view.width and 0 < node.y < plain.view.height for node in plain.view.nodes)
    for small, large in zip(plain.view.nodes, roomy.view.nodes, strict=True):
        assert large.height > small.height and large.width >= small.width
    assert representatives(plain.view) == {
        member: box_id(node.layer) for node in plain.view.nodes for member in node.members
    }


def test_needs_no_torch() -> None:
    code = "import sys, engine.graph_folding, engine.graph_picture; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
