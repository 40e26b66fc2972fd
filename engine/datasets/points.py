"""A table of numbers typed by hand."""

from __future__ import annotations

from engine.datasets.dataset import DatasetEntry
from engine.fields import Field


def make_points(rows: tuple[tuple[float, ...], ...]) -> tuple[object, object]:
    """Rows (x1, …, xk, y); features (n, k), targets (n, 1)."""
    import numpy as np

    table = np.array(rows, dtype=np.float64)
    return table[:, :-1].astype(np.float32), table[:, -1:].astype(np.float32)


POINTS = DatasetEntry(
    kind="points",
    title="Points",
    torch_name="",
    fields=(
        Field(
            "rows",
            "Rows",
            "table",
            ((-1.0, 1.0), (0.0, 0.0), (1.0, 1.0), (2.0, 4.0)),
            "One sample per row: its features, then its target in the last column.",
        ),
    ),
    help="Numbers typed by hand: the smallest data that a network can learn from.",
    formula="x₁, …, xₖ → y",
    make=make_points,
    task="regression",
    group="Own",
)
