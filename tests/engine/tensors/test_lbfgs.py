"""LBFGS: steps and losses of a plain loop with a closure, bit for bit; copied, saved, shown and written out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engine import edits, fixes
from engine.catalog import CLIPPINGS
from engine.commands import Exercise, OpenLens
from engine.metrics import STEP_LOSS
from engine.project_file import dump, parse
from engine.spec import ProjectSpec
from engine.tensors.check import check
from engine.tensors.descent import twin, walk
from engine.tensors.lens import lens
from engine.tensors.steps import LossNotFinite
from engine.tensors.tape import record
from engine.tensors.train import Run
from engine.tensors.workbench import exercise
from tests.engine.tensors.projects import DROPOUT_MLP, chain, prepared_of, run_of

LAYERS: Any = (("linear", {"out_features": 8}), ("tanh", {}), ("linear", {"out_features": 2}))
STEPS = 6


def project_with(layers: Any = LAYERS, batch_size: int = 1000, l2: float = 0.0, **values: Any) -> ProjectSpec:
    values = {"max_iter": 5, **values}
    train: dict[str, Any] = {"batch_size": batch_size, "l2": l2, "seed": 3, "epochs": STEPS}
    return chain(layers, "moons", "cross_entropy", "lbfgs", optimizer_values=values, **train)


CASES: dict[str, ProjectSpec] = {
    "full batch": project_with(),
    "line search": project_with(line_search_fn="strong_wolfe"),
    "short memory": project_with(history_size=2, lr=0.5, max_iter=8, max_eval=6),
    "small batches": project_with(batch_size=70, lr=0.1),
    "penalty": project_with(l2=0.01, line_search_fn="strong_wolfe"),
    "dropout": project_with(DROPOUT_MLP, lr=0.2),
}


def plain(project: ProjectSpec) -> tuple[list[float], list[Tensor]]:
    torch.set_num_threads(1)
    data = prepared_of(project)
    x, y = torch.tensor(data.features["train"]), torch.tensor(data.targets["train"]).long()
    torch.manual_seed(3)
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
    if any(node.kind == "dropout" for node in project.network.nodes):
        torch.manual_seed(3)
        model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 2))
    arguments: dict[str, Any] = project.train.optimizer.as_dict()
    arguments["line_search_fn"] = None if arguments["line_search_fn"] == "none" else arguments["line_search_fn"]
    optimizer = torch.optim.LBFGS(model.parameters(), **arguments)
    order = torch.Generator().manual_seed(3)
    losses: list[float] = []
    while len(losses) < STEPS:
        for rows in torch.randperm(len(x), generator=order).split(project.train.batch_size)[: STEPS - len(losses)]:

            def closure(rows: Tensor = rows) -> Tensor:
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
                if project.train.l2:
                    penalty = project.train.l2 * sum(p.square().sum() for p in model.parameters() if p.dim() > 1)
                    loss = loss + penalty
                loss.backward()
                return loss

            losses.append(optimizer.step(closure).item())  # type: ignore[arg-type]
    return losses, list(model.parameters())


def take(run: Run, count: int = STEPS) -> list[float]:
    return [run.take_step() for _ in range(count)]


@pytest.mark.parametrize("name", CASES)
def test_a_run_is_the_plain_loop(name: str) -> None:
    losses, weights = plain(CASES[name])
    run = run_of(CASES[name])
    found = take(run)
    for ours, theirs in zip(run.network.parameters(), weights, strict=True):
        assert torch.equal(ours, theirs)
    if CASES[name].train.l2:
        assert all(loss < objective for loss, objective in zip(found, losses, strict=True))
    else:
        assert found == losses
    assert found[-1] < found[0]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("at", [0, 1, 4])
def test_a_run_that_is_saved_goes_on_bit_for_bit(name: str, at: int) -> None:
    whole, first, again = (run_of(CASES[name]) for _ in range(3))
    take(whole)
    take(first, at)
    state = parse(dump(CASES[name], first.state())).run_state
    assert state is not None
    again.restore(state)
    take(again, STEPS - at)
    assert again.log.since(STEP_LOSS)[1].tolist() == whole.log.since(STEP_LOSS)[1].tolist()
    for ours, theirs in zip(again.network.parameters(), whole.network.parameters(), strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("name", CASES)
def test_the_tape_is_the_step_and_leaves_the_run_alone(name: str) -> None:
    run, alone = run_of(CASES[name]), run_of(CASES[name])
    take(run, 2)
    take(alone, 2)
    tape = record(run)
    assert tape.loss == run.take_step() == alone.take_step()
    for parameter, actual in run.network.named_parameters():
        (update,) = [e for e in tape.events if e.phase == "update" and e.parameter == parameter]
        assert update.outputs[0] is not None and np.array_equal(update.outputs[0].values, actual.detach().numpy())
        assert "more times" in update.text
        (arrived,) = [e for e in tape.events if e.phase == "accumulate" and e.parameter == parameter]
        assert update.inputs[1] is not None and arrived.outputs[0] is not None
        assert np.array_equal(update.inputs[1].values, arrived.outputs[0].values)


@pytest.mark.parametrize("name", CASES)
def test_the_lens_says_where_the_weight_goes(name: str) -> None:
    run = run_of(CASES[name])
    take(run, 2)
    view = lens(OpenLens("linear_2.weight", (1, 3)), run)
    run.take_step()
    assert view.new == run.network.get_parameter("linear_2.weight")[1, 3].item()
    assert [part.name for part in view.parts] == ["direction"]
    assert view.old + view.parts[0].value == view.new
    assert dict(view.derived)["loss evaluations"] > 1


def test_by_hand_one_step_does_the_whole_of_it() -> None:
    run = run_of(CASES["line search"])
    for action in ("forward", "backward", "step"):
        view = exercise(Exercise(action), run)  # type: ignore[arg-type]
        assert view.error is None
    run.take_step()
    last = view.tape.events[-1].outputs[0]
    assert last is not None and np.array_equal(last.values, run.network.get_parameter("linear_2.bias").detach().numpy())


def test_a_twin_walks_the_same_way() -> None:
    run = run_of(CASES["line search"])
    take(run, 2)
    pieces = walk(twin(run), 2, 60.0)
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            points = end.value.points
            break
    take(run, 2)
    assert torch.equal(points[-1], torch.cat([each.detach().reshape(-1) for each in run.network.parameters()]))


def test_a_loss_that_is_not_finite_leaves_everything_as_before() -> None:
    layers: Any = (("linear", {"out_features": 8}), ("relu", {}), ("linear", {"out_features": 1}))
    values = {"lr": 1000.0, "max_iter": 20}
    run = run_of(chain(layers, "quadratic_noise", "mse", "lbfgs", optimizer_values=values, batch_size=8))
    before: dict[str, Tensor] = {}
    with pytest.raises(LossNotFinite):
        for _ in range(100):
            before = {name: value.clone() for name, value in run.network.state_dict().items()}
            evaluations = dict(run.optimizer.state.get(next(run.network.parameters()), {})).get("func_evals", 0)
            run.take_step()
    assert all(torch.equal(before[name], value) for name, value in run.network.state_dict().items())
    assert dict(run.optimizer.state.get(next(run.network.parameters()), {})).get("func_evals", 0) == evaluations


def test_gradients_are_clipped_every_time_that_they_are_asked_for() -> None:
    project = edits.choose_part(project_with(lr=1.0, max_iter=3), "clipping", "value")
    project = edits.set_part_value(project, "clipping", "clip_value", 0.01)
    assert project.train.clipping == CLIPPINGS["value"].choose({"clip_value": 0.01})
    run = run_of(project)
    run.take_step()
    state = run.optimizer.state[next(run.network.parameters())]
    assert float(state["prev_flat_grad"].abs().max()) <= np.float32(0.01)


def test_a_rate_of_a_layer_is_an_issue_with_a_remedy() -> None:
    project = edits.set_node_value(project_with(), "linear_1", "lr", 0.5)
    project = edits.set_node_value(project, "linear_2", "weight_decay", 0.1)
    issues = [issue for issue in check(project).issues if issue.severity == "error"]
    assert [issue.node for issue in issues] == ["linear_1", "linear_2"]
    assert "one group only" in issues[0].text
    for issue in issues:
        project = fixes.apply(project, issue.fixes[0])
    take(run_of(project), 1)


def test_a_frozen_layer_stays() -> None:
    run = run_of(edits.set_node_value(project_with(), "linear_1", "frozen", True))
    before = run.network.get_parameter("linear_1.weight").detach().clone()
    losses = take(run, 3)
    assert torch.equal(before, run.network.get_parameter("linear_1.weight")) and losses[-1] < losses[0]


def test_its_rate_is_live_and_follows_a_schedule() -> None:
    project = edits.choose_part(project_with(batch_size=70), "schedule", "warm_up")
    run = run_of(project)
    take(run, 2)
    assert run.optimizer.param_groups[0]["lr"] == run.schedule.rate < 1.0
    assert run.apply_live(edits.set_optimizer_value(project, "lr", 0.5)) == ("Learning rate 1 → 0.5",)
    take(run, 1)


def test_its_memory_is_that_of_a_full_history() -> None:
    project = project_with(history_size=3, max_iter=10)
    run = run_of(project)
    take(run)
    state = run.optimizer.state[next(run.network.parameters())]
    vectors = [*state["old_dirs"], *state["old_stps"], state["d"], state["prev_flat_grad"]]
    assert check(project).total_memory.optimizer == sum(each.nbytes for each in vectors)
