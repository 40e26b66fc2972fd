"""What a look into a file finds, and how it is told that a file cannot be read. Plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.datasets.dataset import DataError

Format = Literal["text", "parquet", "npy", "npz", "idx", "images"]
Role = Literal["feature", "target", "ignored"]
Kind = Literal["number", "yes/no", "date", "category", "index"]
"""How a column becomes numbers. A category gets one input per value (one-hot), an index one input with the value's number."""
TargetKind = Literal["regression", "two classes", "classes", "multi-label"]
Layout = Literal["as stored", "flat", "images", "channels last"]

FORMATS: tuple[Format, ...] = ("text", "parquet", "npy", "npz", "idx", "images")
ROLES: tuple[Role, ...] = ("feature", "target", "ignored")
KINDS: tuple[Kind, ...] = ("number", "yes/no", "date", "category", "index")
TARGET_KINDS: tuple[TargetKind, ...] = ("regression", "two classes", "classes", "multi-label")
LAYOUTS: tuple[Layout, ...] = ("as stored", "flat", "images", "channels last")

MOST_COLUMNS = 20_000
SAMPLE_ROWS = 50
PIECE = 1 << 19
"""Bytes that are read and parsed at a time: a few milliseconds of work."""


class Unreadable(DataError):  # noqa: N818 - a state of the file, told with the place and the remedy
    """A file, or a value in it, that cannot be read. `row` counts from 1 below the line of names; 0: not about a row."""

    def __init__(self, what: str, todo: str = "", row: int = 0, column: str = "") -> None:
        self.refusal = Refusal(what, todo, row, column)
        super().__init__(self.refusal.text)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file is not read: what is wrong, in which row and column, what to do."""

    what: str
    todo: str = ""
    row: int = 0
    column: str = ""

    @property
    def text(self) -> str:
        """All of it in one or two sentences."""
        place = place_text(self.row, self.column)
        return " ".join(part for part in (f"{place}: {self.what}" if place else self.what, self.todo) if part)


def place_text(row: int, column: str = "") -> str:
    """ "Row 17, column “age”", or what of it is known."""
    parts = ([f"row {row:,}"] if row else []) + ([f"column “{column}”"] if column else [])
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text table is written."""

    encoding: str = "utf-8"
    separator: str = ","
    decimal: Literal[".", ","] = "."
    header: bool = True
    """Whether the first line holds the names of the columns."""


@dataclass(frozen=True, slots=True)
class Options:
    """What people say about a file, where the guess was wrong."""

    dialect: Dialect | None = None
    features: str = ""
    targets: str = ""
    layout: Layout | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """What was found in a column of a table, and what it is guessed to be."""

    name: str
    kind: Kind
    role: Role = "feature"
    missing: int = 0
    """Empty cells and words like NA."""
    unreadable: int = 0
    """Cells that are no number (or date, or yes/no) where nearly all others are; infinite numbers too."""
    first_bad: str = ""
    """The first missing or unreadable cell: "row 17: “n/a”"."""
    distinct: int | None = None
    """How many different values it has; None: more than are counted."""
    low: float | None = None
    high: float | None = None
    whole: bool = False
    """Whether all its numbers are whole."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ArrayFound:
    """An array of a file that holds several."""

    name: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """What a look through the whole file found.

    Of a table: its columns and its first rows as text. Of images or other arrays: `shape` of one sample, `arrays`, and the first
    samples in `pictures` (n, height, width) where they are images.
    """

    path: str
    format: Format
    size: int
    sha256: str
    rows: int
    columns: tuple[Column, ...] = ()
    sample: tuple[tuple[str, ...], ...] = ()
    dialect: Dialect = field(default_factory=Dialect)
    ragged: int = 0
    first_ragged: str = ""
    target: TargetKind = "classes"
    classes: int = 0
    arrays: tuple[ArrayFound, ...] = ()
    features: str = ""
    targets: str = ""
    """Which arrays of an .npz are which; of other formats, the path of the file with the labels."""
    labels_sha256: str = ""
    shape: tuple[int, ...] = ()
    layout: Layout = "as stored"
    pictures: NDArray[np.generic] | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_table(self) -> bool:
        return bool(self.columns)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some rows of a table. Every column is float64 (NaN: missing), or a list of cells as text ("": missing).

    `first` is the number of the first row, from 1. `ragged` are rows that were left out because they have another number of
    cells: (row, cells) each; the rows keep their numbers in `numbers`.
    """

    columns: list[NDArray[np.float64] | list[str]]
    first: int
    rows: int
    matrix: NDArray[np.float64] | None = None
    """All columns at once (rows, columns), where every one of them is numbers."""
    ragged: tuple[tuple[int, int], ...] = ()
    numbers: NDArray[np.int64] | None = None
    """The number of every row, where rows were left out."""

    def row_number(self, index: int) -> int:
        return int(self.numbers[index]) if self.numbers is not None else self.first + index
