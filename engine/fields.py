"""A parameter described once.

One `Field` says what a value may be, what it means and in which unit. From it grow the form in the window,
the check of a project file, the command-line help, the error text and the generated code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

# A value that a project may hold: plain, immutable, and writable as JSON. Tables are tuples of rows.
Value = bool | int | float | str | None | tuple["Value", ...]
Kind = Literal["int", "float", "bool", "choice", "text", "table", "sizes", "counts", "names", "numbers"]

MAX_SIZES = 6
"""The most numbers that a field of the kind "sizes" takes."""
MAX_COUNTS = 50
"""The most numbers that a field of the kind "counts" takes."""
MAX_NUMBERS = 1000
"""The most numbers that a field of the kind "numbers" takes."""


class FieldError(ValueError):
    """A value that a field does not accept; the text quotes the rule and the value."""


@dataclass(frozen=True, slots=True)
class Field:
    """Name, bounds, default, unit, help and formula of one parameter.

    Bounds are inclusive unless `low_open` or `high_open` says otherwise. With `optional`, `None` is accepted and
    means what `none_text` says (for example "auto": taken from the arriving tensor). A `live` field may be changed
    while a run is going on. "names" are texts. "sizes" are the sizes of the axes of a tensor; -1 stands for what is left over. "counts" are rising
    whole numbers, "numbers" any numbers, or none.
    """

    name: str
    label: str
    kind: Kind
    default: Value
    help: str
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    optional: bool = False
    none_text: str = "auto"
    choices: tuple[str, ...] = ()
    unit: str = ""
    formula: str = ""
    live: bool = False
    shown: bool = True
    """Whether forms show it; a file's digest, say, is nothing to type."""

    @property
    def rule(self) -> str:
        """The rule in words, as an error text and a tool tip quote it."""
        if self.kind == "choice":
            text = "one of " + ", ".join(self.choices)
        elif self.kind in ("int", "float"):
            noun = "a whole number" if self.kind == "int" else "a number"
            low = "" if self.low is None else f"{'above' if self.low_open else 'at least'} {_plain(self.low)}"
            high = "" if self.high is None else f"{'below' if self.high_open else 'at most'} {_plain(self.high)}"
            text = " ".join(part for part in (noun, " and ".join(part for part in (low, high) if part)) if part)
        elif self.kind == "sizes":
            text = f"1 to {MAX_SIZES} whole numbers from {_plain(self.low or 0)} to {_plain(self.high or 0)}, one of them may be -1"
        elif self.kind == "numbers":
            text = f"up to {MAX_NUMBERS} numbers from {_plain(self.low or 0)} to {_plain(self.high or 0)}"
        elif self.kind == "counts":
            text = f"1 to {MAX_COUNTS} rising whole numbers from {_plain(self.low or 0)} to {_plain(self.high or 0)}"
        else:
            text = {
                "bool": "true or false",
                "text": "a text",
                "table": "a table of numbers",
                "names": "a list of texts",
            }[self.kind]
        return f"{text}, or {self.none_text}" if self.optional else text

    def check(self, value: object) -> Value:
        """Return `value` in this field's own type.

        Raises:
            FieldError: the value is of another type, not finite, or outside the bounds.
        """
        if value is None and self.optional:
            return None
        checked = self._converted(value)
        if self.kind == "choice" and checked not in self.choices:
            raise self._error(value)
        if isinstance(checked, (int, float)) and not isinstance(checked, bool) and not self._inside(checked):
            raise self._error(value)
        return checked

    def _inside(self, number: float) -> bool:
        if isinstance(number, float) and not math.isfinite(number):
            return False
        if self.low is not None and (number <= self.low if self.low_open else number < self.low):
            return False
        return not (self.high is not None and (number >= self.high if self.high_open else number > self.high))

    def _converted(self, value: object) -> Value:
        if self.kind == "bool":
            if isinstance(value, bool):
                return value
        elif self.kind in ("text", "choice"):
            if isinstance(value, str):
                return value
        elif self.kind in ("table", "sizes", "counts", "numbers"):
            readers = {"table": self._table, "sizes": self._sizes, "counts": self._counts, "numbers": self._numbers}
            return readers[self.kind](value)
        elif self.kind == "names":
            if isinstance(value, (tuple, list)) and all(isinstance(name, str) for name in value):
                return tuple(value)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            return self._number(value)
        raise self._error(value)

    def _number(self, value: float) -> int | float:
        try:
            if self.kind == "float":
                return float(value)
            if int(value) == value:
                return int(value)
        except (OverflowError, ValueError):  # infinite, not a number, or a whole number beyond every float
            pass
        raise self._error(value)

    def _sizes(self, value: object) -> Value:
        if not isinstance(value, (tuple, list)) or not 0 < len(value) <= MAX_SIZES:
            raise self._error(value)
        sizes: list[int | float] = []
        for size in value:
            if not isinstance(size, (int, float)) or isinstance(size, bool):
                raise self._error(value)
            sizes.append(self._number(size))
        if sizes.count(-1) > 1 or not all(size == -1 or self._inside(size) for size in sizes):
            raise self._error(value)
        return tuple(sizes)

    def _counts(self, value: object) -> Value:
        if not isinstance(value, (tuple, list)) or not 0 < len(value) <= MAX_COUNTS:
            raise self._error(value)
        if any(isinstance(count, bool) or not isinstance(count, (int, float)) for count in value):
            raise self._error(value)
        counts = tuple(self._number(count) for count in value)
        rising = all(before < after for before, after in pairwise(counts))
        if not rising or not all(self._inside(count) for count in counts):
            raise self._error(value)
        return counts

    def _numbers(self, value: object) -> Value:
        if not isinstance(value, (tuple, list)) or len(value) > MAX_NUMBERS:
            raise self._error(value)
        if any(isinstance(each, bool) or not isinstance(each, (int, float)) for each in value):
            raise self._error(value)
        try:
            numbers = tuple(float(each) for each in value)
        except OverflowError:
            raise self._error(value) from None
        if not all(self._inside(each) for each in numbers):
            raise self._error(value)
        return numbers

    def _table(self, value: object) -> Value:
        if not isinstance(value, (tuple, list)) or not value:
            raise self._error(value)
        rows: list[Value] = []
        for row in value:
            if not isinstance(row, (tuple, list)) or not row or len(row) != len(value[0]):
                raise self._error(value)
            if not all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in row):
                raise self._error(value)
            try:
                numbers = tuple(float(x) for x in row)
            except OverflowError:
                raise self._error(value) from None
            if not all(map(math.isfinite, numbers)):
                raise self._error(value)
            rows.append(numbers)
        return tuple(rows)

    def _error(self, value: object) -> FieldError:
        try:
            text = repr(value)
        except ValueError:  # Python refuses to print whole numbers of thousands of digits
            text = "a number of thousands of digits"
        shown = text if len(text) <= 60 else text[:57] + "…"
        return FieldError(f"{self.label} must be {self.rule}, but is {shown}.")


def _plain(bound: float) -> str:
    """A bound as people write it: 1000000, not 1e+06; 1e-05 stays."""
    return f"{bound:.0f}" if bound == int(bound) and abs(bound) < 1e16 else f"{bound:g}"


def check_values(fields: tuple[Field, ...], values: Mapping[str, object]) -> tuple[tuple[str, Value], ...]:
    """Every field's value in the fields' order: the given one, checked, or the default.

    Raises:
        FieldError: a value is not accepted, or a name belongs to no field.
    """
    unknown = sorted(set(values) - {field.name for field in fields})
    if unknown:
        known = ", ".join(field.name for field in fields) or "none"
        raise FieldError(f"There is no parameter “{unknown[0]}” here; the known ones are: {known}.")
    return tuple((f.name, f.check(values[f.name]) if f.name in values else f.default) for f in fields)
