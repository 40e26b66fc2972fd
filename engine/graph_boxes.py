"""What stands in a box of the autograd graph, and how large the box must be for it. Shared by every picture of it."""

from __future__ import annotations

from dataclasses import replace

from engine.views import GraphNode

TITLE_PX, CAPTION_PX = 12, 11
"""Text sizes in a box, in points of the layout."""
_CHARACTER = 0.65
"""Mean width of a character, in text sizes; wide enough for the usual sans-serif faces."""
_SIDE, _HEIGHT = 12.0, 42.0
NUMBERS_PX, NUMBER_LINE = 10, 15.0
"""Text size and height of a line of numbers in a roomy box."""
NUMBERS_WIDTH, _NUMBERS_HEIGHT = 184.0, 2 * NUMBER_LINE + 8.0


def caption(node: GraphNode) -> str:
    """The second line: whose `.grad`, or the shape and the layer."""
    shape = "" if node.shape is None else str(node.shape)
    if node.kind == "layer":
        return " · ".join(filter(None, (shape, f"{len(node.members)} nodes")))
    if node.kind == "accumulate":
        return node.parameter or shape
    if node.kind == "operation" and node.layer:
        return f"{shape} · {node.layer}" if shape else node.layer
    return shape


def sized(node: GraphNode, roomy: bool = False) -> GraphNode:
    """The node with a box that has room for its title and its caption; a roomy one also for its value and its gradient."""
    longest = max(len(node.title) * TITLE_PX, len(caption(node)) * CAPTION_PX) * _CHARACTER
    width = float(round(longest + 2 * _SIDE))
    if not roomy:
        return replace(node, width=width, height=_HEIGHT)
    return replace(node, width=max(width, NUMBERS_WIDTH), height=_HEIGHT + _NUMBERS_HEIGHT)
