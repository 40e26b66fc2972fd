"""What people should know of their rows before they believe a score: what was left out, and rows that stand in two parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.datasets.dataset import Dataset, Floats

MOST_ROWS = 1_000_000
"""Of more rows none are compared: it would take seconds."""


def remarks(data: Dataset, indices: Mapping[Any, NDArray[np.int64]], features: Mapping[Any, Floats]) -> Iterator[str]:
    """Warnings, in sentences."""
    yield from data.notes
    if len(data.features) > MOST_ROWS:
        return
    trained = {hash(row.tobytes()) for row in features["train"]}
    for part in ("validation", "test"):
        again = [
            row for row, values in zip(indices[part], features[part], strict=True) if hash(values.tobytes()) in trained
        ]
        if again:
            total = len(indices[part])
            yield (
                f"{len(again):,} of {total:,} {part} rows have the same features as a training row (first: row {again[0] + 1:,}): "
                "how well they are answered says little about new rows."
            )
