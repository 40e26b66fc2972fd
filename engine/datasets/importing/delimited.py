"""Reads text tables (CSV, TSV and their kin) in blocks of rows: numbers by numpy's C reader, all else by the csv module."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from engine.datasets.importing.streams import Hashed, open_regular
from engine.datasets.importing.text import (
    HEAD,
    SEPARATOR_NAMES,
    check_signs,
    find_dialect,
    find_encoding,
    first_records,
)
from engine.datasets.importing.values import MOST_COLUMNS, PIECE, Block, Dialect, Unreadable

MOST_RECORD = 4_000_000
"""Characters of one record: a longer one is a quotation mark that is never closed."""


class TextTable:
    """One pass over a text table. `names` are the columns' names as they stand there; `blocks` yields the rows."""

    def __init__(self, path: str, dialect: Dialect | None = None) -> None:
        self.path = path
        self.stream = Hashed(open_regular(path))
        try:
            head = self.stream_head()
            encoding = dialect.encoding if dialect is not None else find_encoding(head)
            self._lines = Lines(self.stream, encoding, head)
            self.beginning = self._lines.look_ahead()
            check_signs(self.beginning)
            self.dialect = dialect or find_dialect(self.beginning, encoding)
            self.names = self._names(self.beginning)
        except BaseException:
            self.stream.close()
            raise

    def stream_head(self) -> bytes:
        head = self.stream.read(HEAD) or b""
        if not head:
            raise Unreadable(f"{Path(self.path).name} is empty.", "Choose a file with a table in it.")
        return head

    def close(self) -> None:
        self.stream.close()

    def _names(self, beginning: str) -> tuple[str, ...]:
        records = first_records(beginning, self.dialect.separator)
        if not records:
            raise Unreadable(
                "The file holds no table: not one line could be read.", "Choose a file with a table in it."
            )
        if len(records[0]) > MOST_COLUMNS:
            many = f"The first line has {len(records[0]):,} columns; {MOST_COLUMNS:,} are the most."
            raise Unreadable(many, "Store it as an .npy array, or choose another separator.")
        if not self.dialect.header:
            return tuple(f"column {number}" for number in range(1, len(records[0]) + 1))
        return tuple(records[0])

    def blocks(self) -> Iterator[Block]:
        """The rows, a few milliseconds of work at a time.

        Raises:
            Unreadable: an encoding that does not fit, an endless quotation, most rows of another width.
        """
        csv.field_size_limit(2 * MOST_RECORD)
        first, width = 1, len(self.names)
        skip = self.dialect.header
        while text := self._lines.block():
            if '"' not in text and not skip:
                matrix = self._numbers(text, width)
                if matrix is not None:
                    yield Block([], first, len(matrix), matrix)
                    first += len(matrix)
                    continue
            records = self._records(text)
            if skip and records:
                del records[0]
                skip = False
            if records:
                block = _block(records, first, width)
                first += len(records)
                yield block

    def _numbers(self, text: str, width: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None:
        """All cells of the block as numbers, or None when it holds anything else."""
        if self.dialect.decimal == ",":
            if "." in text:
                return None
            text = text.replace(",", ".")
        lines = [line for line in text.split("\n") if line]
        if not lines:
            return None
        try:
            found = np.loadtxt(lines, dtype=np.float64, delimiter=self.dialect.separator, comments=None, ndmin=2)
        except ValueError:
            return None
        return found if found.shape == (len(lines), width) else None

    def _records(self, text: str) -> list[list[str]]:
        """The records of the block, with those further lines that a quotation at its end takes in."""
        plain = '"' not in text
        found = [line.split(self.dialect.separator) for line in text.split("\n")] if plain else self._quoted(text)
        return [record for record in found if len(record) > 1 or (record and record[0].strip())]

    def _quoted(self, text: str) -> list[list[str]]:
        feed = Feed(text, self._lines)
        reader = csv.reader(feed, delimiter=self.dialect.separator)
        found = []
        while feed.left:
            started = feed.line
            try:
                record = next(reader, None)
            except csv.Error as problem:
                raise Unreadable(
                    f"Line {started:,} cannot be read ({problem}).", "Correct it in the file."
                ) from problem
            if record is None or feed.ended:
                raise Unreadable(
                    f"A quotation mark that is opened in line {started:,} is never closed.",
                    'Close it, or double it ("") where it belongs to the text.',
                )
            found.append(record)
        return found


class Lines:
    """The text of the file in blocks of whole lines, every kind of line end made into one newline."""

    def __init__(self, stream: Hashed, encoding: str, head: bytes) -> None:
        raw = io.BufferedReader(_Chained(head, stream), HEAD)
        self._text = io.TextIOWrapper(raw, encoding=encoding, newline=None)
        self._encoding = encoding
        self._ahead = ""
        self._first = True
        self.line = 1
        """Number of the line that the next block begins with."""

    def look_ahead(self) -> str:
        """The beginning of the text, whole lines where it is longer; it stays to be read."""
        self._ahead = self._read(HEAD // 2)
        whole = self._ahead.rfind("\n")
        return self._ahead[: whole + 1] if whole >= 0 and len(self._ahead) >= HEAD // 2 else self._ahead

    def block(self) -> str:
        """The next whole lines, about PIECE characters of them; "" at the end."""
        parts, length = [self._ahead], len(self._ahead)
        first, self._first = self._first, False  # what was looked at already is a piece of its own
        while (length < PIECE and not (first and length)) or "\n" not in parts[-1]:
            piece = self._read(PIECE)
            if not piece:
                break
            parts.append(piece)
            length += len(piece)
            if length > 4 * MOST_RECORD:
                raise Unreadable("A line of the file is far too long for a table.", "Choose a text table.")
        text = "".join(parts)
        cut = text.rfind("\n") + 1 or len(text)
        self._ahead = text[cut:]
        self.line += text.count("\n", 0, cut)
        return text[:cut]

    def _read(self, characters: int) -> str:
        try:
            return self._text.read(characters)
        except UnicodeError as problem:
            raise WrongEncodingError(self._encoding, problem) from problem


class WrongEncodingError(Unreadable):
    """A byte that the encoding has no sign for; with another encoding the file may be read."""

    def __init__(self, encoding: str, problem: UnicodeError) -> None:
        self.encoding = encoding
        self.raw = getattr(problem, "object", b"")
        super().__init__(
            f"The text is not written in {encoding}.", "Choose another encoding, for example cp1252 or utf-16."
        )


class Feed:
    """Lines for the csv module, from one block and, while a quotation is open at its end, from the blocks behind it."""

    def __init__(self, text: str, lines: Lines) -> None:
        self._lines = lines
        self._rest = iter(_split(text))
        self.left = text.count("\n") + (not text.endswith("\n"))
        self.line = lines.line - self.left
        self.ended = False
        self._long = 0

    def __iter__(self) -> Feed:
        return self

    def __next__(self) -> str:
        if not self.left:
            more = self._lines.block()
            self._long += len(more)
            if not more or self._long > MOST_RECORD:
                self.ended = True
                raise StopIteration
            self._rest = iter(_split(more))
            self.left = more.count("\n") + (not more.endswith("\n"))
        self.left -= 1
        self.line += 1
        return next(self._rest)


def _split(text: str) -> list[str]:
    """Lines with their ends. str.splitlines would also cut at signs that stand inside cells."""
    lines = [line + "\n" for line in text.split("\n")]
    last = lines.pop()
    return lines if last == "\n" else [*lines, last[:-1]]


class _Chained(io.RawIOBase):
    """The bytes that were read already, then the rest of the stream."""

    def __init__(self, head: bytes, stream: Hashed) -> None:
        self._head, self._stream = memoryview(head), stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        if not self._head:
            return self._stream.readinto(buffer)
        view = memoryview(buffer)  # type: ignore[arg-type]
        count = min(len(view), len(self._head))
        view[:count] = self._head[:count]
        self._head = self._head[count:]
        return count


def _block(records: list[list[str]], first: int, width: int) -> Block:
    """Columns of cells; rows of another width are left out, but for empty cells too many at their end."""
    ragged: list[tuple[int, int]] = []
    if any(len(record) != width for record in records):
        kept, numbers = [], []
        for index, record in enumerate(records):
            fitting = record
            if len(record) > width and not any(cell.strip() for cell in record[width:]):
                fitting = record[:width]
            if len(fitting) == width:
                kept.append(fitting)
                numbers.append(first + index)
            else:
                ragged.append((first + index, len(record)))
        columns: list[list[str]] = [list(column) for column in zip(*kept, strict=True)] or [[] for _ in range(width)]
        return Block([*columns], first, len(kept), ragged=tuple(ragged), numbers=np.array(numbers, dtype=np.int64))
    return Block([list(column) for column in zip(*records, strict=True)], first, len(records))


def separator_name(separator: str) -> str:
    """ "comma", "semicolon", "tab" or "bar"."""
    return SEPARATOR_NAMES.get(separator, separator)
