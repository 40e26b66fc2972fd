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

    def traced(
        network: Network, optimizer: torch.optim.Optimizer
    ) -> tuple[list[float], list[Tensor], list[Tensor | None]]:
        bound = program.bind(network, optimizer)
        taken = bound.take(Chunk(features, targets, sizes, bound.rates(len(sizes)), keep=True))
        outputs = [] if taken.outputs is None else [taken.outputs]
        return [*taken.losses, *taken.penalties], outputs, list(taken.gradients)

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
        return [*losses, *penalties], joined, [network.get_parameter(name).grad for name in program.trained]

    ours, theirs = _outcome(run, traced), _outcome(run, textbook)
    return len(ours) == len(theirs) and all(_equal(a, b) for a, b in zip(ours, theirs, strict=True))


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
