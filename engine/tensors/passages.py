"""What passes through autograd's nodes during a backward pass, written down by hooks, and copies of tensors."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.graph import Node
from torch.utils.hooks import RemovableHandle

from engine.tensors.graph_walk import Nodes, leaf_of, title
from engine.views import TensorView, frozen


def view(name: str, tensor: Tensor) -> TensorView:
    """A read-only copy of a tensor under a name."""
    function = title(tensor.grad_fn) if tensor.grad_fn is not None else ""
    return TensorView(name, frozen(numbers(tensor)), tensor.requires_grad, tensor.is_leaf, function, str(tensor.device))


def numbers(tensor: Tensor) -> np.ndarray[Any, np.dtype[Any]]:
    """A copy of the tensor's values, row by row in memory."""
    return np.array(tensor.detach().cpu().numpy(), order="C")


def settle(device: torch.device) -> None:
    """Wait until the device has done what it was told, so that a clock says how long that took."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def plain(value: object) -> object:
    """What a node saved, as formulas take it: arrays that share torch's memory while it stays on the CPU."""
    if isinstance(value, Tensor):
        return value.detach().cpu().numpy()
    return value


@dataclass(slots=True, eq=False)
class Passage:
    """What went through one autograd node."""

    node: Node
    before: TensorView | None = None
    """A leaf's `.grad` before this gradient was added."""
    kept: TensorView | None = None
    """`.grad` of the value that the node had made, after this gradient was added, where that value retains it."""
    upstream: tuple[TensorView | None, ...] = ()
    outgoing: tuple[TensorView | None, ...] = ()
    arrived: bool = False
    left: bool = False
    seconds: float = 0.0
    """How long the node computed."""


@contextmanager
def listening(
    nodes: Nodes, passages: list[Passage], retained: Mapping[Node, Tensor] | None = None
) -> Iterator[list[Passage]]:
    """Inside, every node writes down what arrives and what leaves. The hooks are removed whatever happens.

    `passages` gets every node that was passed, in the order in which they ran. Yields all of them, also those not reached.
    `retained` are the values that keep their `.grad`, by the node that made them.
    """
    handles: list[RemovableHandle] = []
    watched: list[Passage] = []
    try:
        for node in nodes.order:
            passage = Passage(node)
            watched.append(passage)
            handles.append(node.register_prehook(_arriving(passage, nodes, (retained or {}).get(node))))
            handles.append(node.register_hook(_leaving(passage, nodes, passages)))
        yield watched
    finally:
        for handle in handles:
            handle.remove()


def _arriving(passage: Passage, nodes: Nodes, retained: Tensor | None) -> Any:
    leaf = leaf_of(passage.node)

    def hook(gradients: tuple[Tensor | None, ...]) -> None:
        passage.arrived = True
        if leaf is not None and leaf.grad is not None:
            passage.before = view(f"{nodes.quantity(passage.node)}.grad", leaf.grad)
        if retained is not None and retained.grad is not None:  # autograd has filled it just now
            passage.kept = view(f"{nodes.quantity(passage.node)}.grad", retained.grad)
        name = f"∂{nodes.of}/∂{nodes.quantity(passage.node)}"
        passage.upstream = tuple(None if each is None else view(name, each) for each in gradients)
        passage.seconds = -time.perf_counter()

    return hook


def _leaving(passage: Passage, nodes: Nodes, passages: list[Passage]) -> Any:
    leaf = leaf_of(passage.node)
    names = nodes.operands(passage.node)

    def hook(outgoing: tuple[Tensor | None, ...], arriving: tuple[Tensor | None, ...]) -> None:
        settle(nodes.loss.device)
        passage.seconds += time.perf_counter()
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
