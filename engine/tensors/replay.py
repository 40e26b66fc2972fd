"""The coming step in float64, as often as wanted: dropout keeps the very masks that the step in float32 draws."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from engine.spec import OUTPUT_ID, TrainSpec
from engine.tensors.build import Network
from engine.tensors.copies import StepCopy
from engine.tensors.devices import random_state, set_random_state
from engine.tensors.graph_walk import Owners
from engine.tensors.objective import penalty_of


class Masked(nn.Module):
    """Dropout whose mask is drawn already: multiplies by 0 or 1/(1 − p)."""

    def __init__(self, mask: Tensor, p: float) -> None:
        super().__init__()
        self.register_buffer("scales", mask.to(torch.float64) / (1 - p))

    def forward(self, given: Tensor) -> Tensor:
        scales = self.scales
        assert isinstance(scales, Tensor)
        return given * scales


@contextmanager
def masks_of(network: Network, device: torch.device) -> Iterator[dict[str, Tensor]]:
    """Inside, every dropout layer of `network` writes down its mask as booleans, and draws exactly what it would draw.

    The mask is read off by drawing it a second time, for ones, from the same state of the generator: the layer's own output
    cannot tell a dropped value from a 0 that was kept.
    """
    found: dict[str, Tensor] = {}
    handles = []
    try:
        for layer in network.order:
            module = network.layer(layer)
            if isinstance(module, nn.Dropout):
                states: list[dict[str, Tensor]] = []
                handles.append(module.register_forward_pre_hook(partial(_before, states, device)))
                handles.append(module.register_forward_hook(partial(_after, found, states, layer, device)))
        yield found
    finally:
        for handle in handles:
            handle.remove()


def _before(states: list[dict[str, Tensor]], device: torch.device, *_: Any) -> None:
    states.append(random_state(device))


def _after(  # noqa: PLR0917
    found: dict[str, Tensor],
    states: list[dict[str, Tensor]],
    layer: str,
    device: torch.device,
    module: nn.Dropout,
    given: tuple[Tensor, ...],
    output: Tensor,
) -> None:
    after = random_state(device)
    set_random_state(states.pop(), device)
    with torch.no_grad():
        found[layer] = nn.functional.dropout(torch.ones_like(given[0]), module.p, module.training) != 0
    set_random_state(after, device)


@dataclass(slots=True, eq=False)
class Pass:
    """One forward pass: the loss with its penalty, and what went into and came out of every layer. `owners` knows whose the nodes are."""

    loss: Tensor
    prediction: Tensor
    inputs: dict[str, tuple[Tensor, ...]] = field(default_factory=dict)
    outputs: dict[str, Tensor] = field(default_factory=dict)
    owners: Owners = field(default_factory=Owners)


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """Network (train mode), loss and batch of the coming step, all in float64 on the CPU. The same numbers every time."""

    network: Network
    loss_fn: nn.Module
    train: TrainSpec
    x: Tensor
    y: Tensor

    @classmethod
    def of(cls, step: StepCopy, masks: Mapping[str, Tensor]) -> Replay:
        """From a copy of the step in float32, whose weights are those before the update, and the masks it drew."""
        # To the CPU first: Apple's GPUs have no float64.
        network = copy.deepcopy(step.network).cpu().to(torch.float64).train()
        network.zero_grad(set_to_none=True)
        for layer, mask in masks.items():
            module = step.network.layer(layer)
            assert isinstance(module, nn.Dropout)
            network._modules[layer] = Masked(mask.cpu(), module.p)
        y = step.y.cpu()
        x = step.x.cpu().to(torch.float64)
        loss_fn = copy.deepcopy(step.loss_fn).cpu().to(torch.float64)  # class weights are in it
        return cls(network, loss_fn, step.train, x, y.to(torch.float64) if y.is_floating_point() else y)

    def run(self) -> Pass:
        """Forward and loss, with a graph."""
        owners = Owners()
        inputs: dict[str, tuple[Tensor, ...]] = {}
        outputs: dict[str, Tensor] = {}

        def observe(layer: str, given: tuple[Tensor, ...], output: Tensor) -> None:
            owners.observe(layer, given, output)
            inputs[layer], outputs[layer] = given, output

        prediction = self.network.run(self.x, observe)
        loss, penalty = self.loss_fn(prediction, self.y), penalty_of(self.network, self.train)
        return Pass(loss if penalty is None else loss + penalty, prediction, inputs, outputs, owners)

    def source(self, layer: str) -> str:
        """Whose output goes into the layer ("input": the batch), or for "output" into the loss."""
        return self.network.sources[layer][0]

    @property
    def last(self) -> str:
        """The layer whose output is the prediction."""
        return self.network.sources[OUTPUT_ID][0]
