"""The proof before a program may train: a few steps on copies, compared bit for bit with the textbook's steps."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
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

Slices = list[tuple[Tensor, Tensor]]


@dataclass(slots=True)
class Outcome:
    """What some steps gave, and everything that they left behind. `validated`: losses and outputs of the slices of an evaluation."""

    losses: list[float]
    penalties: list[float]
    outputs: list[Tensor]
    gradients: list[Tensor | None]
    validated: tuple[list[float], list[Tensor]]
    left: list[Tensor]

    def tensors(self) -> list[Tensor | None]:
        """All of it, in an order of its own."""
        numbers = torch.tensor([*self.losses, *self.penalties, *self.validated[0]], dtype=torch.float64)
        return [numbers, *self.outputs, *self.validated[1], *self.gradients, *self.left]


Copies = tuple[Network, torch.optim.Optimizer]
Steps = Callable[[Copies], Outcome]


def agrees(run: Run, program: Program) -> bool:
    """Whether losses, weights, buffers, gradients, the optimizer's memory and the random stream come out equal."""
    train, sizes = run.rows["train"], [size for size in program.sizes for _ in range(STEPS)]
    rows = torch.arange(sum(sizes), device=run.device) % len(train)
    x, y = train.features.index_select(0, rows), train.targets.index_select(0, rows)
    slices = slices_of(run) if program.slice_sizes else []
    batches = list(zip(torch.split(x, sizes), torch.split(y, sizes), strict=True))
    textbook = _on_copies(run, lambda copies: _textbook(run, program, copies, batches, slices))
    done = len(textbook.losses)
    if done < len(batches):  # a loss was not finite: the steps up to there are compared
        batches = batches[: max(1, done)]
        textbook = _on_copies(run, lambda copies: _textbook(run, program, copies, batches, slices))
    traced = _on_copies(run, lambda copies: _traced(program, copies, batches, slices))
    if not done:
        return not traced.losses or not math.isfinite(traced.losses[0])
    ours, theirs = traced.tensors(), textbook.tensors()
    return len(ours) == len(theirs) and all(_equal(a, b) for a, b in zip(ours, theirs, strict=True))


def _on_copies(run: Run, steps: Steps) -> Outcome:
    """Take steps on copies of the run's network and optimizer, with the random numbers that the run would draw."""
    with drawing_from(run.rng, run.device) as drawn:
        network, optimizer = copy.deepcopy((run.network, run.optimizer))
        network.train()
        optimizer.zero_grad(set_to_none=True)
        outcome = steps((network, optimizer))
        outcome.left = [*located(network, optimizer).values(), *drawn().values()]
        return outcome


def _traced(program: Program, copies: Copies, batches: Slices, slices: Slices) -> Outcome:
    bound, sizes = program.bind(*copies), [len(y) for _, y in batches]
    features, targets = torch.cat([x for x, _ in batches]), torch.cat([y for _, y in batches])
    ends = [place == len(sizes) - 1 for place in range(len(sizes))]
    taken = bound.take(Chunk(features, targets, sizes, bound.rates(len(sizes)), True, ends, slices))
    outputs = [] if taken.outputs is None else [taken.outputs]
    validated = [] if taken.validated_outputs is None else [taken.validated_outputs]
    return Outcome(taken.losses, taken.penalties, outputs, list(taken.gradients), (taken.validated, validated), left=[])


def _textbook(run: Run, program: Program, copies: Copies, batches: Slices, slices: Slices) -> Outcome:
    network, optimizer = copies
    losses, penalties, outputs = list[float](), list[float](), list[Tensor]()
    for x, y in batches:
        output = network(x.clone())
        loss: Tensor = run.loss_fn(output, y.clone())
        penalty = penalty_of(network, run.project.train)
        objective = loss if penalty is None else loss + penalty
        if not math.isfinite(objective.item()):
            break
        optimizer.zero_grad(set_to_none=True)
        objective.backward()  # type: ignore[no-untyped-call]
        clip(run.project.train.clipping, network.parameters())
        optimizer.step()
        losses.append(loss.item())
        penalties += [] if penalty is None else [penalty.item()]
        outputs.append(output.detach())
    gradients = [network.get_parameter(name).grad for name in program.trained]
    return Outcome(losses, penalties, _joined(outputs), gradients, _validated(run, network, slices), left=[])


def _validated(run: Run, network: Network, slices: Slices) -> tuple[list[float], list[Tensor]]:
    """Losses of the slices of the validation part, and all outputs as one tensor, as evaluate.py takes them."""
    network.eval()
    with torch.no_grad():
        outputs = [network(x) for x, _ in slices]
        losses = [float(run.loss_fn(output, y)) for output, (_, y) in zip(outputs, slices, strict=True)]
    network.train()
    return losses, _joined(outputs)


def _joined(outputs: list[Tensor]) -> list[Tensor]:
    return [torch.cat(outputs)] if outputs else []


def _equal(a: Tensor | None, b: Tensor | None) -> bool:
    """Bit for bit; not-a-number equals itself."""
    if a is None or b is None:
        return a is b
    return a.shape == b.shape and torch.equal(a.nan_to_num(), b.nan_to_num())
