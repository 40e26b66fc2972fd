"""Features without meaning and classes by the toss of a coin."""

from __future__ import annotations

from engine.datasets.dataset import DatasetEntry
from engine.datasets.form import SEED, rows


def make_random_two_class(n: int, seed: int) -> tuple[object, object]:
    """Normal features and random classes 0 or 1, drawn by torch; features (n, 10), classes (n,)."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, 10, generator=generator)
    y = torch.randint(0, 2, (n,), generator=generator)
    return x.numpy(), y.numpy()


RANDOM_TWO_CLASS = DatasetEntry(
    kind="random_two_class",
    title="Random, two classes",
    torch_name="",
    fields=(rows(1000), SEED),
    help="The course notes' random rows: nothing can be learned here but by heart, so only the training part gets better.",
    formula="x ~ N(0, 1), y = 0 or 1 by chance",
    make=make_random_two_class,
    feature_names=tuple(f"x{i}" for i in range(1, 11)),
    class_names=("0", "1"),
    group="Course",
)
