"""What came out of a run, as JSON: losses and accuracies of every epoch, and of the test part."""

from __future__ import annotations

import json
import math
from typing import Any

from engine.errors import ExportError
from engine.exporters.context import ExportContext
from engine.metrics import STEP_LOSS, TRAIN_ACCURACY, TRAIN_LOSS, VALIDATION_ACCURACY, VALIDATION_LOSS, MetricLog
from engine.views import Failure


def render(context: ExportContext, suffix: str) -> bytes:
    """The results as a JSON object. Raises engine.errors.ExportError when nothing was trained yet."""
    log = context.log
    if log is None or context.evaluate is None or log.last(STEP_LOSS) is None:
        raise ExportError(
            Failure("There are no results yet.", todo="Train at least one step, then export the results.")
        )
    losses = _per_epoch(log, TRAIN_LOSS)
    test = context.evaluate("test")
    steps, _, _ = log.since(STEP_LOSS)
    found: dict[str, Any] = {
        "name": context.project.name,
        "device": context.device,
        "seed": context.project.train.seed,
        "epochs": len(losses),
        "steps": int(steps[-1]),
        "train_loss": losses,
        "mean_of_batch_losses": _means_of_batches(log, len(losses)),
        "val_loss": _per_epoch(log, VALIDATION_LOSS) or [None] * len(losses),
        "train_accuracy": _per_epoch(log, TRAIN_ACCURACY) or [None] * len(losses),
        "val_accuracy": _per_epoch(log, VALIDATION_ACCURACY) or [None] * len(losses),
        **({"stopped": context.stopped} if context.stopped else {}),
        "test_loss": None if test is None else _finite(test.loss),
        "test_accuracy": None if test is None else test.accuracy,
    }
    text = json.dumps(found, ensure_ascii=False, allow_nan=False, indent=1)
    if json.loads(text) != found:
        raise ExportError(Failure("The results were not exported: the file does not read back equal."))
    return text.encode("utf-8")


def _per_epoch(log: MetricLog, name: str) -> list[float | None]:
    """The values at the ends of the epochs; the one before the first step is left out."""
    steps, values, _ = log.since(name)
    return [_finite(value) for step, value in zip(steps.tolist(), values.tolist(), strict=True) if step > 0]


def _means_of_batches(log: MetricLog, epochs: int) -> list[float | None]:
    """What many training loops print as the loss of an epoch; it differs where the last batch is shorter."""
    means = (log.mean_of_batches(epoch * log.steps_per_epoch) for epoch in range(1, epochs + 1))
    return [None if mean is None else _finite(mean) for mean in means]


def _finite(value: float) -> float | None:
    """JSON has no word for a number that is not finite."""
    return value if math.isfinite(value) else None
