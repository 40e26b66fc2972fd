"""The table of data sets, and the one way to load a chosen one. A new set is one file and one line here."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from engine.catalog.entry import Catalog, UnknownKindError
from engine.datasets.blobs import BLOBS
from engine.datasets.breast_cancer import BREAST_CANCER
from engine.datasets.circles import CIRCLES
from engine.datasets.dataset import DataError, Dataset, DatasetEntry
from engine.datasets.diabetes import DIABETES
from engine.datasets.digits import DIGITS
from engine.datasets.files import read_table
from engine.datasets.importing import shelf
from engine.datasets.iris import IRIS
from engine.datasets.moons import MOONS
from engine.datasets.own_file import FILE
from engine.datasets.points import POINTS
from engine.datasets.quadratic_noise import QUADRATIC_NOISE
from engine.datasets.random_two_class import RANDOM_TWO_CLASS
from engine.datasets.shapes import SHAPES
from engine.datasets.spiral import SPIRAL
from engine.datasets.three_feature_linear import THREE_FEATURE_LINEAR
from engine.datasets.tokens import TOKENS
from engine.datasets.waves import WAVES
from engine.datasets.wine import WINE
from engine.datasets.xor import XOR
from engine.fields import FieldError
from engine.spec import Choice

DATASETS: Catalog[DatasetEntry] = Catalog(
    "data set",
    (
        MOONS,
        CIRCLES,
        XOR,
        SPIRAL,
        BLOBS,
        SHAPES,
        WAVES,
        TOKENS,
        DIGITS,
        IRIS,
        BREAST_CANCER,
        WINE,
        DIABETES,
        QUADRATIC_NOISE,
        THREE_FEATURE_LINEAR,
        RANDOM_TWO_CLASS,
        POINTS,
        FILE,
    ),
)


def load(choice: Choice) -> Dataset:
    """Make the rows of a chosen data set; a few are remembered. Some sets import torch: engine thread only.

    Raises:
        DataError: the set is not known, a value is not accepted, a file is missing, or the rows are unusable.
        engine.datasets.importing.shelf.BeingRead: the engine thread is still reading the file.
    """
    try:
        checked = DATASETS.check(choice)
    except (UnknownKindError, FieldError) as problem:
        raise DataError(str(problem)) from problem
    return shelf.take(checked) if DATASETS[checked.kind].from_file else _load(checked)


@lru_cache(maxsize=4)
def _load(choice: Choice) -> Dataset:
    entry = DATASETS[choice.kind]
    names = entry.feature_names
    values: dict[str, object] = dict(choice.values)
    if entry.file:
        table = read_table(entry.file)
        values["table"], names = table.numbers, table.names[:-1]
    with np.errstate(over="ignore"):  # a number beyond float32 becomes infinite and is refused below
        features, targets = (np.ascontiguousarray(array) for array in entry.make(**values))
    if features.shape[1] == 0:
        raise DataError(f"{entry.title}: every row needs at least one feature and, in the last column, its target.")
    if not (np.isfinite(features).all() and np.isfinite(targets).all()):
        raise DataError(f"{entry.title}: the numbers are too large for 32-bit floating point.")
    features.setflags(write=False)
    targets.setflags(write=False)
    return Dataset(entry.task, features, targets, _feature_names(features.shape, names), _class_names(entry, targets))


def _feature_names(shape: tuple[int, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """The given names, or where they do not fit, x1, x2, … for columns and channel 1, … for images."""
    if len(names) == shape[1]:
        return names
    stem = "x" if len(shape) == 2 else "channel "
    return tuple(f"{stem}{number}" for number in range(1, shape[1] + 1))


def _class_names(entry: DatasetEntry, targets: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> tuple[str, ...]:
    if entry.task == "regression":
        return ()
    count = int(targets.max()) + 1
    return (
        entry.class_names[:count] if len(entry.class_names) > 2 else entry.class_names or tuple(map(str, range(count)))
    )
