"""Early stopping: where a plain loop would stop, with the weights that it would put back; exact when taken up again."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from queue import SimpleQueue
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine import edits
from engine.catalog import STOPPINGS
from engine.commands import Close, Command, Play, ShowProject
from engine.mailbox import Mailbox
from engine.metrics import STEP_LOSS, TRAIN_LOSS, VALIDATION_LOSS
from engine.project_file import dump, parse
from engine.spec import ProjectSpec
from engine.tensors.train import Run
from engine.tensors.worker import Worker
from engine.views import Notice, RunStatus
from tests.engine.tensors.projects import ALL, chain, prepared_of, run_of

LAYERS: Any = (("linear", {"out_features": 32}), ("relu", {}), ("batch_norm1d", {}), ("linear", {"out_features": 2}))


def project_with(patience: int = 3, epochs: int = 60, **values: Any) -> ProjectSpec:
    """Few noisy rows and a high rate: it overfits soon."""
    stopping = STOPPINGS["early"].choose({"patience": patience, **values})
    return chain(
        LAYERS,
        "moons",
        "cross_entropy",
        "adam",
        rows={"n": 100, "noise": 0.4},
        optimizer_values={"lr": 0.05},
        epochs=epochs,
        seed=1,
        stopping=stopping,
    )


def finish(run: Run) -> Run:
    while not run.finished:
        run.train_for(1.0)
    return run


def weights_of(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def plain(project: ProjectSpec) -> tuple[list[float], int, list[Tensor], list[Tensor]]:
    """Validation losses to the stop, the best epoch, the best weights, and those at the stop."""
    data, stopping = prepared_of(project), project.train.stopping
    x, y = torch.tensor(data.features["train"]), torch.tensor(data.targets["train"]).long()
    vx, vy = torch.tensor(data.features["validation"]), torch.tensor(data.targets["validation"]).long()
    torch.set_num_threads(1)  # as a run does: with another number the last bits differ
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.BatchNorm1d(32), nn.Linear(32, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05, fused=True)
    order = torch.Generator().manual_seed(1)
    best, kept, losses = float("inf"), [], []
    best_epoch = 0
    for epoch in range(1, 61):
        for rows in torch.randperm(len(x), generator=order).split(32):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            losses.append(nn.functional.cross_entropy(model(vx), vy).item())
        model.train()
        if losses[-1] < best - stopping.number("min_delta"):
            best, best_epoch, kept = losses[-1], epoch, [value.clone() for value in model.state_dict().values()]
        elif epoch - best_epoch >= stopping.number("patience"):
            break
    return losses, best_epoch, kept, list(model.state_dict().values())


@pytest.mark.parametrize("values", [{}, {"patience": 5, "min_delta": 0.02}, {"restore_best": False}])
def test_it_stops_where_a_plain_loop_does(values: dict[str, Any]) -> None:
    project = project_with(**values)
    losses, best_epoch, kept, last = plain(project)
    run = finish(run_of(project))
    assert run.epoch == len(losses) < 60
    assert run.log.since(VALIDATION_LOSS)[1][1:].tolist() == pytest.approx(losses, rel=1e-6)
    back = project.train.stopping.get("restore_best")
    for ours, theirs in zip(run.network.state_dict().values(), kept if back else last, strict=True):
        assert torch.equal(ours, theirs)
    assert f"after epoch {run.epoch}" in run.stopper.told and f"best in epoch {best_epoch} " in run.stopper.told
    assert (f"weights of epoch {best_epoch} are back" in run.stopper.told) == back


def test_without_a_validation_part_the_training_loss_counts() -> None:
    project = project_with(patience=1, min_delta=0.05)
    project = replace(project, data=replace(project.data, split=ALL))
    run = finish(run_of(project))
    losses = run.log.since(TRAIN_LOSS)[1][1:].tolist()
    assert losses[-1] >= losses[-2] - 0.05 and "training loss" in run.stopper.told
    assert all(after < before - 0.05 for before, after in pairwise(losses[:-1]))


def test_single_steps_may_go_on_after_the_stop_and_it_stops_once() -> None:
    run = finish(run_of(project_with()))
    told, epoch = run.stopper.told, run.epoch
    for _ in range(2 * run.steps_per_epoch):
        run.take_step()
    assert (run.epoch, run.stopper.told) == (epoch + 2, told)


@pytest.mark.parametrize("at", [1, 7, 16])
def test_a_run_that_is_taken_up_again_stops_at_the_same_place_with_the_same_weights(at: int) -> None:
    project = project_with()
    whole = finish(run_of(project))
    first = run_of(project)
    for _ in range(at):
        first.take_step()
    state = parse(dump(project, first.state())).run_state
    assert state is not None
    again = run_of(project)
    again.restore(state)
    finish(again)
    assert again.stopper.told == whole.stopper.told and again.epoch == whole.epoch
    assert again.log.since(STEP_LOSS)[1].tolist() == whole.log.since(STEP_LOSS)[1].tolist()
    ours, theirs = weights_of(again.network), weights_of(whole.network)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_stopped_run_is_stopped_when_it_is_opened_again() -> None:
    project = project_with()
    whole = finish(run_of(project))
    again = run_of(project)
    again.restore(whole.state())
    assert again.finished and again.stopper.told == whole.stopper.told
    again.rewind()
    assert not again.finished and not again.stopper.told
    assert finish(again).stopper.told == whole.stopper.told


def test_the_engine_says_so_and_pauses() -> None:
    commands: SimpleQueue[Command] = SimpleQueue()
    mailbox = Mailbox()
    worker = Worker(commands, mailbox)
    seen: list[str] = []

    for command in (ShowProject(project_with()), Play("end")):
        commands.put(command)
    put = mailbox.put

    def spy(slot: Any, value: object) -> None:
        put(slot, value)
        if slot == "status" and isinstance(value, RunStatus) and value.stopped and value.state == "paused" and not seen:
            seen.append(value.stopped)
            commands.put(Play("end"))
            commands.put(Close())

    mailbox.put = spy  # type: ignore[method-assign]
    worker.serve()
    notices = [event.text for event in mailbox.take() if isinstance(event, Notice)]
    assert seen and notices == [seen[0], seen[0]]  # once when it stopped, once as the answer to Play


def test_the_settings_need_another_run() -> None:
    run = run_of(project_with())
    with pytest.raises(ValueError, match="beyond"):
        run.apply_live(edits.set_part_value(run.project, "stopping", "patience", 9))
