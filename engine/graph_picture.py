"""Coordinates for the autograd graph: whole, or with layers folded. Asks the layout engines; no torch, no Qt."""

from __future__ import annotations

from dataclasses import replace

from engine.commands import ArrangeGraph
from engine.graph_boxes import sized
from engine.graph_folding import Arrow, fold
from engine.layout import Box, lay_out
from engine.views import GraphEdge, GraphNode, GraphPicture, GraphView


def placed(nodes: tuple[GraphNode, ...], arrows: tuple[Arrow, ...], dot: str = "", roomy: bool = False) -> GraphView:
    """The boxes, sized for what is written in them, in their places, and the arrows as lines between them."""
    boxes = tuple(sized(node, roomy) for node in nodes)
    places = lay_out(tuple(Box(box.id, box.width, box.height) for box in boxes), arrows)
    return GraphView(
        nodes=tuple(replace(box, x=places.positions[box.id][0], y=places.positions[box.id][1]) for box in boxes),
        edges=tuple(GraphEdge(*arrow, line) for arrow, line in zip(arrows, places.lines, strict=True)),
        width=places.width,
        height=places.height,
        layout=places.engine,
        dot=dot,
        roomy=roomy,
    )


def arrange(command: ArrangeGraph) -> GraphPicture:
    """Answer the inquiry: the same graph, folded and sized as asked."""
    graph = command.graph
    view = placed(*fold(graph, command.folded), dot=graph.dot, roomy=command.roomy)
    return GraphPicture(graph, replace(view, folded=command.folded, step=graph.step, fresh=graph.fresh))
