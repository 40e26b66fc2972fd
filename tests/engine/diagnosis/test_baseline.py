"""The formulas of the best constant answer against torch, which looks for it by gradient descent."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.catalog import LOSSES
from engine.diagnosis.baseline import constant_loss
from engine.tensors.build import build_loss

CHANCE = np.random.default_rng(5)
CLASSES = CHANCE.choice(4, 60, p=[0.5, 0.25, 0.15, 0.1])
YES = (CHANCE.random((60, 2)) < [0.2, 0.7]).astype(np.float32)
NUMBERS = CHANCE.normal(3.0, 2.0, (61, 3)).astype(np.float32)


def found(kind: str, targets: np.ndarray, outputs: int, **values: object) -> float:
    """What LBFGS reaches with one row of outputs for all."""
    loss, y = build_loss(LOSSES[kind].choose(values)), torch.from_numpy(targets)
    answer = torch.zeros(1, outputs, dtype=torch.float64, requires_grad=True)
    y = y if y.dtype == torch.int64 else y.double()
    optimizer = torch.optim.LBFGS([answer], max_iter=500, tolerance_change=1e-14, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        value: torch.Tensor = loss(answer.expand(len(y), outputs), y)
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return closure().item()


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize(
    ("kind", "targets", "outputs", "values"),
    [
        ("cross_entropy", CLASSES, 4, {}),
        ("cross_entropy", CLASSES, 4, {"label_smoothing": 0.2}),
        ("bce_with_logits", YES, 2, {}),
        ("mse", NUMBERS, 3, {}),
    ],
)
def test_the_best_constant_is_torchs(
    kind: str, targets: np.ndarray, outputs: int, values: dict[str, object], reduction: str
) -> None:
    values = values | {"reduction": reduction}
    assert constant_loss(LOSSES[kind].choose(values), targets) == pytest.approx(
        found(kind, targets, outputs, **values), rel=1e-6
    )


def test_l1_is_that_of_the_median() -> None:
    best = torch.nn.L1Loss()(torch.from_numpy(NUMBERS).median(dim=0).values.expand(61, 3), torch.from_numpy(NUMBERS))
    assert constant_loss(LOSSES["l1"].choose(), NUMBERS) == pytest.approx(float(best), rel=1e-6)


def test_where_there_is_no_formula_there_is_no_number() -> None:
    assert constant_loss(LOSSES["huber"].choose(), NUMBERS) is None
    assert constant_loss(LOSSES["cross_entropy"].choose({"class_weights": "balanced"}), CLASSES) is None
    assert constant_loss(LOSSES["mse"].choose(), NUMBERS[:0]) is None
