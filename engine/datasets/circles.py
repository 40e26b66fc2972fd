"""A small circle inside a large one."""

from __future__ import annotations

from engine.datasets.dataset import DatasetEntry
from engine.datasets.form import JITTER, SEED, noise, rows
from engine.fields import Field


def make_circles(n: int, factor: float, noise: float, seed: int) -> tuple[object, object]:
    """Points on circles of radius 1 and `factor` around (0, 0); features (n, 2), classes (n,)."""
    import numpy as np

    outer = np.linspace(0, 2 * np.pi, n // 2, endpoint=False)
    inner = np.linspace(0, 2 * np.pi, n - n // 2, endpoint=False)
    angle = np.concatenate([outer, inner])
    radius = np.where(np.arange(n) < n // 2, 1.0, factor)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    points = points + noise * np.random.default_rng(seed).standard_normal((n, 2))
    return points.astype(np.float32), (np.arange(n) >= n // 2).astype(np.int64)


CIRCLES = DatasetEntry(
    kind="circles",
    title="Circles",
    torch_name="",
    fields=(
        rows(300),
        Field("factor", "Inner radius", "float", 0.5, "Radius of the inner circle; the outer one's is 1.", 0.0, 1.0),
        noise(0.1, JITTER),
        SEED,
    ),
    help="A small circle inside a large one: the network has to close a ring.",
    formula="r·(cos t, sin t), r = 1 or the inner radius",
    make=make_circles,
    feature_names=("x1", "x2"),
    class_names=("outer", "inner"),
)
