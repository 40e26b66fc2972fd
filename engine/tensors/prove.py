"""Prove a number: the gradient that is shown, again in float64, by central differences, by hand, and as a program."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from engine.catalog import is_random
from engine.commands import Prove
from engine.errors import AppError
from engine.inspection import Proof
from engine.tensors.build import Network
from engine.tensors.by_hand import Hand, Trail, with_penalty, written_out
from engine.tensors.copies import StepCopy, undisturbed
from engine.tensors.differences import Probe
from engine.tensors.graph_walk import examine, layer_of, saved_of
from engine.tensors.kinks import bends, kink_at, snapshot
from engine.tensors.passages import Passage, listening, plain
from engine.tensors.replay import Pass, Replay, masks_of
from engine.tensors.snippet import snippet
from engine.views import Failure

if TYPE_CHECKING:
    from engine.tensors.train import Run


def prove(command: Prove, run: Run) -> Generator[None, None, Proof]:
    """The gradient of one element of a parameter in the run's coming step, found in four ways, in small pieces.

    It is about the step that is to come when it begins; the run is not moved, and may move between two pieces.
    `autograd` is the very number of the tape; everything else is computed in float64 with the same batch and dropout masks.

    Raises:
        AppError: there is no such parameter or element.
    """
    stacked = next(
        (node for node in run.project.network.nodes if node.kind != "dropout" and is_random(node.layer)), None
    )
    if stacked is not None:
        text = (
            f"{stacked.id} drops values inside itself, where torch does not show which, so the step cannot be repeated."
        )
        raise AppError(Failure("This gradient was not checked.", text, f"Set dropout of {stacked.id} to 0."))
    with undisturbed(run):
        step = StepCopy.of(run)
        with masks_of(step.network, run.device) as masks:
            step.forward()
    assert step.loss is not None
    step.loss.backward()  # type: ignore[no-untyped-call]
    name, parameter = _parameter(command, step.network)
    if parameter.grad is None:  # every layer leads to the loss, so only one that is frozen has none
        text = f"{name} has no gradient: its layer is frozen."
        raise AppError(Failure(text, todo="Let the layer learn again, or choose another parameter."))
    index = _index(command, name, parameter.grad)
    autograd = parameter.grad[index].item()
    program = snippet(run, step, masks, name, index)
    replay = Replay.of(step, masks)
    seen = _Backward.through(replay)
    bending = bends(replay)
    here = snapshot(bending, seen.forward)
    own = dict(replay.network.named_parameters())[name]
    step_number, generation = run.step, run.generation
    slope = yield from Probe(replay, own, index, bending, here, seen.rounding()).slope()
    upstream = {layer: output.grad for layer, output in seen.forward.outputs.items() if output.requires_grad}
    with np.errstate(all="ignore"):  # a step that ran away has infinities, and they are shown as such
        hand = seen.by_hand(name, index)
    assert own.grad is not None
    return Proof(
        name,
        index,
        autograd=autograd,
        exact=own.grad[index].item(),
        numerical=slope.value,
        h=slope.h,
        hand=hand.text,
        snippet=program,
        kink=kink_at(bending, here, slope.aside, upstream) or slope.near or _not_the_slope(replay.network, name, index),
        by_hand=hand.value,
        noise=slope.noise,
        step=step_number,
        generation=generation,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Backward:
    """A backward pass in float64 with everything that went through autograd's nodes."""

    replay: Replay
    forward: Pass
    trail: Trail

    @classmethod
    def through(cls, replay: Replay) -> _Backward:
        seen = replay.run()
        for output in seen.outputs.values():
            if output.requires_grad:
                output.retain_grad()
        nodes = examine(seen.loss, replay.network, seen.owners, last=replay.last)
        saved = {node: {name: plain(value) for name, value in saved_of(node).items()} for node in nodes.order}
        passages: list[Passage] = []
        with listening(nodes, passages):
            seen.loss.backward()  # type: ignore[no-untyped-call]
        return cls(replay, seen, Trail(nodes, {passage.node: passage for passage in passages}, saved))

    def rounding(self) -> float:
        """How far the loss may be moved by rounding every value of the forward pass to float64."""
        moved = sum(
            float((output.detach() * output.grad).abs().sum())
            for output in self.forward.outputs.values()
            if output.grad is not None
        )
        return math.ulp(1.0) * (abs(self.forward.loss.item()) + moved)

    def by_hand(self, parameter: str, index: tuple[int, ...]) -> Hand:
        """The chain rule along the path, with numbers."""
        layer = layer_of(parameter)
        forward, output = self.forward, self.forward.outputs[layer]
        called = f"{layer}, which is ŷ," if layer == self.replay.last else layer
        hand = written_out(
            parameter, index, self.replay.network.layer(layer), forward.inputs[layer][0], output, called=called
        )
        if hand.element is not None and output.grad_fn is not None:
            lines = self.trail.lines(output.grad_fn, hand.element)
            hand = Hand("\n".join([hand.text, *lines]), hand.value, hand.element)
        return with_penalty(hand, parameter, index, self.replay.network, self.replay.train)


def _not_the_slope(network: Network, name: str, index: tuple[int, ...]) -> str:
    """Why torch itself gives another number than the derivative: what an Embedding was told to."""
    module = network.layer(layer_of(name))
    if isinstance(module, nn.Embedding) and module.padding_idx == index[0]:
        return f"Row {index[0]} is padding_idx: it stands for nothing, and torch gives it the gradient 0, whatever its slope."
    if isinstance(module, nn.Embedding) and module.scale_grad_by_freq:
        return "scale_grad_by_freq divides the gradient of a row by how often it was looked up: it is no longer the derivative."
    return ""


def _parameter(command: Prove, network: Network) -> tuple[str, Tensor]:
    """The parameter that is meant; the one with the greatest gradient of all when none is named."""
    named = dict(network.named_parameters())
    if not command.parameter:
        return max(named.items(), key=lambda each: _size(each[1]))
    if command.parameter not in named:
        text = f"There is no parameter {command.parameter} in the network any more."
        raise AppError(Failure(text, todo="Choose another."))
    return command.parameter, named[command.parameter]


def _size(parameter: Tensor) -> float:
    return -1.0 if parameter.grad is None else parameter.grad.abs().max().item()


def _index(command: Prove, name: str, gradient: Tensor) -> tuple[int, ...]:
    """The element that is meant; the greatest when none is."""
    if command.index is None:
        flat = int(gradient.abs().argmax())
        return tuple(int(each) for each in torch.unravel_index(torch.tensor(flat), gradient.shape))
    index, shape = command.index, tuple(gradient.shape)
    if len(index) != len(shape) or not all(0 <= i < size for i, size in zip(index, shape, strict=True)):
        raise AppError(Failure(f"{name} has the shape {shape}: there is no element {list(index)}."))
    return index
