"""A linear rule of three features under noise."""

from __future__ import annotations

from engine.datasets.dataset import DatasetEntry
from engine.datasets.form import SEED, rows


def make_three_feature_linear(n: int, seed: int) -> tuple[object, object]:
    """Normal x and y = 0.2·x1 − 1.3·x2 − 0.5·x3 + ε, drawn by torch; features (n, 3), targets (n, 1)."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, 3, generator=generator)
    y = x[:, 0:1] * 0.2 - x[:, 1:2] * 1.3 - x[:, 2:3] * 0.5 + torch.randn(n, 1, generator=generator)
    return x.numpy(), y.numpy()


THREE_FEATURE_LINEAR = DatasetEntry(
    kind="three_feature_linear",
    title="Linear, three features",
    torch_name="",
    fields=(rows(100), SEED),
    help="The course notes' linear rule of three features with noise of standard deviation 1.",
    formula="y = 0.2·x₁ − 1.3·x₂ − 0.5·x₃ + ε",
    make=make_three_feature_linear,
    task="regression",
    feature_names=("x1", "x2", "x3"),
    group="Course",
)
