"""Draws initial weights by the rules of engine.catalog.initializers, with torch.nn.init itself.

The order, which the exported script keeps: first every layer draws its own weights as it is made, in the order of computation;
then the rules draw, in the same order, each parameter in the order in which its layer names them. So a rule on one layer
leaves the draws of all others' defaults as they were. Weights set by hand come last.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from torch import nn

from engine.catalog import INITIALIZERS
from engine.catalog.initializers import DEFAULT, is_bias, is_weight
from engine.spec import Choice, NodeSpec

# The slides' form of He is Xavier's with the gain √2: √2·√(6/(fan_in + fan_out)) = √(12/(fan_in + fan_out)).
_AS_XAVIER = {"he_mean_uniform": "torch.nn.init.xavier_uniform_", "he_mean_normal": "torch.nn.init.xavier_normal_"}


def initialize(node: NodeSpec, module: nn.Module) -> None:
    """Draw the parameters of a layer for which its node names a rule, from torch's global generator."""
    for name, choice in drawn(node, {name: tuple(value.shape) for name, value in module.named_parameters()}):
        function, arguments = call_of(choice)
        getattr(nn.init, function.rpartition(".")[2])(module.get_parameter(name), **arguments)
        if _pads(node, name):
            module.get_parameter(name).data[int(node.layer.number("padding_idx"))].zero_()


def drawn(node: NodeSpec, shapes: dict[str, tuple[int, ...]]) -> Iterator[tuple[str, Choice]]:
    """The parameters that a rule draws, with it; `shapes` are those of all the layer's parameters, in its order."""
    for name, shape in shapes.items():
        if is_weight(shape) and node.initializer != DEFAULT:
            yield name, node.initializer
        elif is_bias(name, shape) and node.bias_initializer != DEFAULT:
            yield name, node.bias_initializer


def call_of(choice: Choice) -> tuple[str, dict[str, object]]:
    """The function of torch.nn.init by its full name, and its arguments beside the tensor."""
    if choice.kind in _AS_XAVIER:
        return _AS_XAVIER[choice.kind], {"gain": math.sqrt(2)}
    return INITIALIZERS[choice.kind].torch_name, dict(choice.as_dict())


def source_of(node: NodeSpec, shapes: dict[str, tuple[int, ...]], layer: str) -> list[str]:
    """The same as statements; `layer` is the expression for the module."""
    from engine.exporters.script_model import call_source

    lines = []
    for name, choice in drawn(node, shapes):
        function, arguments = call_of(choice)
        lines.append(call_source(function, arguments, f"{layer}.{name}"))
        if choice.kind in _AS_XAVIER:
            root = lines[-1].replace(f"gain={math.sqrt(2)!r}", "gain=2**0.5")
            lines[-1] = f"{root}  # {INITIALIZERS[choice.kind].formula}"
        if _pads(node, name):
            lines.append(f"{layer}.{name}.data[{node.layer.get('padding_idx')}].zero_()")
    return lines


def _pads(node: NodeSpec, name: str) -> bool:
    """Whether a row of this parameter stands for nothing and is zeros, whatever is drawn."""
    return node.kind == "embedding" and name == "weight" and node.layer.get("padding_idx") is not None
