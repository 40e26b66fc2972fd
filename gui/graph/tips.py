"""What is said of a box under the mouse and to a screen reader."""

from __future__ import annotations

from engine.views import GraphNode
from gui.graph.looks import FREED
from gui.graph.numbers import GraphNumbers, time_text, told
from gui.stepper.numbers import shape_text

MOST_SAVED = 8
"""More saved tensors are counted, not listed."""


def tip(node: GraphNode, freed: bool = False, numbers: tuple[GraphNumbers, int] | None = None) -> str:
    """Kind, shape, dtype, layer, what the node keeps for backward, and its numbers at the tape's cursor."""
    lines = [node.title, *_kind(node)]
    if node.layer and node.kind != "layer":
        lines.append(f"layer: {node.layer}")
    if freed:
        lines.append(f"freed: {FREED}")
    if node.saved:
        lines.append(f"{'had saved' if freed else 'saved'} for backward: {_listed(node.saved)}")
    elif node.kind == "operation":
        lines.append("saved nothing for backward")
    if numbers is not None:
        lines += _numbers(node, *numbers)
    return "\n".join(lines)


def _kind(node: GraphNode) -> list[str]:
    kind = f" {node.dtype}" if node.dtype else ""
    shape = "" if node.shape is None else f"{shape_text(node.shape)}{kind}"
    if node.kind == "parameter":
        return [f"leaf tensor, shape {shape_text(node.shape or ())}{kind}, requires_grad"]
    if node.kind == "accumulate":
        return [f"adds the arriving gradient into {node.parameter}.grad" + (f", {shape}" if shape else "")]
    if node.kind == "layer":
        leaves = sum(1 for member in node.members if member.startswith("p"))
        inside = f"{len(node.members)} nodes in one box"
        return [f"{inside}, {leaves} of them parameters" if leaves else inside, *_result(shape)]
    return _result(shape)


def _result(shape: str) -> list[str]:
    return [f"shape of the result: {shape}"] if shape else []


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - MOST_SAVED
    return ", ".join(names[:MOST_SAVED]) + (f" and {more} more" if more > 0 else "")


def _numbers(node: GraphNode, numbers: GraphNumbers, cursor: int) -> list[str]:
    lines = []
    value, gradient = numbers.value(node, cursor), numbers.gradient(node, cursor)
    if value is not None and node.kind != "accumulate":
        lines.append(f"value: {told(value)}")
    if gradient is not None:
        name = f"{node.parameter}.grad" if node.kind == "parameter" else "arriving gradient"
        lines.append(f"{name}: {told(gradient)}")
    if numbers.seconds(node):
        lines.append(f"time in backward: {time_text(numbers.seconds(node))}")
    if numbers.forward_seconds(node):
        lines.append(f"time of the layer in forward: {time_text(numbers.forward_seconds(node))}")
    return lines
