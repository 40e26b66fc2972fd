"""The optimizer's parameter groups: layers with a learning rate or weight decay of their own have a group each."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from engine.spec import Choice, NetworkSpec, NodeSpec
from engine.tensors.build import Network

OWN = ("lr", "weight_decay")


def own_values(node: NodeSpec) -> dict[str, float]:
    """What the layer has of its own among the optimizer's numbers."""
    return {name: value for name in OWN if (value := getattr(node, name)) is not None}


def choice_for(optimizer: Choice, node: NodeSpec) -> Choice:
    """The optimizer as it moves this layer."""
    for name, value in own_values(node).items():
        optimizer = optimizer.with_value(name, value) if optimizer.has(name) else optimizer
    return optimizer


def layer_groups(spec: NetworkSpec, order: tuple[str, ...]) -> list[tuple[list[str], dict[str, float]]]:
    """Ids and own values of the layers of every group: first those without any, then one group per layer with some."""
    shared = [node_id for node_id in order if not own_values(spec.node(node_id))]
    own = [([node_id], own_values(spec.node(node_id))) for node_id in order if own_values(spec.node(node_id))]
    return [*([(shared, {})] if shared else []), *own]


def parameter_groups(network: Network, spec: NetworkSpec) -> list[dict[str, Any]]:
    """What the optimizer is made from: dictionaries with `params` and the group's own values. Groups without parameters are
    left out; with no own values at all there is one group with all parameters in the model's order."""
    groups = []
    for ids, values in layer_groups(spec, network.order):
        params = [parameter for node_id in ids for parameter in network.layer(node_id).parameters()]
        if params:
            groups.append({"params": params, **values})
    return groups


def regroup(optimizer: torch.optim.Optimizer, network: Network, spec: NetworkSpec, choice: Choice) -> None:
    """Follow an edit of rates: the same groups as of a new optimizer; what it remembers of every parameter stays."""
    values = {name: choice.number(name) for name in OWN if choice.has(name)}
    groups = parameter_groups(network, spec)
    old = optimizer.param_groups
    if [[id(each) for each in group["params"]] for group in old] == [
        [id(each) for each in group["params"]] for group in groups
    ]:
        for mine, group in zip(old, groups, strict=True):
            mine.update(values | {name: group[name] for name in OWN if name in group})
        return
    rest = {name: value for name, value in old[0].items() if name not in ("params", *OWN)}
    optimizer.param_groups = [rest | values | group for group in groups]


def freeze(network: Network, spec: NetworkSpec) -> None:
    """Let frozen layers, and only them, have no gradients."""
    for node_id in network.order:
        _set_frozen(network.layer(node_id), spec.node(node_id).frozen)


def _set_frozen(module: nn.Module, frozen: bool) -> None:
    for parameter in module.parameters():
        if parameter.requires_grad == frozen:
            parameter.requires_grad_(not frozen)
            parameter.grad = None
