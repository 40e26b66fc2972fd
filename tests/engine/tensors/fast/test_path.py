"""When the traced path is taken, when not and why, and that edits while it runs are followed bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.catalog import CLIPPINGS, LOSSES, SCHEDULES
from engine.spec import NodeSpec, ProjectSpec
from engine.tensors.fast import path
from engine.tensors.steps import LossNotFinite
from engine.tensors.train import Run
from tests.engine.tensors.fast.swaps import by_the_textbook, combination, differences, made_fast, swapping
from tests.engine.tensors.projects import ALL, chain, run_of

DIGITS = (("linear", {"out_features": 12}), ("relu", {}), ("dropout", {"p": 0.2}), ("linear", {"out_features": 10}))


def digits(**rest: object) -> ProjectSpec:
    """Adam on the digits: dropout, a remainder batch, a validation part."""
    return chain(DIGITS, "digits", "cross_entropy", "adam", batch_size=64, epochs=50, **rest)  # type: ignore[arg-type]


def with_node(project: ProjectSpec, node_id: str, change: Callable[[NodeSpec], NodeSpec]) -> ProjectSpec:
    nodes = tuple(change(node) if node.id == node_id else node for node in project.network.nodes)
    return replace(project, network=replace(project.network, nodes=nodes))


def with_rate(project: ProjectSpec, lr: float) -> ProjectSpec:
    return replace(project, train=replace(project.train, optimizer=project.train.optimizer.with_value("lr", lr)))


def follow(edit: Callable[[ProjectSpec], ProjectSpec], project: ProjectSpec, again: int) -> None:
    """An edit at step 20 and back at 40 leads both paths to the same numbers; the traced one is then made `again` times."""
    made = 0

    def train(run: Run, until: int, traced: bool) -> None:
        nonlocal made
        while run.step < until:
            if not traced:
                run.take_step()
            elif run.fast.ready(run):
                run.train_for(0.01, until - run.step)
            else:
                made += run.step > 0
                made_fast(run)
        run.settle()

    runs = []
    for traced in (False, True):
        run = run_of(project)
        train(run, 20, traced)
        run.apply_live(edit(project))
        train(run, 40, traced)
        run.apply_live(project)
        train(run, 60, traced)
        runs.append(run)
    assert differences(*runs) == []
    assert runs[1].fast.kind == "traced"
    assert made == again


def test_learning_rate_and_weight_decay_change_without_tracing_anew() -> None:
    follow(lambda project: with_rate(project, 0.03), digits(), again=0)
    follow(lambda project: with_node(project, "linear_2", lambda node: replace(node, lr=0.1)), grouped(), again=0)


def grouped() -> ProjectSpec:
    """Every layer has a group of its own."""
    project = with_node(digits(), "linear_1", lambda node: replace(node, lr=0.002, weight_decay=0.1))
    return with_node(project, "linear_2", lambda node: replace(node, lr=0.001))


def test_dropout_and_frozen_layers_are_traced_anew() -> None:
    def more_dropout(project: ProjectSpec) -> ProjectSpec:
        return with_node(project, "dropout_1", lambda node: replace(node, layer=node.layer.with_value("p", 0.5)))

    def frozen(project: ProjectSpec) -> ProjectSpec:
        return with_node(project, "linear_1", lambda node: replace(node, frozen=True))

    follow(more_dropout, digits(), again=2)
    follow(frozen, digits(), again=2)
    follow(frozen, grouped(), again=2)


@pytest.mark.parametrize("kind", ["step", "exponential", "one_cycle"])
def test_schedules_are_followed(kind: str) -> None:
    values = {"cycle_momentum": False} if kind == "one_cycle" else {}
    project = digits(schedule=SCHEDULES[kind].choose(values))
    one, other = run_of(project), made_fast(run_of(project))
    while one.step < 70:
        one.take_step()
    while other.step < 70:
        other.train_for(0.01, 70 - other.step)
    other.settle()
    assert differences(one, other) == []
    assert other.fast.kind == "traced"


@pytest.mark.parametrize(
    "settings",
    [
        {"clipping": CLIPPINGS["norm"].choose({"max_norm": 0.5})},
        {"clipping": CLIPPINGS["value"].choose({"clip_value": 0.01})},
        {"l1": 0.001},
        {"l2": 0.01, "penalize_all": True, "clipping": CLIPPINGS["norm"].choose({"max_norm": 0.1})},
        {"loss": LOSSES["cross_entropy"].choose({"class_weights": "balanced"})},
    ],
    ids="-".join,
)
def test_clipping_penalties_and_class_weights_are_traced(settings: dict[str, Any]) -> None:
    project = digits()
    project = replace(project, train=replace(project.train, **settings))
    one, other = run_of(project), made_fast(run_of(project))
    while one.step < 60:
        one.take_step()
    while other.step < 60:
        other.train_for(0.01, 60 - other.step)
    other.settle()
    assert differences(one, other) == []
    assert other.fast.kind == "traced"


def test_many_epochs_in_one_call_where_nothing_is_validated() -> None:
    project = chain(
        (("linear", {"out_features": 3}),), "iris", "cross_entropy", "adam", split=ALL, batch_size=40, epochs=30
    )
    one, other = run_of(project), made_fast(run_of(project))
    while not one.finished:
        one.take_step()
    calls = 0
    while not other.finished:
        other.train_for(10.0)
        calls += 1
    other.settle()
    assert differences(one, other) == []
    assert calls < 5


def test_small_validation_parts_are_evaluated_inside_a_call() -> None:
    values = {"track_running_stats": True}
    layers = (("linear", {"out_features": 4}), ("batch_norm1d", values), ("relu", {}), ("linear", {"out_features": 2}))
    project = chain(layers, "moons", "cross_entropy", "adam", batch_size=32, epochs=60)
    one, other = run_of(project), made_fast(run_of(project))
    while not one.finished:
        one.take_step()
    calls = 0
    while not other.finished:
        other.train_for(10.0)
        calls += 1
    other.settle()
    assert len(other.rows["validation"]) > 0
    assert differences(one, other) == []
    assert calls < 10


def exploding() -> ProjectSpec:
    """Dropout and BatchNorm with a learning rate that is too large."""
    layers = (
        ("linear", {"out_features": 8}),
        ("batch_norm1d", {}),
        ("dropout", {"p": 0.3}),
        ("linear", {"out_features": 1}),
    )
    return chain(layers, "diabetes", "mse", "sgd", optimizer_values={"lr": 0.03}, batch_size=16, epochs=100)


def test_a_loss_that_is_not_finite_leaves_the_run_before_that_step() -> None:
    one, other = run_of(exploding()), run_of(exploding())
    with pytest.raises(LossNotFinite) as end:
        while True:
            one.take_step()
    made_fast(other)
    with pytest.raises(LossNotFinite) as same:
        while True:
            other.train_for(1.0)
    assert (end.value.step, str(end.value)) == (same.value.step, str(same.value))
    assert end.value.step > 5  # so that a call of several steps is cut short
    assert differences(one, other) == []


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6])
def test_without_waiting_for_losses_as_on_a_gpu(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(path, "_looks_at_losses", lambda run: False)
    project = combination(number)
    textbook, end = by_the_textbook(project, 30)
    traced, same_end = swapping(project, 30, number)
    assert (end, differences(textbook, traced)) == (same_end, [])


def test_without_waiting_a_call_with_a_loss_that_is_not_finite_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(path, "_looks_at_losses", lambda run: False)
    one, end = by_the_textbook(exploding(), 1000)
    other, same_end = swapping(exploding(), 1000, 0)
    assert end
    assert (end, differences(one, other)) == (same_end, [])


def test_an_error_inside_a_call_is_the_textbooks_own(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = run_of(digits()), made_fast(run_of(digits()))
    one.take_step()
    other.rows["train"].targets[other.batches.peek(3)[0]] = one.rows["train"].targets[one.batches.peek(3)[0]] = 99
    texts = []
    for run in (one, other):
        with pytest.raises(IndexError) as problem:
            while True:
                run.take_step() if run is one else run.train_for(1.0)
        texts.append(str(problem.value))
    assert texts[0] == texts[1]
    assert one.step == other.step == 4
    assert differences(one, other) == []


def test_a_saved_run_goes_on_the_same_from_inside_an_epoch() -> None:
    one, other = made_fast(run_of(digits())), run_of(digits())
    one.train_for(0.01, 9)
    other.restore(one.state())
    made_fast(other)
    for run in (one, other):
        run.train_for(1.0, 5)
    assert one.step == other.step
    assert differences(one, other) == []


REASONS = (
    (lambda: chain(DIGITS, "digits", "cross_entropy", "lbfgs"), "LBFGS tries several losses"),
    (lambda: zoo_of("lstm"), "torch takes LSTM (lstm_1) as one operation"),
    (
        lambda: chain((("batch_norm1d", {"momentum": None}), ("linear", {"out_features": 3})), "iris", "cross_entropy"),
        "batch_norm1d_1 averages",
    ),
)


def zoo_of(kind: str) -> ProjectSpec:
    return chain(((kind, {}), ("linear", {"out_features": 1})), "waves", "mse", "adam")


@pytest.mark.parametrize(("project", "reason"), REASONS)
def test_what_is_not_traced_says_why_and_trains(project: Callable[[], ProjectSpec], reason: str) -> None:
    run = run_of(project())
    while run.step < 8:
        run.train_for(0.001, 2)
    assert run.fast.kind == "textbook"
    assert reason in run.fast.why


@pytest.mark.parametrize("kind", ["rnn", "gru"])
def test_recurrent_layers_are_traced_unless_they_are_too_long(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (one, _), (other, _) = by_the_textbook(zoo_of(kind), 20), swapping(zoo_of(kind), 20, 0)
    assert differences(one, other) == []
    monkeypatch.setattr(path, "MOST_OPERATIONS", 50)
    run = run_of(zoo_of(kind))
    while run.step < 8:
        run.train_for(0.001, 2)
    assert run.fast.why.startswith(path.TOO_LONG)


def test_traced_steps_that_differ_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(path, "agrees", lambda run, program: False)
    run = run_of(digits())
    while run.step < 30:
        run.train_for(0.001, 2)
    assert (run.fast.kind, run.fast.why) == ("textbook", path.DIFFERENT)


def test_preparing_does_not_move_the_run() -> None:
    one, other = run_of(digits()), run_of(digits())
    one.take_step()
    made_fast(other)
    assert differences(one, other) == []
