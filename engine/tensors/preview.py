"""What the settings of a training come to, before it begins: the learning rate over the planned run, by torch's
own scheduler, and the weights of the classes."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np
import torch

from engine.catalog import LOSSES, SCHEDULES
from engine.catalog.schedules import pace_of
from engine.commands import LookAtTraining
from engine.datasets import DataError, Prepared
from engine.datasets.class_weights import NONE, class_counts, loss_weights
from engine.edits import set_part_value
from engine.inspection import TrainingView
from engine.spec import OUTPUT_ID, ProjectSpec
from engine.tensors.check import check, prepared_or_error
from engine.tensors.data import batches_in_epoch
from engine.tensors.schedule import Schedule
from engine.views import frozen

MOST_MOVES = 200_000
"""A longer run is previewed so far only."""
MOST_POINTS = 2_000
_PIECE = 500

FLAT = "As it would be if the loss never got better; in the run it falls when the loss stops falling."


def look(command: LookAtTraining) -> Generator[None, None, TrainingView]:
    """The rates of the planned run. Engine thread only; in pieces, for a schedule may move at every one of many steps."""
    project = command.project
    found = prepared_or_error(project.data)
    if isinstance(found, DataError):
        return TrainingView(project)
    view = TrainingView(project)
    if pace_of(project.train.schedule):
        view = yield from _rates(project, batches_in_epoch(found.sizes[0], project.train.batch_size, project.network))
    return replace(view, weights=_weights_text(project, found))


def _weights_text(project: ProjectSpec, prepared: Prepared) -> str:
    """How much every class counts, with the rows that it has in the training part; "" where all count alike."""
    loss, data, targets = project.train.loss, prepared.dataset, prepared.targets["train"]
    output = check(project).shapes.get(OUTPUT_ID)
    if not LOSSES[loss.kind].weights or loss.get("class_weights") == NONE or not output:
        return ""
    try:
        weights = loss_weights(loss, data, targets, output[0]) or ()
    except ValueError:  # told as an issue
        return ""
    shown = [f"{weight:.6g}" for weight in weights]
    if data.task == "classes":
        counts = class_counts(data, targets)
        if LOSSES[loss.kind].target == "classes":
            each = zip(data.class_names, shown, counts, strict=True)
            return "weight: " + ", ".join(f"{name} {weight} ({count:,} rows)" for name, weight, count in each)
        rows = ", ".join(f"{name} {count:,}" for name, count in zip(data.class_names, counts, strict=True))
        return f"pos_weight: {', '.join(shown)} (training rows: {rows})"
    return f"pos_weight: {', '.join(shown)}"


def _rates(project: ProjectSpec, steps_per_epoch: int) -> Generator[None, None, TrainingView]:
    train = project.train
    by_steps = pace_of(train.schedule) == "step"
    unit = "steps" if by_steps else "epochs"
    optimizer = torch.optim.SGD([torch.zeros(())], lr=train.optimizer.number("lr"))
    try:
        schedule = Schedule(_without_momentum(project).train, optimizer, steps_per_epoch)
    except ZeroDivisionError:  # one phase without a step: told as an issue
        return TrainingView(project, unit)
    planned = train.epochs * steps_per_epoch if by_steps else train.epochs
    rates = [schedule.rate]
    for move in range(min(planned, MOST_MOVES) - 1):
        if by_steps:
            schedule.step_done()
        else:
            schedule.epoch_done(1.0)
        rates.append(schedule.rate)
        if move % _PIECE == _PIECE - 1:
            yield
    places = np.unique(np.linspace(0, len(rates) - 1, min(len(rates), MOST_POINTS)).round().astype(np.int64))
    notes = [FLAT] if SCHEDULES[train.schedule.kind].watches else []
    if planned > MOST_MOVES:
        notes.append(f"The first {MOST_MOVES:,} of {planned:,} {unit}.")
    return TrainingView(project, unit, frozen(places), frozen(np.array(rates)[places]), " ".join(notes))


def _without_momentum(project: ProjectSpec) -> ProjectSpec:
    """The same rates, whatever the optimizer can cycle besides."""
    if not project.train.schedule.has("cycle_momentum"):
        return project
    return set_part_value(project, "schedule", "cycle_momentum", False)
