"""How much every class counts in the loss: settled numbers for a project's choice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.catalog import LOSSES
from engine.datasets.dataset import Dataset
from engine.datasets.targets import Targets, targets_for
from engine.spec import Choice

NONE, BALANCED = "none", "balanced"
_Doubles = NDArray[np.float64]


def loss_weights(loss: Choice, data: Dataset, targets: Targets, outputs: int) -> tuple[float, ...] | None:
    """The weights that torch's loss is given; None where every class counts alike.

    `targets` are those of the training part, `outputs` the numbers that the network gives. Balanced are N/(C·N_c), the rule of
    scikit-learn, for losses over classes, and N_0/N_1 of every column for BCE with logits.

    Raises:
        ValueError: a class has no row in the training part, or the weights by hand are not as many as there are classes. The
            text says what to do.
    """
    entry = LOSSES[loss.kind]
    if not entry.weights or loss.get("class_weights") == NONE:
        return None
    if loss.get("class_weights") == BALANCED:
        found = _by_classes(data, targets) if entry.target == "classes" else _by_ones(loss, data, targets, outputs)
        return tuple(found.tolist())
    given = loss.get(entry.weights)
    assert isinstance(given, tuple)
    over_classes = entry.target == "classes"
    wanted = len(data.class_names) if over_classes else outputs
    if len(given) != wanted and (over_classes or len(given) != 1):
        noun = "classes" if over_classes else "outputs"
        text = f"{entry.weights} has {len(given)} numbers, but there are {wanted} {noun}: give one for each, or choose balanced."
        raise ValueError(text)
    if not any(given):
        raise ValueError(f"Every number of {entry.weights} is 0, so no row counts: make one larger.")
    return tuple(float(each) for each in given if isinstance(each, (int, float)))


def class_counts(data: Dataset, targets: Targets) -> tuple[int, ...]:
    """Rows of every class among these targets."""
    return tuple(np.bincount(targets.astype(np.int64), minlength=len(data.class_names)).tolist())


def _by_classes(data: Dataset, targets: Targets) -> _Doubles:
    counts = _counted(data, targets)
    weights: _Doubles = counts.sum() / (len(counts) * counts)
    return weights


def _by_ones(loss: Choice, data: Dataset, targets: Targets, outputs: int) -> _Doubles:
    wanted = LOSSES[loss.kind].target
    table = targets_for(wanted, data.task, targets, outputs, len(data.class_names)).astype(np.float64)
    ones: _Doubles = table.sum(axis=0)
    if data.task == "classes":
        _counted(data, targets)
    elif not (ones > 0).all():
        raise ValueError("A column of the targets has no 1 in the training part: choose class weights by hand or none.")
    weights: _Doubles = (len(table) - ones) / ones
    return weights


def _counted(data: Dataset, targets: Targets) -> _Doubles:
    counts = np.array(class_counts(data, targets), dtype=np.float64)
    if (counts == 0).any():
        name = data.class_names[int(np.argmin(counts))]
        raise ValueError(
            f"The training part has no row of class {name}, so no balanced weight can be found for it: choose another split "
            "seed, or class weights by hand or none."
        )
    return counts
