"""Two runs of one project: one by the textbook alone, one that changes between textbook and traced steps at random."""

from __future__ import annotations

import random
from dataclasses import replace

import torch
from torch import Tensor

from engine.catalog import OPTIMIZERS
from engine.metrics import PENALTY, RATE, STEP_LOSS, TRAIN_ACCURACY, TRAIN_LOSS, VALIDATION_ACCURACY, VALIDATION_LOSS
from engine.spec import ProjectSpec
from engine.tensors.steps import LossNotFinite
from engine.tensors.train import Run
from tests.engine.tensors import random_nets
from tests.engine.tensors.projects import run_of

MOST_PIECES = 12
CURVES = (PENALTY, RATE, STEP_LOSS, TRAIN_LOSS, TRAIN_ACCURACY, VALIDATION_LOSS, VALIDATION_ACCURACY)
OPTIMIZER_KINDS = ("sgd", "adam", "adamw", "adagrad", "rmsprop", "adadelta", "nadam", "radam")


def combination(number: int) -> ProjectSpec:
    """The random network of this number with a random optimizer."""
    draw, project = random.Random(f"combination {number}"), random_nets.some(number)
    kind = draw.choice(OPTIMIZER_KINDS)
    values: dict[str, object] = {"lr": draw.choice((0.001, 0.01, 0.05)), "weight_decay": draw.choice((0.0, 0.01))}
    if kind == "sgd":
        momentum = draw.choice((0.0, 0.9))
        values |= {"momentum": momentum, "nesterov": momentum > 0 and draw.random() < 0.5}
    if kind in ("adam", "adamw"):
        values |= {"amsgrad": draw.random() < 0.3, "beta1": draw.choice((0.9, 0.5))}
    if kind == "adagrad":
        values |= {"lr_decay": draw.choice((0.0, 0.1)), "initial_accumulator_value": 0.1}
    if kind == "rmsprop":
        values |= {"momentum": draw.choice((0.0, 0.9)), "centered": draw.random() < 0.5}
    if kind in ("nadam", "radam"):
        values |= {"decoupled_weight_decay": draw.random() < 0.5}
    values["maximize"] = draw.random() < 0.1
    return replace(project, train=replace(project.train, optimizer=OPTIMIZERS[kind].choose(values), epochs=1000))


def made_fast(run: Run) -> Run:
    """The same run after one step by the textbook, with its traced steps ready."""
    if run.step == 0:
        run.take_step()
    for _ in range(MOST_PIECES):
        if run.fast.ready(run):
            return run
        run.fast.prepare(run)
    raise AssertionError(run.fast.why)


def by_the_textbook(project: ProjectSpec, steps: int) -> tuple[Run, str]:
    """A run after so many steps, none of them traced, and what ended it before."""
    run = run_of(project)
    try:
        while run.step < steps:
            run.take_step()
    except LossNotFinite as end:
        return run, str(end)
    return run, ""


def swapping(project: ProjectSpec, steps: int, number: int) -> tuple[Run, str]:
    """The same, taken by the textbook and in traced chunks of random lengths, as the dice fall."""
    draw, run = random.Random(f"swaps {number}"), run_of(project)
    try:
        made_fast(run)
        while run.step < steps:
            if draw.random() < 0.3:
                run.take_step()
            else:
                assert run.fast.ready(run), run.fast.why
                run.train_for(draw.choice((0.0, 0.001, 0.01)), min(steps - run.step, draw.randint(1, 40)))
    except LossNotFinite as end:
        return run, str(end)
    run.settle()
    return run, ""


def everything(run: Run) -> dict[str, Tensor]:
    """All that makes the run: weights, buffers, gradients, optimizer, random numbers, order of the rows, curves."""
    state = run.state()
    found = {name: torch.tensor(value) for part in (state.weights, state.tensors) for name, value in part.items()}
    found |= {name: torch.tensor(state.curves[name]) for name in CURVES}
    found |= {f"grad of {name}": each.grad for name, each in run.network.named_parameters() if each.grad is not None}
    facts = ("step", "epoch", "cursor", "epoch_loss", "epoch_rows", "epoch_hits")
    return found | {name: torch.tensor(float(state.facts[name])) for name in facts}


def differences(one: Run, other: Run) -> list[str]:
    """Names of what is not bit for bit the same in two runs."""
    ours, theirs = everything(one), everything(other)
    missing = sorted(set(ours) ^ set(theirs))
    return missing + [name for name in ours if name in theirs and not torch.equal(ours[name], theirs[name])]
