"""How good the network's answers are, in the numbers that people compare: accuracy, F1, AUC, MAE, RMSE, R².

Names and definitions are those of scikit-learn's `sklearn.metrics` (https://scikit-learn.org/stable/modules/model_evaluation.html), against
which the tests check them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def accuracy(truth: Ints, chosen: Ints) -> float | None:
    """Share of rows (n,) whose class was found; None without rows."""
    return float(np.mean(truth == chosen)) if len(truth) else None


def f1_of_classes(truth: Ints, chosen: Ints, classes: int) -> Floats:
    """F1 = 2·TP / (2·TP + FP + FN) of every class, (classes,); 0 for a class that is neither there nor predicted."""
    hits = np.bincount(truth[truth == chosen], minlength=classes).astype(np.float64)
    there, said = np.bincount(truth, minlength=classes), np.bincount(chosen, minlength=classes)
    both = (there + said).astype(np.float64)
    return np.divide(2 * hits, both, out=np.zeros(classes), where=both > 0)


def macro_f1(truth: Ints, chosen: Ints, classes: int) -> float | None:
    """Mean of F1 over the classes that are there or predicted; None without rows."""
    if not len(truth):
        return None
    seen = np.bincount(truth, minlength=classes) + np.bincount(chosen, minlength=classes) > 0
    return float(f1_of_classes(truth, chosen, classes)[seen].mean())


def area_under_curve(positive: NDArray[np.bool_], chance: Floats) -> float | None:
    """Area under the ROC curve, (n,) and (n,): how often a positive row gets a larger chance than a negative one, ties half.

    By the ranks of the chances (Mann and Whitney 1947). None where all rows are of one kind, or a chance is not a number.
    """
    ups, downs = int(positive.sum()), int((~positive).sum())
    if not ups or not downs or not np.isfinite(chance).all():
        return None
    _, place, counts = np.unique(chance, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2)[place]
    return float((ranks[positive].sum() - ups * (ups + 1) / 2) / (ups * downs))


def mean_area(truth: Ints, chances: Floats) -> float | None:
    """With one column of chances (n, 1) the area of class 1, with more (n, classes) the mean of each class against the rest.

    None where a class has no rows, or all of them.
    """
    if chances.shape[1] == 1:
        return area_under_curve(truth == 1, chances[:, 0])
    areas = [area_under_curve(truth == index, chances[:, index]) for index in range(chances.shape[1])]
    return None if any(area is None for area in areas) else float(np.mean([area for area in areas if area is not None]))


def mean_absolute_error(target: Floats, answer: Floats) -> float | None:
    """MAE = mean |ŷ − y| over all rows and outputs, (n, K) each, in the unit of the target."""
    return float(np.abs(answer - target).mean()) if target.size else None


def root_mean_squared_error(target: Floats, answer: Floats) -> float | None:
    """RMSE = √(mean (ŷ − y)²) over all rows and outputs, (n, K) each, in the unit of the target."""
    return float(np.sqrt(np.square(answer - target).mean())) if target.size else None


def coefficient_of_determination(target: Floats, answer: Floats) -> float | None:
    """R² = 1 − Σ(ŷ − y)² / Σ(y − ȳ)², the mean over the outputs, (n, K) each; None where a target does not vary."""
    if not target.size:
        return None
    spread = np.square(target - target.mean(axis=0)).sum(axis=0)
    if not (spread > 0).all():
        return None
    return float((1 - np.square(answer - target).sum(axis=0) / spread).mean())
