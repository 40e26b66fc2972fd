"""Boxes of the graph: what stands in them fits."""

import pytest

from engine.graph_boxes import caption, sized
from engine.views import GraphNode

NODES = {
    "(2, 1)": GraphNode("p1", "parameter", "linear_1.weight", "linear_1", "linear_1.weight", (2, 1)),
    "linear_1.weight": GraphNode("n1", "accumulate", "AccumulateGrad", "linear_1", "linear_1.weight", (2, 1)),
    "(1, 2) · a_layer_with_a_long_name_of_its_own": GraphNode(
        "n2", "operation", "TBackward0", "a_layer_with_a_long_name_of_its_own", shape=(1, 2)
    ),
    "()": GraphNode("loss", "output", "loss", "output", shape=()),
    "": GraphNode("n3", "operation", "CustomBackward"),
}


@pytest.mark.parametrize("text", NODES)
def test_caption_and_room(text: str) -> None:
    node = NODES[text]
    assert caption(node) == text
    box = sized(node)
    assert box.width > max(6.5 * len(node.title), 6.0 * len(text))
    assert (box.id, box.x, box.y) == (node.id, node.x, node.y)
