"""The course notes' own sets, against plain torch and the numbers of the notes."""

import numpy as np
import pytest
import torch

from engine.datasets import DATASETS, load


def test_quadratic_noise_has_the_notes_numbers() -> None:
    data = load(DATASETS["quadratic_noise"].choose())
    assert data.features.shape == data.targets.shape == (40, 1)
    assert f"{float(data.features[-1, 0]):.6g}" == "2.85"
    assert f"{float(data.targets[0, 0]):.8g}" == "12.37752"
    assert f"{float(data.targets.astype(np.float64).sum()):.4f}" == "129.4244"


def test_quadratic_noise_is_what_the_global_generator_draws() -> None:
    torch.manual_seed(0)
    x = torch.arange(-3, 3, 0.15)
    y = x**2 + x * torch.normal(0, 1, (40,))
    data = load(DATASETS["quadratic_noise"].choose())
    assert torch.equal(torch.tensor(data.features), x[:, None])
    assert torch.equal(torch.tensor(data.targets), y[:, None])


def test_three_feature_linear_is_what_the_global_generator_draws() -> None:
    torch.manual_seed(2)
    x = torch.randn(100, 3)
    y = x[:, 0:1] * 0.2 - x[:, 1:2] * 1.3 - x[:, 2:3] * 0.5 + torch.randn(100, 1)
    data = load(DATASETS["three_feature_linear"].choose({"seed": 2}))
    assert torch.equal(torch.tensor(data.features), x)
    assert torch.equal(torch.tensor(data.targets), y)


def test_three_feature_linear_follows_its_rule() -> None:
    data = load(DATASETS["three_feature_linear"].choose({"n": 50_000}))
    found, rest, *_ = np.linalg.lstsq(data.features.astype(np.float64), data.targets.astype(np.float64), rcond=None)
    np.testing.assert_allclose(found[:, 0], (0.2, -1.3, -0.5), atol=0.02)
    assert rest[0] / 50_000 == pytest.approx(1, rel=0.03)


def test_random_two_class_has_the_notes_shape() -> None:
    data = load(DATASETS["random_two_class"].choose())
    assert (data.features.shape, data.targets.shape, data.targets.dtype) == ((1000, 10), (1000,), np.int64)
    assert len(data.feature_names) == 10
    assert 430 < data.targets.astype(np.int64).sum() < 570
    torch.manual_seed(0)
    assert torch.equal(torch.tensor(data.features), torch.randn(1000, 10))
    np.testing.assert_array_equal(data.targets, torch.randint(0, 2, (1000,)).numpy())


@pytest.mark.parametrize("kind", ["quadratic_noise", "three_feature_linear", "random_two_class"])
def test_drawing_leaves_the_global_generator_alone(kind: str) -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    DATASETS[kind].make(**dict(DATASETS[kind].choose().values))
    assert torch.equal(torch.get_rng_state(), before)
