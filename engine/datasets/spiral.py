"""Arms that wind around each other."""

from __future__ import annotations

from engine.datasets.dataset import DatasetEntry
from engine.datasets.form import JITTER, SEED, noise, rows
from engine.fields import Field


def make_spiral(n: int, classes: int, turns: float, noise: float, seed: int) -> tuple[object, object]:
    """Archimedean spirals, one arm per class, radius 0.1 to 1; features (n, 2), classes (n,)."""
    import numpy as np

    arms = [np.linspace(0, 1, len(part)) for part in np.array_split(np.arange(n), classes)]
    t = np.concatenate(arms)
    arm = np.repeat(np.arange(classes), [len(part) for part in arms])
    angle = 2 * np.pi * (turns * t + arm / classes)
    radius = 0.1 + 0.9 * t
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    points = points + noise * np.random.default_rng(seed).standard_normal((n, 2))
    return points.astype(np.float32), arm.astype(np.int64)


SPIRAL = DatasetEntry(
    kind="spiral",
    title="Spiral",
    torch_name="",
    fields=(
        rows(400),
        Field("classes", "Arms", "int", 2, "One class per arm.", 2, 10),
        Field("turns", "Turns", "float", 1.25, "How often an arm winds around the centre.", 0.0, 5.0),
        noise(0.02, JITTER),
        SEED,
    ),
    help="Arms that wind around each other: hard without enough neurons.",
    formula="r = 0.1 + 0.9·t, φ = 2π·(turns·t + arm/arms), 0 ≤ t ≤ 1",
    make=make_spiral,
    feature_names=("x1", "x2"),
)
