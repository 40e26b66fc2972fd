"""Handwritten digits of 8 × 8 pixels."""

from __future__ import annotations

from engine.datasets.dataset import DatasetEntry
from engine.fields import Field


def make_digits(table: object, layout: str) -> tuple[object, object]:
    """Pixels 0 to 16 as features (1797, 64), or (1797, 1, 8, 8) as images; classes (1797,)."""
    import numpy as np

    rows = np.asarray(table)
    pixels = rows[:, :-1].astype(np.float32)
    if layout == "image":
        pixels = pixels.reshape(-1, 1, 8, 8)
    return pixels, rows[:, -1].astype(np.int64)


DIGITS = DatasetEntry(
    kind="digits",
    title="Digits",
    torch_name="",
    fields=(
        Field(
            "layout",
            "Layout",
            "choice",
            "flat",
            "flat: 64 pixels in a row, for Linear; image: 1 channel of 8 × 8 pixels, for Conv2d.",
            choices=("flat", "image"),
        ),
    ),
    help="1,797 handwritten digits of 8 × 8 pixels with values 0 to 16.",
    make=make_digits,
    file="digits.csv.gz",
    class_names=tuple("0123456789"),
    group="Real",
)
