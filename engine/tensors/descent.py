"""An optimizer's path through the weights: the run's own steps, taken by a second run beside it."""

from __future__ import annotations

import copy
import time
from collections.abc import Generator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from engine.metrics import MetricLog
from engine.spec import Choice
from engine.tensors.fast.path import FastPath
from engine.tensors.lbfgs import copied
from engine.tensors.schedule import reschedule
from engine.tensors.steps import LossNotFinite, textbook_step
from engine.tensors.stopping import Stopper
from engine.tensors.train import Run


@dataclass(slots=True)
class Path:
    """The weights after every step, each a flat float32 vector; the first is where it began. `end` says why it stopped early."""

    points: list[Tensor] = field(default_factory=list)
    end: str = ""


def from_the_start(run: Run) -> Run:
    """A second run at step 0, with the settings as they are now: live edits count from its first step on."""
    return Run(run.project, run.report, run.prepared, run.generation)


def twin(run: Run) -> Run:
    """A second run that goes on exactly as this one would; it shares the data and nothing that a step changes."""
    other = copy.copy(run)
    other.network, other.optimizer = copied(run.network, run.optimizer)
    other.buffers = tuple(other.network.buffers())
    other.batches = copy.copy(run.batches)
    other.batches.use_own_generator()
    other.log = MetricLog(run.generation, run.steps_per_epoch)
    other.tally = other.new_tally()
    other.watched, other.fast = list(run.watched), FastPath()
    reschedule(other)
    other.answers, other.due = [], None  # what the original still has to count is its own
    return other


def walk(walker: Run, steps: int, seconds: float) -> Generator[None, None, Path]:
    """Take `steps` steps, for about `seconds` at most; pauses after each. The walker is used up."""
    walker.stopper = Stopper(Choice("none"))  # its own stops would move the weights
    path, worked = Path([flat(walker.network)]), 0.0
    for number in range(steps):
        start = time.perf_counter()
        try:
            with walker.randomness():
                textbook_step(walker)
            if walker.schedule.pace == "epoch":
                walker.settle()  # at the end of an epoch the schedule moves, by the validation loss if need be
        except LossNotFinite as problem:
            path.end = f"The path ends after {number:,} steps: the loss became {problem.value}."
            break
        path.points.append(flat(walker.network))
        worked += time.perf_counter() - start
        if worked >= seconds and number + 1 < steps:
            path.end = f"The path ends after {number + 1:,} of {steps:,} steps: they take long here."
            break
        yield
    return path


def flat(network: nn.Module) -> Tensor:
    """All weights one after the other, in the model's order, as a copy on the CPU."""
    with torch.no_grad():
        return torch.cat([parameter.detach().reshape(-1).cpu() for parameter in network.parameters()])


def element_names(network: nn.Module) -> tuple[str, ...]:
    """The name of every number of `flat`: "linear_1.weight[0, 1]"."""
    names = []
    for name, parameter in network.named_parameters():
        for number in range(parameter.numel()):
            index = torch.unravel_index(torch.tensor(number), parameter.shape)
            names.append(f"{name}[{', '.join(str(int(place)) for place in index)}]")
    return tuple(names)
