"""Exclusive or on a square."""

from __future__ import annotations

from engine.datasets.dataset import DatasetEntry
from engine.datasets.form import SEED, noise, rows


def make_xor(n: int, noise: float, seed: int) -> tuple[object, object]:
    """Uniform points on [−1, 1]², class 1 where the signs differ, then moved by noise; features (n, 2), classes (n,)."""
    import numpy as np

    rng = np.random.default_rng(seed)
    points = rng.uniform(-1, 1, (n, 2))
    classes = (points[:, 0] > 0) != (points[:, 1] > 0)
    points = points + noise * rng.standard_normal((n, 2))
    return points.astype(np.float32), classes.astype(np.int64)


XOR = DatasetEntry(
    kind="xor",
    title="XOR",
    torch_name="",
    fields=(
        rows(300),
        noise(0.05, "Standard deviation of the normal noise that moves every point after its class is set."),
        SEED,
    ),
    help="Four squares, opposite ones of one class: the classic that a single neuron cannot learn.",
    formula="y = 1 where x₁ and x₂ differ in sign",
    make=make_xor,
    feature_names=("x1", "x2"),
    class_names=("same sign", "different sign"),
)
