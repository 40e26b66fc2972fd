"""What a cell of a text table means: a number, a date, yes or no, nothing, or just a text."""

from __future__ import annotations

import datetime
import math
import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

MISSING = frozenset(
    ("", "na", "n/a", "#n/a", "nan", "-nan", "null", "none", "nil", "?", "-", "--", ".", "<na>", "missing")
)
YES = frozenset(("true", "yes", "t", "y"))
NO = frozenset(("false", "no", "f", "n"))
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_ENDLESS = re.compile(r"[+-]?inf(?:inity)?", re.ASCII | re.IGNORECASE)
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?Z?)?", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII)
_EPOCH = datetime.datetime(1970, 1, 1)


def is_missing(cell: str) -> bool:
    """Whether the cell says that there is no value."""
    return not cell or cell.strip().casefold() in MISSING


def number(cell: str, decimal: str = ".") -> float | None:
    """The number in a cell, possibly infinite; None when it is no number."""
    text = cell.strip()
    if decimal == ",":
        if "." in text:
            return None
        text = text.replace(",", ".")
    if _NUMBER.fullmatch(text):
        return float(text)
    if _ENDLESS.fullmatch(text):
        return -math.inf if text.startswith("-") else math.inf
    return None


def yes_no(cell: str) -> float | None:
    """1 for yes and true, 0 for no and false, None for anything else."""
    text = cell.strip().casefold()
    return 1.0 if text in YES else 0.0 if text in NO else None


@lru_cache(maxsize=65_536)
def day(cell: str) -> float | None:
    """Days since 1 January 1970 of a date, with or without a time: 2024-05-31, 2024/5/31 14:05, 31.05.2024.

    None when it is no such date. 05/06/2024 is none: nobody can say which number is the month.
    """
    text = cell.strip()
    if match := _ISO.fullmatch(text):
        year, month, date, *time = match.groups(default="0")
    elif match := _DOTTED.fullmatch(text):
        date, month, year, *time = match.groups(default="0")
    else:
        return None
    try:
        hour, minute, second = map(int, time)
        moment = datetime.datetime(int(year), int(month), int(date), hour, minute, second)
    except ValueError:
        return None
    return (moment - _EPOCH) / datetime.timedelta(days=1)


def read_cell(cell: str, kind: str, decimal: str) -> float | None:
    """The cell as the number, date or yes/no that its column holds; None when it is none."""
    if kind == "yes/no":
        found = yes_no(cell)
        return found if found is not None else _zero_or_one(cell)
    return day(cell) if kind == "date" else number(cell, decimal)


def _zero_or_one(cell: str) -> float | None:
    return {"0": 0.0, "1": 1.0}.get(cell.strip())


def numbers(cells: list[str], decimal: str = ".") -> NDArray[np.float64] | None:
    """All cells as float64 at once, or None when one of them is no plain number."""
    joined = "".join(cells)
    if not joined.isascii() or "_" in joined or (decimal == "," and "." in joined):
        return None
    try:
        return np.array([cell.replace(",", ".") for cell in cells] if decimal == "," else cells, dtype=np.float64)
    except ValueError:
        return None
