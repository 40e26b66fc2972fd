"""Writes down, as a graph, every ATen operation that runs inside, below autograd: what make_fx does, in a quarter of its time."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, fx
from torch.utils._python_dispatch import TorchDispatchMode


class Listening(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """A with-statement. `inputs` become the graph's placeholders in their order; tensors that come from elsewhere `constants`.

    Every node's `meta["val"]` is the tensor itself.
    """

    def __init__(self, inputs: Mapping[str, Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.graph = fx.Graph()
        self.constants: dict[str, Tensor] = {}
        self._nodes: dict[int, fx.Node] = {}
        for name, tensor in inputs.items():
            self._is(tensor, self.graph.placeholder(name))

    def results(self, tensors: list[Tensor]) -> None:
        """End the graph: it gives these tensors."""
        self.graph.output([self._node(tensor) for tensor in tensors])

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.aten._local_scalar_dense.default:
            raise ValueError("a number is read off a tensor in every step")
        given = fx.node.map_aggregate((args, kwargs or {}), self._known)
        result = func(*args, **(kwargs or {}))
        node = self.graph.call_function(func, *given)
        if isinstance(result, Tensor):
            self._is(result, node)
        elif isinstance(result, (tuple, list)):
            for place, each in enumerate(result):
                if isinstance(each, Tensor):
                    self._is(each, self.graph.call_function(operator.getitem, (node, place)))
        return result

    def _is(self, tensor: Tensor, node: fx.Node) -> None:
        node.meta["val"] = tensor  # which also keeps its `id()` from being given to another
        self._nodes[id(tensor)] = node

    def _known(self, value: Any) -> Any:
        return self._node(value) if isinstance(value, Tensor) else value

    def _node(self, tensor: Tensor) -> fx.Node:
        if id(tensor) not in self._nodes:
            name = f"constant_{len(self.constants)}"
            self.constants[name] = tensor
            self._is(tensor, self.graph.create_node("get_attr", name))
        return self._nodes[id(tensor)]
