"""From the blocks of a table to features and targets, as the plan has it. Every value that does not fit is told with its place."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.datasets import space
from engine.datasets.dataset import Dataset, Floats
from engine.datasets.importing.cells import is_missing, numbers, read_cell
from engine.datasets.importing.levels import Codes, Levels
from engine.datasets.importing.plan import Plan, plan_issue
from engine.datasets.importing.survey import Table, unique_names
from engine.datasets.importing.values import MOST_COLUMNS, Block, Kind, Unreadable

MOST_CLASSES = 10_000
LARGE_BLOCK = 40 * 2**20
"""Bytes of a joined block: the C library maps what is above 32 MiB, and returns it when it is freed."""
LARGEST = float(np.finfo(np.float32).max)
CHANGED = "The file was changed since it was imported: import it again."
Doubles = NDArray[np.float64]


@dataclass(slots=True)
class Trouble:
    """Rows that were left out: how many, and the first of them."""

    rows: int = 0
    first: str = ""

    def add(self, count: int, place: str) -> None:
        self.rows += count
        self.first = self.first or place


class Pile:
    """Blocks of rows. Small ones are joined into large ones, which the system gets back as soon as they are taken."""

    def __init__(self) -> None:
        self._small: list[Floats] = []
        self._large: list[Floats] = []
        self._bytes = 0

    def add(self, block: Floats) -> None:
        self._small.append(block)
        self._bytes += block.nbytes
        if self._bytes > LARGE_BLOCK:
            self._join()

    def _join(self) -> None:
        if self._small:
            rows = sum(len(block) for block in self._small)
            held = sum(block.nbytes for block in self._large if not isinstance(block, np.memmap))
            joined = space.numbers((rows, self._small[0].shape[1]), held)
            self._large.append(np.concatenate(self._small, out=joined))
        self._small, self._bytes = [], 0

    def take(self) -> Iterator[Floats]:
        """The rows in their order; each block is given up when the next is asked for."""
        self._join()
        self._large.reverse()
        while self._large:
            yield self._large.pop()


class Gatherer:
    """Takes the blocks of a table one after the other, then makes the data set."""

    def __init__(self, plan: Plan, names: tuple[str, ...]) -> None:
        self._plan, self._names = plan, names
        self._features = [index for index, use in enumerate(plan.uses) if use.role == "feature"]
        self._targets = [index for index, use in enumerate(plan.uses) if use.role == "target"]
        self._check_plan()
        coded = self._features if plan.target == "regression" else [*self._features, *self._targets]
        self._levels = {index: Levels() for index in coded if self._kind(index) in ("category", "index")}
        self._numeric = [index for index in self._features if index not in self._levels]
        self._blocks = Pile()
        self._codes: dict[int, list[Codes]] = {index: [] for index in self._levels}
        self._answers: list[Floats] = []
        self._trouble = Trouble()
        self._rows = 0

    def _kind(self, index: int) -> Kind:
        if index in self._targets and self._plan.target in ("classes", "two classes"):
            return "category"
        return self._plan.uses[index].kind

    def _check_plan(self) -> None:
        plan = self._plan
        if len(plan.uses) != len(self._names):
            raise Unreadable(
                f"The file has {len(self._names):,} columns, but {len(plan.uses):,} were imported.", CHANGED
            )
        issue = plan_issue(plan)
        if issue is not None:
            raise Unreadable(issue.what, issue.todo)

    def add(self, block: Block) -> None:
        """Take these rows. Raises Unreadable where the plan refuses what is missing, or a number is too large."""
        if block.ragged:
            row, cells = block.ragged[0]
            place = f"row {row:,} has {cells:,} cells instead of {len(self._names):,}"
            self._refuse(place)
            self._trouble.add(len(block.ragged), place)
        if not block.rows:
            return
        bad = np.zeros(block.rows, bool)
        features = self._numbers(block, self._numeric, bad, self._plan.missing != "fill")
        codes = {index: self._coded(block, index, bad) for index in self._levels}
        answers = self._answer(block, bad)
        self._trouble.rows += int(bad.sum())
        keep = ~bad if bad.any() else slice(None)
        self._blocks.add(features[keep])
        for index, found in codes.items():
            self._codes[index].append(found[keep])
        self._answers.append(answers[keep])
        self._rows += len(answers[keep])

    def _numbers(self, block: Block, indices: list[int], bad: NDArray[np.bool_], needed: bool) -> Floats:
        """These columns as float32 (rows, columns); `bad` marks the rows in which one is missing, when it is `needed`."""
        if block.matrix is not None and all(self._kind(index) == "number" for index in indices):
            values = block.matrix if indices == list(range(block.matrix.shape[1])) else block.matrix[:, indices]
        else:
            values = np.empty((block.rows, len(indices)))
            for place, index in enumerate(indices):
                values[:, place] = self._column(block, index)
        self._check_values(values, block, indices, bad, needed)
        return values.astype(np.float32)

    def _check_values(
        self, values: Doubles, block: Block, indices: list[int], bad: NDArray[np.bool_], needed: bool
    ) -> None:
        small: NDArray[np.bool_] = np.abs(values) <= LARGEST
        if small.all():
            return
        huge = ~small & np.isfinite(values)
        if huge.any():
            row, column = np.argwhere(huge)[0]
            raise Unreadable(
                f"{values[row, column]:g} is too large for float32.",
                "Ignore the column, or store its logarithm.",
                block.row_number(int(row)),
                self._names[indices[column]],
            )
        row, column = np.argwhere(~small)[0]
        if needed:
            self._mark(bad, np.logical_not(small.all(axis=1)), block, indices[column])
        elif np.isinf(values).any():
            values[np.isinf(values)] = np.nan

    def _mark(self, bad: NDArray[np.bool_], where: NDArray[np.bool_], block: Block, index: int) -> None:
        row = int(where.argmax())
        place = f"row {block.row_number(row):,}, column “{self._names[index]}”: {_quoted(block, index, row)}"
        self._refuse(place)
        self._trouble.first = self._trouble.first or place
        bad |= where

    def _refuse(self, place: str) -> None:
        if self._plan.missing == "refuse":
            raise Unreadable(
                f"A value is missing or unreadable ({place}).",
                "Leave such rows out, fill the value, or correct the file.",
            )

    def _column(self, block: Block, index: int) -> Doubles:
        """A column as numbers; NaN where there is none."""
        kind, cells = self._kind(index), block_column(block, index)
        if isinstance(cells, np.ndarray):
            return np.where((cells == 0) | (cells == 1), cells, np.nan) if kind == "yes/no" else cells
        decimal = self._plan.dialect.decimal
        if kind == "number" and (found := numbers([cell or "nan" for cell in cells], decimal)) is not None:
            return found
        read = [None if is_missing(cell) else read_cell(cell, kind, decimal) for cell in cells]
        return np.array([math.nan if value is None else value for value in read])

    def _coded(self, block: Block, index: int, bad: NDArray[np.bool_]) -> Codes:
        levels = self._levels[index]
        found = levels.codes(block_column(block, index))
        gone = found < 0
        if gone.any() and (self._plan.missing != "fill" or index in self._targets):
            self._mark(bad, gone, block, index)
        most = MOST_CLASSES if index in self._targets else MOST_COLUMNS
        if len(levels.known) > most and (index in self._targets or self._kind(index) == "category"):
            raise Unreadable(
                f"It has more than {most:,} different values.",
                "Ignore it, or read it as a number."
                if index in self._features
                else "Choose regression, or another target.",
                0,
                self._names[index],
            )
        return found

    def _answer(self, block: Block, bad: NDArray[np.bool_]) -> Floats:
        """Targets that are numbers, (rows, targets); of classes nothing but the rows."""
        if self._plan.target in ("classes", "two classes"):
            return np.empty((block.rows, 0), np.float32)
        found = self._numbers(block, self._targets, bad, needed=True)
        if self._plan.target == "multi-label":
            odd = ~((found == 0) | (found == 1)) & ~bad[:, None]
            if odd.any():
                row, column = np.argwhere(odd)[0]
                raise Unreadable(
                    f"{found[row, column]:g} is neither 0 nor 1, but a label is there or it is not.",
                    "Choose another kind of target.",
                    block.row_number(int(row)),
                    self._names[self._targets[column]],
                )
        return found

    def dataset(self) -> Generator[None, None, Dataset]:
        """All that was taken, as a data set, in pieces of work. Raises Unreadable when no row, or one single class, is left."""
        if not self._rows:
            raise Unreadable(
                f"No row is left: all have missing values ({self._trouble.first}).", "Fill them, or ignore the column."
            )
        names, groups, modes = self._plan_features()
        features = space.numbers((self._rows, len(names)))
        yield from self._pour(features, groups)
        features.setflags(write=False)
        targets, classes = (
            self._classes() if self._plan.target in ("classes", "two classes") else (self._poured_answers(), ())
        )
        targets.setflags(write=False)
        notes: tuple[str, ...] = ()
        if self._trouble.rows:
            total = self._rows + self._trouble.rows
            notes = (f"{self._trouble.rows:,} of {total:,} rows were left out (first: {self._trouble.first}).",)
        return Dataset(
            "classes" if classes else "regression",
            features,
            targets,
            names,
            classes,
            notes,
            self._holes,
            groups_of(groups),
            modes,
        )

    @property
    def _holes(self) -> bool:
        return self._plan.missing == "fill"

    def _plan_features(self) -> tuple[tuple[str, ...], dict[int, tuple[int, int]], tuple[int, ...]]:
        """Names of the inputs, where each column goes, and which inputs are numbers of values."""
        names: list[str] = []
        places: dict[int, tuple[int, int]] = {}
        modes = []
        for index in self._features:
            first = len(names)
            if self._kind(index) == "category":
                levels, _ = self._levels[index].ordered()
                names += [f"{self._names[index]}={level}"[:80] for level in levels]
            else:
                names.append(self._names[index])
                if self._kind(index) in ("index", "yes/no"):
                    modes.append(first)
            places[index] = (first, len(names))
        if len(names) > MOST_COLUMNS:
            raise Unreadable(
                f"There would be {len(names):,} inputs; {MOST_COLUMNS:,} are the most.",
                "Read categories with many values as index, or ignore them.",
            )
        return tuple(names), places, tuple(modes)

    def _pour(self, features: Floats, places: dict[int, tuple[int, int]]) -> Generator[None, None, None]:
        """Fill the features, giving up each block as soon as it is copied."""
        columns = [places[index][0] for index in self._numeric]
        straight = columns == list(range(features.shape[1]))
        step = max(1, 2**21 // max(1, 4 * features.shape[1]))
        row = 0
        for block in self._blocks.take():
            for at in range(0, len(block), step):
                part = block[at : at + step]
                features[row : row + len(part), slice(None) if straight else columns] = part
                row += len(part)
                yield
        for index in self._levels:
            if index in places:
                self._pour_codes(features, index, *places[index])

    def _pour_codes(self, features: Floats, index: int, first: int, end: int) -> None:
        _, place = self._levels[index].ordered()
        codes = place[np.concatenate(self._codes.pop(index))]
        if self._kind(index) == "index":
            features[:, first] = np.where(codes < 0, np.nan, codes)
            return
        features[:, first:end] = 0
        there = codes >= 0
        features[np.flatnonzero(there), first + codes[there]] = 1
        features[~there, first:end] = np.nan

    def _poured_answers(self) -> Floats:
        return np.concatenate(self._answers)

    def _classes(self) -> tuple[NDArray[np.int64], tuple[str, ...]]:
        index = self._targets[0]
        codes = np.concatenate(self._codes[index])
        levels = self._levels[index]
        seen = set(np.unique(codes).tolist())
        if len(seen) < len(levels.known):  # a class that only rows had which were left out
            kept = Levels()
            recode = np.full(len(levels.known), -1, np.int32)
            for name, code in levels.known.items():
                if code in seen:
                    recode[code] = kept.known.setdefault(name, len(kept.known))
            codes, levels = recode[codes], kept
        names, place = levels.ordered()
        check_classes(self._plan, names, self._names[index])
        return place[codes].astype(np.int64), names


def check_classes(plan: Plan, names: tuple[str, ...], column: str) -> None:
    """Raises Unreadable when so many classes are not what the plan says."""
    if len(names) < 2:
        only = names[0] if names else ""
        raise Unreadable(
            f"All rows have the same class, “{only}”: there is nothing to learn.", "Choose another target.", 0, column
        )
    if plan.target == "two classes" and len(names) > 2:
        raise Unreadable(
            f"There are {len(names):,} classes, not two.", "Choose classes as the kind of target.", 0, column
        )


def groups_of(places: dict[int, tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The inputs that belong to one category each."""
    return tuple((first, end) for first, end in places.values() if end - first > 1)


def block_column(block: Block, index: int) -> list[str] | Doubles:
    """A column of the block."""
    if block.matrix is not None:
        column: Doubles = block.matrix[:, index]
        return column
    return block.columns[index]


def _quoted(block: Block, index: int, row: int) -> str:
    cell = block_column(block, index)[row]
    if isinstance(cell, str):
        return f"“{cell[:40]}”" if cell.strip() else "empty"
    return "missing" if math.isnan(cell) else f"{cell:g}"


def read_table(table: Table, plan: Plan) -> Generator[float, None, Dataset]:
    """Read a table as planned; yields the share that was read. Closes it. Raises Unreadable."""
    with closing(table):
        if table.stream.size != plan.size:
            raise Unreadable(f"The file has {table.stream.size:,} bytes instead of {plan.size:,}.", CHANGED)
        names, _ = unique_names(table.names)
        gatherer = Gatherer(plan, names)
        for block in table.blocks():
            gatherer.add(block)
            yield table.stream.share
        if table.stream.finish() != plan.sha256:
            raise Unreadable("The content of the file is another one than before.", CHANGED)
    finishing = gatherer.dataset()
    while True:
        try:
            next(finishing)
            yield 1.0
        except StopIteration as end:
            data: Dataset = end.value
            return data
