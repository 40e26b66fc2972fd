"""Scores equal scikit-learn's; the pictures "scores" and "mistakes" are of the run as it is and leave it alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from sklearn import metrics

from engine.tensors import scores
from engine.tensors.predict import MOST_MISTAKES, applies, predict
from tests.engine.exporters.contexts import new_run, short, trained

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_classes_against_scikit_learn(classes: int) -> None:
    truth = RANDOM.integers(0, classes, 500)
    chosen = np.where(RANDOM.random(500) < 0.6, truth, RANDOM.integers(0, classes, 500))
    assert scores.accuracy(truth, chosen) == pytest.approx(metrics.accuracy_score(truth, chosen))
    assert scores.f1_of_classes(truth, chosen, classes) == pytest.approx(
        metrics.f1_score(truth, chosen, average=None, labels=range(classes))
    )
    assert scores.macro_f1(truth, chosen, classes) == pytest.approx(metrics.f1_score(truth, chosen, average="macro"))
    chances = RANDOM.random((500, classes)).round(1) + np.eye(classes)[truth]  # with ties
    chances /= chances.sum(axis=1, keepdims=True)
    if classes == 2:
        assert scores.mean_area(truth, chances[:, 1:]) == pytest.approx(metrics.roc_auc_score(truth, chances[:, 1]))
    expected = np.mean([metrics.roc_auc_score(truth == index, chances[:, index]) for index in range(classes)])
    assert scores.mean_area(truth, chances) == pytest.approx(expected)


def test_what_is_not_defined_is_none() -> None:
    nothing = np.empty(0, dtype=np.int64)
    assert scores.accuracy(nothing, nothing) is None and scores.macro_f1(nothing, nothing, 3) is None
    ones = np.ones(4, dtype=np.int64)
    assert scores.mean_area(ones, np.full((4, 1), 0.5)) is None, "one class only"
    assert scores.area_under_curve(np.array([True, False]), np.array([math.nan, 0.1])) is None
    empty = np.empty((0, 1))
    assert scores.mean_absolute_error(empty, empty) is None and scores.root_mean_squared_error(empty, empty) is None
    assert scores.coefficient_of_determination(np.ones((3, 1)), np.zeros((3, 1))) is None, "the target does not vary"
    assert scores.macro_f1(np.array([0, 0]), np.array([0, 0]), 3) == 1.0, "classes nobody speaks of do not count"


@pytest.mark.parametrize("outputs", [1, 3])
def test_regression_against_scikit_learn(outputs: int) -> None:
    target = RANDOM.normal(size=(200, outputs))
    answer = target + RANDOM.normal(size=(200, outputs)) * 0.3
    assert scores.mean_absolute_error(target, answer) == pytest.approx(metrics.mean_absolute_error(target, answer))
    assert scores.root_mean_squared_error(target, answer) == pytest.approx(
        math.sqrt(metrics.mean_squared_error(target, answer))
    )
    assert scores.coefficient_of_determination(target, answer) == pytest.approx(metrics.r2_score(target, answer))


@pytest.mark.parametrize("name", ["digits", "moons", "iris"])
def test_the_scores_of_a_run_are_those_of_its_answers(name: str) -> None:
    run = trained(short(name, 3))
    weights = {key: value.clone() for key, value in run.network.state_dict().items()}
    random = torch.random.get_rng_state()
    view = predict(run, "scores")
    assert view is not None
    assert torch.equal(random, torch.random.get_rng_state()) and run.network.training
    assert all(torch.equal(weights[key], value) for key, value in run.network.state_dict().items())
    found = {score.name: score for score in view.scores}
    for part, which in (("train", "train"), ("validation", "validation")):
        evaluation = run.evaluate(part)  # type: ignore[arg-type]
        assert evaluation is not None
        assert getattr(found["Accuracy"], which) == pytest.approx(evaluation.accuracy)
    run.network.eval()
    with torch.no_grad():
        outputs = run.network(run.rows["validation"].features)
    run.network.train()
    truth = run.prepared.targets["validation"].astype(int)
    if outputs.shape[1] == 1:
        area = metrics.roc_auc_score(truth, outputs[:, 0].sigmoid().numpy())
    else:
        chances = outputs.softmax(1).double().numpy()
        area = np.mean([metrics.roc_auc_score(truth == index, chances[:, index]) for index in range(chances.shape[1])])
    assert found["AUC"].validation == pytest.approx(area)


def test_the_scores_of_a_regression() -> None:
    run = trained(short("diabetes", 3))
    view = predict(run, "scores")
    assert view is not None
    run.network.eval()
    with torch.no_grad():
        answer = run.network(run.rows["validation"].features).double().numpy()
    run.network.train()
    target = run.prepared.targets["validation"].reshape(len(answer), -1).astype(float)
    found = {score.name: score.validation for score in view.scores}
    assert found == {
        "MAE": pytest.approx(metrics.mean_absolute_error(target, answer)),
        "RMSE": pytest.approx(math.sqrt(metrics.mean_squared_error(target, answer))),
        "R²": pytest.approx(metrics.r2_score(target, answer)),
    }
    assert not applies("mistakes", run.prepared) and applies("scores", run.prepared)


def test_mistakes_are_wrong_rows_of_the_validation_part_the_surest_first() -> None:
    run = new_run(short("digits"))  # untrained: most answers are wrong
    view = predict(run, "mistakes")
    assert view is not None and view.p is not None
    assert view.looked_at == len(run.rows["validation"])
    accuracy = run.evaluate("validation").accuracy  # type: ignore[union-attr]
    assert view.wrong == round((1 - accuracy) * view.looked_at)
    assert len(view.y) == min(view.wrong, MOST_MISTAKES)
    assert (np.diff(view.p) <= 0).all()
    place = {row: index for index, row in enumerate(run.prepared.indices["validation"].tolist())}
    run.network.eval()
    for number, row in enumerate(np.asarray(view.y).tolist()):
        with torch.no_grad():
            output = run.network(run.rows["validation"].features[place[row]][None])
        true, said = np.asarray(view.z)[number].tolist()
        assert run.prepared.dataset.targets[row] == true != said == int(output.argmax())
        assert view.p[number] == pytest.approx(float(output.softmax(1).max()), rel=1e-5)
        assert np.array_equal(view.x[number], run.prepared.dataset.features[row])
