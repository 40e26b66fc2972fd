"""Puts values of the training part where features are missing."""

from __future__ import annotations

import numpy as np

from engine.datasets.dataset import Dataset, Floats
from engine.datasets.space import block_rows


def fill_values(train: Floats, data: Dataset) -> Floats:
    """What stands in for a missing value of each column, float32 (F,), from the training part alone.

    The mean of the column; of numbers of categories and of yes/no the most frequent value; of a one-hot category a 1 at its most
    frequent value and 0 elsewhere. A column without any value in the training part gives 0.
    """
    counts, sums = np.zeros(train.shape[1]), np.zeros(train.shape[1])
    step = block_rows(train)
    for at in range(0, len(train), step):
        block = train[at : at + step]
        counts += (~np.isnan(block)).sum(axis=0)
        sums += np.nansum(block, axis=0, dtype=np.float64)
    values = np.divide(sums, counts, out=np.zeros(train.shape[1]), where=counts > 0)
    for column in data.modes:
        held = train[:, column]
        seen, times = np.unique(held[~np.isnan(held)], return_counts=True)
        values[column] = seen[times.argmax()] if len(seen) else 0.0
    for first, end in data.groups:
        values[first:end] = np.arange(end - first) == sums[first:end].argmax()
    filled: Floats = values.astype(np.float32)
    return filled


def fill(features: Floats, values: Floats) -> None:
    """Put `values` (F,) where `features` (n, F) are NaN, in place."""
    step = block_rows(features)
    for at in range(0, len(features), step):
        block = features[at : at + step]
        rows, columns = np.nonzero(np.isnan(block))
        block[rows, columns] = values[columns]
