"""What a run remembers of its steps: every loss in the log, the sums of the epoch, the right answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from engine.metrics import STEP_LOSS
from engine.tensors.evaluate import at_epoch_end

if TYPE_CHECKING:
    from engine.tensors.train import Run

_PENDING_ANSWERS = 64
"""So many batches' predictions are kept before their right answers are counted, all at once."""


def record(
    run: Run, losses: Sequence[float], rows: Sequence[int], outputs: Sequence[Tensor], targets: Sequence[Tensor]
) -> None:
    """Steps were done on the last batches that were taken: count them, with their losses, rows and answers.

    Where they go beyond an epoch's end, its evaluation takes place at once; that of the last one's end is then due.
    """
    first, done, count = run.step, 0, len(losses)
    begun = (run.batches.cursor - count) % run.steps_per_epoch
    while done < count:
        until = min(count, done + run.steps_per_epoch - begun)
        ended = begun + until - done == run.steps_per_epoch
        run.step = first + until
        run.tally.add(losses[done:until], rows[done:until], targets[done:until])
        run.answers += zip(outputs[done:until], targets[done:until], strict=True)
        if ended or len(run.answers) >= _PENDING_ANSWERS:
            count_answers(run)
        if ended:
            run.epoch += 1
            run.due = at_epoch_end(run, run.tally.result())
            run.tally = run.new_tally()
            if until < count:
                run.settle()
        done, begun = until, 0
    run.log.extend(STEP_LOSS, np.arange(first + 1.0, first + count + 1.0), np.array(losses, dtype=np.float64))


def count_answers(run: Run) -> None:
    """Count the right answers among those that wait for it."""
    if run.answers:
        outputs, targets = zip(*run.answers, strict=True)
        run.tally.answer(outputs, targets)
        run.answers = []
