"""What passes through autograd's nodes during a backward pass, written down by hooks, and copies of tensors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor
from torch.autograd.graph import Node
from torch.utils.hooks import RemovableHandle

from engine.tensors.graph_walk import Nodes, leaf_of, title
from engine.views import TensorView, frozen


def view(name: str, tensor: Tensor) -> TensorView:
    """A read-only copy of a tensor under a name."""
    function = title(tensor.grad_fn) if tensor.grad_fn is not None else ""
    return TensorView(name, frozen(numbers(tensor)), tensor.requires_grad, tensor.is_leaf, function)


def numbers(tensor: Tensor) -> np.ndarray[Any, np.dtype[Any]]:
    """A copy of the tensor's values, row by row in memory."""
    return np.array(tensor.detach().cpu().numpy(), order="C")


def plain(value: object) -> object:
    """What a node saved, as formulas take it: arrays that share torch's memory while it stays on the CPU."""
    if isinstance(value, Tensor):
        return value.detach().cpu().numpy()
    return value


@dataclass(slots=True, eq=False)
class Passage:
    """What went through one autograd node."""

    node: Node
    upstream: tuple[TensorView | None, ...] = ()
    outgoing: tuple[TensorView | None, ...] = ()
    arrived: bool = False
    left: bool = False


@contextmanager
def listening(nodes: Nodes, passages: list[Passage]) -> Iterator[list[Passage]]:
    """Inside, every node writes down what arrives and what leaves. The hooks are removed whatever happens.

    `passages` gets every node that was passed, in the order in which they ran. Yields all of them, also those not reached.
    """
    handles: list[RemovableHandle] = []
    watched: list[Passage] = []
    try:
        for node in nodes.order:
            passage = Passage(node)
            watched.append(passage)
            handles.append(node.register_prehook(_arriving(passage, nodes)))
            handles.append(node.register_hook(_leaving(passage, nodes, passages)))
        yield watched
    finally:
        for handle in handles:
            handle.remove()


def _arriving(passage: Passage, nodes: Nodes) -> Any:
    def hook(gradients: tuple[Tensor | None, ...]) -> None:
        passage.arrived = True
        name = f"∂{nodes.of}/∂{nodes.quantity(passage.node)}"
        passage.upstream = tuple(None if each is None else view(name, each) for each in gradients)

    return hook


def _leaving(passage: Passage, nodes: Nodes, passages: list[Passage]) -> Any:
    leaf = leaf_of(passage.node)
    names = nodes.operands(passage.node)

    def hook(outgoing: tuple[Tensor | None, ...], arriving: tuple[Tensor | None, ...]) -> None:
        if leaf is not None:
            assert leaf.grad is not None
            passage.outgoing = (view(f"{nodes.quantity(passage.node)}.grad", leaf.grad),)
        else:
            passage.outgoing = tuple(
                None if each is None else view(f"∂{nodes.of}/∂{name}", each)
                for name, each in zip(names, outgoing, strict=False)
            )
        passage.left = True
        passages.append(passage)

    return hook
