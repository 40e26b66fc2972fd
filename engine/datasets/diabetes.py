"""Progress of diabetes within a year."""

from __future__ import annotations

from engine.datasets.dataset import DatasetEntry


def make_diabetes(table: object) -> tuple[object, object]:
    """Age, sex, body mass index, blood pressure, six blood values: features (442, 10), targets (442, 1)."""
    import numpy as np

    rows = np.asarray(table)
    return rows[:, :-1].astype(np.float32), rows[:, -1:].astype(np.float32)


DIABETES = DatasetEntry(
    kind="diabetes",
    title="Diabetes",
    torch_name="",
    fields=(),
    help="442 patients with age, sex, body mass index, blood pressure and six blood values; the target is how far the illness got in a year.",
    make=make_diabetes,
    file="diabetes.csv",
    task="regression",
    group="Real",
)
