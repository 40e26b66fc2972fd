"""From the description of the data to the arrays that training sees: load, divide, normalize."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Literal, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from engine.datasets.dataset import DataError, Dataset, Floats
from engine.datasets.filling import fill, fill_values
from engine.datasets.normalize import Doubles, find_scale, moments, standardize, standardize_here
from engine.datasets.registry import DATASETS, load
from engine.datasets.remarks import remarks
from engine.datasets.space import picked
from engine.spec import DataSpec, SplitSpec

__all__ = ["PARTS", "Part", "Prepared", "moments", "prepare", "remembered", "split_rows", "standardize"]

R = TypeVar("R")
Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Prepared:
    """A data set, divided and normalized.

    `indices`: part → row numbers of `dataset`, int64 (n,). `features`: part → float32 (n, …), normalized. `targets`: part →
    the data set's own targets, int64 (n,) or float32 (n, K). `mean` and `std` (float64, None without normalization) have a
    shape that meets one sample's: (F,) for columns, (C, 1, 1) for images; natural = normalized · std + mean, also for min–max,
    where they are no mean and standard deviation. `numbers` are what was found in the training part, by its name: μ and σ, or min
    and max. `filled` is what stands in for missing values, one number per column.
    """

    dataset: Dataset
    indices: dict[Part, NDArray[np.int64]]
    features: dict[Part, Floats]
    targets: dict[Part, NDArray[np.generic]]
    mean: Doubles | None = None
    std: Doubles | None = None
    numbers: tuple[tuple[str, Doubles], ...] = ()
    filled: Floats | None = None
    remarks: tuple[str, ...] = ()
    """Warnings about the rows, in sentences."""

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Rows in the training, validation and test part."""
        return len(self.indices["train"]), len(self.indices["validation"]), len(self.indices["test"])


def remembered(function: Callable[[Prepared], R]) -> Callable[[Prepared], R]:
    """The function, which looks at prepared data only once; they are not kept alive for it."""
    answers: WeakKeyDictionary[Prepared, R] = WeakKeyDictionary()

    @wraps(function)
    def asked(prepared: Prepared) -> R:
        if prepared not in answers:
            answers[prepared] = function(prepared)
        return answers[prepared]

    return asked


def prepare(data: DataSpec) -> Prepared:
    """Load the data set, divide its rows and normalize its features. Engine thread only: some sets import torch.

    Raises:
        DataError: the set cannot be made, or the split does not fit its rows.
    """
    dataset = load(data.source)
    classes = dataset.targets if dataset.task == "classes" else None
    indices = split_rows(len(dataset.features), data.split, classes)
    features: dict[Part, Floats] = {part: picked(dataset.features, rows) for part, rows in indices.items()}
    targets = {part: dataset.targets[rows] for part, rows in indices.items()}
    filled = fill_values(features["train"], dataset) if dataset.holes else None
    if filled is not None:
        for array in features.values():
            fill(array, filled)
    own = DATASETS[data.source.kind].from_file
    warnings = tuple(remarks(dataset, indices, features)) if own else ()
    scale = find_scale(features["train"], data)
    if scale is None:
        return Prepared(dataset, indices, features, targets, filled=filled, remarks=warnings)
    for array in features.values():
        standardize_here(array, scale)
    return Prepared(dataset, indices, features, targets, scale.shift, scale.width, scale.numbers, filled, warnings)


def split_rows(n: int, split: SplitSpec, classes: NDArray[np.generic] | None = None) -> dict[Part, NDArray[np.int64]]:
    """Row numbers of each part: the first, second and third piece of a permutation of n rows drawn with the split's seed.

    Without `split.shuffle` the pieces are cut from the rows in their own order. With `split.stratify` every class (`classes`, (n,))
    is spread evenly over that order first, so that each piece has its share of each, to one row.

    Raises:
        DataError: shares that do not sum to 1, counts that are not whole or exceed n, an empty training part.
    """
    train, validation, test = _counts(n, split) if split.mode == "counts" else _shares(n, split)
    if train == 0:
        raise DataError(
            f"The training part is empty: of {n} rows, {split.train:g} gives none. Give it at least one row."
        )
    rows = np.random.default_rng(split.seed).permutation(n) if split.shuffle else np.arange(n)
    order = rows.astype(np.int64)
    if split.stratify:
        if classes is None:
            raise DataError(
                "Only classes can be stratified, but the targets of this data are numbers: turn Stratified off."
            )
        order = order[spread_evenly(classes[order])]
    cuts = np.split(order, (train, train + validation, train + validation + test))
    return dict(zip(PARTS, cuts, strict=False))


def spread_evenly(classes: NDArray[np.generic]) -> NDArray[np.int64]:
    """An order in which every class comes evenly from the first row to the last: row j of m of a class at (j + ½)/m."""
    place = np.empty(len(classes))
    for one in np.unique(classes):
        rows = np.flatnonzero(classes == one)
        place[rows] = (np.arange(len(rows)) + 0.5) / len(rows)
    return np.argsort(place, kind="stable").astype(np.int64)


def _shares(n: int, split: SplitSpec) -> tuple[int, int, int]:
    shares = (split.train, split.validation, split.test)
    if not all(math.isfinite(share) and share >= 0 for share in shares):
        raise DataError(f"Every share must be at least 0, but they are {_listed(shares)}.")
    if abs(sum(shares) - 1) > 1e-6:
        raise DataError(f"The three shares must sum to 1, but {_listed(shares)} sum to {sum(shares):g}.")
    train = round(n * split.train)
    validation = min(round(n * split.validation), n - train)
    return train, validation, n - train - validation


def _counts(n: int, split: SplitSpec) -> tuple[int, int, int]:
    counts = (split.train, split.validation, split.test)
    if not all(math.isfinite(count) and count >= 0 and count == int(count) for count in counts):
        raise DataError(f"The numbers of rows must be whole and at least 0, but they are {_listed(counts)}.")
    train, validation, test = (int(count) for count in counts)
    if train + validation + test > n:
        raise DataError(
            f"The parts ask for {train} + {validation} + {test} = {train + validation + test} rows, "
            f"but the data has {n}: take fewer."
        )
    return train, validation, test


def _listed(numbers: tuple[float, ...]) -> str:
    return ", ".join(f"{number:g}" for number in numbers[:-1]) + f" and {numbers[-1]:g}"
