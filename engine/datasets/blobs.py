"""Round clouds of points."""

from __future__ import annotations

from engine.datasets.dataset import DatasetEntry
from engine.datasets.form import SEED, noise, rows
from engine.fields import Field


def make_blobs(n: int, classes: int, noise: float, seed: int) -> tuple[object, object]:
    """Normal clouds around centres spread evenly on the unit circle; features (n, 2), classes (n,)."""
    import numpy as np

    label = np.arange(n) * classes // n
    angle = 2 * np.pi * label / classes
    centres = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points = centres + noise * np.random.default_rng(seed).standard_normal((n, 2))
    return points.astype(np.float32), label.astype(np.int64)


BLOBS = DatasetEntry(
    kind="blobs",
    title="Blobs",
    torch_name="",
    fields=(
        rows(300),
        Field("classes", "Classes", "int", 3, "How many clouds there are.", 2, 10),
        noise(0.25, "Standard deviation of every cloud; the centres stand on a circle of radius 1."),
        SEED,
    ),
    help="Round clouds of points, one per class: straight lines part them when the noise is small.",
    formula="x = (cos φ, sin φ) + noise·ε, φ = 2π·class/classes",
    make=make_blobs,
    feature_names=("x1", "x2"),
)
