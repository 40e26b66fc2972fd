"""Evaluations of a run in slices, so that they can be interrupted: eval mode, no gradients, no random numbers."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from engine.datasets import Part
from engine.metrics import RATE, TRAIN_ACCURACY, TRAIN_LOSS, VALIDATION_ACCURACY, VALIDATION_LOSS
from engine.tensors.measure import Evaluation

if TYPE_CHECKING:
    from engine.tensors.train import Run

EVALUATION_ROWS = 256
"""An evaluation passes over its part in slices of this many rows, or of the batch size if that is more."""

Pieces = Generator[None, None, None]


def evaluation(run: Run, part: Part) -> Generator[None, None, Evaluation | None]:
    """Returns loss and accuracy of a part, None when it has no rows. Between two slices the run may do all but train."""
    if not len(run.rows[part]):
        return None
    tally = run.new_tally()
    for x, y in slices_of(run, part):
        run.network.eval()
        try:
            with torch.no_grad():
                output = run.network(x)
                tally.add((float(run.loss_fn(output, y)),), (len(y),), (y,))
        finally:
            run.network.train()
        tally.answer((output,), (y,))
        yield
    return tally.result()


def slices_of(run: Run, part: Part = "validation") -> list[tuple[Tensor, Tensor]]:
    """Features and targets of a part in the slices in which it is evaluated."""
    rows, size = run.rows[part], max(EVALUATION_ROWS, run.project.train.batch_size)
    return (
        list(zip(torch.split(rows.features, size), torch.split(rows.targets, size), strict=True)) if len(rows) else []
    )


def at_start(run: Run) -> Pieces:
    """Both parts before the first step, and the learning rate that it will have."""
    run.log.append(RATE, run.step, run.schedule.rate)
    log(run, TRAIN_LOSS, TRAIN_ACCURACY, (yield from evaluation(run, "train")))
    log(run, VALIDATION_LOSS, VALIDATION_ACCURACY, (yield from evaluation(run, "validation")))


def at_epoch_end(run: Run, train: Evaluation) -> Pieces:
    """The training part's numbers are the running ones of the epoch's batches, the validation's are taken now.

    Then the schedule moves, if it moves by epochs: the learning rate in the log is that of the coming step. Early stopping may put the
    best weights back.
    """
    log(run, TRAIN_LOSS, TRAIN_ACCURACY, train)
    found = yield from evaluation(run, "validation")
    log(run, VALIDATION_LOSS, VALIDATION_ACCURACY, found)
    watched = train.loss if found is None else found.loss
    run.watched.append(watched)
    run.schedule.epoch_done(watched)
    run.stopper.epoch_done(run, watched)
    run.log.append(RATE, run.step, run.schedule.rate)


def epochs_passed(run: Run, steps: Sequence[int], train: Sequence[Evaluation], found: Sequence[Evaluation]) -> None:
    """Several epochs ended at these steps, and nothing had to wait for it: no move of the schedule, no early stopping. Their numbers
    are recorded as `at_epoch_end` records them; `found` are those of the validation part, if there is one."""
    at = np.array(steps, dtype=np.float64)
    for loss, accuracy, part in (
        (TRAIN_LOSS, TRAIN_ACCURACY, train),
        (VALIDATION_LOSS, VALIDATION_ACCURACY, found),
    ):
        if part:
            run.log.extend(loss, at, np.array([each.loss for each in part]))
            if part[0].accuracy is not None:
                run.log.extend(accuracy, at, np.array([each.accuracy for each in part], dtype=np.float64))
    run.watched += [each.loss for each in found or train]
    run.log.extend(RATE, at, np.full(len(at), run.schedule.rate))


def log(run: Run, loss: str, accuracy: str, found: Evaluation | None) -> None:
    if found is not None:
        run.log.append(loss, run.step, found.loss)
        if found.accuracy is not None:
            run.log.append(accuracy, run.step, found.accuracy)
