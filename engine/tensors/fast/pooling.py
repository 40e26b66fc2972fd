"""Max pooling by a quicker way to the same bits. A maximum is one of its numbers, so neither their layout nor a ReLU before or
after it changes which one: torch's kernel for channels last is several times as fast, and a ReLU after the pooling has less to do.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, fx

_ATEN = torch.ops.aten
_POOL = _ATEN.max_pool2d_with_indices.default
_POOL_BACKWARD = _ATEN.max_pool2d_with_indices_backward.default
_FEWEST_CHANNELS = 4
"""With fewer channels the kernel for channels last gains nothing."""


def quicken_pooling(graph: fx.Graph) -> None:
    """Rewrite every max pooling of a traced step that can be taken in one of these ways."""
    for pool in [node for node in graph.nodes if node.target is _POOL]:
        _relu_after(graph, pool)
    for pool in [node for node in graph.nodes if node.target is _POOL]:
        _channels_last(graph, pool)


def _relu_after(graph: fx.Graph, pool: fx.Node) -> None:
    """pool(relu(x)) becomes relu(pool(x)), and backward likewise.

    Where the largest number of a window is positive, both take the same one; elsewhere no gradient passes the ReLU.
    """
    relu: Any = pool.args[0]
    backward = [node for node in relu.users if node.target is _POOL_BACKWARD]
    slopes = [node for node in relu.users if node.target is _ATEN.threshold_backward.default]
    if relu.target is not _ATEN.relu.default or len(backward) != 1 or len(slopes) != 1 or len(relu.users) != 3:
        return
    slope, back, before = slopes[0], backward[0], relu.args[0]
    if slope.args[0] is not back or slope.args[2] != 0 or len(back.users) != 1:
        return
    values = [node for node in pool.users if node.args[1] == 0]
    if len(values) != 1:
        return
    pool.replace_input_with(relu, before)
    with graph.inserting_after(values[0]):
        positive = graph.call_function(_ATEN.relu.default, (values[0],))
    positive.meta.update(values[0].meta)
    for user in [user for user in values[0].users if user is not positive]:
        user.replace_input_with(values[0], positive)
    with graph.inserting_before(back):
        arriving = graph.call_function(_ATEN.threshold_backward.default, (back.args[0], positive, 0))
    back.update_arg(0, arriving)
    back.update_arg(1, before)
    slope.replace_all_uses_with(back)
    graph.erase_node(slope)
    graph.erase_node(relu)


def _channels_last(graph: fx.Graph, pool: fx.Node) -> None:
    """Pool in the layout of channels last, and bring values and places back."""
    source: Any = pool.args[0]
    like = source.meta.get("val")
    if not isinstance(like, Tensor) or like.device.type != "cpu" or like.dim() != 4 or not like.is_contiguous():
        return
    if like.shape[1] < _FEWEST_CHANNELS:
        return
    with graph.inserting_before(pool):
        turned = graph.call_function(_ATEN.clone.default, (source,), {"memory_format": torch.channels_last})
    pool.update_arg(0, turned)
    for result in list(pool.users):
        with graph.inserting_after(result):
            back = graph.call_function(_ATEN.clone.default, (result,), {"memory_format": torch.contiguous_format})
        for user in [user for user in result.users if user is not back]:
            user.replace_input_with(result, back)
