"""What a column of a table is: counted block by block, guessed at the end."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.datasets.importing.cells import day, is_missing, number, numbers, yes_no
from engine.datasets.importing.values import Block, Column, Kind, Role, TargetKind, place_text

MOST_VALUES = 200_000
"""Different texts of a column that are counted; beyond, it holds no categories."""
MOST_NUMBERS = 1000
"""Different numbers that are counted: more classes than these are hardly meant."""
ALMOST_ALL = 0.9
"""A column is numbers with some unreadable cells when at least so many of its values are numbers."""
EXACT = 2**24
"""float32 holds every whole number up to here."""
_TARGETS = ("target", "targets", "label", "labels", "class", "y", "outcome", "output", "species", "category")
_NUMBERINGS = ("id", "index", "", "unnamed: 0", "row", "rowid", "row_id")


class Tally:
    """Counts one column. A column of a matrix is told by `add_numbers`, cells by `add_cells`."""

    def __init__(self, name: str, decimal: str) -> None:
        self.name = name
        self._decimal = decimal
        self._texts: dict[str, tuple[str, int]] | None = {}
        """Cell that is no number → (what it is: "yes/no", "date" or "text", the row where it came first)."""
        self._counts = {"number": 0, "yes/no": 0, "date": 0, "text": 0}
        self._firsts: dict[str, tuple[int, str]] = {}
        """What it is → row and cell where it came first."""
        self._values: set[float] | None = set()
        self._small: NDArray[np.bool_] | None = np.zeros(MOST_NUMBERS + 1, bool)
        self.missing = self.infinite = 0
        self.low, self.high, self.whole = math.inf, -math.inf, True
        self._counted_up = True

    def add_numbers(self, values: NDArray[np.float64], block: Block) -> None:
        """Numbers; NaN is a missing one."""
        finite = np.isfinite(values)
        if not finite.all():
            gone = np.isnan(values)
            self._note("missing", gone, block, "")
            self._note("infinite", ~finite & ~gone, block, "infinite")
            self.missing += int(gone.sum())
            self.infinite += int((~finite & ~gone).sum())
            values = values[finite]
        if len(values):
            self._see(values, block)

    def add_cells(self, cells: list[str], block: Block) -> None:
        """Cells as text."""
        found = numbers([cell or "nan" for cell in cells], self._decimal)
        if found is not None:
            self.add_numbers(found, block)
            return
        plain: list[float] = []
        for index, cell in enumerate(cells):
            value = number(cell, self._decimal)
            if value is not None and math.isfinite(value):
                plain.append(value)
            elif is_missing(cell):
                self.missing += 1
                self._firsts.setdefault("missing", (block.row_number(index), cell))
            elif value is not None:
                self.infinite += 1
                self._firsts.setdefault("infinite", (block.row_number(index), cell))
            else:
                self._text(cell, block.row_number(index))
        if plain:
            self._see(np.array(plain), block)

    def _note(self, what: str, where: NDArray[np.bool_], block: Block, text: str) -> None:
        if what not in self._firsts and where.any():
            self._firsts[what] = (block.row_number(int(where.argmax())), text)

    def _see(self, values: NDArray[np.float64], block: Block) -> None:
        low, high = float(values.min()), float(values.max())
        same = self.low == self.high == low == high
        self.low, self.high = min(self.low, low), max(self.high, high)
        self.whole = self.whole and bool((values == np.floor(values)).all())
        self._counted_up = self._counted_up and len(values) == block.rows and _is_counting(values, block.first)
        self._counts["number"] += len(values)
        if self._values is not None and not same:
            self._remember(values)

    def _remember(self, values: NDArray[np.float64]) -> None:
        """Which numbers there are: small whole ones are ticked off on a list, for sorting takes ten times as long."""
        assert self._values is not None
        if self._small is not None and self.whole and self.low >= 0 and self.high <= MOST_NUMBERS:
            self._small[values.astype(np.int64)] = True
            return
        if self._small is not None:
            self._values.update(np.flatnonzero(self._small).astype(np.float64).tolist())
            self._small = None
        self._values.update(np.unique(values).tolist())
        if len(self._values) > MOST_NUMBERS:
            self._values = None

    def _number_count(self) -> int | None:
        """How many different numbers there are; None: too many to count."""
        if self._values is None or not self._counts["number"]:
            return None if self._values is None else 0
        return len(self._values) + (int(self._small.sum()) if self._small is not None else 0) or 1

    def _text(self, cell: str, row: int) -> None:
        cell = " ".join(cell.split())
        known = self._texts.get(cell) if self._texts is not None else None
        if known is not None:
            what = known[0]
        else:
            what = "yes/no" if yes_no(cell) is not None else "date" if day(cell) is not None else "text"
            self._firsts.setdefault(what, (row, cell))
            if self._texts is not None:
                self._texts[cell] = (what, row)
                if len(self._texts) > MOST_VALUES:
                    self._texts = None
        self._counts[what] += 1

    def column(self) -> Column:
        """What the column is, as far as it can be told from its values alone."""
        counts, total = self._counts, sum(self._counts.values())
        if total == 0:
            first = self._first("missing", "infinite")
            return Column(
                self.name, "number", "ignored", self.missing, self.infinite, first, 0, note="Nothing is in it."
            )
        kind = self._kind(total)
        known = total if kind in ("yes/no", "category") else counts[kind]
        odd = {"missing", "infinite"} if kind == "category" else {"missing", "infinite", *counts} - {kind}
        if kind == "yes/no":
            odd.discard("number")
        numeric = kind == "number"
        return Column(
            self.name,
            kind,
            missing=self.missing,
            unreadable=total - known + self.infinite,
            first_bad=self._first(*odd),
            distinct=self._distinct(kind),
            low=self.low if numeric else None,
            high=self.high if numeric else None,
            whole=numeric and self.whole,
            note=self._remark(kind),
        )

    def _kind(self, total: int) -> Kind:
        counts = self._counts
        bits = not counts["number"] or (self.low >= 0 and self.high <= 1 and self.whole)
        if counts["yes/no"] and counts["number"] + counts["yes/no"] == total and bits:
            return "yes/no"
        if counts["number"] >= ALMOST_ALL * total:
            return "number"
        return "date" if counts["date"] >= ALMOST_ALL * total else "category"

    @property
    def numbering(self) -> bool:
        """Whether its numbers do nothing but count the rows."""
        return self._counted_up and self._counts["number"] > 2 and self.whole

    def _first(self, *kinds: str) -> str:
        found = sorted(self._firsts[kind] for kind in kinds if kind in self._firsts)
        return f"{place_text(found[0][0]).lower()}: {f'“{found[0][1]}”' if found[0][1] else 'empty'}" if found else ""

    def _distinct(self, kind: Kind) -> int | None:
        if kind in ("number", "date"):
            return None if kind == "date" else self._number_count()
        texts = len(self._texts) if self._texts is not None else None
        if kind == "yes/no":
            return 2 if texts != 1 or self._counts["number"] else 1
        numbers = self._number_count()
        return None if texts is None or numbers is None else texts + numbers

    def _remark(self, kind: Kind) -> str:
        if kind == "number" and self.whole and max(abs(self.low), abs(self.high)) > EXACT:
            return "Whole numbers above 16,777,216 are rounded: float32 has 24 bits for them."
        if kind == "number" and max(abs(self.low), abs(self.high)) > float(np.finfo(np.float32).max):
            return "Numbers too large for float32."
        return "All values are the same." if kind == "number" and self.low == self.high else ""


def _is_counting(values: NDArray[np.float64], first: int) -> bool:
    """Whether they are n, n + 1, n + 2 … from `first`, or from one less."""
    start = values[0]
    return bool(start in (first - 1, first)) and bool((np.diff(values) == 1).all())


def columns_of(tallies: list[Tally]) -> tuple[tuple[Column, ...], TargetKind, int]:
    """All columns with their guessed roles, the guessed kind of target and its number of classes (0: numbers)."""
    columns = [tally.column() for tally in tallies]
    usable = [index for index, column in enumerate(columns) if column.role != "ignored"]
    target = _guess_target(columns, usable)
    for index in usable:
        column, role = columns[index], "feature"
        if index != target:
            many = column.kind == "category" and (column.distinct is None or column.distinct > 100)
            if many or (column.name.casefold().strip() in _NUMBERINGS and tallies[index].numbering):
                role = "ignored"
        else:
            role = "target"
        columns[index] = replace(column, role=_role(role))
    if target is None:
        return tuple(columns), "regression", 0
    kind, classes = target_kind(columns[target])
    return tuple(columns), kind, classes


def _role(text: str) -> Role:
    return "target" if text == "target" else "ignored" if text == "ignored" else "feature"


def _guess_target(columns: list[Column], usable: list[int]) -> int | None:
    """The column with a name like "label", else the last one that varies, else the last."""
    for name in _TARGETS:
        for index in usable:
            if columns[index].name.casefold().strip() == name:
                return index
    varied = [index for index in (*usable[-1:], *usable[:1]) if columns[index].distinct != 1]
    return varied[0] if varied else (usable[-1] if usable else None)


def target_kind(column: Column) -> tuple[TargetKind, int]:
    """What is asked for with such a target, and its number of classes (0: numbers are asked for)."""
    count = column.distinct
    if column.kind == "number":
        named = column.name.casefold().strip() in _TARGETS[2:5]
        few = count is not None and column.whole and count <= (MOST_NUMBERS if named else 20)
        close = column.low is not None and column.high is not None and count == column.high - column.low + 1
        if count is None or not few or not (named or close or count == 2):
            return "regression", 0
    elif column.kind == "date":
        return "regression", 0
    return ("two classes" if count == 2 else "classes"), count or 0
