"""Class weights: those that torch is given, and every number that follows from them, against plain torch."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from engine import edits, fixes
from engine.commands import LookAtTraining, Prove
from engine.inspection import TrainingView
from engine.metrics import STEP_LOSS, TRAIN_LOSS, VALIDATION_LOSS
from engine.project_json import from_json, to_json
from engine.spec import ProjectSpec, SplitSpec
from engine.tensors.check import check
from engine.tensors.preview import look
from engine.tensors.prove import prove
from engine.tensors.tape import record
from engine.tensors.train import Run
from tests.engine.tensors.projects import chain, prepared_of, run_of

SPLIT = SplitSpec("counts", 90, 40, 20, 5)
ENDS: dict[str, tuple[Any, ...]] = {"nll": (("log_softmax", {}),)}
PLAIN: dict[str, type[nn.Module]] = {
    "cross_entropy": nn.CrossEntropyLoss,
    "nll": nn.NLLLoss,
    "hinge": nn.MultiMarginLoss,
    "bce_with_logits": nn.BCEWithLogitsLoss,
}


def project_with(loss: str, weighting: str = "balanced", outputs: int = 3, **values: Any) -> ProjectSpec:
    layers = (("linear", {"out_features": 8}), ("tanh", {}), ("linear", {"out_features": outputs}), *ENDS.get(loss, ()))
    values = {"class_weights": weighting, **values}
    data = "iris" if outputs == 3 else "breast_cancer"
    return chain(layers, data, loss, "sgd", loss_values=values, split=SPLIT, epochs=2, batch_size=16, seed=2)


def expected(project: ProjectSpec) -> torch.Tensor:
    loss = project.train.loss
    data = prepared_of(project)
    counts = np.bincount(data.targets["train"].astype(int), minlength=len(data.dataset.class_names))
    if loss.get("class_weights") == "by hand":
        return torch.tensor(loss.get("pos_weight" if loss.has("pos_weight") else "weight"), dtype=torch.float32)
    if loss.kind == "bce_with_logits":
        found = [(90 - count) / count for count in (counts if len(counts) > 2 else counts[1:])]
        return torch.tensor(found, dtype=torch.float32)
    return torch.tensor([90 / (3 * count) for count in counts], dtype=torch.float32)


CASES: dict[str, ProjectSpec] = {
    "cross-entropy": project_with("cross_entropy"),
    "cross-entropy by hand": project_with("cross_entropy", "by hand", weight=(1.0, 5.0, 0.25)),
    "cross-entropy, smoothed": project_with("cross_entropy", label_smoothing=0.1),
    "cross-entropy, summed": project_with("cross_entropy", reduction="sum"),
    "nll": project_with("nll", "by hand", weight=(2.0, 0.5, 1.0)),
    "hinge": project_with("hinge", "by hand", weight=(2.0, 0.5, 1.0)),
    "bce, one output": project_with("bce_with_logits", outputs=1),
    "bce, three outputs": project_with("bce_with_logits"),
    "bce by hand": project_with("bce_with_logits", "by hand", pos_weight=(3.0,)),
}


def plain_loss(project: ProjectSpec) -> nn.Module:
    loss = project.train.loss
    name = "pos_weight" if loss.kind == "bce_with_logits" else "weight"
    rest = {key: value for key, value in loss.values if key not in ("class_weights", "weight", "pos_weight")}
    return PLAIN[loss.kind](**{name: expected(project)}, **rest)


@pytest.mark.parametrize("name", CASES)
def test_steps_and_losses_of_whole_parts_are_plain_torchs(name: str) -> None:
    project = CASES[name]
    loss_fn = plain_loss(project)
    run = run_of(project)
    run.settle()
    for part, series in (("train", TRAIN_LOSS), ("validation", VALIDATION_LOSS)):
        rows = run.rows[part]  # type: ignore[index]
        with torch.no_grad():
            whole = loss_fn(run.network(rows.features), rows.targets).item()
        assert run.log.last(series) == pytest.approx(whole, rel=1e-6)
    for _ in range(4):
        x, y = run.peek_batch()
        value = loss_fn(run.network(x), y).item()
        assert run.take_step() == value


@pytest.mark.parametrize("name", ["cross-entropy", "nll"])
def test_an_epoch_weighs_its_batches_by_the_weights_of_their_rows(name: str) -> None:
    run = run_of(CASES[name])
    weights, total, counted = expected(CASES[name]).double(), 0.0, 0.0
    for _ in range(run.steps_per_epoch):
        _, y = run.peek_batch()
        share = weights[y].sum().item()
        total, counted = total + run.take_step() * share, counted + share
    run.settle()
    assert run.log.last(TRAIN_LOSS) == total / counted


@pytest.mark.parametrize("name", CASES)
def test_taken_up_in_the_middle_of_an_epoch_it_goes_on_bit_for_bit(name: str) -> None:
    whole, first = run_of(CASES[name]), run_of(CASES[name])
    for _ in range(9):
        whole.take_step()
    for _ in range(4):
        first.take_step()
    again = run_of(CASES[name])
    again.restore(first.state())
    for _ in range(5):
        again.take_step()
    for series in (STEP_LOSS, TRAIN_LOSS, VALIDATION_LOSS):
        assert again.log.since(series)[1].tolist() == whole.log.since(series)[1].tolist()


@pytest.mark.parametrize("name", CASES)
def test_the_tape_says_the_weights_and_no_wrong_number(name: str) -> None:
    project = edits.set_train_value(CASES[name], "batch_size", 2)
    run = run_of(project)
    tape = record(run)
    loss = next(event for event in tape.events if event.phase == "loss")
    assert "Classes have weights" in loss.text and tape.loss == run.take_step()
    if name in ("cross-entropy", "nll", "bce, one output", "bce by hand"):
        assert loss.formula.startswith("L = ")
        assert float(loss.formula.rpartition("= ")[2]) == pytest.approx(tape.loss, abs=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_a_proof_holds(name: str) -> None:
    pieces = prove(Prove("linear_2.weight"), run_of(CASES[name]))
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            proof = end.value
            break
    assert proof.exact == pytest.approx(proof.autograd, rel=1e-4, abs=1e-7)
    assert proof.by_hand == pytest.approx(proof.exact, rel=1e-9)
    if not proof.kink:
        assert proof.numerical == pytest.approx(proof.exact, rel=1e-5)
    printed: list[str] = []
    exec(compile(ast.parse(proof.snippet), "snippet", "exec"), {"print": lambda value: printed.append(str(value))})
    assert float(printed[0]) == pytest.approx(proof.autograd, rel=1e-6)


def view_of(project: ProjectSpec) -> TrainingView:
    pieces = look(LookAtTraining(project))
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            assert isinstance(end.value, TrainingView)
            return end.value


def test_the_weights_are_shown() -> None:
    text = view_of(CASES["cross-entropy"]).weights
    weights = expected(CASES["cross-entropy"]).tolist()
    assert text.startswith("weight: ") and all(f"{weight:.6g} (" in text for weight in weights)
    assert "(training rows: " in view_of(CASES["bce, one output"]).weights
    assert view_of(edits.set_part_value(CASES["nll"], "loss", "class_weights", "none")).weights == ""


@pytest.mark.parametrize(
    ("project", "told"),
    [
        (project_with("cross_entropy", "by hand"), "weight has 0 numbers, but there are 3 classes"),
        (project_with("bce_with_logits", "by hand", pos_weight=(1.0, 2.0)), "pos_weight has 2 numbers"),
        (project_with("nll", "by hand", weight=(0.0, 0.0, 0.0)), "is 0, so no row counts"),
    ],
)
def test_weights_that_do_not_fit_are_said_and_taken_off(project: ProjectSpec, told: str) -> None:
    (issue,) = [each for each in check(project).issues if each.severity == "error"]
    assert told in issue.text
    assert check(fixes.apply(project, issue.fixes[0])).ready


def test_a_class_without_a_row_has_no_balanced_weight() -> None:
    project = project_with("cross_entropy")
    split = SplitSpec("counts", 5, 5, 5, 0, shuffle=False)  # the first rows are all of one class
    project = replace(project, data=replace(project.data, split=split))
    assert any("has no row of class" in issue.text for issue in check(project).issues)


def test_they_are_kept_in_the_file_and_when_another_loss_is_chosen() -> None:
    project = CASES["cross-entropy by hand"]
    assert from_json(to_json(project)) == project
    assert edits.choose_loss(project, "nll").train.loss.get("weight") == (1.0, 5.0, 0.25)


def test_the_run_needs_to_begin_anew() -> None:
    run: Run = run_of(CASES["cross-entropy"])
    with pytest.raises(ValueError, match="beyond"):
        run.apply_live(edits.set_part_value(run.project, "loss", "class_weights", "none"))


@pytest.mark.parametrize("name", CASES)
def test_in_pieces_it_is_the_same_run(name: str) -> None:
    """Whatever path takes the steps."""
    project = edits.set_train_value(CASES[name], "epochs", 40)
    single, pieces = run_of(project), run_of(project)
    while not single.finished:
        single.take_step()
    while not pieces.finished:
        pieces.train_for(0.01)
    pieces.settle()
    for series in (STEP_LOSS, TRAIN_LOSS, VALIDATION_LOSS):
        assert pieces.log.since(series)[1].tolist() == single.log.since(series)[1].tolist()
