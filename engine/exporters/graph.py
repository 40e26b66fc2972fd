"""The autograd graph of the loss as a picture (SVG, PNG, PDF) or as DOT text for Graphviz."""

from __future__ import annotations

import math

from engine.errors import ExportError
from engine.exporters.context import ExportContext
from engine.exporters.drawing import Box, Item, Line, Polygon, Scene, Text
from engine.exporters.pictures import WRITERS
from engine.graph_boxes import CAPTION_PX, TITLE_PX, caption
from engine.views import Failure, GraphEdge, GraphNode, GraphView

_INK, _SOFT, _ARROW = "#1f2733", "#5b6675", "#7c8794"
# The meanings of the window's light theme: backward is orange, parameters are purple, what forward gives is blue.
_FILLS = {"operation": "#f1f3f6", "accumulate": "#f4e4da", "parameter": "#e9e1f1", "output": "#d7e8f3"}
_EDGES = {"operation": "#5a6675", "accumulate": "#b3470a", "parameter": "#7a4fa3", "output": "#0072b2"}
_LEGEND = (
    ("operation", "operation"),
    ("accumulate", "adds to .grad"),
    ("parameter", "parameter"),
    ("output", "loss"),
)
_HEAD = 56.0
_MARGIN = 16.0
_NARROWEST = 560.0


def render(context: ExportContext, suffix: str) -> bytes:
    """The graph as SVG, PNG, PDF or DOT. Raises engine.errors.ExportError when there is no network to draw yet."""
    if context.graph is None or not context.report.ready:
        todo = "Mend what is marked on the canvas, then export the graph."
        raise ExportError(Failure("There is no autograd graph yet.", todo=todo))
    view = context.graph()
    if suffix == ".dot":
        return view.dot.encode("utf-8")
    scene = graph_scene(view, context.project.name)
    return WRITERS[suffix](scene)


def graph_scene(view: GraphView, name: str) -> Scene:
    """The laid-out graph under a title with a legend of its colours."""
    width = max(view.width + 2 * _MARGIN, _NARROWEST)
    left = (width - view.width) / 2
    items: list[Item] = [Text(_MARGIN, 26, f"{name}: autograd graph of the loss", _INK, 15, bold=True), *_legend()]
    for edge in view.edges:
        items += _arrow(edge, left, _HEAD)
    for node in view.nodes:
        items += _box(node, left + node.x, _HEAD + node.y)
    text = f"{len(view.nodes)} nodes and {len(view.edges)} arrows from operand to result; gradients flow against them."
    return Scene(width, view.height + _HEAD + _MARGIN, tuple(items), title=f"Autograd graph of {name}", text=text)


def _legend() -> list[Item]:
    items: list[Item] = []
    x = _MARGIN
    for kind, label in _LEGEND:
        items.append(Box(x, 38, 12, 12, _FILLS[kind], _EDGES[kind], 3))
        items.append(Text(x + 17, 48, label, _SOFT, 11))
        x += 17 + 6.6 * len(label) + 18
    return items


def _box(node: GraphNode, x: float, y: float) -> list[Item]:
    radius = 8.0 if node.kind in ("accumulate", "output") else 3.0
    left, top = x - node.width / 2, y - node.height / 2
    box = Box(left, top, node.width, node.height, _FILLS[node.kind], _EDGES[node.kind], radius)
    below = caption(node)
    title = Text(x, y - 3 if below else y + 4, node.title, _INK, TITLE_PX, "middle")
    return [box, title, Text(x, y + 13, below, _SOFT, CAPTION_PX, "middle")] if below else [box, title]


def _arrow(edge: GraphEdge, left: float, top: float) -> list[Item]:
    points = tuple((left + x, top + y) for x, y in edge.points)
    if len(points) < 2:
        return []
    (x0, y0), (x1, y1) = points[-2], points[-1]
    length = math.hypot(x1 - x0, y1 - y0) or 1.0
    dx, dy = (x1 - x0) / length, (y1 - y0) / length
    back = (x1 - 8 * dx, y1 - 8 * dy)
    wings = ((back[0] - 3.5 * dy, back[1] + 3.5 * dx), (back[0] + 3.5 * dy, back[1] - 3.5 * dx))
    return [Line((*points[:-1], back), _ARROW, 1.2), Polygon(((x1, y1), *wings), _ARROW)]
