"""Fields that several data sets share."""

from __future__ import annotations

from engine.fields import Field


def rows(default: int) -> Field:
    """How many rows are drawn."""
    return Field("n", "Rows", "int", default, "How many samples are drawn.", low=10, high=100_000, unit="samples")


def noise(default: float, help: str) -> Field:
    """How far the rows stray from the clean shape."""
    return Field("noise", "Noise", "float", default, help, low=0.0, high=10.0)


JITTER = "Standard deviation of the normal noise that moves every point."
SEED = Field("seed", "Data seed", "int", 0, "Fixes which rows are drawn: same seed, same rows.", low=0, high=2**31 - 1)
