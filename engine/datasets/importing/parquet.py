"""Reads Parquet tables with polars (the extra `tables`), a few thousand rows at a time."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.datasets.importing.streams import Hashed, open_regular
from engine.datasets.importing.values import MOST_COLUMNS, PIECE, Block, Dialect, Unreadable
from engine.datasets.space import check_room

if TYPE_CHECKING:
    import polars

BLOCK_BYTES = 8 * PIECE


class ParquetTable:
    """One pass over a Parquet file. The packed file is held in memory, its rows are unpacked in blocks."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.dialect = Dialect()
        self.stream = Hashed(open_regular(path))
        try:
            self._frame = self._open()
        except BaseException:
            self.stream.close()
            raise

    def close(self) -> None:
        self.stream.close()

    def _open(self) -> polars.LazyFrame:
        name = Path(self.path).name
        if find_spec("polars") is None:
            raise Unreadable(
                f"{name} is a Parquet file, and the package that reads such files is not installed.",
                "Install it with: python -m pip install polars. Or save the table as CSV.",
            )
        import polars

        check_room((self.stream.size,), "The file", 1)
        raw = self.stream.read() or b""
        try:
            frame = polars.scan_parquet(io.BytesIO(raw))
            schema = frame.collect_schema()
            self.rows = int(frame.select(polars.len()).collect().item())
        except Exception as problem:
            raise _damaged(name, problem) from problem
        self.names = tuple(schema.names())
        if not self.names or len(self.names) > MOST_COLUMNS:
            raise Unreadable(f"{name} has {len(self.names):,} columns; 1 to {MOST_COLUMNS:,} are read.")
        columns = []
        for column, kind in schema.items():
            if kind.is_nested() or kind in (polars.Binary, polars.Object):
                raise Unreadable(f"It holds values of the type {kind}.", "Store numbers or texts instead.", 0, column)
            numeric = kind.is_numeric() or kind == polars.Null
            columns.append(polars.col(column).cast(polars.Float64 if numeric else polars.String, strict=False))
        check_room((self.rows, len(self.names)), "The table")
        return frame.select(columns)

    def blocks(self) -> Iterator[Block]:
        """The rows; a missing value is NaN or ""."""
        count = max(1, BLOCK_BYTES // (8 * len(self.names)))
        try:
            for frame in self._frame.collect_batches(chunk_size=count, maintain_order=True):
                for first in range(0, len(frame), count):
                    part = frame.slice(first, count)
                    columns = [_column(series) for series in part.iter_columns()]
                    done = getattr(self, "_done", 0)
                    yield Block(columns, done + 1, len(part))
                    self._done = done + len(part)
        except Exception as problem:
            raise _damaged(Path(self.path).name, problem) from problem


def _column(series: polars.Series) -> Any:
    if series.dtype.is_numeric():
        return series.fill_null(math.nan).to_numpy().astype(np.float64, copy=False)
    return series.fill_null("").to_list()


def _damaged(name: str, problem: Exception) -> Unreadable:
    if isinstance(problem, Unreadable):
        return problem
    return Unreadable(
        f"{name} is no Parquet file, or it is damaged ({str(problem).splitlines()[0][:100]}).", "Fetch it again."
    )
