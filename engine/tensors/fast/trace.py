"""What a training step comes down to: the ATen operations of forward, loss and backward, in the order in which they ran."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, fx, nn

from engine.tensors.copies import drawing_from
from engine.tensors.fast.listening import Listening
from engine.tensors.objective import clip, penalty_of

if TYPE_CHECKING:
    from engine.tensors.train import Run


@dataclass(frozen=True, slots=True, eq=False)
class Traced:
    """A graph whose placeholders are `inputs` in that order: names of parameters and buffers, then "x" and "y".

    It gives the loss, the network's output, the gradient of every parameter of `trained`, laid out as the parameter is, and
    where the weights are `penalized`, the penalty and its sum with the loss.
    """

    graph: fx.Graph
    inputs: tuple[str, ...]
    trained: tuple[str, ...]
    penalized: bool
    constants: Mapping[str, Tensor]
    """Tensors that are no input, for example the class weights of the loss, by the names that the graph gives them."""


def reached(run: Run) -> tuple[str, ...]:
    """The parameters that a step moves: those that require a gradient and that the loss depends on."""
    with drawing_from(run.rng, run.device):
        network = _copied(run)
        x, y = run.peek_batch()
        objective, _, _, _ = _forward(run, network, x, y)
        wanted = {name: value for name, value in network.named_parameters() if value.requires_grad}
        found = torch.autograd.grad(objective, list(wanted.values()), allow_unused=True)
    return tuple(name for name, gradient in zip(wanted, found, strict=True) if gradient is not None)


def trace(run: Run, x: Tensor, y: Tensor, trained: tuple[str, ...]) -> Traced:
    """Trace one step of a run on a batch of this size. It works on copies and leaves torch's random numbers alone.

    Raises:
        Exception: whatever torch says of a network that cannot be traced.
    """
    network = _copied(run)
    moved = [network.get_parameter(name) for name in trained]
    inputs = _inputs(network, x, y)
    with drawing_from(run.rng, run.device):
        listening = Listening(inputs)
        with listening:
            objective, loss, output, penalty = _forward(run, network, inputs["x"], inputs["y"])
            gradients = torch.autograd.grad(objective, moved)
            # autograd gives `.grad` the strides of its parameter; the fused optimizers rely on it
            alike = [_like(gradient, leaf) for gradient, leaf in zip(gradients, moved, strict=True)]
            clip(run.project.train.clipping, [cast(Tensor, SimpleNamespace(grad=gradient)) for gradient in alike])
    listening.results([loss, output, *alike, *(() if penalty is None else (penalty, objective))])
    return Traced(listening.graph, tuple(inputs), trained, penalty is not None, listening.constants)


def trace_evaluation(run: Run, x: Tensor, y: Tensor) -> Traced:
    """Trace loss and output of a slice of this size as an evaluation takes them.

    Raises:
        Exception: whatever torch says of a network that cannot be traced.
    """
    network = _copied(run).eval()
    inputs = _inputs(network, x, y)
    with drawing_from(run.rng, run.device):
        listening = Listening(inputs)
        with listening, torch.no_grad():
            output = network(inputs["x"])
            loss = run.loss_fn(output, inputs["y"])
    listening.results([loss, output])
    return Traced(listening.graph, tuple(inputs), (), False, listening.constants)


def _forward(run: Run, network: nn.Module, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """What is made small, the loss of the data, the output, and the penalty on the weights if there is one."""
    output = network(x)
    loss = run.loss_fn(output, y)
    penalty = penalty_of(network, run.project.train)
    return (loss if penalty is None else loss + penalty), loss, output, penalty


def _inputs(network: nn.Module, x: Tensor, y: Tensor) -> dict[str, Tensor]:
    return {**dict(network.named_parameters()), **dict(network.named_buffers()), "x": x.clone(), "y": y.clone()}


def _like(gradient: Tensor, leaf: Tensor) -> Tensor:
    return gradient if gradient.stride() == leaf.stride() else torch.empty_like(leaf).copy_(gradient)


def _copied(run: Run) -> nn.Module:
    network = copy.deepcopy(run.network)
    network.train()
    return network
