"""Finds out how a text table is written: encoding, separator, decimal sign, and whether the first line holds names."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from typing import Literal

from engine.datasets.importing.cells import day, is_missing, number, yes_no
from engine.datasets.importing.values import Dialect, Unreadable

HEAD = 1 << 18
SEPARATORS = (",", ";", "\t", "|")
SEPARATOR_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1")
_ODD = re.compile("[\0-\x08\x0e-\x1b]")
LOOK_AT = 60
"""Records from which separator, decimal sign and header are guessed."""
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def find_encoding(head: bytes) -> str:
    """The encoding of a text from its first bytes: by its mark, else UTF-8 where it is that, else the old Windows one.

    Raises:
        Unreadable: it is no text at all.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if b"\0" in head:
        even, odd = head[::2].count(0), head[1::2].count(0)
        guess = "utf-16-le" if odd > even else "utf-16-be"
        if max(even, odd) > 0.3 * (len(head) / 2) and min(even, odd) < 0.05 * len(head) and _decodes(head, guess):
            return guess
        check_signs("\0")
    return "utf-8" if _decodes(head, "utf-8") else old_encoding(head)


def _decodes(head: bytes, encoding: str) -> bool:
    """Whether the bytes are in this encoding, as far as they go."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def check_signs(text: str) -> None:
    """Raises Unreadable when the text holds signs that no table has."""
    if _ODD.search(text):
        raise Unreadable("The file is no text table: it holds signs that no text has.", "Choose a CSV or TSV file.")


def old_encoding(raw: bytes) -> str:
    """Windows-1252, or Latin-1 where a byte has no sign in it."""
    try:
        raw.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def find_dialect(text: str, encoding: str) -> Dialect:
    """Separator, decimal sign and header from the beginning of the table."""
    rows = {separator: first_records(text, separator) for separator in SEPARATORS}
    separator = max(SEPARATORS, key=lambda one: _fit(rows[one]))
    records = rows[separator]
    decimal: Literal[".", ","] = "," if separator != "," and _has_decimal_commas(records[1:] or records) else "."
    return Dialect(encoding, separator, decimal, has_header(records, decimal))


def first_records(text: str, separator: str) -> list[list[str]]:
    """The first whole records of the text."""
    found: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(text), delimiter=separator):
            if any(cell.strip() for cell in record):
                found.append(record)
            if len(found) == LOOK_AT:
                break
    except csv.Error:
        return []
    return found


def _fit(records: list[list[str]]) -> tuple[float, int]:
    """How well a separator fits: as many rows as possible of one width, with cells that mean something."""
    if not records:
        return (0.0, 0)
    width, count = Counter(map(len, records)).most_common(1)[0]
    if width < 2:
        return (0.05, 1)
    cells = [cell for record in records[1:] or records for cell in record]
    plain = sum(is_missing(cell) or number(cell) is not None or number(cell, ",") is not None for cell in cells)
    return (count / len(records) * (0.2 + plain / max(1, len(cells))), width)


def _has_decimal_commas(records: list[list[str]]) -> bool:
    cells = [cell for record in records for cell in record if not is_missing(cell)]
    commas = sum("," in cell and number(cell, ",") is not None for cell in cells)
    points = sum("." in cell and number(cell) is not None for cell in cells)
    return commas > points


def has_header(records: list[list[str]], decimal: str) -> bool:
    """Whether the first record holds names: none of its cells is a value, unless everything below is text too and repeats."""
    first = records[0] if records else []
    if any(_is_value(cell, decimal) for cell in first) or not any(cell.strip() for cell in first):
        return False
    below = [cell for record in records[1:] for cell in record]
    if not below or any(_is_value(cell, decimal) for cell in below):
        return True
    return len(set(first)) == len(first) and not set(first) & set(below)


def _is_value(cell: str, decimal: str) -> bool:
    if number(cell, decimal) is not None or day(cell) is not None:
        return True
    return len(cell.strip()) > 1 and yes_no(cell) is not None  # one letter may well be a name
