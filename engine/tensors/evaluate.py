"""Evaluations of a run in slices, so that they can be interrupted: eval mode, no gradients, no random numbers."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

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
    rows, size = run.rows[part], max(EVALUATION_ROWS, run.project.train.batch_size)
    if not len(rows):
        return None
    tally = run.new_tally()
    for first in range(0, len(rows), size):
        x, y = rows.features[first : first + size], rows.targets[first : first + size]
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


def epochs_passed(run: Run, steps: Sequence[int], found: Sequence[Evaluation]) -> None:
    """Several epochs ended at these steps, and nothing had to be done between them: no validation, no move of the schedule, no
    early stopping. Their numbers are recorded as `at_epoch_end` records them."""
    at, losses = np.array(steps, dtype=np.float64), [each.loss for each in found]
    run.log.extend(TRAIN_LOSS, at, np.array(losses))
    if found and found[0].accuracy is not None:
        run.log.extend(TRAIN_ACCURACY, at, np.array([each.accuracy for each in found], dtype=np.float64))
    run.watched += losses
    run.log.extend(RATE, at, np.full(len(at), run.schedule.rate))


def log(run: Run, loss: str, accuracy: str, found: Evaluation | None) -> None:
    if found is not None:
        run.log.append(loss, run.step, found.loss)
        if found.accuracy is not None:
            run.log.append(accuracy, run.step, found.accuracy)
