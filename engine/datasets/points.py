"""A table of numbers typed by hand."""

from __future__ import annotations

from engine.datasets.dataset import DatasetEntry
from engine.fields import Field


def make_points(rows: tuple[tuple[float, ...], ...], targets: int) -> tuple[object, object]:
    """Rows (x1, …, xk, y1, …); features (n, k), targets (n, targets)."""
    import numpy as np

    table = np.array(rows, dtype=np.float64)
    cut = max(min(1, table.shape[1] - 1), table.shape[1] - targets)
    return table[:, :cut].astype(np.float32), table[:, cut:].astype(np.float32)


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
            "One sample per row: its features, then its target in the last column, or its targets in the last columns.",
        ),
        Field(
            "targets",
            "Targets",
            "int",
            1,
            "How many of the last columns are targets; the first column is always a feature.",
            low=1,
            high=100,
        ),
    ),
    help="Numbers typed by hand: the smallest data that a network can learn from.",
    formula="x₁, …, xₖ → y",
    make=make_points,
    task="regression",
    group="Own",
)
