"""Fisher's flowers."""

from __future__ import annotations

from engine.datasets.dataset import DatasetEntry


def make_iris(table: object) -> tuple[object, object]:
    """Lengths and widths in centimetres: features (150, 4), classes (150,)."""
    import numpy as np

    rows = np.asarray(table)
    return rows[:, :-1].astype(np.float32), rows[:, -1].astype(np.int64)


IRIS = DatasetEntry(
    kind="iris",
    title="Iris",
    torch_name="",
    fields=(),
    help="150 flowers of three kinds of iris, each with four lengths in centimetres.",
    make=make_iris,
    file="iris.csv",
    class_names=("setosa", "versicolor", "virginica"),
    group="Real",
)
