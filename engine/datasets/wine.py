"""Wines from three growers."""

from __future__ import annotations

from engine.datasets.dataset import DatasetEntry


def make_wine(table: object) -> tuple[object, object]:
    """Chemical measures: features (178, 13), classes (178,)."""
    import numpy as np

    rows = np.asarray(table)
    return rows[:, :-1].astype(np.float32), rows[:, -1].astype(np.int64)


WINE = DatasetEntry(
    kind="wine",
    title="Wine",
    torch_name="",
    fields=(),
    help="178 Italian wines from three growers, each with 13 results of a chemical analysis.",
    make=make_wine,
    file="wine.csv",
    class_names=("class 0", "class 1", "class 2"),
    group="Real",
)
