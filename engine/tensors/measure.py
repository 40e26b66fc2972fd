"""How well the network does on a part of the data: loss and accuracy, summed so that every row counts the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.catalog import LOSSES
from engine.datasets.dataset import Task
from engine.spec import Choice

Correct = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Loss of a part as the loss's own reduction says it, and the share of right answers (None for regression)."""

    loss: float
    accuracy: float | None


@dataclass(slots=True)
class Tally:
    """Running sums over batches. `mean` says that the loss of a batch is a mean and is weighted with its rows.

    `row_weights` says how much a row of each class counts in that mean, where the loss has class weights (float64, on the device).
    """

    mean: bool
    correct: Correct | None
    row_weights: Tensor | None = None
    loss: float = 0.0
    rows: int = 0
    hits: int = 0
    weight: float = 0.0

    def add(self, losses: Sequence[float], rows: Sequence[int], targets: Sequence[Tensor]) -> None:
        """Add the losses of batches with these numbers of rows, one after the other in double precision.

        `targets` are needed where rows have weights.
        """
        weights: Sequence[float] = rows
        if self.row_weights is not None:
            weights = [float(self.row_weights[each].sum()) for each in targets]
        for value, count, weight in zip(losses, rows, weights, strict=True):
            self.loss += value * weight if self.mean else value
            self.rows += count
            self.weight += weight

    def answer(self, outputs: Sequence[Tensor], targets: Sequence[Tensor]) -> None:
        """Count the right answers of some batches at once."""
        if self.correct is not None and outputs:
            self.hits += int(self.correct(torch.cat(tuple(outputs)), torch.cat(tuple(targets))).sum())

    def result(self) -> Evaluation:
        loss = self.loss / self.weight if self.mean else self.loss
        return Evaluation(loss, None if self.correct is None else self.hits / self.rows)


def reduces_to_mean(loss: Choice) -> bool:
    """Whether the loss of a batch is a mean over its rows, so that rows weigh it. "batchmean" is one too."""
    return loss.get("reduction") != "sum"


def row_weights(loss: Choice, weights: tuple[float, ...] | None, device: torch.device) -> Tensor | None:
    """How much a row of each class counts in torch's mean; None where all count alike."""
    if weights is None or not LOSSES[loss.kind].weighted_mean or not reduces_to_mean(loss):
        return None
    found = torch.tensor(weights, dtype=torch.float32, device=device)
    return found if device.type == "mps" else found.double()  # Apple's GPUs have no float64


def correctness(loss: Choice, task: Task, outputs: int) -> Correct | None:
    """The rule by which an answer counts as right, None for regression.

    Several outputs: the largest one is the class. One output: above 0 for a logit (that is σ > ½), above ½ for numbers.
    """
    if task == "regression":
        return None
    entry = LOSSES[loss.kind]
    if entry.target == "classes":
        return _index
    if outputs > 1:
        return _largest
    return _logit if entry.chances == "sigmoid" else _half


def _index(output: Tensor, target: Tensor) -> Tensor:
    return output.argmax(1) == target


def _largest(output: Tensor, target: Tensor) -> Tensor:
    return output.argmax(1) == target.argmax(1)


def _logit(output: Tensor, target: Tensor) -> Tensor:
    return (output > 0) == (target > 0.5)


def _half(output: Tensor, target: Tensor) -> Tensor:
    return (output > 0.5) == (target > 0.5)
