"""The Jacobian against torch.autograd.functional.jacobian, with the figures of the course's 3→4→2 network."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.commands import TakeJacobian
from engine.errors import AppError
from engine.inspection import JacobianView
from engine.spec import INPUT_ID, ProjectSpec
from engine.tensors import jacobian as jacobian_module
from engine.tensors.train import Run
from tests.engine.tensors.pieces import finished
from tests.engine.tensors.projects import ALL, chain, run_of, s3
from tests.engine.tensors.zoo import ZOO, four_points, linear


def jacobian(command: TakeJacobian, run: Run) -> JacobianView:
    return finished(jacobian_module.jacobian(command, run))


COURSE = [[-1.1266, -1.8399, 1.0977], [-1.0204, -0.9860, 1.3536]]


def by_torch(run: Run, of: str, sample: int) -> Tensor:
    """torch's own Jacobian of the outputs of one sample, all other samples of the batch as they are; without dropout."""
    network = copy.deepcopy(run.network).train()
    x, _ = run.peek_batch()
    values: dict[str, Tensor] = {}
    network.run(x, lambda layer, inputs, output: values.__setitem__(layer, output.detach()))
    given = x if of == INPUT_ID else values[of]

    def outputs(part: Tensor) -> Tensor:
        whole = torch.cat([given[:sample], part.unsqueeze(0), given[sample + 1 :]])
        if of == INPUT_ID:
            return network(whole)[sample]
        handle = network.layer(of).register_forward_hook(lambda module, inputs, output: whole)
        try:
            return network(x)[sample]
        finally:
            handle.remove()

    found = torch.autograd.functional.jacobian(outputs, given[sample])
    return found.reshape(found.shape[0], -1)


@pytest.mark.parametrize("name", [name for name in ZOO if name not in ("dropout_mlp", "cnn")])
@pytest.mark.parametrize("sample", [0, 2])
def test_it_is_torchs_own(name: str, sample: int) -> None:
    run = run_of(ZOO[name]())
    sample = min(sample, len(run.peek_batch()[0]) - 1)
    for of in (INPUT_ID, *run.network.order):
        view = jacobian(TakeJacobian(of, sample), run)
        expected = by_torch(run, of, sample).numpy()
        assert view.values.dtype == np.float32 and view.sample == sample
        assert view.values.shape == (len(view.rows), len(view.columns)) == expected.shape
        np.testing.assert_allclose(view.values, expected, rtol=1e-5, atol=1e-6)
        assert view.layers == (INPUT_ID, *run.network.order)


def test_images_and_dropout() -> None:
    """Of the digits as images: 10 outputs, 64 pixels. The coming step's dropout mask counts: dropped values have no say."""
    run = run_of(ZOO["cnn"]())
    view = jacobian(TakeJacobian(INPUT_ID, 1), run)
    assert view.values.shape == (10, 64) and view.samples == 3
    assert view.columns[9] == "x[0, 1, 1]" and view.rows[3] == "ŷ[3]"
    of_flat = jacobian(TakeJacobian("flatten_1", 1), run)
    assert 0 < (of_flat.values == 0).all(axis=0).sum() < of_flat.values.shape[1]
    assert "with that step's dropout mask" in view.note and "BatchNorm" in view.note


def course_net(seed: int, row: int) -> ProjectSpec:
    """One output of the course's network at x = (1, 0.5, −1): weights from torch.randn, biases 0."""
    torch.manual_seed(seed)
    first, second = torch.randn(4, 3), torch.randn(2, 4)
    layers = (linear(4), ("relu", {}), linear(1))
    project = chain(layers, "points", "mse", rows={"rows": ((1.0, 0.5, -1.0, 0.0),)}, split=ALL, standardized=False)
    weights = {
        "linear_1": (("weight", _nested(first)), ("bias", (0.0,) * 4)),
        "linear_2": (("weight", _nested(second[row : row + 1])), ("bias", (0.0,))),
    }
    nodes = tuple(replace(node, weights=weights.get(node.id, ())) for node in project.network.nodes)
    return replace(project, network=replace(project.network, nodes=nodes))


def _nested(matrix: Tensor) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in matrix.tolist())


def test_the_courses_network() -> None:
    views = [jacobian(TakeJacobian(), run_of(course_net(0, row))) for row in range(2)]
    assert np.round(np.concatenate([view.values for view in views]), 4).tolist() == pytest.approx(np.array(COURSE))
    assert "1 of 4 units of relu_1" in views[0].note


@pytest.mark.parametrize("seed", [5, 6, 46])
def test_why_it_can_be_all_zeros(seed: int) -> None:
    for row in range(2):
        view = jacobian(TakeJacobian(), run_of(course_net(seed, row)))
        assert not view.values.any()
        assert "all 4 ReLU units of relu_1 are dead for this sample" in view.note
    assert jacobian(TakeJacobian("relu_1"), run_of(course_net(seed, 0))).values.any()


def test_the_prediction_itself_gives_the_identity() -> None:
    run = run_of(four_points(linear(2), ("tanh", {}), linear(1)))
    assert jacobian(TakeJacobian("linear_2"), run).values.tolist() == [[1.0]]


def test_looking_does_not_move_the_run() -> None:
    looked, plain = run_of(ZOO["cnn"]()), run_of(ZOO["cnn"]())
    for _ in range(3):
        before = torch.get_rng_state()
        jacobian(TakeJacobian(), looked)
        assert torch.equal(torch.get_rng_state(), before)
        assert looked.take_step() == plain.take_step()
    assert all(p.grad is None or not p.grad.requires_grad for p in looked.network.parameters())


def test_a_sample_beyond_the_batch_is_its_last() -> None:
    view = jacobian(TakeJacobian(INPUT_ID, 99), run_of(four_points(linear(2), ("relu", {}), linear(1))))
    assert (view.sample, view.samples) == (3, 4)


def test_it_says_of_which_step_and_layer() -> None:
    run = run_of(s3())
    run.take_step()
    view = jacobian(TakeJacobian("sigmoid_1"), run)
    assert (view.of, view.step, view.generation, view.columns) == (
        "sigmoid_1",
        1,
        run.generation,
        ("sigmoid_1[0]", "sigmoid_1[1]"),
    )
    with pytest.raises(AppError, match="no layer linear_9"):
        jacobian(TakeJacobian("linear_9"), run)
