"""The loss of the best constant answer: what a network reaches that looks at no feature."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.spec import Choice


def constant_loss(loss: Choice, targets: NDArray[np.generic]) -> float | None:
    """Of the training part, as an epoch's loss counts it: the mean over rows, or under "sum" the sum.

    `targets` are those that the loss takes: classes (N,), or numbers (N, K). Cross-entropy and NLL: the entropy of the classes'
    shares, with label smoothing that of the smoothed ones. BCE: the mean entropy of each output. MSE: the mean variance. L1: the
    mean distance from the median. None for other losses, and for weighted classes.
    """
    if not len(targets) or loss.as_dict().get("class_weights", "none") != "none":
        return None
    value = _mean_loss(loss, targets)
    if value is None or loss.get("reduction") != "sum":
        return value
    return value * (len(targets) if targets.ndim == 1 else targets.size)


def _mean_loss(loss: Choice, targets: NDArray[np.generic]) -> float | None:
    if loss.kind in ("cross_entropy", "nll") and targets.ndim == 1:
        shares = np.bincount(np.asarray(targets, np.int64)) / len(targets)
        smooth = loss.number("label_smoothing") if loss.has("label_smoothing") else 0.0
        return _entropy((1 - smooth) * shares + smooth / len(shares))
    if targets.ndim != 2:
        return None
    numbers = np.asarray(targets, np.float64)
    if loss.kind in ("bce", "bce_with_logits"):
        means = numbers.mean(axis=0)
        return float(np.mean([_entropy(np.array([mean, 1 - mean])) for mean in means]))
    if loss.kind == "mse":
        return float(numbers.var(axis=0).mean())
    if loss.kind == "l1":
        return float(np.abs(numbers - np.median(numbers, axis=0)).mean())
    return None


def _entropy(shares: NDArray[np.float64]) -> float:
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())
