"""What can be done with a file: find out what it is, look through it, read it as planned. Each in pieces."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from engine.datasets.dataset import DataError, Dataset
from engine.datasets.importing.delimited import TextTable
from engine.datasets.importing.gather import read_table
from engine.datasets.importing.plan import Plan
from engine.datasets.importing.samples import read_arrays, read_images, survey_arrays, survey_images
from engine.datasets.importing.stored import ArrayTable, arrays_of, labels_beside
from engine.datasets.importing.streams import open_regular
from engine.datasets.importing.survey import Table, survey_table, survey_text
from engine.datasets.importing.values import Format, Options, Preview, Refusal, Unreadable

_SHEETS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers")


def find_format(path: str) -> Format:
    """What kind of file it is, by its first bytes. Raises Unreadable when it cannot be opened."""
    if Path(path).is_dir():
        return "images"
    with open_regular(path) as stream:
        start = stream.read(8)
    if start.startswith(b"\x93NUMPY") or path.lower().endswith(".npy"):
        return "npy"
    if start.startswith((b"PK", b"\xd0\xcf\x11\xe0")) and Path(path).suffix.lower() in _SHEETS:
        raise Unreadable(f"{Path(path).name} is a spreadsheet.", "Save it as CSV in your spreadsheet program.")
    if start.startswith(b"PK") and path.lower().endswith(".zip"):
        raise Unreadable(f"{Path(path).name} is an archive.", "Unpack it, then choose what is inside.")
    if start.startswith(b"PK") or path.lower().endswith(".npz"):
        return "npz"
    if start.startswith(b"PAR1") or path.lower().endswith(".parquet"):
        return "parquet"
    if (
        start.startswith(b"\x1f\x8b")
        or (start[:2] == b"\0\0" and len(start) > 3 and start[3] <= 4)
        or "idx" in Path(path).suffix
    ):
        return "idx"
    return "text"


def survey(path: str, options: Options | None = None) -> Generator[float, None, Preview | Refusal]:
    """Look through a whole file; yields the share that was read. The answer is what was found, or why it cannot be read."""
    try:
        return (yield from _survey(path, options or Options()))
    except Unreadable as problem:
        return problem.refusal
    except DataError as problem:
        return Refusal(str(problem))
    except MemoryError:
        return Refusal("The file does not fit into memory.", "Take fewer columns or rows.")


def _survey(path: str, options: Options) -> Generator[float, None, Preview]:
    form = find_format(path)
    if form == "text":
        return (yield from survey_text(path, options.dialect))
    if form == "images":
        return (yield from survey_images(path))
    if form == "parquet" or _is_table(path, form, options):
        return (yield from survey_table(_other_table(path, form), form))
    return (yield from survey_arrays(path, form, options.features, options.targets, options.layout))


def _is_table(path: str, form: Format, options: Options) -> bool:
    """Whether the file holds one array of two axes, whose columns may have roles, and no labels elsewhere."""
    if form == "idx" or options.targets:
        return False
    arrays = arrays_of(path, form)
    return len(arrays) == 1 and len(arrays[0].shape) <= 2 and not (form == "npy" and labels_beside(path))


def _other_table(path: str, form: Format) -> Table:
    if form == "parquet":
        from engine.datasets.importing.parquet import ParquetTable

        return ParquetTable(path)
    return ArrayTable(path, arrays_of(path, form)[0])


def read(plan: Plan) -> Generator[float, None, Dataset]:
    """Read a file as planned; yields the share that was read.

    Raises:
        Unreadable: with the place and the remedy; nothing of the file is kept then.
    """
    try:
        if plan.format == "images":
            return (yield from read_images(plan))
        if not plan.uses:
            return (yield from read_arrays(plan))
        table = TextTable(plan.path, plan.dialect) if plan.format == "text" else _other_table(plan.path, plan.format)
        return (yield from read_table(table, plan))
    except MemoryError as problem:
        raise Unreadable("The file does not fit into memory.", "Take fewer columns or rows.") from problem
