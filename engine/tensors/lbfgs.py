"""What LBFGS needs beside other optimizers: a closure to ask for the loss with, and care when it is copied or saved.

torch keeps its memory in the state of the first parameter, as lists of flat vectors over all parameters.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from engine.tensors.build import Network

_SCRATCH = ("al",)
"""Entries of the state that are written before they are read: they need not be saved."""


def takes_closure(optimizer: torch.optim.Optimizer) -> bool:
    """Whether step() must be given a function that computes loss and gradients, as often as the optimizer asks for them."""
    return isinstance(optimizer, torch.optim.LBFGS)


def copied(network: Network, optimizer: torch.optim.Optimizer) -> tuple[Network, torch.optim.Optimizer]:
    """Both, copied together: the optimizer's copy holds the parameters of the network's copy, with its memory of each."""
    network, optimizer = copy.deepcopy((network, optimizer))
    if isinstance(optimizer, torch.optim.LBFGS):  # torch leaves these out of a copy
        optimizer._params = optimizer.param_groups[0]["params"]
        optimizer._numel_cache = None
    return network, optimizer


def remembered(optimizer: torch.optim.Optimizer) -> Callable[[], None]:
    """Keep weights and memory as they are. Returns a function that brings them back."""
    parameters = [each for group in optimizer.param_groups for each in group["params"]]
    weights = [each.detach().clone() for each in parameters]
    # The tensors in the lists are never written into, the others are.
    kept = {
        parameter: {
            name: list(v) if isinstance(v, list) else v.clone() if isinstance(v, Tensor) else v
            for name, v in state.items()
        }
        for parameter, state in optimizer.state.items()
    }

    def bring_back() -> None:
        with torch.no_grad():
            for parameter, value in zip(parameters, weights, strict=True):
                parameter.copy_(value)
        optimizer.state.clear()
        optimizer.state.update(kept)

    return bring_back


def packed(state: dict[str, object]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The memory as tensors by name and plain numbers: an entry of a list is called "name.number"."""
    tensors: dict[str, Tensor] = {}
    facts: dict[str, Any] = {}
    for name, value in state.items():
        if isinstance(value, Tensor):
            tensors[name] = value
        elif isinstance(value, list) and name not in _SCRATCH:
            tensors |= {f"{name}.{number}": each for number, each in enumerate(value)}
            facts[name] = {"length": len(value)}
        elif isinstance(value, (int, float)):
            facts[name] = value
    return tensors, facts


def unpacked(tensors: dict[str, Tensor], facts: dict[str, Any]) -> dict[str, Any]:
    """The memory that `packed` took apart. Raises KeyError, TypeError or ValueError when it is none."""
    state: dict[str, Any] = {name: value for name, value in tensors.items() if "." not in name}
    for name, value in facts.items():
        if isinstance(value, dict):
            state[name] = [tensors[f"{name}.{number}"] for number in range(int(value["length"]))]
        else:
            state[name] = value
    if state and "n_iter" in state:
        state.setdefault("func_evals", 0)
    return state
