"""A parabola whose noise grows to the sides."""

from __future__ import annotations

from engine.datasets.dataset import DatasetEntry
from engine.datasets.form import SEED


def make_quadratic_noise(seed: int) -> tuple[object, object]:
    """x from −3 to 2.85 in steps of 0.15, y = x² + x·ε with normal ε from torch; features (40, 1), targets (40, 1)."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    x = torch.arange(-3, 3, 0.15)
    y = x**2 + x * torch.normal(0.0, 1.0, (40,), generator=generator)
    return x[:, None].numpy(), y[:, None].numpy()


QUADRATIC_NOISE = DatasetEntry(
    kind="quadratic_noise",
    title="Quadratic with noise",
    torch_name="",
    fields=(SEED,),
    help="The course notes' curve: 40 points of a parabola, blurred more the farther they are from 0.",
    formula="y = x² + x·ε",
    make=make_quadratic_noise,
    task="regression",
    feature_names=("x",),
    group="Course",
)
