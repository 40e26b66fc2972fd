"""What a data set is, and the entry that makes one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.catalog.entry import Entry

Task = Literal["regression", "classes"]
Floats = NDArray[np.float32]
Arrays = tuple[Floats, NDArray[np.generic]]


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Rows before split and normalization.

    `features`: float32, (N, F) or (N, C, H, W). `targets`: for "classes" int64 (N,), for "regression" float32 (N, K).
    """

    task: Task
    features: Floats
    targets: NDArray[np.generic]
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...] = ()

    @property
    def sample_shape(self) -> tuple[int, ...]:
        return tuple(self.features.shape[1:])


@dataclass(frozen=True, slots=True)
class DatasetEntry(Entry):
    """One kind of data. `make(**values)` returns features and targets.

    `make` is a self-contained pure function (imports inside, no names of its module), because the exported script carries
    its very source; a set read from a file names that file in `file` instead and `make` gets its columns as `table`.
    """

    task: Task = "classes"
    make: Callable[..., Arrays] | None = None
    file: str = ""
    feature_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    group: Literal["Toy", "Real", "Course", "Own"] = "Toy"
