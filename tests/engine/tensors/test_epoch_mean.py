"""The loss of an epoch on the course's 40 points: the mean over the set, not the mean of two unequal batches."""

import numpy as np
import pytest
import torch

from engine import edits
from engine.metrics import STEP_LOSS, TRAIN_LOSS
from tests.engine.tensors.projects import ALL, chain, run_of


def constant_answer():
    """A line of slope 0 through the mean of the targets, on the 40 points, in batches of 32 and 8."""
    layers = (("linear", {"out_features": 1}),)
    project = chain(layers, data="quadratic_noise", loss="mse", split=ALL, batch_size=32)
    mean = float(run_of(project).prepared.targets["train"].mean())
    project = edits.set_weights(project, "linear_1", {"weight": ((0.0,),), "bias": (mean,)})
    return edits.set_optimizer_value(project, "lr", 1e-30)


def test_the_epochs_loss_is_the_figure_of_the_whole_set():
    run = run_of(constant_answer())
    while run.epoch < 1:
        run.take_step()
    _, epochs, _ = run.log.since(TRAIN_LOSS)
    assert epochs == pytest.approx([11.9583, 11.9583], abs=5e-5)
    _, steps, _ = run.log.since(STEP_LOSS)
    assert len(steps) == 2
    assert epochs[1] == pytest.approx((32 * steps[0] + 8 * steps[1]) / 40, rel=1e-12)
    assert abs(epochs[1] - steps.mean()) > 0.01


def test_the_mean_of_batch_means_is_the_other_figure():
    generator = torch.Generator().manual_seed(0)
    x = torch.arange(-3, 3, 0.15)
    y = (x**2 + x * torch.normal(0, 1, (40,), generator=generator)).numpy()
    errors = (y - y.mean()) ** 2
    assert np.mean([errors[:32].mean(), errors[32:].mean()]) == pytest.approx(12.7846, abs=5e-5)
    assert errors.mean() == pytest.approx(11.9583, abs=5e-5)
