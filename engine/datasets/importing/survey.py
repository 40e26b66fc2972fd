"""A look through a whole file in pieces: what it is, what its columns hold, what is odd about it. Nothing is kept of the data."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Protocol

import numpy as np

from engine.datasets.importing.columns import Tally, columns_of
from engine.datasets.importing.delimited import TextTable, WrongEncodingError, separator_name
from engine.datasets.importing.text import find_dialect, old_encoding
from engine.datasets.importing.values import SAMPLE_ROWS, Block, Column, Dialect, Format, Preview, Unreadable


class Source(Protocol):
    """The file below a table: how large it is, how far it was read, and its SHA-256 at the end."""

    size: int

    @property
    def share(self) -> float: ...

    def finish(self) -> str: ...


class Table(Protocol):
    """One pass over a file that holds a table."""

    path: str
    names: tuple[str, ...]
    dialect: Dialect

    @property
    def stream(self) -> Source: ...

    def blocks(self) -> Iterator[Block]: ...

    def close(self) -> None: ...


def unique_names(names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of which no two are equal and none is empty, and notes on those that were changed."""
    found: list[str] = []
    changed: list[str] = []
    taken = {name.strip() for name in names}
    used: set[str] = set()
    for number, raw in enumerate(names, 1):
        plain = " ".join(raw.split())[:200]
        name = plain or f"column {number}"
        count = 1
        while name in used or (count > 1 and name in taken):
            name = f"{plain or 'column'}.{count}"
            count += 1
        if count > 1:
            changed.append(f"“{plain}” is now “{name}”")
        used.add(name)
        found.append(name)
    notes = (
        (f"Columns of the same name: {', '.join(changed[:5])}{' …' if len(changed) > 5 else ''}.",) if changed else ()
    )
    return tuple(found), notes


def survey_text(path: str, dialect: Dialect | None) -> Generator[float, None, Preview]:
    """Look through a text table; yields the share that was read. An encoding that was only guessed is corrected once."""
    share = 0.0
    try:
        pieces = survey_table(TextTable(path, dialect), "text")
        while True:
            try:
                share = next(pieces)
            except StopIteration as end:
                found: Preview = end.value
                return found
            yield share
    except WrongEncodingError as problem:
        if dialect is not None or problem.encoding != "utf-8":  # chosen, or marked in the file
            raise
        again = survey_table(TextTable(path, _guessed(path, old_encoding(problem.raw))), "text")
    while True:
        try:
            yield share + (1 - share) * next(again)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


def _guessed(path: str, encoding: str) -> Dialect:
    with closing(TextTable(path, Dialect(encoding=encoding))) as table:
        return find_dialect(table.beginning, encoding)


def survey_table(table: Table, form: Format) -> Generator[float, None, Preview]:
    """Look through a table; yields the share that was read. Closes it."""
    with closing(table):
        names, notes = unique_names(table.names)
        tallies = [Tally(name, table.dialect.decimal) for name in names]
        sample: list[tuple[str, ...]] = []
        rows, ragged, first_ragged = 0, 0, ""
        for block in table.blocks():
            _count(tallies, block)
            if len(sample) < SAMPLE_ROWS:
                sample += _shown(block, SAMPLE_ROWS - len(sample))
            rows += block.rows
            ragged += len(block.ragged)
            if block.ragged and not first_ragged:
                row, cells = block.ragged[0]
                first_ragged = f"row {row:,} has {cells:,} cells, but the table has {len(names):,} columns"
            yield table.stream.share
        _check_rows(rows, ragged, first_ragged, table.dialect)
        columns, target, classes = columns_of(tallies)
        size, sha256 = table.stream.size, table.stream.finish()
    return Preview(
        table.path,
        form,
        size,
        sha256,
        rows,
        columns,
        tuple(sample),
        table.dialect,
        ragged,
        first_ragged,
        target,
        classes,
        notes=(*notes, *_remarks(columns)),
    )


def _count(tallies: list[Tally], block: Block) -> None:
    if block.matrix is not None:
        for tally, values in zip(tallies, np.ascontiguousarray(block.matrix.T), strict=True):
            tally.add_numbers(values, block)
        return
    for tally, column in zip(tallies, block.columns, strict=True):
        if isinstance(column, list):
            tally.add_cells(column, block)
        else:
            tally.add_numbers(column, block)


def _shown(block: Block, count: int) -> list[tuple[str, ...]]:
    count = min(count, block.rows)
    columns = list(block.matrix.T) if block.matrix is not None else block.columns
    texts = [[cell_text(value) for value in column[:count]] for column in columns]
    return list(zip(*texts, strict=True))


def cell_text(value: object) -> str:
    """A cell as the preview shows it."""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.10g}"
    return str(value)[:200]


def _check_rows(rows: int, ragged: int, first_ragged: str, dialect: Dialect) -> None:
    if rows == 0 and not ragged:
        raise Unreadable("The table has names of columns, but not one row.", "Add rows below the names.")
    if ragged > rows:
        raise Unreadable(
            f"Most rows have another number of cells than the first line: {first_ragged}.",
            f"The cells were cut at every {separator_name(dialect.separator)}: choose another separator, or correct the file.",
        )


def _remarks(columns: tuple[Column, ...]) -> Iterator[str]:
    for column in columns:
        if column.role == "target" and column.distinct == 1:
            yield f"The target “{column.name}” has one single value: there is nothing to learn."
