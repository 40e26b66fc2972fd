"""Drawn shapes in pictures of 28 × 28 pixels, the size of MNIST's."""

from __future__ import annotations

from engine.datasets.dataset import DatasetEntry
from engine.datasets.form import SEED
from engine.fields import Field

_FORMS = ("circle", "square", "diamond", "triangle", "cross")


def make_shapes(n: int, classes: int, noise: float, seed: int, layout: str) -> tuple[object, object]:
    """Brightness 0 to 1, as features (n, 784) or images (n, 1, 28, 28); classes (n,): five forms × outlined or filled × two sizes."""
    import numpy as np

    rng = np.random.default_rng(seed)
    label = np.arange(n) % classes
    low, across = np.mgrid[0:28, 0:28]
    pixels = np.empty((n, 28, 28))
    for number, kind in enumerate(label):
        radius = (9.0 if kind < 10 else 5.0) + rng.uniform(-1, 1)
        x, y = across - 13.5 - rng.uniform(-3, 3), low - 13.5 - rng.uniform(-3, 3)
        wide, high = abs(x), abs(y)
        reach = [
            np.hypot(x, y),
            np.maximum(wide, high) * 1.12,
            (wide + high) * 0.8,
            np.maximum(y * 1.5, 0.9 * wide - 0.55 * y),
            np.maximum(wide, high) + 99 * (np.minimum(wide, high) > radius / 3),
        ][kind % 5]
        drawn = np.clip(radius + 0.5 - reach, 0, 1)
        if kind // 5 % 2 == 0:
            drawn = drawn - np.clip(radius - 2 - np.minimum(reach, 98), 0, 1)
        pixels[number] = np.clip(drawn + noise * rng.standard_normal((28, 28)), 0, 1)
    features = pixels.reshape(n, 784) if layout == "flat" else pixels[:, None]
    return features.astype(np.float32), label.astype(np.int64)


SHAPES = DatasetEntry(
    kind="shapes",
    title="Shapes 28 × 28",
    torch_name="",
    fields=(
        Field("n", "Rows", "int", 1000, "How many samples are drawn.", low=20, high=20_000, unit="samples"),
        Field(
            "classes",
            "Classes",
            "int",
            10,
            "The first ten are large: five outlines, then the same five filled; the other ten are small.",
            2,
            20,
        ),
        Field("noise", "Noise", "float", 0.1, "Standard deviation of the noise on every pixel.", low=0.0, high=10.0),
        SEED,
        Field(
            "layout",
            "Layout",
            "choice",
            "flat",
            "flat: 784 pixels in a row, for Linear; image: 1 channel of 28 × 28 pixels, for Conv2d.",
            choices=("flat", "image"),
        ),
    ),
    help="Circles, squares, diamonds, triangles and crosses at random places: pictures of MNIST's size that need no download.",
    make=make_shapes,
    class_names=tuple(
        f"{size}{fill} {form}" for size in ("", "small ") for fill in ("open", "full") for form in _FORMS
    ),
)
