"""What a loss gets as targets, and which networks cannot have any; torch is the judge."""

import numpy as np
import pytest
import torch

from engine.catalog import LOSSES, LossEntry
from engine.datasets import DATASETS, load, target_issue, targets_for
from engine.datasets.dataset import Task
from engine.tensors.build import build_loss

NUMBERS = np.array([[0.5], [-2.0], [3.0]], dtype=np.float32)
SHARES = np.array([[0.0], [1.0], [0.25]], dtype=np.float32)
TWO = np.array([0, 1, 1], dtype=np.int64)
THREE = np.array([2, 0, 1], dtype=np.int64)


def test_classes_stay_class_numbers_for_cross_entropy() -> None:
    found = targets_for("classes", "classes", THREE, 3, 3)
    assert (found.dtype, found.tolist()) == (np.int64, [2, 0, 1])


@pytest.mark.parametrize("loss", ["numbers", "probabilities"])
def test_two_classes_before_one_output_become_zero_and_one(loss: str) -> None:
    found = targets_for(loss, "classes", TWO, 1, 2)  # type: ignore[arg-type]
    assert (found.dtype, found.tolist()) == (np.float32, [[0], [1], [1]])


@pytest.mark.parametrize(("targets", "classes"), [(TWO, 2), (THREE, 3)])
def test_classes_become_one_hot_before_as_many_outputs(
    targets: np.ndarray[tuple[int, ...], np.dtype[np.int64]], classes: int
) -> None:
    found = targets_for("numbers", "classes", targets, classes, classes)
    wanted = torch.nn.functional.one_hot(torch.tensor(targets), classes).float().numpy()
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, wanted)


def test_numbers_stay_as_they_are() -> None:
    found = targets_for("numbers", "regression", NUMBERS, 1, 0)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, NUMBERS)


@pytest.mark.parametrize("entry", list(LOSSES), ids=lambda entry: entry.kind)
@pytest.mark.parametrize("outputs", [1, 2, 3, 5])
@pytest.mark.parametrize(("task", "classes"), [("regression", 0), ("classes", 2), ("classes", 3)])
def test_what_is_not_refused_meets_the_prediction_in_torch(
    entry: LossEntry, outputs: int, task: Task, classes: int
) -> None:
    """No issue: torch takes the pair without broadcasting. An issue: torch would refuse, or broadcast, or mean nothing."""
    targets = {0: SHARES, 2: TWO, 3: THREE}[classes]
    prediction = torch.linspace(0.1, 0.9, 3 * outputs).reshape(3, outputs)
    issue = target_issue(entry.target, task, targets, (outputs,), classes)
    one = entry.target in ("numbers", "probabilities")
    fits = outputs == {0: 1, 2: 2, 3: 3}[classes] or (classes == 2 and outputs == 1 and one)
    if task == "regression" and not one:
        fits = False
    assert (issue is None) == fits
    if fits:
        given = torch.tensor(targets_for(entry.target, task, targets, outputs, classes))
        assert given.shape == (prediction.shape if entry.target != "classes" else (3,))
        assert torch.isfinite(build_loss(entry.choose())(prediction, given))


@pytest.mark.parametrize(
    ("issue", "text"),
    [
        (
            target_issue("classes", "classes", np.arange(10), (6,), 10),
            "The network has 6 outputs, but the data has 10 classes: set out_features of the last Linear to 10.",
        ),
        (
            target_issue("classes", "classes", TWO, (1,), 2),
            "The network has 1 output, but the data has 2 classes: set out_features of the last Linear to 2, "
            "or choose BCE with logits.",
        ),
        (
            target_issue("probabilities", "classes", TWO, (3,), 2),
            "The network has 3 outputs, but the data has 2 classes: set out_features of the last Linear to 2 (or to 1).",
        ),
        (
            target_issue("classes", "regression", NUMBERS, (1,), 0),
            "This loss needs classes, but the targets of this data are numbers: choose MSE, L1 or Huber.",
        ),
        (
            target_issue("probabilities", "regression", NUMBERS, (1,), 0),
            "BCE needs targets between 0 and 1, but the targets of this data go from -2 to 3: choose MSE, L1 or Huber.",
        ),
        (
            target_issue("numbers", "regression", NUMBERS, (3,), 0),
            "The network has 3 outputs, but the data has 1 target per row: set out_features of the last Linear to 1.",
        ),
        (
            target_issue("classes", "classes", THREE, (8, 6, 6), 3),
            "The output of the network has shape (N, 8, 6, 6), but the loss needs (N, K), one row of numbers per sample: "
            "end the network with a Flatten and a Linear.",
        ),
    ],
)
def test_sentences_say_what_to_do(issue: str | None, text: str) -> None:
    assert issue == text


def test_distributions_suit_kl_divergence() -> None:
    shares = np.array([[0.25, 0.75], [1.0, 0.0]], dtype=np.float32)
    assert target_issue("distribution", "regression", shares, (2,), 0) is None
    assert target_issue("distribution", "regression", shares * 2, (2,), 0) is not None
    assert target_issue("distribution", "regression", shares - 0.5, (2,), 0) is not None


def test_targets_between_zero_and_one_suit_bce() -> None:
    assert target_issue("probabilities", "regression", SHARES, (1,), 0) is None


def test_the_course_sets_fit_their_losses() -> None:
    data = load(DATASETS["random_two_class"].choose())
    assert target_issue("probabilities", data.task, data.targets, (1,), 2) is None
