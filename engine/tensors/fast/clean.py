"""Takes out of a traced step what a run without autograd does not need; no number changes by it."""

from __future__ import annotations

from typing import Any

import torch
from torch import fx

from engine.tensors.fast.pooling import quicken_pooling

_ATEN = torch.ops.aten
_ALIASES = (_ATEN.detach.default, _ATEN.alias.default, _ATEN.lift_fresh.default)
_SWAPS = (_ATEN.t.default,)
_SUM = _ATEN.sum.dim_IntList


def clean(graph: fx.Graph) -> None:
    """Drop detach, cancel t(t(x)), sum without keeping the axis that a view takes away, pool quicker, remove what nobody reads."""
    for node in list(graph.nodes):
        if node.target in _ALIASES:
            node.replace_all_uses_with(node.args[0])
        elif node.target in _SWAPS and _is(node.args[0], _SWAPS):
            node.replace_all_uses_with(node.args[0].args[0])
        elif _is_bias_sum(node):
            with graph.inserting_before(node):
                total = graph.call_function(_SUM, (node.args[0].args[0], [0], False))
            total.meta.update(node.meta)
            node.replace_all_uses_with(total)
    _drop_dead(graph)
    quicken_pooling(graph)
    _drop_dead(graph)


def _drop_dead(graph: fx.Graph) -> None:
    for node in reversed(list(graph.nodes)):
        if node.op == "call_function" and not node.users and not acts(node):
            graph.erase_node(node)


def acts(node: fx.Node) -> bool:
    """Whether an operation does more than give a result: it writes in place, or draws random numbers."""
    operation: Any = node.target
    if not isinstance(operation, torch._ops.OpOverload):
        return False
    return operation._schema.is_mutable or torch.Tag.nondeterministic_seeded in operation.tags


def _is_bias_sum(node: fx.Node) -> bool:
    """view(sum(x, [0], keepdim), [n]): how autograd sums the gradient of a bias over the batch."""
    if node.target is not _ATEN.view.default or not _is(node.args[0], (_SUM,)):
        return False
    total: Any = node.args[0]
    return total.args[1:] == ([0], True) and list(node.meta["val"].shape) == list(total.meta["val"].shape)[1:]


def _is(node: object, targets: tuple[object, ...]) -> bool:
    return isinstance(node, fx.Node) and node.target in targets
