"""Looks say what plain torch says, and the run does not know that it was looked at."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from engine import edits
from engine.catalog import INITIALIZERS
from engine.diagnosis import SLOPE, ProbeView
from engine.diagnosis.log import MOST
from engine.examples import EXAMPLES, example
from engine.spec import ProjectSpec
from engine.tensors.probes import Prober, unit_axis
from engine.tensors.train import Run
from tests.engine.tensors.projects import DROPOUT_MLP, MLP, chain, run_of

NORMED = (("linear", {"out_features": 6}), ("batch_norm1d", {}), ("relu", {}), ("dropout", {"p": 0.3}), ("linear", {}))
IMAGES = (
    ("conv2d", {"out_channels": 4, "kernel_size": 3}),
    ("relu", {}),
    ("flatten", {}),
    ("linear", {"out_features": 10}),
)


def normed() -> ProjectSpec:
    layers = (*NORMED[:-1], ("linear", {"out_features": 1}))
    return chain(layers, optimizer="adam", optimizer_values={"lr": 0.05}, batch_size=16)


def images() -> ProjectSpec:
    return chain(IMAGES, "digits", "cross_entropy", rows={"layout": "image"}, batch_size=16)


def ratio(view: ProbeView, layer: str) -> np.ndarray:
    return np.asarray(view.ratios()[view.owners().index(layer)])


def looked(run: Run) -> tuple[Prober, ProbeView]:
    prober = Prober(run)
    prober.look(run)
    return prober, prober.log.view()


@pytest.mark.parametrize("project", [chain(MLP), normed(), images(), chain(DROPOUT_MLP, loss="cross_entropy")])
def test_gradients_are_those_of_the_step_itself(project: ProjectSpec) -> None:
    run = run_of(project)
    run.train_for(0.02, 5)
    prober, _ = looked(run)
    before = [parameter.detach().clone() for parameter in run.network.parameters()]
    loss = run.take_step()
    prober.took_step(run)
    view = prober.log.view()
    assert view.losses[-1] == pytest.approx(loss, rel=1e-6)
    for index, (name, parameter) in enumerate(run.network.named_parameters()):
        assert view.parameters[index] == name and view.sizes[index] == parameter.numel()
        assert parameter.grad is not None
        assert view.gradients[index, -1] == pytest.approx(float(parameter.grad.norm()), rel=1e-5, abs=1e-9)
        assert view.weights[index, -1] == pytest.approx(float(before[index].norm()), rel=1e-5)
        moved = float((parameter.detach() - before[index]).norm())
        assert view.updates[index, -1] == pytest.approx(moved, rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("project", [normed(), images(), chain(DROPOUT_MLP, loss="cross_entropy"), chain(MLP)])
def test_looking_leaves_the_run_bit_identical(project: ProjectSpec) -> None:
    plain, watched = run_of(project), run_of(project)
    prober = Prober(watched)
    for _ in range(40):
        expected = plain.take_step()
        prober.look(watched)
        prober.look(watched)
        assert watched.take_step() == expected
    for mine, other in zip(watched.network.state_dict().values(), plain.network.state_dict().values(), strict=True):
        assert torch.equal(mine, other)
    for mine, other in zip(watched.rng.values(), plain.rng.values(), strict=True):
        assert torch.equal(mine, other)


def test_a_look_touches_neither_grad_nor_buffers_nor_the_generator() -> None:
    run = run_of(normed())
    run.take_step()
    grads = [parameter.grad.clone() for parameter in run.network.parameters() if parameter.grad is not None]
    buffers, state = [buffer.clone() for buffer in run.buffers], torch.get_rng_state()
    looked(run)
    assert all(torch.equal(a, b) for a, b in zip(buffers, run.buffers, strict=True))
    assert all(
        torch.equal(a, b.grad) for a, b in zip(grads, run.network.parameters(), strict=True) if b.grad is not None
    )
    assert torch.equal(state, torch.get_rng_state()) and run.network.training


@pytest.mark.parametrize("project", [chain(MLP), normed(), images()])
def test_outputs_are_those_of_the_sample_in_eval_mode(project: ProjectSpec) -> None:
    run = run_of(project)
    run.train_for(0.02, 9)
    _, view = looked(run)
    rows = run.rows["train"].features
    picked = np.linspace(0, len(rows) - 1, min(256, len(rows))).round().astype(int)
    assert view.rows == len(picked)
    x, network = rows[torch.from_numpy(picked)], copy.deepcopy(run.network).eval()
    for index, layer in enumerate(view.layers):
        module = network.layer(layer)
        with torch.no_grad():
            x = module(x)
        assert view.means[index, -1] == pytest.approx(float(x.mean()), rel=1e-4, abs=1e-6)
        assert view.stds[index, -1] == pytest.approx(float(x.std(correction=0)), rel=1e-4)
        if isinstance(module, nn.ReLU):
            units = x.flatten(2).amax(2) if x.ndim > 2 else x
            assert view.dead[index, -1] == pytest.approx(float((units.amax(0) == 0).float().mean()))
        elif isinstance(module, nn.Tanh):
            assert view.saturated[index, -1] == pytest.approx(float((1 - x**2 < SLOPE).float().mean()))
        else:
            assert np.isnan(view.dead[index, -1]) and np.isnan(view.saturated[index, -1])


def test_dead_and_saturated_units_are_counted() -> None:
    project = chain((("linear", {"out_features": 4}), ("relu", {}), ("linear", {"out_features": 1}), ("sigmoid", {})))
    weights = {"weight": ((0.0, 0.0),) * 4, "bias": (-1.0, -1.0, 1.0, -1.0)}
    project = edits.set_weights(project, "linear_1", weights)
    project = edits.set_weights(project, "linear_2", {"weight": ((9.0, 9.0, 9.0, 9.0),), "bias": (0.0,)})
    _, view = looked(run_of(project))
    assert view.layer(view.dead, "relu_1").tolist() == [0.75]
    assert view.layer(view.saturated, "sigmoid_1").tolist() == [1.0]
    assert np.isnan(view.layer(view.equal, "linear_2")).all()


def test_equal_units_are_seen_and_drawn_ones_are_not() -> None:
    alike = edits.initialize_all(chain(MLP), INITIALIZERS["ones"].choose(), INITIALIZERS["zeros"].choose())
    _, view = looked(run_of(alike))
    assert view.layer(view.equal, "linear_1").tolist() == [1.0]
    _, view = looked(run_of(chain(MLP)))
    assert view.layer(view.equal, "linear_1").tolist() == [0.0]


def test_a_frozen_layer_has_no_gradient_and_no_update() -> None:
    run = run_of(edits.set_node_value(chain(MLP), "linear_1", "frozen", True))
    prober, _ = looked(run)
    run.take_step()
    prober.took_step(run)
    view = prober.log.view()
    assert np.isnan(view.of_layer(view.gradients, "linear_1")).all() and np.isnan(ratio(view, "linear_1")).all()
    assert view.of_layer(view.gradients, "linear_2")[0] > 0 and ratio(view, "linear_2")[0] > 0


def test_a_layers_norms_join_those_of_its_parameters() -> None:
    run = run_of(chain(MLP))
    prober, _ = looked(run)
    before = torch.cat([parameter.detach().flatten() for parameter in run.network.layer("linear_1").parameters()])
    run.take_step()
    prober.took_step(run)
    view = prober.log.view()
    after = torch.cat([parameter.detach().flatten() for parameter in run.network.layer("linear_1").parameters()])
    grads = torch.cat([p.grad.flatten() for p in run.network.layer("linear_1").parameters() if p.grad is not None])
    assert view.of_layer(view.gradients, "linear_1")[0] == pytest.approx(float(grads.norm()), rel=1e-5)
    assert ratio(view, "linear_1")[0] == pytest.approx(float((after - before).norm() / before.norm()), rel=1e-4)
    assert view.owners() == ("linear_1", "linear_2") and view.count("linear_1") == 24


def test_memory_is_bounded_and_later_looks_stay() -> None:
    run = run_of(chain(MLP))
    prober = Prober(run)
    for _ in range(3 * MOST):
        prober.look(run)
        run.take_step()
    view = prober.log.view()
    assert MOST // 2 <= len(view.steps) <= MOST and view.gradients.shape[1] == len(view.steps)
    assert view.steps[0] == 0 and view.steps[-1] == run.step - 1 and (np.diff(view.steps) > 0).all()
    assert not view.gradients.flags.writeable


def test_numbers_whose_squares_leave_float32_are_still_numbers() -> None:
    run = run_of(chain(MLP))
    with torch.no_grad():
        run.network.layer("linear_2").weight.mul_(1e25)
    _, view = looked(run)
    weight, output = run.network.layer("linear_2").weight.detach().double(), view.layer(view.stds, "linear_2")[0]
    assert view.weights[2, 0] == pytest.approx(float(weight.norm()), rel=1e-6) and 1e23 < output < 1e26
    assert np.isfinite(view.gradients[:, 0]).all()


def test_an_infinite_forward_pass_is_seen_where_it_begins() -> None:
    project = edits.set_weights(chain(MLP), "linear_2", {"weight": ((1e38,) * 8,), "bias": (0.0,)})
    run = run_of(project)
    with torch.no_grad():
        run.network.layer("linear_2").weight.fill_(float("inf"))
    _, view = looked(run)
    assert (
        np.isfinite(view.layer(view.means, "tanh_1")).all()
        and not np.isfinite(view.layer(view.means, "linear_2")).any()
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_can_be_looked_at(name: str) -> None:
    run = run_of(example(name))
    prober, _ = looked(run)
    loss = run.take_step()
    prober.took_step(run)
    view = prober.log.view()
    assert view.losses[0] == pytest.approx(loss, rel=1e-5, abs=1e-7) and np.isfinite(view.updates).all()


def test_units_lie_along_channels_or_the_last_axis() -> None:
    project = example("lenet")
    axes = {node.id: unit_axis(project.network, node.id) for node in project.network.nodes if node.kind == "relu"}
    assert set(axes.values()) == {1, -1} and axes["relu_1"] == 1
