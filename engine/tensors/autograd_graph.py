"""The real autograd graph of the real loss: what torchviz shows, with our ids, layers, shapes and coordinates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.graph_picture import placed
from engine.spec import OUTPUT_ID
from engine.tensors import graph_walk
from engine.tensors.copies import StepCopy, undisturbed
from engine.tensors.graph_walk import (
    LOSS_ID,
    Nodes,
    dtype_name,
    edges_of,
    leaf_id,
    leaf_of,
    result_dtype,
    result_shape,
    saved_names,
    title,
)
from engine.views import GraphNode, GraphView

if TYPE_CHECKING:
    from engine.tensors.train import Run

_NAME_AT_LINE_START = re.compile(r"^(\s*)(\d+)(?: -> (\d+))?", re.MULTILINE)


def draw(run: Run) -> GraphView:
    """The graph of the loss of the run's coming batch, on a copy: the run is not moved."""
    with undisturbed(run):
        step = StepCopy.of(run)
        step.forward()
        return graph_view(step.nodes())


def graph_view(nodes: Nodes, roomy: bool = False) -> GraphView:
    """Boxes and arrows of torchviz with coordinates. To be asked before backward, while saved tensors are still there.

    `roomy` boxes have room for the numbers of a tape.
    """
    return placed((*_boxes(nodes), _loss_box(nodes)), tuple(edges_of(nodes)), dot_text(nodes), roomy)


def dot_text(nodes: Nodes) -> str:
    """torchviz's text under our ids; our own where the graph is too deep for its recursion or torchviz cannot be loaded.

    Also where the result is a view: torchviz draws its base tensor as a box of its own, which is no node.
    """
    if nodes.loss._is_view():
        return own_dot_text(nodes)
    parameters = {nodes.parameters[node]: leaf for node in nodes.parameters if (leaf := leaf_of(node)) is not None}
    try:
        text = graph_walk.torchviz_text(nodes.loss, parameters)
    except (RecursionError, ImportError):  # torchviz needs distutils, which newer Pythons have from setuptools only
        return own_dot_text(nodes)
    ids = {graph_walk.address(node): name for node, name in nodes.ids.items()}
    ids |= {
        graph_walk.address(leaf): leaf_id(nodes.ids[node])
        for node in nodes.order
        if (leaf := leaf_of(node)) is not None
    }
    ids[graph_walk.address(nodes.loss)] = LOSS_ID

    def renamed(match: re.Match[str]) -> str:
        arrow = f" -> {ids[match[3]]}" if match[3] else ""
        return f"{match[1]}{ids[match[2]]}{arrow}"

    return _NAME_AT_LINE_START.sub(renamed, text)


def own_dot_text(nodes: Nodes) -> str:
    """The same graph as torchviz draws it, written without recursion."""
    lines = ["digraph {", "\tnode [align=left fontname=monospace fontsize=10 height=0.2 shape=box style=filled]"]
    for node in nodes.order:
        leaf = leaf_of(node)
        if leaf is not None:
            label = f"{nodes.parameters.get(node, '')}\\n {_size(tuple(leaf.shape))}"
            lines.append(f'\t{leaf_id(nodes.ids[node])} [label="{label}" fillcolor=lightblue]')
        lines.append(f'\t{nodes.ids[node]} [label="{title(node)}"]')
    lines.append(f'\t{LOSS_ID} [label="\\n {_size(tuple(nodes.loss.shape))}" fillcolor=darkolivegreen1]')
    lines.extend(f"\t{source} -> {target}" for source, target in edges_of(nodes))
    return "\n".join([*lines, "}", ""])


def _boxes(nodes: Nodes) -> list[GraphNode]:
    boxes = []
    for node in nodes.order:
        layer = nodes.layers.get(node, "")
        leaf = leaf_of(node)
        name = nodes.parameters.get(node, "")
        if leaf is None:
            about = result_shape(node), saved_names(node)
            boxes.append(
                GraphNode(nodes.ids[node], "operation", title(node), layer, "", *about, dtype=result_dtype(node))
            )
            continue
        shape, dtype = tuple(leaf.shape), dtype_name(leaf.dtype)
        boxes.append(GraphNode(nodes.ids[node], "accumulate", title(node), layer, name, shape, dtype=dtype))
        boxes.append(
            GraphNode(leaf_id(nodes.ids[node]), "parameter", name or "tensor", layer, name, shape, dtype=dtype)
        )
    return boxes


def _loss_box(nodes: Nodes) -> GraphNode:
    name = "loss" if nodes.of == "L" else nodes.of
    shape, dtype = tuple(nodes.loss.shape), dtype_name(nodes.loss.dtype)
    return GraphNode(LOSS_ID, "output", name, OUTPUT_ID, "", shape, dtype=dtype)


def _size(shape: tuple[int, ...]) -> str:
    return "(" + ", ".join(str(size) for size in shape) + ")"
