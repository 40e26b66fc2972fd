"""What a training step comes down to: the ATen operations of forward, loss and backward, in the order in which they ran."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, fx

from engine.tensors.copies import drawing_from
from engine.tensors.objective import clip, penalized, penalty_on

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
        network, parameters, buffers = _copied(run)
        x, y = run.peek_batch()
        loss = run.loss_fn(_output(network, parameters, buffers, x), y)
        weights = [parameters[name] for name in penalized(network, run.project.train)]
        penalty = penalty_on(weights, run.project.train)
        loss = loss if penalty is None else loss + penalty
        wanted = {name: value for name, value in parameters.items() if value.requires_grad}
        found = torch.autograd.grad(loss, list(wanted.values()), allow_unused=True)
    return tuple(name for name, gradient in zip(wanted, found, strict=True) if gradient is not None)


def trace(run: Run, x: Tensor, y: Tensor, trained: tuple[str, ...]) -> Traced:
    """Trace one step of a run on a batch of this size. It works on copies and leaves torch's random numbers alone.

    Raises:
        Exception: whatever torch says of a network that cannot be traced.
    """
    from torch.fx.experimental.proxy_tensor import make_fx  # takes a second the first time

    train, (network, parameters, buffers) = run.project.train, _copied(run)
    weights = list(penalized(network, train))

    def step(parameters: dict[str, Tensor], buffers: dict[str, Tensor], x: Tensor, y: Tensor) -> list[Tensor]:
        output = _output(network, parameters, buffers, x)
        loss = run.loss_fn(output, y)
        penalty = penalty_on([parameters[name] for name in weights], train)
        objective = loss if penalty is None else loss + penalty
        moved = [parameters[name] for name in trained]
        gradients = torch.autograd.grad(objective, moved)
        # autograd gives `.grad` the strides of its parameter; the fused optimizers rely on it
        alike = [_like(gradient, leaf) for gradient, leaf in zip(gradients, moved, strict=True)]
        clip(train.clipping, [cast(Tensor, SimpleNamespace(grad=gradient)) for gradient in alike])
        return [loss, output, *alike, *(() if penalty is None else (penalty, objective))]

    with drawing_from(run.rng, run.device):
        module: Any = make_fx(step)(parameters, buffers, x, y)
    with_penalty = bool(weights) and bool(train.l1 or train.l2)
    return Traced(module.graph, (*parameters, *buffers, "x", "y"), trained, with_penalty, _constants(module))


def trace_evaluation(run: Run, x: Tensor, y: Tensor) -> Traced:
    """Trace loss and output of a slice of this size as an evaluation takes them.

    Raises:
        Exception: whatever torch says of a network that cannot be traced.
    """
    from torch.fx.experimental.proxy_tensor import make_fx

    network, parameters, buffers = _copied(run)
    network.eval()

    def evaluation(parameters: dict[str, Tensor], buffers: dict[str, Tensor], x: Tensor, y: Tensor) -> list[Tensor]:
        with torch.no_grad():
            output = _output(network, parameters, buffers, x)
            return [run.loss_fn(output, y), output]

    with drawing_from(run.rng, run.device):
        module: Any = make_fx(evaluation)(parameters, buffers, x, y)
    return Traced(module.graph, (*parameters, *buffers, "x", "y"), (), False, _constants(module))


def _constants(module: Any) -> dict[str, Tensor]:
    return {node.target: getattr(module, node.target) for node in module.graph.nodes if node.op == "get_attr"}


def _like(gradient: Tensor, leaf: Tensor) -> Tensor:
    return gradient if gradient.stride() == leaf.stride() else torch.empty_like(leaf).copy_(gradient)


def _copied(run: Run) -> tuple[torch.nn.Module, dict[str, Tensor], dict[str, Tensor]]:
    network = copy.deepcopy(run.network)
    network.train()
    return network, dict(network.named_parameters()), dict(network.named_buffers())


def _output(
    network: torch.nn.Module, parameters: Mapping[str, Tensor], buffers: Mapping[str, Tensor], x: Tensor
) -> Tensor:
    output: Tensor = torch.func.functional_call(network, {**parameters, **buffers}, (x,))
    return output
