"""Reads the data files that Chainrule ships."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from engine.datasets.dataset import DataError


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Column names and float64 numbers (rows, columns), read-only; the last column is the target."""

    names: tuple[str, ...]
    numbers: NDArray[np.float64]


@lru_cache(maxsize=8)
def read_table(name: str) -> Table:
    """The data file with this name: comma-separated, one header line, .gz allowed.

    Raises:
        DataError: the file is missing or is not such a table.
    """
    try:
        raw = (files("resources") / "data" / name).read_bytes()
        header, *lines = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode("utf-8").splitlines()
        numbers = np.loadtxt(lines, dtype=np.float64, delimiter=",", ndmin=2)
    except (OSError, EOFError, ValueError) as problem:
        raise DataError(
            f"The data file {name} of Chainrule is missing or damaged: install Chainrule again."
        ) from problem
    numbers.setflags(write=False)
    return Table(tuple(header.split(",")), numbers)
