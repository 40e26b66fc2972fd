"""A run against the same loop written in plain torch, bit for bit; and that nothing but a step ever changes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engine import edits
from engine.catalog import OPTIMIZERS
from engine.metrics import (
    STEP_LOSS,
    TRAIN_ACCURACY,
    TRAIN_LOSS,
    VALIDATION_ACCURACY,
    VALIDATION_LOSS,
)
from engine.spec import ProjectSpec, SplitSpec
from engine.tensors import steps
from engine.tensors.check import check
from engine.tensors.data import Batches
from engine.tensors.train import LossNotFinite, Run
from tests.engine.tensors.projects import ALL, DROPOUT_MLP, MLP, chain, prepared_of, run_of, s3

CPU = torch.device("cpu")


def losses_of(run: Run, name: str = STEP_LOSS) -> list[float]:
    return [float(value) for value in run.log.since(name)[1]]


def train(run: Run, count: int) -> list[float]:
    return [run.take_step() for _ in range(count)]


def weights_of(run: Run) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in run.network.state_dict().items()}


def same_weights(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return list(first) == list(second) and all(torch.equal(first[name], second[name]) for name in first)


class PlainLoop:
    """The moons classifier with dropout as one would write it by hand: no line of the engine in it but the data."""

    def __init__(self, project: ProjectSpec, epochs: int) -> None:
        prepared = prepared_of(project)
        x, y = torch.tensor(prepared.features["train"]), torch.tensor(prepared.targets["train"]).long()
        vx, vy = torch.tensor(prepared.features["validation"]), torch.tensor(prepared.targets["validation"]).long()
        torch.manual_seed(project.train.seed)
        model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 2))
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01, betas=(0.9, 0.999), eps=1e-8, fused=True)
        order = torch.Generator().manual_seed(project.train.seed)
        self.steps: list[float] = []
        self.train: list[float] = []
        self.train_hits: list[float] = []
        self.validation: list[float] = []
        self.validation_hits: list[float] = []
        for _ in range(epochs):
            total, hits = 0.0, 0
            for rows in torch.randperm(len(x), generator=order).split(project.train.batch_size):
                optimizer.zero_grad()
                output = model(x[rows])
                loss = nn.functional.cross_entropy(output, y[rows])
                loss.backward()
                optimizer.step()
                self.steps.append(loss.item())
                total += loss.item() * len(rows)
                hits += int((output.argmax(1) == y[rows]).sum())
            self.train.append(total / len(x))
            self.train_hits.append(hits / len(x))
            model.eval()
            with torch.no_grad():
                answers = model(vx)
                self.validation.append(nn.functional.cross_entropy(answers, vy).item())
                self.validation_hits.append(int((answers.argmax(1) == vy).sum()) / len(vy))
            model.train()
        self.model = model


def moons(**rest: Any) -> ProjectSpec:
    values = {"batch_size": 32, "epochs": 4, "seed": 3} | rest
    return chain(DROPOUT_MLP, "moons", "cross_entropy", "adam", optimizer_values={"lr": 0.01}, **values)


def test_every_loss_equals_the_plain_loop_bit_for_bit() -> None:
    project = moons()
    plain = PlainLoop(project, 4)
    run = run_of(project)
    assert train(run, len(plain.steps)) == plain.steps == losses_of(run)
    assert losses_of(run, TRAIN_LOSS)[1:] == plain.train
    assert losses_of(run, TRAIN_ACCURACY)[1:] == plain.train_hits
    assert losses_of(run, VALIDATION_LOSS)[1:] == pytest.approx(plain.validation, rel=1e-12)
    assert losses_of(run, VALIDATION_ACCURACY)[1:] == plain.validation_hits
    assert [float(x) for x in run.log.since(TRAIN_LOSS)[0]] == [0, 7, 14, 21, 28]
    for ours, theirs in zip(run.network.parameters(), plain.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert run.finished and run.epoch == 4 and run.step == 28


def test_before_the_first_step_both_parts_are_evaluated() -> None:
    run = run_of(moons())
    run.settle()
    for part, loss, accuracy in (
        ("train", TRAIN_LOSS, TRAIN_ACCURACY),
        ("validation", VALIDATION_LOSS, VALIDATION_ACCURACY),
    ):
        x, y = run.rows[part].features, run.rows[part].targets  # type: ignore[index]
        run.network.eval()
        with torch.no_grad():
            output = run.network(x)
        run.network.train()
        assert run.log.last(loss) == pytest.approx(nn.functional.cross_entropy(output, y).item(), rel=1e-12)
        assert run.log.last(accuracy) == (output.argmax(1) == y).double().mean().item()
        assert run.log.since(loss)[0].tolist() == [0]


def test_s3_takes_the_step_of_the_course() -> None:
    run = run_of(s3())
    assert run.take_step() == pytest.approx(2.745934, abs=5e-7)
    gradients = {name: parameter.grad.flatten().tolist() for name, parameter in run.network.named_parameters()}  # type: ignore[union-attr]
    assert gradients["linear_1.weight"] == pytest.approx([-0.347967, -1.303211], abs=5e-7)
    assert gradients["linear_1.bias"] == pytest.approx([-0.347967, -1.303211], abs=5e-7)
    assert gradients["linear_2.weight"] == pytest.approx([-2.919113, -2.422854], abs=5e-7)
    assert gradients["linear_2.bias"] == pytest.approx([-3.314172], abs=5e-7)
    after = {name: value.flatten().tolist() for name, value in weights_of(run).items()}
    assert after["linear_1.weight"] == pytest.approx([1.0348, -0.8697], abs=5e-5)
    assert after["linear_1.bias"] == pytest.approx([1.0348, 2.1303], abs=5e-5)
    assert after["linear_2.weight"] == pytest.approx([1.2919, 2.2423], abs=5e-5)
    assert after["linear_2.bias"] == pytest.approx([-0.6686], abs=5e-5)
    assert run.take_step() == pytest.approx(0.599744, abs=5e-7)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_an_epoch_counts_every_row_the_same(reduction: str) -> None:
    layers = (("linear", {"out_features": 32}), ("sigmoid", {}), ("linear", {"out_features": 1}))
    project = chain(
        layers, "quadratic_noise", "mse", "adam", loss_values={"reduction": reduction}, split=ALL, batch_size=32
    )
    run = run_of(replace(project, data=replace(project.data, normalization="none")))
    run.settle()
    first, second = train(run, 2)
    if reduction == "sum":
        assert losses_of(run, TRAIN_LOSS)[1] == first + second
    else:
        assert losses_of(run, TRAIN_LOSS)[1] == (first * 32 + second * 8) / 40
        assert abs(losses_of(run, TRAIN_LOSS)[1] - (first + second) / 2) > 0.01  # what the notes' trainer() prints
    assert run.evaluate("validation") is None and losses_of(run, VALIDATION_LOSS) == []
    assert losses_of(run, TRAIN_ACCURACY) == []


def test_evaluation_in_slices_weighs_them_by_their_rows() -> None:
    project = chain(MLP, rows={"n": 1000}, split=SplitSpec("counts", 300, 700, 0))
    run = run_of(project)
    found = run.evaluate("validation")
    assert found is not None
    x, y = run.rows["validation"].features, run.rows["validation"].targets
    with torch.no_grad():
        output = run.network(x)
        values = [
            nn.functional.binary_cross_entropy_with_logits(output[i : i + 256], y[i : i + 256]) for i in (0, 256, 512)
        ]
    total = sum(float(value) * count for value, count in zip(values, (256, 256, 188), strict=True))
    assert found.loss == total / 700
    assert found.accuracy == ((output > 0).float() == y).sum().item() / 700


@pytest.mark.parametrize(
    ("loss", "outputs", "rule"),
    [
        ("bce_with_logits", 1, lambda out, y: (out[:, 0] > 0).long() == y),
        ("mse", 1, lambda out, y: (out[:, 0] > 0.5).long() == y),
        ("mse", 2, lambda out, y: out.argmax(1) == y),
        ("bce_with_logits", 2, lambda out, y: out.argmax(1) == y),
        ("cross_entropy", 2, lambda out, y: out.argmax(1) == y),
    ],
)
def test_what_counts_as_right(loss: str, outputs: int, rule: Any) -> None:
    project = chain((("linear", {"out_features": outputs}),), "moons", loss, seed=1)
    run = run_of(project)
    found = run.evaluate("test")
    classes = torch.tensor(prepared_of(project).targets["test"]).long()
    with torch.no_grad():
        right = rule(run.network(run.rows["test"].features), classes)
    assert found is not None and found.accuracy == right.double().mean().item()
    assert 0 < right.double().mean().item() < 1


def test_each_epoch_visits_every_row_once_in_an_order_of_its_own() -> None:
    batches = Batches(10, 4, seed=5, device=CPU, merge_single=False)
    seen = []
    for _ in range(2):
        epoch = [batches.peek(ahead).tolist() for ahead in range(3)]
        assert [len(rows) for rows in epoch] == [4, 4, 2]
        for rows in epoch:
            assert batches.peek().tolist() == rows
            ended = batches.advance()
        assert ended
        seen.append([row for rows in epoch for row in rows])
    generator = torch.Generator().manual_seed(5)
    assert seen == [torch.randperm(10, generator=generator).tolist() for _ in range(2)]


@pytest.mark.parametrize(
    ("rows", "size", "merge", "expected"),
    [
        (9, 4, True, [4, 5]),
        (9, 4, False, [4, 4, 1]),
        (10, 4, True, [4, 4, 2]),
        (1, 4, True, [1]),
        (3, 1, True, [1, 1, 1]),
    ],
)
def test_a_last_row_alone_joins_the_batch_before_it(rows: int, size: int, merge: bool, expected: list[int]) -> None:
    batches = Batches(rows, size, 0, CPU, merge)
    assert [len(batches.peek(ahead)) for ahead in range(len(batches))] == expected


def test_batch_norm_trains_through_a_remainder_of_one() -> None:
    layers = (("linear", {"out_features": 4}), ("batch_norm1d", {}), ("linear", {"out_features": 1}))
    run = run_of(chain(layers, split=SplitSpec("counts", 65, 20, 0), batch_size=32))
    assert run.steps_per_epoch == 2
    train(run, 4)
    assert run.epoch == 2 and all(np.isfinite(losses_of(run)))


def test_peeking_and_drawing_random_numbers_elsewhere_change_nothing() -> None:
    undisturbed = run_of(moons())
    train(undisturbed, 10)
    run = run_of(moons())
    for _ in range(10):
        x, y = run.peek_batch()
        again = run.peek_batch()
        assert torch.equal(x, again[0]) and torch.equal(y, again[1])
        torch.rand(17)
        other = run_of(moons(seed=9))
        other.take_step()
        run.take_step()
    assert losses_of(run) == losses_of(undisturbed)


def test_pieces_of_any_length_are_the_same_run() -> None:
    whole, pieces = run_of(moons()), run_of(moons())
    train(whole, 28)
    while pieces.step < 28:
        pieces.train_for(0.001, most=28 - pieces.step)
    assert pieces.step == 28
    while not pieces.settle(0.0):
        pass
    for name in (STEP_LOSS, TRAIN_LOSS, VALIDATION_LOSS, TRAIN_ACCURACY, VALIDATION_ACCURACY):
        assert losses_of(whole, name) == losses_of(pieces, name)
    assert same_weights(weights_of(whole), weights_of(pieces))


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_steps_queued_for_a_gpu_are_the_textbook_steps(optimizer: str) -> None:
    project = chain(DROPOUT_MLP, "moons", "cross_entropy", optimizer, epochs=2)
    textbook, queued = run_of(project), run_of(project)
    train(textbook, 14)
    for count in (3, 4, 7):
        queued.settle()
        with queued.randomness():
            steps.queued_steps(queued, count)
    queued.settle()
    assert losses_of(queued) == losses_of(textbook)
    assert losses_of(queued, TRAIN_ACCURACY) == losses_of(textbook, TRAIN_ACCURACY)
    assert same_weights(weights_of(queued), weights_of(textbook))


def exploding(optimizer: str = "sgd", **rest: Any) -> ProjectSpec:
    layers = (("linear", {"out_features": 8}), ("relu", {}), ("linear", {"out_features": 1}))
    return chain(layers, "quadratic_noise", "mse", optimizer, optimizer_values={"lr": 1000.0}, batch_size=8, **rest)


def test_a_loss_that_is_not_finite_stops_before_the_update() -> None:
    run = run_of(exploding())
    with pytest.raises(LossNotFinite) as caught:
        train(run, 200)
    assert not np.isfinite(caught.value.value)
    assert caught.value.step == run.step + 1 == len(losses_of(run)) + 1
    assert all(np.isfinite(losses_of(run)))
    before, cursor = weights_of(run), run.batches.cursor
    with pytest.raises(LossNotFinite):
        run.take_step()
    assert same_weights(before, weights_of(run)) or any(value.isnan().any() for value in before.values())
    assert run.batches.cursor == cursor


def test_queued_steps_stop_at_the_same_place() -> None:
    textbook, queued = run_of(exploding()), run_of(exploding())
    with pytest.raises(LossNotFinite):
        train(textbook, 200)
    with pytest.raises(LossNotFinite) as caught:
        while True:
            queued.settle()
            steps.queued_steps(queued, queued.steps_per_epoch - queued.batches.cursor)
    assert caught.value.step == queued.step + 1 == textbook.step + 1
    assert losses_of(queued) == losses_of(textbook)
    for ours, theirs in zip(weights_of(queued).values(), weights_of(textbook).values(), strict=True):
        assert torch.equal(ours.nan_to_num(7.0), theirs.nan_to_num(7.0))


def test_live_values_are_followed_and_written_down() -> None:
    project = moons()
    run = run_of(project)
    train(run, 5)
    edited = edits.set_optimizer_value(project, "lr", 0.5)
    edited = edits.set_optimizer_value(edited, "weight_decay", 0.25)
    edited = edits.set_train_value(edits.set_dropout(edited, 0.0), "epochs", 9)
    run.apply_live(edited)
    assert run.log.changes == [
        (5, "Learning rate 0.01 → 0.5"),
        (5, "Weight decay 0 → 0.25"),
        (5, "dropout_1: Dropout 0.2 → 0"),
        (5, "Epochs 4 → 9"),
    ]
    assert run.epochs == 9 and run.optimizer.param_groups[0]["lr"] == 0.5
    before = weights_of(run)
    x, y = run.peek_batch()
    output = run.network(x)  # no dropout any more: the mask of the step to come is all ones
    assert run.take_step() == nn.functional.cross_entropy(output, y).item()
    moved = max(float((weights_of(run)[name] - before[name]).abs().max()) for name in before)
    assert moved > 0.2  # Adam moves by about its rate


def test_an_edit_beyond_live_values_needs_another_run() -> None:
    run = run_of(moons())
    for edit in (
        edits.set_train_value(run.project, "seed", 4),
        edits.set_train_value(run.project, "batch_size", 16),
        edits.choose_optimizer(run.project, "sgd"),
        edits.set_value(run.project, "linear_1", "out_features", 17),
        edits.set_optimizer_value(run.project, "beta1", 0.5),
    ):
        with pytest.raises(ValueError, match="beyond"):
            run.apply_live(edit)
    moved = edits.rename_project(edits.move_nodes(run.project, {"linear_1": (5.0, 5.0)}), "other")
    assert run.apply_live(moved) == ()


def test_rewinding_gives_the_same_curve_again() -> None:
    run = run_of(moons())
    start = weights_of(run)
    first = train(run, 20)
    log = run.log
    run.rewind()
    assert run.step == run.epoch == 0 and run.generation == 2 and same_weights(start, weights_of(run))
    assert run.log is not log and losses_of(run) == []
    assert train(run, 20) == first


@pytest.mark.parametrize("optimizer", OPTIMIZERS.kinds)
@pytest.mark.parametrize("cut", [0, 3, 7, 16])
def test_a_saved_run_goes_on_bit_for_bit(optimizer: str, cut: int) -> None:
    values = {"momentum": 0.9} if optimizer in ("sgd", "rmsprop") else {}
    layers = (*DROPOUT_MLP[:2], ("batch_norm1d", {}), *DROPOUT_MLP[2:])
    project = chain(layers, "moons", "cross_entropy", optimizer, optimizer_values=values, seed=5)
    whole = run_of(project)
    train(whole, 21)
    stopped = run_of(project)
    train(stopped, cut)
    state = stopped.state()
    train(stopped, 2)  # what the first run does afterwards must not reach into the state
    resumed = run_of(project)
    resumed.restore(state)
    assert resumed.step == cut
    train(resumed, 21 - cut)
    for name in (STEP_LOSS, TRAIN_LOSS, VALIDATION_LOSS, TRAIN_ACCURACY, VALIDATION_ACCURACY):
        assert losses_of(resumed, name) == losses_of(whole, name)
        assert resumed.log.since(name)[0].tolist() == whole.log.since(name)[0].tolist()
    assert same_weights(weights_of(resumed), weights_of(whole))


def test_a_state_of_another_network_is_refused_and_the_run_is_whole() -> None:
    run = run_of(moons())
    other = run_of(chain(MLP))
    train(other, 3)
    with pytest.raises(ValueError, match="does not fit"):
        run.restore(other.state())
    assert run.step == 0 and losses_of(run) == []
    fresh = run_of(moons())
    assert train(run, 5) == train(fresh, 5)


def test_a_project_with_errors_cannot_be_trained() -> None:
    project = chain((("linear", {"out_features": 3}),), loss="cross_entropy")
    with pytest.raises(ValueError, match="errors"):
        Run(project, check(project), prepared_of(project))
