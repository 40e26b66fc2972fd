"""The curves of a run as a picture: loss and, where there is one, accuracy over the epochs."""

from __future__ import annotations

import numpy as np

from engine.catalog import LOSSES, OPTIMIZERS, SCHEDULES
from engine.errors import ExportError
from engine.exporters.chart import Curve, Panel, chart
from engine.exporters.context import ExportContext
from engine.exporters.pictures import WRITERS
from engine.metrics import STEP_LOSS, TRAIN_ACCURACY, TRAIN_LOSS, VALIDATION_ACCURACY, VALIDATION_LOSS, MetricLog
from engine.spec import ProjectSpec
from engine.views import Failure

TRAIN_COLOUR, VALIDATION_COLOUR = "#0b6fb8", "#d1590a"
_LOSSES = (
    (STEP_LOSS, "each step", TRAIN_COLOUR, True),
    (TRAIN_LOSS, "training", TRAIN_COLOUR, False),
    (VALIDATION_LOSS, "validation", VALIDATION_COLOUR, False),
)
_ACCURACIES = (
    (TRAIN_ACCURACY, "training", TRAIN_COLOUR, False),
    (VALIDATION_ACCURACY, "validation", VALIDATION_COLOUR, False),
)


def render(context: ExportContext, suffix: str) -> bytes:
    """The picture as PNG, SVG or PDF. Raises engine.errors.ExportError when nothing was trained yet."""
    if context.log is None or context.log.last(STEP_LOSS) is None:
        raise ExportError(Failure("There is no curve yet.", todo="Train at least one step, then export the plot."))
    project, log = context.project, context.log
    losses = _LOSSES if log.steps_per_epoch > 1 or log.last(TRAIN_LOSS) is None else _LOSSES[1:]
    panels = [Panel(f"Loss: {LOSSES[project.train.loss.kind].title}", "epoch", _curves(log, losses), log=True)]
    accuracies = _curves(log, _ACCURACIES)
    if accuracies:
        panels.append(Panel("Accuracy", "epoch", accuracies, share=True))
    scene = chart(project.name, settings_text(project), tuple(panels))
    return WRITERS[suffix](scene)


def settings_text(project: ProjectSpec) -> str:
    """What the run was made with, in one line."""
    train = project.train
    optimizer = f"{OPTIMIZERS[train.optimizer.kind].title}, learning rate {train.optimizer.number('lr'):g}"
    if train.schedule.kind != "constant":
        optimizer += f", schedule {SCHEDULES[train.schedule.kind].title.lower()}"
    return f"{optimizer} · batch size {train.batch_size} · seed {train.seed}"


def _curves(log: MetricLog, wanted: tuple[tuple[str, str, str, bool], ...]) -> tuple[Curve, ...]:
    curves = []
    for name, label, colour, faint in wanted:
        steps, values, count = log.since(name)
        if count:
            epochs = np.asarray(steps, dtype=np.float64) / max(1, log.steps_per_epoch)
            curves.append(Curve(label, colour, epochs, np.asarray(values, dtype=np.float64), faint))
    return tuple(curves)
