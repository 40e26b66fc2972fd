"""Puts values of the training part where features are missing."""

from __future__ import annotations

import numpy as np

from engine.datasets.dataset import Dataset, Floats


def fill_values(train: Floats, data: Dataset) -> Floats:
    """What stands in for a missing value of each column, float32 (F,), from the training part alone.

    The mean of the column; of numbers of categories and of yes/no the most frequent value; of a one-hot category a 1 at its most
    frequent value and 0 elsewhere. A column without any value in the training part gives 0.
    """
    there = ~np.isnan(train)
    counts = there.sum(axis=0)
    sums = np.where(there, train, 0).sum(axis=0, dtype=np.float64)
    values = np.divide(sums, counts, out=np.zeros(train.shape[1]), where=counts > 0)
    for column in data.modes:
        seen, times = np.unique(train[there[:, column], column], return_counts=True)
        values[column] = seen[times.argmax()] if len(seen) else 0.0
    for first, end in data.groups:
        values[first:end] = np.arange(end - first) == sums[first:end].argmax()
    filled: Floats = values.astype(np.float32)
    return filled


def fill(features: Floats, values: Floats) -> None:
    """Put `values` (F,) where `features` (n, F) are NaN, in place."""
    rows, columns = np.nonzero(np.isnan(features))
    features[rows, columns] = values[columns]
