"""What a run remembers of its steps: every loss in the log, the sums of the epoch, the right answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.metrics import PENALTY, STEP_LOSS
from engine.tensors.evaluate import at_epoch_end, epochs_passed
from engine.tensors.measure import Evaluation

if TYPE_CHECKING:
    from engine.tensors.fast.program import Taken
    from engine.tensors.train import Run

_PENDING_ANSWERS = 64
"""So many batches' predictions are kept before their right answers are counted, all at once."""


def record(run: Run, loss: float, output: Tensor, target: Tensor) -> None:
    """A step was done on the last batch that was taken: count it. Its answer waits until there are many."""
    run.step += 1
    run.log.append(STEP_LOSS, run.step, loss)
    run.tally.add((loss,), (len(target),), (target,))
    run.answers.append((output, target))
    ended = run.batches.cursor == 0
    if ended or len(run.answers) >= _PENDING_ANSWERS:
        count_answers(run)
    if ended:
        run.epoch += 1
        run.due = at_epoch_end(run, run.tally.result())
        run.tally = run.new_tally()


def record_chunk(
    run: Run, taken: Taken, sizes: Sequence[int], targets: Tensor, slices: Sequence[tuple[Tensor, Tensor]]
) -> None:
    """Steps were done on the last batches that were taken, with so many rows: count them all at once.

    They may go beyond an epoch's end only where nothing has to wait for it. `slices` are those of the validation part, where it was
    evaluated at the end of every epoch; an evaluation that is missing is due.
    """
    losses, first = taken.losses, run.step
    if not losses:
        return
    count_answers(run)
    steps, hits = np.arange(first + 1.0, first + len(losses) + 1.0), _hits(run, taken, sizes, targets)
    parts = torch.split(targets[: sum(sizes)], list(sizes)) if run.tally.row_weights is not None else ()
    ends, found, done = list[int](), list[Evaluation](), 0
    left = run.steps_per_epoch - (run.batches.cursor - len(losses)) % run.steps_per_epoch
    while done < len(losses):
        until = min(len(losses), done + left)
        run.tally.add(losses[done:until], sizes[done:until], parts[done:until])
        run.tally.hits += int(hits[until] - hits[done])
        run.step = first + until
        if until == done + left:
            ends.append(run.step)
            found.append(run.tally.result())
            run.tally = run.new_tally()
            run.epoch += 1
        done, left = until, run.steps_per_epoch
    validated = _validated(run, taken, slices)
    waits = bool(ends) and (run.waits_at_epochs or (len(run.rows["validation"]) > 0 and len(validated) < len(ends)))
    passed = len(ends) - waits
    if passed:
        epochs_passed(run, ends[:passed], found[:passed], validated[:passed])
    run.log.extend(STEP_LOSS, steps, np.array(losses))
    if taken.penalties:
        run.log.extend(PENALTY, steps, np.array(taken.penalties))
    if waits:
        run.due = at_epoch_end(run, found[-1])


def _validated(run: Run, taken: Taken, slices: Sequence[tuple[Tensor, Tensor]]) -> list[Evaluation]:
    """The evaluations of the validation part that are complete."""
    found = []
    rows = [len(y) for _, y in slices]
    outputs = iter(torch.split(taken.validated_outputs, sum(rows)) if taken.validated_outputs is not None else ())
    for first in range(0, len(taken.validated) // max(1, len(slices)) * len(slices), max(1, len(slices))):
        tally = run.new_tally()
        tally.add(taken.validated[first : first + len(slices)], rows, [y for _, y in slices])
        if tally.correct is not None:
            tally.answer((next(outputs),), (torch.cat([y for _, y in slices]),))
        found.append(tally.result())
    return found


def _hits(run: Run, taken: Taken, sizes: Sequence[int], targets: Tensor) -> NDArray[np.int64]:
    """How many answers were right before each of the batches, and after the last."""
    hits = np.zeros(len(sizes) + 1, dtype=np.int64)
    if run.tally.correct is not None and taken.outputs is not None:
        right = run.tally.correct(taken.outputs, targets[: len(taken.outputs)])
        before = np.cumsum(right.reshape(-1).cpu().numpy(), dtype=np.int64)
        hits[1:] = before[np.cumsum(sizes) * (len(before) // sum(sizes)) - 1]
    return hits


def count_answers(run: Run) -> None:
    """Count the right answers among those that wait for it."""
    if run.answers:
        outputs, targets = zip(*run.answers, strict=True)
        run.tally.answer(outputs, targets)
        run.answers = []
