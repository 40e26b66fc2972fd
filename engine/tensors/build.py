"""From the frozen description to torch objects: the network, the loss, the optimizer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from engine.catalog import LAYERS, LOSSES, OPTIMIZERS, OptimizerEntry
from engine.edits import ENDS, topological_order
from engine.fields import Value
from engine.spec import INPUT_ID, OUTPUT_ID, Choice, NetworkSpec, NodeSpec
from engine.tensors.initialize import initialize
from engine.tensors.modules import OWN_MODULES

Observer = Callable[[str, tuple[Tensor, ...], Tensor], None]
Settled = Mapping[str, Mapping[str, object]]

# torch.optim has a fused Adagrad for the CPU only, and fused forms of the others also for the GPUs.
_FUSED_DEVICES = {"adagrad": ("cpu",)}
_ALL_FUSED_DEVICES = ("cpu", "cuda", "mps")


class Network(nn.Module):
    """The network on the canvas. Submodules carry the node ids, so parameters are called `linear_1.weight`.

    `order` holds the node ids in the order of computation, without the two ends; `sources` says for each of them, and
    for "output", which ids it reads ("input" is the batch), in the order of its ports.
    """

    def __init__(self, spec: NetworkSpec, modules: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self.order = tuple(node_id for node_id in topological_order(spec) if node_id not in ENDS)
        self.sources = {
            node_id: tuple(link.source for link in spec.links_into(node_id)) for node_id in (*self.order, OUTPUT_ID)
        }
        for node_id in self.order:
            # Not add_module: it refuses names that nn.Module itself uses, and a learner may call a layer "type".
            self._modules[node_id] = modules[node_id]

    def layer(self, node_id: str) -> nn.Module:
        """The module of a node."""
        module = self._modules[node_id]
        assert module is not None
        return module

    def forward(self, x: Tensor) -> Tensor:
        return self.run(x)

    def run(self, x: Tensor, observe: Observer | None = None) -> Tensor:
        """Compute ŷ for the batch `x`; `observe(node_id, inputs, output)` is called after every layer."""
        values: dict[str, Tensor] = {INPUT_ID: x}
        modules: Mapping[str, Any] = self._modules
        for node_id in self.order:
            inputs = tuple([values[source] for source in self.sources[node_id]])
            values[node_id] = output = modules[node_id](*inputs)
            if observe is not None:
                observe(node_id, inputs, output)
        return values[self.sources[OUTPUT_ID][0]]


def make_module(kind: str, arguments: Mapping[str, object]) -> nn.Module:
    """The torch module of a layer kind, from its constructor arguments with every "auto" filled in."""
    own = OWN_MODULES.get(kind)
    return own(**arguments) if own is not None else cast(nn.Module, torch_class(LAYERS[kind].torch_name)(**arguments))


def settled_arguments(node: NodeSpec, shape: tuple[int, ...]) -> dict[str, object]:
    """The constructor arguments of a layer at which a tensor of `shape` (batch axis left out) arrives.

    Every inferred field that is None takes the size of its axis (the batch is axis 0), or the whole shape where the
    catalog names no axis. An axis that the tensor does not have leaves None. Other fields that are None keep it: torch
    has a meaning of its own for them (stride of a pooling layer).
    """
    arguments: dict[str, object] = dict(node.layer.as_dict())
    for name, axis in LAYERS[node.kind].inferred:
        if arguments.get(name) is None:
            arguments[name] = _axis_size(shape, axis)
    return arguments


def build_network(spec: NetworkSpec, settled: Settled) -> Network:
    """Build on the default device. Initial weights come from torch's global generator: first as every layer draws its own,
    layer by layer in `order`, then by the rules of the nodes (initialize.py), in the same order.

    Weights set by hand replace the drawn ones afterwards, one by one, so the draw of every other stays what it was. Frozen
    layers have no gradients.
    """
    order = [node_id for node_id in topological_order(spec) if node_id not in ENDS]
    network = Network(spec, {node_id: make_module(spec.node(node_id).kind, settled[node_id]) for node_id in order})
    for node_id in order:
        initialize(spec.node(node_id), network.layer(node_id))
    with torch.no_grad():
        for node_id in order:
            for name, value in spec.node(node_id).weights:
                _set_by_hand(network.layer(node_id).get_parameter(name), value)
    for node_id in order:
        if spec.node(node_id).frozen:
            network.layer(node_id).requires_grad_(False)
    return network


def _set_by_hand(parameter: Tensor, table: Value) -> None:
    """Numbers replace what was drawn; where the table has None the draw stays."""
    values = torch.from_numpy(np.array(table, dtype=np.float64))  # None becomes nan
    parameter.copy_(torch.where(values.isnan(), parameter, values.to(parameter.dtype)))


def build_loss(choice: Choice, weights: tuple[float, ...] | None = None) -> nn.Module:
    """The loss module with its arguments. `weights` are those of the classes (engine.datasets.class_weights)."""
    arguments: dict[str, Any] = dict(loss_arguments(choice))
    if weights is not None:
        arguments[LOSSES[choice.kind].weights] = torch.tensor(weights, dtype=torch.float32)
    return cast(nn.Module, torch_class(LOSSES[choice.kind].torch_name)(**arguments))


def loss_arguments(choice: Choice) -> dict[str, Value]:
    """The constructor arguments of the loss but the weights of the classes."""
    return {name: value for name, value in choice.values if name not in ("class_weights", LOSSES[choice.kind].weights)}


def optimizer_arguments(choice: Choice, device: str) -> dict[str, Any]:
    """The constructor arguments of the optimizer: β₁ and β₂ joined to `betas`, and `fused=True` where torch has it."""
    arguments: dict[str, Any] = dict(choice.as_dict())
    if "beta1" in arguments:
        arguments["betas"] = (arguments.pop("beta1"), arguments.pop("beta2"))
    if arguments.get("line_search_fn") == "none":
        arguments["line_search_fn"] = None
    if runs_fused(OPTIMIZERS[choice.kind], device):
        arguments["fused"] = True
    return arguments


def runs_fused(entry: OptimizerEntry, device: str) -> bool:
    """Whether this optimizer runs in its fused form on a device of this type ("cpu", "cuda", "mps")."""
    return entry.fused and device in _FUSED_DEVICES.get(entry.kind, _ALL_FUSED_DEVICES)


def build_optimizer(
    choice: Choice, params: Iterable[Tensor] | list[dict[str, Any]], device: str | torch.device
) -> torch.optim.Optimizer:
    """The optimizer over `params`, tensors or groups of them (rates.py), which already live on `device`."""
    make = torch_class(OPTIMIZERS[choice.kind].torch_name)
    return cast(torch.optim.Optimizer, make(params, **optimizer_arguments(choice, torch.device(device).type)))


def _axis_size(shape: tuple[int, ...], axis: int | None) -> object:
    if axis is None:
        return shape
    full = (0, *shape)
    return full[axis] if -len(full) <= axis < len(full) and full[axis] else None


def torch_class(name: str) -> Callable[..., Any]:
    """The class behind a name of the catalog, for example "torch.nn.Linear"."""
    found: Any = torch
    for part in name.split(".")[1:]:
        found = getattr(found, part)
    return cast(Callable[..., Any], found)
