"""What the settings of a training come to, before it begins: the learning rate over the planned run, by torch's own scheduler."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import torch

from engine.catalog import SCHEDULES
from engine.catalog.schedules import pace_of
from engine.commands import LookAtTraining
from engine.datasets import DataError
from engine.edits import set_part_value
from engine.inspection import TrainingView
from engine.spec import ProjectSpec
from engine.tensors.check import prepared_or_error
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
    pace = pace_of(project.train.schedule)
    found = prepared_or_error(project.data)
    if not pace or isinstance(found, DataError):
        return TrainingView(project)
    return (yield from _rates(project, batches_in_epoch(found.sizes[0], project.train.batch_size, project.network)))


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
