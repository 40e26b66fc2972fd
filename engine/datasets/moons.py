"""Two half circles that grip each other."""

from __future__ import annotations

from engine.datasets.dataset import DatasetEntry
from engine.datasets.form import JITTER, SEED, noise, rows


def make_moons(n: int, noise: float, seed: int) -> tuple[object, object]:
    """Upper half of the unit circle at (0, 0), lower half of the one at (1, 0.5); features (n, 2), classes (n,)."""
    import numpy as np

    upper = np.linspace(0, np.pi, n // 2)
    lower = np.linspace(0, np.pi, n - n // 2)
    x1 = np.concatenate([np.cos(upper), 1 - np.cos(lower)])
    x2 = np.concatenate([np.sin(upper), 0.5 - np.sin(lower)])
    points = np.stack([x1, x2], axis=1) + noise * np.random.default_rng(seed).standard_normal((n, 2))
    return points.astype(np.float32), (np.arange(n) >= n // 2).astype(np.int64)


MOONS = DatasetEntry(
    kind="moons",
    title="Moons",
    torch_name="",
    fields=(rows(300), noise(0.15, JITTER), SEED),
    help="Two half circles that grip each other: no straight line parts them.",
    formula="(cos t, sin t) and (1 − cos t, ½ − sin t), 0 ≤ t ≤ π",
    make=make_moons,
    feature_names=("x1", "x2"),
    class_names=("upper", "lower"),
)
