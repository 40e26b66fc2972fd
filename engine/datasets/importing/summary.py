"""What a preview says in words."""

from __future__ import annotations

from collections import Counter

from engine.datasets.importing.plan import Plan
from engine.datasets.importing.text import SEPARATOR_NAMES
from engine.datasets.importing.values import Column, Preview
from engine.datasets.space import size_text

_FORMATS = {
    "text": "text table",
    "parquet": "Parquet table",
    "npy": "NumPy array",
    "npz": "NumPy archive",
    "idx": "IDX file",
    "images": "folder of images",
}


def summary(preview: Preview) -> str:
    """A line on the file: "1,797 rows, 65 columns; text table, utf-8, comma; 0.3 MB"."""
    what = f"{len(preview.columns):,} columns" if preview.is_table else f"samples of {_times(preview.shape)}"
    kind = _FORMATS[preview.format]
    if preview.format == "text":
        kind += f", {preview.dialect.encoding}, {SEPARATOR_NAMES.get(preview.dialect.separator, '')}"
    if preview.arrays and preview.format == "npz":
        kind += ": " + ", ".join(f"{array.name} {_times(array.shape)}" for array in preview.arrays[:6])
    return f"{preview.rows:,} rows, {what}; {kind}; {size_text(preview.size)}"


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))


def notes_of(preview: Preview, plan: Plan) -> list[str]:
    """What people should know before they import: what will be left out, what is odd."""
    used = [column for column, use in zip(preview.columns, plan.uses, strict=False) if use.role != "ignored"]
    notes = list(preview.notes) + [
        f"“{column.name}”: {column.note}"
        for column in used
        if column.note and column.note != "All values are the same."
    ]
    same = [column.name for column in used if column.note == "All values are the same."]
    if same:
        notes.append(f"All values are the same in {_listed(same)}.")
    what = {"drop rows": "their rows are left out", "fill": "they are filled", "refuse": "nothing will be read"}[
        plan.missing
    ]
    holes = [column for column in used if column.missing or column.unreadable]
    if holes:
        missing, odd = sum(column.missing for column in holes), sum(column.unreadable for column in holes)
        counts = " and ".join(f"{n:,} {name}" for n, name in ((missing, "missing"), (odd, "unreadable")) if n)
        notes.append(f"{counts} values in {_listed([column.name for column in holes])} ({_first(holes)}): {what}.")
    if preview.ragged:
        unit = "images cannot be read" if preview.format == "images" else "rows have another number of cells"
        end = "nothing will be read" if plan.missing == "refuse" else "they are left out"
        notes.append(f"{preview.ragged:,} {unit} ({preview.first_ragged}): {end}.")
    many = [
        column.name
        for column, use in zip(preview.columns, plan.uses, strict=False)
        if use.role == "feature" and use.kind == "category" and (column.distinct or 10**6) > 100
    ]
    if many:
        notes.append(
            f"{_listed(many)} would give one input per value: more than 100 each. Read it as index, or ignore it."
        )
    return notes


def _first(holes: list[Column]) -> str:
    return f"first: {holes[0].first_bad}, “{holes[0].name}”" if holes[0].first_bad else "see the table"


def _listed(names: list[str]) -> str:
    counted = Counter(names)
    shown = [f"“{name}”" for name in list(counted)[:4]]
    return ", ".join(shown) + (f" and {len(names) - 4:,} more" if len(names) > 4 else "")
