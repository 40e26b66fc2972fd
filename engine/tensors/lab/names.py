"""What the lab's tensors and autograd nodes are called: by the variable, or by the piece of text that made them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.autograd.graph import Node

from engine.tensors.graph_walk import Nodes, leaf_of, saved_names, saved_of, title, walk


@dataclass(slots=True, eq=False)
class Names:
    """Holds every tensor and node that it names, so that none of their addresses is used twice."""

    tensors: dict[int, tuple[Tensor, str]] = field(default_factory=dict)
    layers: dict[Node, str] = field(default_factory=dict)
    """Node → the variable whose line made it."""
    results: dict[Node, str] = field(default_factory=dict)
    ids: dict[Node, str] = field(default_factory=dict)
    kept: dict[Node, tuple[str, ...]] = field(default_factory=dict)
    """What a node had saved before its first backward pass."""
    ran: set[Node] = field(default_factory=set)
    """Nodes that a backward pass without retain_graph went through."""

    def of(self, tensor: Tensor, otherwise: str = "") -> str:
        known = self.tensors.get(id(tensor))
        return known[1] if known else otherwise

    def give(self, tensor: Tensor, name: str) -> None:
        """The tensor is called so from now on, and the node that made it."""
        self.tensors[id(tensor)] = (tensor, name)
        if tensor.grad_fn is not None:
            self.results[tensor.grad_fn] = name

    def made(self, tensor: Tensor, text: str, variable: str) -> None:
        """A new result: it is called by the text that made it until a variable gets it."""
        if id(tensor) not in self.tensors:
            self.tensors[id(tensor)] = (tensor, text)
        self.claim(tensor.grad_fn, variable)
        if tensor.grad_fn is not None:
            self.results.setdefault(tensor.grad_fn, text)

    def claim(self, root: Node | None, variable: str) -> None:
        """Every node below that has no owner yet belongs to the variable of this line."""
        waiting = [] if root is None else [root]
        while waiting:
            node = waiting.pop()
            if node in self.layers:
                continue
            self.layers[node] = variable
            waiting.extend(operand for operand, _ in node.next_functions if operand is not None)

    def nodes(self, root: Tensor) -> Nodes:
        """The walk over the graph of a result (or of a leaf). Ids stay the same over the whole evaluation."""
        order = walk(node_of(root))
        for node in order:
            self.ids.setdefault(node, f"n{len(self.ids) + 1}")
        leaves = {node: leaf for node in order if (leaf := leaf_of(node)) is not None}
        parameters = {node: self.of(leaf, "tensor") for node, leaf in leaves.items()}
        layers = {node: parameters.get(node) or self.layers.get(node, "") for node in order}
        of = self.of(root, "result")
        return Nodes(root, order, self.ids, layers, self.results, parameters, of)

    def remember_saved(self, nodes: Nodes) -> None:
        """Write down what the nodes hold, before a backward pass may free it."""
        for node in nodes.order:
            if node not in self.kept and leaf_of(node) is None:
                self.kept[node] = saved_names(node)

    def needs_saved(self, node: Node) -> bool:
        """Whether the node saved tensors in the forward pass: without them it cannot run once more."""
        return any("(" in name for name in self.kept.get(node, ()))

    def freed(self, node: Node) -> bool:
        """Whether a backward pass freed the tensors that the node had saved."""
        if node not in self.ran or not self.needs_saved(node):
            return False
        return not any(isinstance(value, Tensor) for value in saved_of(node).values())

    def shown(self, node: Node) -> str:
        """The node in a sentence: "PowBackward0 (of y)"."""
        name = self.results.get(node, "")
        return f"{title(node)} (of {name})" if name else title(node)


def called(text: str) -> str:
    """A piece of text as a name: in brackets unless it is one word, call or element."""
    return text if re.fullmatch(r"[\w.]+(\(.*\))?(\[.*\])?", text) else f"({text})"


def node_of(tensor: Tensor) -> Node | None:
    """The node at which a backward pass from this tensor begins; a leaf's is the one that fills its `.grad`."""
    if tensor.grad_fn is not None or not tensor.requires_grad:
        return tensor.grad_fn
    return torch.autograd.graph.get_gradient_edge(tensor).node
