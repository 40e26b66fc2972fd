"""Loss surfaces and paths: the course's numbers, and everything else against plain torch."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from engine.commands import Survey
from engine.errors import AppError
from engine.examples import example
from engine.inspection import Landscape
from engine.tensors import landscape
from engine.tensors.descent import element_names
from engine.tensors.directions import random_plane
from engine.tensors.landscape import survey
from engine.tensors.train import Run
from tests.engine.tensors.projects import chain, run_of


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a clock, what comes out is the same on every machine."""
    monkeypatch.setattr(landscape, "SURFACE_SECONDS", 1e9)
    monkeypatch.setattr(landscape, "PATH_SECONDS", 1e9)


def finished(pieces: Generator[None, None, Landscape]) -> Landscape:
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


def surveyed(run: Run, **wishes: Any) -> Landscape:
    return finished(survey(Survey(**wishes), run))


def path_of(name: str, steps: int) -> list[float]:
    return surveyed(run_of(example(name)), steps=steps, points=5).path[:, 0].tolist()


PATHS = {
    "quadratic": ["2.0000", "1.8000", "1.6400", "1.5120", "1.4096", "1.3277", "1.2621"],
    "quadratic-half": ["2.0000", "1.0000", "1.0000"],
    "quadratic-one": ["2.0000", "0.0000", "2.0000", "0.0000"],
    "quadratic-large": ["2.0000", "-0.2000", "2.4400", "-0.7280", "3.0736"],
    "quadratic-decay": ["2.0000", "1.7980"],
}


@pytest.mark.parametrize("name", PATHS)
def test_the_paths_of_the_notes(name: str) -> None:
    assert [f"{place:.4f}" for place in path_of(name, len(PATHS[name]) - 1)] == PATHS[name]


def test_loss_before_and_weight_after_each_step() -> None:
    """The notes print both on one line: 1.8000/1.0000 … 1.2621/0.1074."""
    path = surveyed(run_of(example("quadratic")), steps=6).path
    pairs = [f"{after:.4f}/{before:.4f}" for after, before in zip(path[1:, 0], path[:-1, 1], strict=True)]
    assert (pairs[0], pairs[-1]) == ("1.8000/1.0000", "1.2621/0.1074")


def test_adams_path() -> None:
    path = path_of("quadratic-adam", 10)
    assert path[10] == pytest.approx(0.6446719, abs=5e-8)
    assert int(np.argmin(path)) == 7
    assert f"{path[7]:.6f}" == "0.518510"
    assert path[3] > 1 > path[4]


@pytest.mark.parametrize(("name", "rest"), [("quadratic-balance", 0.8), ("quadratic-balance-twice", 2 / 3)])
def test_where_data_and_decay_balance(name: str, rest: float) -> None:
    assert path_of(name, 60)[-1] == pytest.approx(rest, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("decay-sgd", ["2.000000", "1.980000", "1.960200", "1.940598"]),
        ("decay-adamw", ["2.000000", "1.980000", "1.960200", "1.940598"]),
        ("decay-adam", ["2.000000", "1.900000", "1.800166", "1.700623"]),
    ],
)
def test_decay_alone(name: str, weights: list[str]) -> None:
    view = surveyed(run_of(example(name)), steps=3, points=5)
    assert [f"{place:.6f}" for place in view.path[:, 0]] == weights
    assert view.names == ("linear_1.weight[0, 0]", "linear_1.bias[0]")
    assert f"{view.path[1, 1]:.2f}" == ("0.90" if name == "decay-adam" else "0.99")


def test_the_first_step_of_adam() -> None:
    view = surveyed(run_of(example("first-adam-step")), steps=1, points=5)
    assert [f"{each:.4f}" for each in view.weights[0]] == ["-0.0385", "0.1412", "-0.5436", "-0.1950"]
    assert [f"{each:.4f}" for each in view.weights[1]] == ["-0.0285", "0.1312", "-0.5536", "-0.2050"]


def test_the_line_is_the_loss() -> None:
    view = surveyed(run_of(example("quadratic")))
    assert view.axes == ("linear_1.weight[0, 0]",) and view.y.size == 0
    np.testing.assert_allclose(view.z, (view.x - 1) ** 2, rtol=1e-5, atol=1e-6)
    assert view.x[0] < 1
    assert view.x[-1] > 2
    assert view.title == "Loss over linear_1.weight[0, 0]; the one training row"


def test_the_valley() -> None:
    """Two numbers: each height is the mean squared error there, and the path is a plain torch loop's."""
    view = surveyed(run_of(example("valley")), steps=12, points=9)
    x, y = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[1.5], [2.5], [3.5]])
    for row, bias in enumerate(view.y):
        for column, weight in enumerate(view.x):
            assert view.z[row, column] == pytest.approx(((weight * x + bias - y) ** 2).mean().item(), rel=1e-4)
    layer = torch.nn.Linear(1, 1)
    with torch.no_grad():
        layer.weight.fill_(2.5)
        layer.bias.fill_(-2.0)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.17)
    for here in view.path:
        loss = torch.nn.functional.mse_loss(layer(x), y)
        assert here == pytest.approx([layer.weight.item(), layer.bias.item(), loss.item()], rel=1e-4)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    signs = np.sign(np.diff(view.path[:, 0]))[:8]
    assert (signs[1:] != signs[:-1]).all()  # across the valley from side to side


def test_a_path_that_leaves_is_still_drawn() -> None:
    view = surveyed(run_of(example("quadratic-large")), steps=1000)
    assert len(view.path) < 1001 and "the loss became inf" in view.note
    assert np.isfinite(view.x).all() and np.ptp(view.x) < 1000
    assert np.isfinite(view.path[:, 0]).all()


def test_the_plane_goes_through_the_weights_and_the_path_is_the_coming_steps() -> None:
    run, other = run_of(example("xor")), run_of(example("xor"))
    for one in (run, other):
        for _ in range(3):
            one.take_step()
    view = surveyed(run, steps=8, points=5, span=0.5, seed=3)
    assert view.x.tolist() == view.y.tolist() == [-0.5, -0.25, 0.0, 0.25, 0.5]
    train = run.evaluate("train")
    assert train is not None and view.z[2, 2] == pytest.approx(train.loss, rel=1e-5)
    assert view.path[0].tolist() == [0, 0, pytest.approx(train.loss, rel=1e-5)]
    for weights in view.weights:
        assert np.array_equal(weights, parameters_to_vector(run.network.parameters()).detach().numpy())
        assert run.take_step() == other.take_step()
    assert view.step == 3 and "Li et al. 2018" in view.title and view.title.endswith("; all 210 training rows")


def test_heights_of_the_plane_are_losses_of_shifted_weights() -> None:
    run = run_of(example("xor"))
    view = surveyed(run, steps=0, points=5, seed=1)
    plane = random_plane(run.network, 1)
    rows = run.rows["train"]
    with torch.no_grad():
        for row, column in ((0, 0), (4, 1), (2, 3)):
            vector_to_parameters(plane.at((view.x[column], view.y[row])), run.network.parameters())
            height = run.loss_fn(run.network(rows.features), rows.targets).item()
            assert view.z[row, column] == pytest.approx(height, rel=1e-5)
            vector_to_parameters(plane.origin.float(), run.network.parameters())


def test_directions_have_the_norm_of_the_weights_filter_by_filter() -> None:
    run = run_of(example("digits-cnn"))
    plane = random_plane(run.network, 0)
    sizes = [parameter.numel() for parameter in run.network.parameters()]
    for direction in plane.directions:
        for parameter, piece in zip(run.network.parameters(), direction.split(sizes), strict=True):
            if parameter.ndim < 2:
                assert not piece.any()
                continue
            filters = piece.reshape(parameter.shape).flatten(1)
            torch.testing.assert_close(filters.norm(dim=1), parameter.detach().double().flatten(1).norm(dim=1))
    assert not torch.equal(plane.directions, random_plane(run.network, 1).directions)
    torch.testing.assert_close(plane.directions, random_plane(run.network, 0).directions)


def test_coordinates_are_those_of_the_plane() -> None:
    plane = random_plane(run_of(example("xor")).network, 0)
    np.testing.assert_allclose(plane.project([plane.at((0.25, -0.75))]), [[0.25, -0.75]], atol=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_filters_of_one_weight_still_span_a_plane(seed: int) -> None:
    layers = [("linear", {"out_features": 1}), ("linear", {"out_features": 1, "bias": False})]
    project = chain(layers, data="points", loss="mse")
    plane = random_plane(run_of(replace(project, train=replace(project.train, seed=seed))).network, seed)
    lengths = plane.directions.norm(dim=1)
    assert abs(float(plane.directions[0] @ plane.directions[1] / lengths.prod())) < 0.99


def test_looking_moves_nothing_with_dropout_and_while_training_goes_on() -> None:
    looked, left = run_of(example("digits")), run_of(example("digits"))
    pieces = survey(Survey(steps=3, points=3), looked)
    losses = []
    for _ in range(6):
        next(pieces, None)
        losses.append(looked.take_step())
    view = finished(survey(Survey(steps=60, points=3), looked))
    assert len(view.path) == 61
    losses += [looked.take_step() for _ in range(60)]
    assert losses == [left.take_step() for _ in range(66)]


def test_the_twins_losses_are_those_of_the_run_also_in_the_next_epoch() -> None:
    """Its batches are drawn by a generator of its own that stands where the run's stands."""
    run = run_of(example("quadratic"))
    moons = run_of(example("moons"))
    view = surveyed(moons, steps=20, points=3)
    for _ in range(20):
        moons.take_step()
    last = moons.evaluate("train")
    assert last is not None and view.path[-1, 2] == pytest.approx(last.loss, rel=1e-5)
    assert element_names(run.network) == ("linear_1.weight[0, 0]",)


def test_what_costs_too_much_is_made_coarser_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landscape, "SURFACE_SECONDS", 0.0)
    view = surveyed(run_of(example("digits")), steps=1, points=25)
    assert view.z.shape == (21, 21)
    assert "21 instead of 25 points each way" in view.note
    assert view.title.endswith("64 of 1,258 training rows")
    monkeypatch.setattr(landscape, "PATH_SECONDS", 0.0)
    view = surveyed(run_of(example("moons")), steps=9, points=3)
    assert "The path ends after 1 of 9 steps" in view.note and len(view.path) == 2


def test_a_network_without_weights_has_no_surface() -> None:
    run = run_of(example("quadratic"))
    del run.network._modules["linear_1"]
    with pytest.raises(AppError, match="no weights"):
        next(survey(Survey(), run))
