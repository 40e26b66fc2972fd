"""Tumours, benign or malignant."""

from __future__ import annotations

from engine.datasets.dataset import DatasetEntry


def make_breast_cancer(table: object) -> tuple[object, object]:
    """Measures of cell nuclei: features (569, 30), classes (569,)."""
    import numpy as np

    rows = np.asarray(table)
    return rows[:, :-1].astype(np.float32), rows[:, -1].astype(np.int64)


BREAST_CANCER = DatasetEntry(
    kind="breast_cancer",
    title="Breast cancer",
    torch_name="",
    fields=(),
    help="569 tumours, benign or malignant, each with 30 measures of its cells under the microscope.",
    make=make_breast_cancer,
    file="breast_cancer.csv",
    class_names=("malignant", "benign"),
    group="Real",
)
