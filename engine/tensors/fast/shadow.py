"""The proof before a program may train: a few steps on copies, compared bit for bit with the textbook's steps."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from engine.tensors.build import Network
from engine.tensors.copies import drawing_from
from engine.tensors.evaluate import slices_of
from engine.tensors.fast.program import Chunk, Program, located
from engine.tensors.objective import clip, penalty_of

if TYPE_CHECKING:
    from engine.tensors.train import Run

STEPS = 3
"""So many steps of every batch size are compared."""

Steps = Callable[[Network, torch.optim.Optimizer], tuple[list[float], list[Tensor], list[Tensor | None]]]
"""Takes the steps on these copies; gives losses, outputs and the last gradients."""


def agrees(run: Run, program: Program) -> bool:
    """Whether losses, weights, buffers, gradients, the optimizer's memory and the random stream come out equal."""
    train, sizes = run.rows["train"], [size for size in program.sizes for _ in range(STEPS)]
    rows = torch.arange(sum(sizes), device=run.device) % len(train)
    features, targets = train.features.index_select(0, rows), train.targets.index_select(0, rows)
    slices, ends = slices_of(run) if program.slice_sizes else [], [False] * (len(sizes) - 1) + [True]

    def traced(
        network: Network, optimizer: torch.optim.Optimizer
    ) -> tuple[list[float], list[Tensor], list[Tensor | None]]:
        bound = program.bind(network, optimizer)
        taken = bound.take(Chunk(features, targets, sizes, bound.rates(len(sizes)), True, ends, slices))
        outputs = [each for each in (taken.outputs, taken.validated_outputs) if each is not None]
        return [*taken.losses, *taken.penalties, *taken.validated], outputs, list(taken.gradients)

    def textbook(
        network: Network, optimizer: torch.optim.Optimizer
    ) -> tuple[list[float], list[Tensor], list[Tensor | None]]:
        losses, penalties, outputs = list[float](), list[float](), list[Tensor]()
        for x, y in zip(torch.split(features, sizes), torch.split(targets, sizes), strict=True):
            kept = [buffer.clone() for buffer in network.buffers()]
            output = network(x.clone())
            loss: Tensor = run.loss_fn(output, y.clone())
            penalty = penalty_of(network, run.project.train)
            objective = loss if penalty is None else loss + penalty
            if not math.isfinite(objective.item()):
                for buffer, before in zip(network.buffers(), kept, strict=True):
                    buffer.copy_(before)
                break
            optimizer.zero_grad(set_to_none=True)
            objective.backward()  # type: ignore[no-untyped-call]
            clip(run.project.train.clipping, network.parameters())
            optimizer.step()
            losses.append(loss.item())
            penalties += [] if penalty is None else [penalty.item()]
            outputs.append(output.detach())
        joined = [torch.cat(outputs)] if outputs else []
        validated, answers = _validated(run, network, slices) if len(losses) == len(sizes) else ([], [])
        last = [network.get_parameter(name).grad for name in program.trained]
        return [*losses, *penalties, *validated], joined + answers, last

    ours, theirs = _outcome(run, traced), _outcome(run, textbook)
    return len(ours) == len(theirs) and all(_equal(a, b) for a, b in zip(ours, theirs, strict=True))


def _validated(run: Run, network: Network, slices: list[tuple[Tensor, Tensor]]) -> tuple[list[float], list[Tensor]]:
    """Losses of the slices of the validation part, and all outputs as one tensor, as evaluate.py takes them."""
    network.eval()
    with torch.no_grad():
        outputs = [network(x) for x, _ in slices]
        losses = [float(run.loss_fn(output, y)) for output, (_, y) in zip(outputs, slices, strict=True)]
    network.train()
    return losses, [torch.cat(outputs)] if outputs else []


def _outcome(run: Run, steps: Steps) -> list[Tensor | None]:
    """All that the steps leave behind on copies of the run's network and optimizer."""
    with drawing_from(run.rng, run.device) as drawn:
        network, optimizer = copy.deepcopy((run.network, run.optimizer))
        network.train()
        optimizer.zero_grad(set_to_none=True)
        losses, outputs, last = steps(network, optimizer)
        numbers = torch.tensor(losses, dtype=torch.float64)
        return [numbers, *outputs, *located(network, optimizer).values(), *(last if losses else ()), *drawn().values()]


def _equal(a: Tensor | None, b: Tensor | None) -> bool:
    """Bit for bit; not-a-number equals itself."""
    if a is None or b is None:
        return a is b
    return a.shape == b.shape and torch.equal(a.nan_to_num(), b.nan_to_num())
