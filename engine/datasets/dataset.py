"""What a data set is, and the entry that makes one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.catalog.entry import Entry

Task = Literal["regression", "classes"]
Floats = NDArray[np.float32]


class DataError(ValueError):
    """Data that cannot be made, divided or fitted to a network; the text says what is wrong and what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Rows before split and normalization; the arrays are read-only.

    `features`: float32, (N, F) or (N, C, H, W). `targets`: for "classes" int64 (N,), for "regression" float32 (N, K).
    `feature_names` has one name per column, or for images one per channel.
    """

    task: Task
    features: Floats
    targets: NDArray[np.generic]
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What was left out on reading, in sentences."""
    holes: bool = False
    """Whether features may be NaN: engine.datasets.filling puts values of the training part there."""
    groups: tuple[tuple[int, int], ...] = ()
    """First and end of the columns that are one category each, one-hot."""
    modes: tuple[int, ...] = ()
    """Columns whose holes take the most frequent value, not the mean."""

    @property
    def sample_shape(self) -> tuple[int, ...]:
        return tuple(self.features.shape[1:])


@dataclass(frozen=True, slots=True)
class DatasetEntry(Entry):
    """One kind of data. `make(**values)` returns features and targets as `Dataset` describes them.

    `make` is a self-contained pure function (imports inside, no names of its module), because the exported script carries
    its very source. A set read from a file names that file of resources/data in `file`, and its `make(table, **values)`
    gets the numbers below the header line as float64 (rows, columns), the target in the last column.
    `feature_names` is empty where the file's header or the columns' count gives them.
    """

    make: Callable[..., tuple[Any, Any]] = field(kw_only=True)
    task: Task = "classes"
    file: str = ""
    feature_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    group: Literal["Toy", "Real", "Course", "Own"] = "Toy"
    from_file: bool = False
    """Whether the rows come from a file of the user (engine.datasets.importing), not from `make`."""
