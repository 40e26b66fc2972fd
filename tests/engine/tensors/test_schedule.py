"""Schedules: every rate and every loss of a run against a plain torch loop with torch's own scheduler, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler

from engine import edits, fixes
from engine.catalog import SCHEDULES
from engine.fields import Value
from engine.metrics import RATE, STEP_LOSS
from engine.project_json import from_json, to_json
from engine.spec import ProjectSpec
from engine.tensors.check import check
from engine.tensors.schedule import Schedule
from engine.tensors.train import Run
from tests.engine.tensors.projects import chain, prepared_of, run_of

LAYERS: Any = (("linear", {"out_features": 8}), ("tanh", {}), ("linear", {"out_features": 2}))
EPOCHS, STEPS = 6, 7
LR, OWN = 0.2, 0.05
Make = Callable[[torch.optim.Optimizer], Any]


def project_with(kind: str, optimizer: str = "sgd", **values: Value) -> ProjectSpec:
    """Seven batches an epoch; the second layer has a rate of its own."""
    project = chain(LAYERS, "moons", "cross_entropy", optimizer, optimizer_values={"lr": LR}, epochs=EPOCHS, seed=3)
    project = edits.set_node_value(project, "linear_2", "lr", OWN)
    project = edits.choose_part(project, "schedule", kind)
    for name, value in values.items():
        project = edits.set_part_value(project, "schedule", name, value)
    return project


def plain(project: ProjectSpec, make: Make, pace: str) -> tuple[list[float], list[tuple[float, ...]]]:
    """Losses and rates of every step, by hand."""
    data = prepared_of(project)
    x, y = torch.tensor(data.features["train"]), torch.tensor(data.targets["train"]).long()
    vx, vy = torch.tensor(data.features["validation"]), torch.tensor(data.targets["validation"]).long()
    torch.manual_seed(3)
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
    groups = [{"params": model[0].parameters()}, {"params": model[2].parameters(), "lr": OWN}]
    optimizer: Any = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[project.train.optimizer.kind](
        groups, lr=LR, fused=True
    )
    scheduler = make(optimizer)
    order = torch.Generator().manual_seed(3)
    losses, rates = [], []
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(x), generator=order).split(32):
            rates.append(tuple(group["lr"] for group in optimizer.param_groups))
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if pace == "step":
                scheduler.step()
        if pace == "epoch":
            scheduler.step()
        elif pace == "loss":
            with torch.no_grad():
                scheduler.step(nn.functional.cross_entropy(model(vx), vy).item())
    return losses, rates


def train(run: Run, count: int) -> list[tuple[float, ...]]:
    rates = []
    for _ in range(count):
        run.settle()
        rates.append(tuple(group["lr"] for group in run.optimizer.param_groups))
        run.take_step()
    return rates


def losses_of(run: Run) -> list[float]:
    return [float(value) for value in run.log.since(STEP_LOSS)[1]]


CASES: dict[str, tuple[ProjectSpec, Make, str]] = {
    "step": (project_with("step", step_size=2, gamma=0.3), lambda o: lr_scheduler.StepLR(o, 2, 0.3), "epoch"),
    "step by steps": (
        project_with("step", step_size=5, gamma=0.7, every="step"),
        lambda o: lr_scheduler.StepLR(o, 5, 0.7),
        "step",
    ),
    "multi-step": (
        project_with("multi_step", milestones=(1, 3, 4)),
        lambda o: lr_scheduler.MultiStepLR(o, [1, 3, 4]),
        "epoch",
    ),
    "exponential": (project_with("exponential", gamma=0.9), lambda o: lr_scheduler.ExponentialLR(o, 0.9), "epoch"),
    "cosine": (project_with("cosine"), lambda o: lr_scheduler.CosineAnnealingLR(o, EPOCHS), "epoch"),
    "cosine by steps": (
        project_with("cosine", "adam", every="step", eta_min=0.01),
        lambda o: lr_scheduler.CosineAnnealingLR(o, EPOCHS * STEPS, 0.01),
        "step",
    ),
    "short cosine": (project_with("cosine", T_max=2), lambda o: lr_scheduler.CosineAnnealingLR(o, 2), "epoch"),
    "one-cycle": (
        project_with("one_cycle", pct_start=0.4, div_factor=10.0),
        lambda o: lr_scheduler.OneCycleLR(
            o, [LR, OWN], total_steps=EPOCHS * STEPS, pct_start=0.4, div_factor=10.0, cycle_momentum=False
        ),
        "step",
    ),
    "one-cycle with momentum": (
        project_with("one_cycle", "adam", cycle_momentum=True, three_phase=True, anneal_strategy="linear"),
        lambda o: lr_scheduler.OneCycleLR(
            o, [LR, OWN], total_steps=EPOCHS * STEPS, three_phase=True, anneal_strategy="linear"
        ),
        "step",
    ),
    "plateau": (
        project_with("plateau", patience=0, threshold=0.15, factor=0.5),
        lambda o: lr_scheduler.ReduceLROnPlateau(o, factor=0.5, patience=0, threshold=0.15),
        "loss",
    ),
    "warm-up, then cosine": (
        project_with("warm_up_cosine", "adam", start_factor=0.1, total_iters=10, eta_min=0.001),
        lambda o: lr_scheduler.SequentialLR(
            o,
            [
                lr_scheduler.LinearLR(o, 0.1, total_iters=10),
                lr_scheduler.CosineAnnealingLR(o, EPOCHS * STEPS - 10, 0.001),
            ],
            milestones=[10],
        ),
        "step",
    ),
    "warm-up, then cosine by epochs": (
        project_with("warm_up_cosine", total_iters=2, every="epoch"),
        lambda o: lr_scheduler.SequentialLR(
            o, [lr_scheduler.LinearLR(o, total_iters=2), lr_scheduler.CosineAnnealingLR(o, EPOCHS - 2)], milestones=[2]
        ),
        "epoch",
    ),
    "warm-up": (
        project_with("warm_up", start_factor=0.1, total_iters=10),
        lambda o: lr_scheduler.LinearLR(o, 0.1, total_iters=10),
        "step",
    ),
}


def test_every_schedule_is_among_the_cases() -> None:
    assert {project.train.schedule.kind for project, _, _ in CASES.values()} == set(SCHEDULES.kinds) - {"constant"}


@pytest.mark.parametrize("name", CASES)
def test_rates_and_losses_are_those_of_a_plain_loop(name: str) -> None:
    project, make, pace = CASES[name]
    losses, rates = plain(project, make, pace)
    assert len(losses) == EPOCHS * STEPS and len(set(rates)) > 1
    run = run_of(project)
    assert train(run, EPOCHS * STEPS) == rates
    assert losses_of(run) == losses


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("at", [3, 14, 25])
def test_a_run_that_is_taken_up_again_goes_on_bit_for_bit(name: str, at: int) -> None:
    project, _, _ = CASES[name]
    whole = run_of(project)
    rates = train(whole, EPOCHS * STEPS)
    first = run_of(project)
    train(first, at)
    again = run_of(project)
    again.restore(first.state())
    assert train(again, EPOCHS * STEPS - at) == rates[at:]
    assert losses_of(again) == losses_of(whole)
    assert again.log.since(RATE)[1].tolist() == whole.log.since(RATE)[1].tolist()


@pytest.mark.parametrize("name", CASES)
def test_another_base_rate_counts_as_from_the_start(name: str) -> None:
    project, _, _ = CASES[name]
    run = run_of(project)
    train(run, 2 * STEPS + 3)
    watched = list(run.watched)
    edited = edits.set_optimizer_value(project, "lr", 0.5)
    assert run.apply_live(edited) == ("Learning rate 0.2 → 0.5",)
    other = run_of(edited)
    train(other, 2 * STEPS + 3)
    if project.train.schedule.kind != "plateau":
        assert [g["lr"] for g in run.optimizer.param_groups] == [g["lr"] for g in other.optimizer.param_groups]
    else:  # the losses that were seen stay what they were
        assert run.watched == watched
        scheduler = CASES[name][1](torch.optim.SGD([torch.zeros(1)], lr=0.5))
        for loss in watched:
            scheduler.step(loss)
        assert run.schedule.rate == scheduler.get_last_lr()[0]


def test_fields_of_the_schedule_are_live_and_its_kind_is_not() -> None:
    project, _, _ = CASES["step"]
    run = run_of(project)
    train(run, 2 * STEPS)
    assert run.settle() and run.schedule.rate == LR * 0.3
    assert run.apply_live(edits.set_part_value(project, "schedule", "gamma", 0.5)) == ("γ (gamma) 0.3 → 0.5",)
    assert run.schedule.rate == LR * 0.5
    with pytest.raises(ValueError, match="beyond"):
        run.apply_live(edits.choose_part(project, "schedule", "cosine"))


def test_a_longer_plan_stretches_a_cosine_over_the_whole_run() -> None:
    project, _, _ = CASES["cosine"]
    run = run_of(project)
    train(run, 3 * STEPS)
    run.apply_live(edits.set_train_value(project, "epochs", 12))
    other = run_of(edits.set_train_value(project, "epochs", 12))
    train(other, 3 * STEPS)
    other.settle()
    assert run.schedule.rate == other.schedule.rate


def test_beyond_the_plan_a_one_cycle_stays_at_its_end() -> None:
    run = run_of(CASES["one-cycle"][0])
    rates = train(run, EPOCHS * STEPS + 4)
    assert set(rates[-4:]) == {rates[EPOCHS * STEPS - 1]}


def test_rewinding_begins_the_schedule_again() -> None:
    run = run_of(CASES["plateau"][0])
    first = train(run, EPOCHS * STEPS)
    run.rewind()
    assert train(run, EPOCHS * STEPS) == first


@pytest.mark.parametrize("name", CASES)
def test_they_are_kept_in_the_file(name: str) -> None:
    project, _, _ = CASES[name]
    assert from_json(to_json(project)) == project


def test_a_file_from_before_there_were_schedules_has_a_constant_rate() -> None:
    project, _, _ = CASES["step"]
    old = to_json(project)
    del old["train"]["schedule"]
    assert from_json(old).train.schedule == SCHEDULES["constant"].choose()


@pytest.mark.parametrize(
    ("project", "told"),
    [
        (project_with("one_cycle", "adadelta", cycle_momentum=True), "Adadelta has no momentum"),
        (project_with("one_cycle", pct_start=1 / 42), "would last no step of the 42"),
        (project_with("one_cycle", pct_start=43 / 84, three_phase=True), "would last no step of the 42"),
    ],
    ids=["momentum", "no rise", "no end"],
)
def test_what_a_one_cycle_cannot_do_is_said_and_mended(project: ProjectSpec, told: str) -> None:
    (issue,) = [each for each in check(project).issues if each.severity == "error"]
    assert told in issue.text
    mended = fixes.apply(project, issue.fixes[0])
    train(run_of(mended), EPOCHS * STEPS)


def test_one_step_is_enough_for_every_default_schedule() -> None:
    for entry in SCHEDULES:
        project = edits.set_train_value(project_with(entry.kind), "epochs", 1)
        project = edits.set_train_value(project, "batch_size", 10_000)
        train(run_of(project), 3)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("moves", [0, 1, 2, 9, 10, 11, 41, 42, 43])
def test_so_many_moves_at_once_are_the_moves_one_by_one(name: str, moves: int) -> None:
    train = CASES[name][0].train
    losses = [1.0 / (1 + move % 5) for move in range(moves)]

    def new() -> Schedule:
        groups = [{"params": [torch.zeros(1)]}, {"params": [torch.zeros(1)], "lr": OWN}]
        return Schedule(train, torch.optim.AdamW(groups, lr=LR), STEPS)

    single, jumped = new(), new()
    for loss in losses:
        single.step_done()
        single.epoch_done(loss)
    jumped.replay(moves, losses)
    for _ in range(3):
        for ours, theirs in zip(jumped._optimizer.param_groups, single._optimizer.param_groups, strict=True):
            assert (ours["lr"], ours["betas"]) == (theirs["lr"], theirs["betas"])
        for schedule in (single, jumped):
            schedule.step_done()
            schedule.epoch_done(2.0)


def test_edits_of_other_things_leave_the_schedule_as_it_is() -> None:
    project, _, _ = CASES["cosine by steps"]
    run = run_of(project)
    train(run, 5)
    schedule = run.schedule
    run.apply_live(edits.move_nodes(edits.set_train_value(project, "l2", 0.1), {"linear_1": (50.0, 5.0)}))
    assert run.schedule is schedule
    run.apply_live(edits.set_node_value(project, "linear_1", "lr", 0.4))
    assert run.schedule is not schedule and run.optimizer.param_groups[0]["lr"] > 0.3
