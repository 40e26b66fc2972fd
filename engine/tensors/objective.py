"""What training makes small: the loss of the data, and penalties on the weights beside it; and how gradients are clipped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from engine.catalog import CLIPPINGS
from engine.spec import Choice, TrainSpec
from engine.tensors.build import torch_class


def penalized(network: nn.Module, train: TrainSpec) -> dict[str, nn.Parameter]:
    """The parameters that the penalties are about, by name: weights with two axes or more, or with `penalize_all` every one.

    Those of frozen layers do not count: nothing could make them smaller.
    """
    return {
        name: parameter
        for name, parameter in network.named_parameters()
        if parameter.requires_grad and (train.penalize_all or parameter.dim() > 1)
    }


def penalty_of(network: nn.Module, train: TrainSpec) -> Tensor | None:
    """l1·Σ|w| + l2·Σw², a tensor with a graph; None where both are 0 or there is nothing to penalize.

    The gradient of one weight is l1·sign(w) + 2·l2·w: an L2 penalty of λ pulls as plain SGD's weight_decay of 2λ does.
    """
    if not (train.l1 or train.l2):  # every step asks
        return None
    parameters = list(penalized(network, train).values())
    total: Tensor | None = None
    if train.l1 and parameters:
        total = train.l1 * _added([parameter.abs().sum() for parameter in parameters])
    if train.l2 and parameters:
        squares = train.l2 * _added([parameter.square().sum() for parameter in parameters])
        total = squares if total is None else total + squares
    return total


def penalty_slope(parameter: Tensor, train: TrainSpec) -> Tensor:
    """The penalty's derivative by every element of a penalized parameter."""
    weights = parameter.detach()
    return train.l1 * weights.sign() + 2 * train.l2 * weights


def clip(choice: Choice, parameters: Iterable[Tensor]) -> Tensor | None:
    """Clip the gradients in place. Returns their total norm before, where they are clipped by norm."""
    if choice.kind == "none":
        return None
    arguments: dict[str, Any] = choice.as_dict()
    found = torch_class(CLIPPINGS[choice.kind].torch_name)(parameters, **arguments)
    return found if isinstance(found, torch.Tensor) else None


def _added(terms: list[Tensor]) -> Tensor:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total
