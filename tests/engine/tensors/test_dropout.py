"""The dropout view: the very mask that the coming step draws, and what dropout promises of its mean."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.commands import LookAtDropout
from engine.errors import AppError
from engine.examples import example
from engine.tensors import dropout as module
from engine.tensors.devices import random_state
from engine.tensors.dropout import dropout
from engine.tensors.tape import record
from engine.tensors.train import Run
from tests.engine.tensors.projects import MLP, chain, run_of

TEN_ONES = {"rows": ((1.0,) * 10 + (1.0,),)}


def on_ten_ones(p: float = 0.5) -> Run:
    layers = [("dropout", {"p": p}), ("linear", {"out_features": 1})]
    return run_of(chain(layers, data="points", loss="mse", rows=TEN_ONES, standardized=False))


def test_half_of_ten_ones() -> None:
    """The notes: what survives is doubled; eval leaves ten ones."""
    view = dropout(LookAtDropout("dropout_1"), on_ten_ones())
    assert view.given.values.tolist() == view.eval.values.tolist() == [[1.0] * 10]
    assert set(np.unique(view.train.values)) == {0.0, 2.0}
    assert np.array_equal(view.train.values, view.mask.values * view.scale)
    assert (view.p, view.scale, view.draws) == (0.5, 2.0, 200)


def test_torch_seed_0_draws_this_mask() -> None:
    run = on_ten_ones()
    torch.manual_seed(0)
    run.rng = random_state(run.device)
    view = dropout(LookAtDropout("dropout_1"), run)
    assert view.train.values.tolist() == [[0, 0, 2, 0, 0, 0, 2, 2, 0, 2]]
    assert view.mask.values.tolist() == [[0, 0, 1, 0, 0, 0, 1, 1, 0, 1]]


def test_it_is_the_mask_of_the_coming_step() -> None:
    """The tape of the same step has the same output, and so has the run when it takes the step."""
    run, other = run_of(example("digits")), run_of(example("digits"))
    for _ in range(3):
        view = dropout(LookAtDropout("dropout_1"), run)
        (event,) = [one for one in record(run).events if one.layer == "dropout_1" and one.phase == "forward"]
        (before,), (after,) = event.inputs, event.outputs
        assert before is not None and after is not None
        assert np.array_equal(view.given.values, before.values)
        assert np.array_equal(view.train.values, after.values)
        np.testing.assert_allclose(view.train.values, view.given.values * view.mask.values / np.float32(0.8), rtol=1e-6)
        assert run.take_step() == other.take_step()


def test_the_mask_is_known_also_where_the_input_is_zero() -> None:
    """Behind ReLU half of the input is 0: there the output tells nothing, but four of five still pass."""
    view = dropout(LookAtDropout("dropout_1"), run_of(example("digits")))
    zeros = view.given.values == 0
    assert zeros.mean() > 0.2
    assert view.mask.values[zeros].mean() == pytest.approx(0.8, abs=0.05)


def test_the_mean_comes_near_the_input() -> None:
    few, many = (dropout(LookAtDropout("dropout_1", draws), on_ten_ones()) for draws in (10, 4000))
    assert many.draws == 4000 and many.mean.name == "mean of 4,000 draws"
    np.testing.assert_allclose(many.mean.values, 1.0, atol=0.08)
    assert not np.array_equal(few.mean.values, many.mean.values)


def test_draws_end_when_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.0)
    assert dropout(LookAtDropout("dropout_1", 100_000), on_ten_ones()).draws == 1


def test_nothing_is_dropped_at_zero() -> None:
    view = dropout(LookAtDropout("dropout_1"), on_ten_ones(0.0))
    assert view.mask.values.all() and view.scale == 1.0
    assert np.array_equal(view.mean.values, view.given.values)


@pytest.mark.parametrize("layer", ["linear_1", "dropout_7"])
def test_another_layer_is_told(layer: str) -> None:
    with pytest.raises(AppError, match=r"is no Dropout layer\. The network has dropout_1"):
        dropout(LookAtDropout(layer), on_ten_ones())


def test_without_dropout_there_is_no_mask() -> None:
    with pytest.raises(AppError, match=r"no Dropout layer\. Add one"):
        dropout(LookAtDropout("dropout_1"), run_of(chain(MLP)))
