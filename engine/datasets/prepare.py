"""From the description of the data to the arrays that training sees: load, divide, normalize."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.datasets.dataset import DataError, Dataset, Floats
from engine.datasets.registry import load
from engine.spec import DataSpec, SplitSpec

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")
Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A data set, divided and normalized.

    `indices`: part → row numbers of `dataset`, int64 (n,). `features`: part → float32 (n, …), normalized. `targets`: part →
    the data set's own targets, int64 (n,) or float32 (n, K). `mean` and `std` (float64, None without normalization) have a
    shape that meets one sample's: (F,) for columns, (C, 1, 1) for images; natural = normalized · std + mean.
    """

    dataset: Dataset
    indices: dict[Part, NDArray[np.int64]]
    features: dict[Part, Floats]
    targets: dict[Part, NDArray[np.generic]]
    mean: Doubles | None = None
    std: Doubles | None = None

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Rows in the training, validation and test part."""
        return len(self.indices["train"]), len(self.indices["validation"]), len(self.indices["test"])


def prepare(data: DataSpec) -> Prepared:
    """Load the data set, divide its rows and normalize its features. Engine thread only: some sets import torch.

    Raises:
        DataError: the set cannot be made, or the split does not fit its rows.
    """
    dataset = load(data.source)
    indices = split_rows(len(dataset.features), data.split)
    features: dict[Part, Floats] = {part: dataset.features[rows] for part, rows in indices.items()}
    targets = {part: dataset.targets[rows] for part, rows in indices.items()}
    if data.normalization == "none":
        return Prepared(dataset, indices, features, targets)
    mean, std = moments(features["train"])
    scaled = {part: standardize(array, mean, std) for part, array in features.items()}
    return Prepared(dataset, indices, scaled, targets, mean, std)


def split_rows(n: int, split: SplitSpec) -> dict[Part, NDArray[np.int64]]:
    """Row numbers of each part: the first, second and third piece of a permutation of n rows drawn with the split's seed.

    Without `split.shuffle` the pieces are cut from the rows in their own order.

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
    cuts = np.split(order, (train, train + validation, train + validation + test))
    return dict(zip(PARTS, cuts, strict=False))


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


def moments(features: Floats) -> tuple[Doubles, Doubles]:
    """Mean and standard deviation (N − 1) per column, or per channel of images, in float64.

    A standard deviation that is zero, or that one single row cannot have, is given as 1: such a feature is only shifted.
    """
    values = features.astype(np.float64)
    axes = (0,) if values.ndim == 2 else (0, *range(2, values.ndim))
    mean = values.mean(axis=axes)
    count = values.size // values.shape[1]
    std = values.std(axis=axes, ddof=1) if count > 1 else np.ones_like(mean)
    std = np.where(std > 0, std, 1.0)
    shape = (-1,) + (1,) * (values.ndim - 2)
    return mean.reshape(shape), std.reshape(shape)


def standardize(features: Floats, mean: Doubles, std: Doubles) -> Floats:
    """(x − mean)/std, computed in float64 and given as float32 of the same shape."""
    scaled: Floats = ((features.astype(np.float64) - mean) / std).astype(np.float32)
    return scaled
