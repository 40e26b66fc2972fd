"""One walk over the `grad_fn` nodes of a loss: their order gives the ids that the graph and the tape share."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node

from engine.spec import OUTPUT_ID
from engine.tensors.formulas.moment import CONSTANT

LOSS_ID = "loss"
_SAVED = "_saved_"


def walk(root: Node | None) -> tuple[Node, ...]:
    """Every node reachable through `next_functions`, each once, in the order of torchviz's recursion: depth first.

    Iterative, so that depth has no limit. Holding the result keeps the nodes alive, and with them their `id()`.
    """
    found: dict[Node, None] = {}
    waiting = [] if root is None else [root]
    while waiting:
        node = waiting.pop()
        if node in found:
            continue
        found[node] = None
        waiting.extend(operand for operand, _ in reversed(node.next_functions) if operand is not None)
    return tuple(found)


def leaf_of(node: Node) -> Tensor | None:
    """The tensor whose `.grad` an AccumulateGrad node fills; None for any other node."""
    variable = getattr(node, "variable", None)
    return variable if isinstance(variable, Tensor) else None


def saved_of(node: Node) -> dict[str, Any]:
    """What the node kept from the forward pass, by name without `_saved_`. Sizes and strides are left out.

    Tensors are torch's own, not copies. A value that is freed already (after backward) is missing.
    """
    kept = {}
    for attribute in _saved_attributes(type(node)):
        try:
            kept[attribute.removeprefix(_SAVED)] = getattr(node, attribute)
        except RuntimeError:  # "already been freed": that is an answer too, nothing is kept any more
            continue
    return kept


def is_freed(node: Node) -> bool:
    """Whether a backward pass went through the node and let go of what it had saved: torch itself refuses to show it."""
    for attribute in _saved_attributes(type(node)):
        try:
            getattr(node, attribute)
        except RuntimeError as refusal:
            if "freed" in str(refusal):
                return True
    return False


@cache
def _saved_attributes(kind: type[Node]) -> tuple[str, ...]:
    there = (name for name in dir(kind) if name.startswith(_SAVED))
    return tuple(name for name in there if not name.endswith(("_sym_sizes", "_sym_strides", "_sizes_opt")))


def saved_names(node: Node) -> tuple[str, ...]:
    """The saved tensors and numbers as a reader sees them: "mat1 (64, 100)", "negative_slope = 0.01"."""
    names = []
    for name, value in saved_of(node).items():
        if isinstance(value, Tensor):
            names.append(f"{name} ({', '.join(str(size) for size in value.shape)})")
        elif value is not None:
            names.append(f"{name} = {value}")
    return tuple(names)


def result_shape(node: Node) -> tuple[int, ...] | None:
    """The shape of what the node's operation gave in the forward pass, which its upstream gradient has too."""
    metadata = getattr(node, "_input_metadata", ())
    return tuple(int(size) for size in metadata[0].shape) if metadata else None


def result_dtype(node: Node) -> str:
    """The dtype of that result, without "torch."."""
    metadata = getattr(node, "_input_metadata", ())
    return dtype_name(metadata[0].dtype) if metadata else ""


def dtype_name(dtype: torch.dtype) -> str:
    """ "float32" of torch.float32."""
    return str(dtype).removeprefix("torch.")


@dataclass(slots=True, eq=False)
class Owners:
    """Which layer made which node. Fed layer by layer while the network runs: what is new belongs to that layer."""

    layers: dict[Node, str] = field(default_factory=dict)
    results: dict[Node, str] = field(default_factory=dict)
    """The node that made a layer's output → the layer's id."""

    def observe(self, layer: str, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        """The observer of `Network.run`: its calls come in the order of computation."""
        self.claim(layer, output.grad_fn)
        if output.grad_fn is not None:
            self.results.setdefault(output.grad_fn, layer)

    def claim(self, layer: str, root: Node | None) -> None:
        """Give every node that is reachable from `root` and still without owner to `layer`."""
        waiting = [] if root is None else [root]
        while waiting:
            node = waiting.pop()
            if node not in self.layers:
                self.layers[node] = layer
                waiting.extend(operand for operand, _ in node.next_functions if operand is not None)


@dataclass(frozen=True, slots=True, eq=False)
class Nodes:
    """The walk of one loss with everything that graph and tape say about its nodes. Keeps them alive."""

    loss: Tensor
    order: tuple[Node, ...]
    ids: Mapping[Node, str]
    layers: Mapping[Node, str]
    results: Mapping[Node, str]
    parameters: Mapping[Node, str]
    """AccumulateGrad node → name of its parameter."""
    of: str = "L"
    """What all gradients are the gradients of: the name of the result that backward starts from."""

    def quantity(self, node: Node | None) -> str:
        """What the node's upstream gradient is the gradient of: "linear_1", "linear_1.weight", "linear_1.weightᵀ", "L"."""
        if node is None:
            return CONSTANT
        if node is self.loss.grad_fn:
            return self.of
        if node in self.parameters:
            return self.parameters[node]
        if node in self.results:
            return self.results[node]
        operand = node.next_functions[0][0] if node.next_functions else None
        if operand in self.parameters and title(node) == "TBackward0" and operand is not None:
            return f"{self.parameters[operand]}ᵀ"
        return short_name(node)

    def operands(self, node: Node) -> tuple[str, ...]:
        """Names of the node's operands, one per outgoing gradient."""
        return tuple(self.quantity(operand) for operand, _ in node.next_functions)


def short_name(node: Node) -> str:
    """The operation's own name: "MseLoss" of MseLossBackward0."""
    return title(node).split("Backward")[0]


def title(node: Node) -> str:
    """The node's name as torchviz writes it: "AddmmBackward0", "AccumulateGrad"."""
    return type(node).__name__


def examine(loss: Tensor, network: nn.Module, owners: Owners, last: str = "") -> Nodes:
    """Walk the graph of `loss`. What no layer of the network made belongs to "output", the place of the loss.

    `last` is the layer whose output is the prediction ŷ.

    Leaves belong to the module that holds them, whichever layer used them first.
    """
    owners.claim(OUTPUT_ID, loss.grad_fn)
    order = walk(loss.grad_fn)
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    leaves = ((node, leaf) for node in order if (leaf := leaf_of(node)) is not None)
    parameters = {node: names[id(leaf)] for node, leaf in leaves if id(leaf) in names}
    layers = owners.layers | {node: layer_of(name) for node, name in parameters.items()}
    ids = {node: f"n{number}" for number, node in enumerate(order, start=1)}
    results = {node: "ŷ" if layer == last else layer for node, layer in owners.results.items()}
    return Nodes(loss, order, ids, layers, results, parameters)


def layer_of(parameter: str) -> str:
    """The layer that holds a parameter: "linear_1" of "linear_1.weight"."""
    return parameter.rpartition(".")[0]


def edges_of(nodes: Nodes) -> Iterator[tuple[str, str]]:
    """Every arrow of torchviz once, from operand to result: leaf → AccumulateGrad → operation → … → loss."""
    seen = set()
    for node in nodes.order:
        if leaf_of(node) is not None:
            yield leaf_id(nodes.ids[node]), nodes.ids[node]
        for operand, _ in node.next_functions:
            if operand is not None and (operand, node) not in seen:
                seen.add((operand, node))
                yield nodes.ids[operand], nodes.ids[node]
    if nodes.order:
        yield nodes.ids[nodes.order[0]], LOSS_ID


def leaf_id(accumulate_id: str) -> str:
    """The id of the parameter's own box, beside the AccumulateGrad node that fills its `.grad`."""
    return f"p{accumulate_id[1:]}"


def torchviz_text(loss: Tensor, parameters: Mapping[str, Tensor]) -> str:
    """The DOT text that torchviz makes, with its memory addresses as names.

    Raises:
        RecursionError: the graph is deeper than Python's stack.
    """
    with warnings.catch_warnings():
        # torchviz still asks distutils for torch's version, which warns at import and at every call.
        warnings.simplefilter("ignore", DeprecationWarning)
        from torchviz import make_dot

        dot = make_dot(loss, params=dict(parameters))
    # torchviz squeezes every picture into 12 by 12 inches or a multiple of it; the graph shall have its natural size.
    dot.graph_attr.pop("size", None)
    return str(dot.source)


def address(thing: Node | torch.Tensor) -> str:
    """The name that torchviz gives to a node or tensor. Stable only while the object is held."""
    return str(id(thing))
