"""People's own data, in a file of theirs."""

from __future__ import annotations

from engine.datasets.dataset import DatasetEntry
from engine.datasets.importing.plan import FIELDS, KIND


def load_rows(path: str) -> tuple[object, object]:
    """Features and targets that Chainrule saved as arrays "features" and "targets" of an .npz file."""
    import numpy as np

    with np.load(path, allow_pickle=False) as arrays:
        return arrays["features"], arrays["targets"]


FILE = DatasetEntry(
    kind=KIND,
    title="File",
    torch_name="",
    fields=FIELDS,
    help="Rows from a file of yours: CSV, Parquet, NumPy, IDX, or a folder of images.",
    make=load_rows,
    group="Own",
    from_file=True,
)
