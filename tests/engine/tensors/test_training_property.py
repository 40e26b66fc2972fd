"""Every part of a training with every other, drawn at random: taken up again, in pieces, with edits on the way, and on the tape."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch

from engine import edits
from engine.catalog import CLIPPINGS, OPTIMIZERS, SCHEDULES
from engine.metrics import SERIES
from engine.project_file import dump, parse
from engine.project_json import from_json, to_json
from engine.spec import ProjectSpec
from engine.tensors.check import check
from engine.tensors.tape import record
from engine.tensors.train import Run
from tests.engine.tensors.projects import ALL, chain, run_of

LAYERS: Any = (
    (("linear", {"out_features": 6}), ("tanh", {}), ("linear", {"out_features": 2})),
    (("linear", {"out_features": 6}), ("batch_norm1d", {}), ("relu", {}), ("linear", {"out_features": 2})),
    (("linear", {"out_features": 6}), ("relu", {}), ("dropout", {"p": 0.3}), ("linear", {"out_features": 2})),
)
RATES = {"sgd": 0.1, "adadelta": 1.0, "adagrad": 0.05, "lbfgs": 0.3}
EPOCHS = 8


def drawn(seed: int) -> ProjectSpec:
    """A project whose training has a bit of everything."""
    draw = random.Random(seed)
    optimizer = draw.choice(OPTIMIZERS.kinds)
    values: dict[str, Any] = {"lr": RATES.get(optimizer, 0.01)} | ({"max_iter": 3} if optimizer == "lbfgs" else {})
    project = chain(
        draw.choice(LAYERS),
        "moons",
        "cross_entropy",
        optimizer,
        rows={"n": 90},
        loss_values={
            "reduction": draw.choice(("mean", "sum")),
            "label_smoothing": draw.choice((0.0, 0.1)),
            "class_weights": draw.choice(("none", "balanced")),
        },
        optimizer_values=values,
        split=draw.choice((None, ALL)),
        epochs=EPOCHS,
        batch_size=draw.choice((16, 25, 100)),
        seed=seed,
        l1=draw.choice((0.0, 0.001)),
        l2=draw.choice((0.0, 0.01)),
        penalize_all=draw.random() < 0.3,
    )
    project = edits.choose_part(project, "schedule", draw.choice(SCHEDULES.kinds))
    if project.train.schedule.has("every"):
        project = edits.set_part_value(project, "schedule", "every", draw.choice(("epoch", "step")))
    project = edits.choose_part(project, "clipping", draw.choice(CLIPPINGS.kinds))
    for name in ("max_norm", "clip_value"):
        if project.train.clipping.has(name):
            project = edits.set_part_value(project, "clipping", name, draw.choice((0.05, 0.5)))
    if draw.random() < 0.5:
        project = edits.choose_part(project, "stopping", "early")
        project = edits.set_part_value(project, "stopping", "patience", draw.choice((1, 2)))
    if optimizer != "lbfgs" and draw.random() < 0.4:
        project = edits.set_node_value(project, "linear_1", "lr", 0.03)
    return project


def whole(run: Run) -> Run:
    while not run.finished:
        run.take_step()
    return run


def same(first: Run, second: Run) -> None:
    assert (first.step, first.epoch, first.stopper.told) == (second.step, second.epoch, second.stopper.told)
    for name in SERIES:
        assert first.log.since(name)[1].tolist() == second.log.since(name)[1].tolist(), name
    for ours, theirs in zip(first.network.state_dict().values(), second.network.state_dict().values(), strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("seed", range(25))
def test_a_training_of_many_parts(seed: int) -> None:
    project = drawn(seed)
    assert check(project).ready and from_json(to_json(project)) == project
    alone = whole(run_of(project))
    draw = random.Random(seed)
    cut = draw.randint(0, alone.step)

    first = run_of(project)
    for _ in range(cut):
        first.take_step()
    state = parse(dump(project, first.state())).run_state
    assert state is not None
    again = run_of(project)
    again.restore(state)
    same(whole(again), alone)

    pieces = run_of(project)
    while not pieces.finished:
        pieces.train_for(0.002)
    pieces.settle()
    same(pieces, alone)

    taken = run_of(project)
    for _ in range(draw.randint(0, 5)):
        taken.take_step()
    tape = record(taken)
    assert tape.loss == taken.take_step()
    for name, parameter in taken.network.named_parameters():
        (update,) = [event for event in tape.events if event.phase == "update" and event.parameter == name]
        assert update.outputs[0] is not None
        if not taken.stopper.told:  # at an epoch's end the best weights may have come back
            assert np.array_equal(update.outputs[0].values, parameter.detach().numpy())


@pytest.mark.parametrize("seed", range(8))
def test_edits_while_it_runs_are_kept_by_a_file(seed: int) -> None:
    """Live values change on the way; saved after that, it goes on as it would have."""
    project = drawn(seed)
    runs = [run_of(project), run_of(project)]
    for run in runs:
        for _ in range(4):
            run.take_step()
        edited = edits.set_optimizer_value(project, "lr", project.train.optimizer.number("lr") / 2)
        edited = edits.set_train_value(edits.set_train_value(edited, "l2", 0.02), "epochs", EPOCHS + 2)
        run.apply_live(edited)
        run.take_step()
    state = parse(dump(edited, runs[1].state())).run_state
    assert state is not None
    again = run_of(edited)
    again.restore(state)
    assert again.schedule.rate == runs[0].schedule.rate
    same(whole(again), whole(runs[0]))
