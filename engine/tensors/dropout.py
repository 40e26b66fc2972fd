"""What a Dropout layer does in the coming step: its true input, the mask really drawn, and what many draws come to."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from engine.commands import LookAtDropout
from engine.errors import AppError
from engine.inspection import DropoutView
from engine.tensors.copies import StepCopy, undisturbed
from engine.tensors.devices import random_state, set_random_state
from engine.tensors.passages import view
from engine.views import Failure

if TYPE_CHECKING:
    from engine.tensors.train import Run

SECONDS = 0.4
"""Time for the further draws; what is not drawn by then is left out and not counted."""


def dropout(command: LookAtDropout, run: Run) -> DropoutView:
    """The layer on the run's coming batch. Engine thread only; the run is not moved, and will draw this very mask.

    `train` is input · mask/(1 − p), `eval` the input itself, and the mean of `train` over many draws comes near it.

    Raises:
        AppError: there is no Dropout layer of this name.
    """
    layers = {name: layer for name, layer in run.network.named_children() if isinstance(layer, nn.Dropout)}
    if command.layer not in layers:
        raise AppError(_missing(command.layer, tuple(layers)))
    with undisturbed(run):
        step = StepCopy.of(run)
        layer = step.network.layer(command.layer)
        assert isinstance(layer, nn.Dropout)
        states: list[dict[str, Tensor]] = []
        handle = layer.register_forward_pre_hook(lambda *_: states.append(random_state(run.device)))
        seen: list[tuple[Tensor, Tensor]] = []

        def observe(name: str, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            if name == command.layer:
                seen.append((inputs[0].detach().clone(), output.detach().clone()))

        try:
            step.forward(observe)
        finally:
            handle.remove()
        (given, train), after = seen[0], random_state(run.device)
        mask = _mask(layer, given, states[0], run)
        set_random_state(after, run.device)
        mean, draws = _mean(layer, given, command.draws)
        evaluated = layer.eval()(given)
    return DropoutView(
        layer=command.layer,
        p=layer.p,
        scale=1 / (1 - layer.p),
        given=view("input", given),
        mask=view("mask", mask),
        train=view("output in training", train),
        eval=view("output in eval", evaluated),
        mean=view(f"mean of {draws:,} draws", mean),
        draws=draws,
        generation=run.generation,
        step=run.step,
    )


def _mask(layer: nn.Dropout, given: Tensor, state: dict[str, Tensor], run: Run) -> Tensor:
    """1 where a value passes, 0 where it is dropped; also where the value itself is 0.

    The layer is run again from the same random state: its derivative is mask/(1 − p), whatever the values are.
    """
    set_random_state(state, run.device)
    again = given.clone().requires_grad_()
    with torch.enable_grad():
        (slope,) = torch.autograd.grad(layer(again).sum(), again)
    return (slope != 0).to(given.dtype)


def _mean(layer: nn.Dropout, given: Tensor, draws: int) -> tuple[Tensor, int]:
    """The mean output over further draws, summed in double precision, and how many there was time for."""
    total, start, done = torch.zeros_like(given, dtype=torch.float64), time.perf_counter(), 0
    with torch.no_grad():
        while done < max(1, draws) and (done == 0 or time.perf_counter() - start < SECONDS):
            total += layer(given)
            done += 1
    return (total / done).to(given.dtype), done


def _missing(name: str, known: tuple[str, ...]) -> Failure:
    if not known:
        return Failure("There is no mask to look at.", "The network has no Dropout layer.", "Add one to the network.")
    return Failure(f"“{name}” is no Dropout layer.", f"The network has {', '.join(known)}.", "Choose one of them.")
