"""Looks at files to the end, as the engine thread does piece by piece."""

from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

from engine.datasets.importing import Dialect, Preview, survey_text

T = TypeVar("T")


def finish(pieces: Generator[float, None, T]) -> T:
    """The value at the end; the shares on the way never fall."""
    before = 0.0
    while True:
        try:
            share = next(pieces)
        except StopIteration as end:
            value: T = end.value
            return value
        assert before <= share <= 1.0
        before = share


def look(path: Path, data: bytes | str, dialect: Dialect | None = None) -> Preview:
    """Write the file and look through it."""
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return finish(survey_text(str(path), dialect))
