"""Multiply-adds against counts by hand, memory against the tensors that torch makes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from engine import edits
from engine.catalog import OPTIMIZERS
from engine.examples import EXAMPLES, example
from engine.spec import ProjectSpec
from engine.tensors.build import build_network, build_optimizer
from engine.tensors.check import check
from engine.views import Memory
from tests.engine.tensors.projects import chain

IMAGES = {"layout": "image"}


def test_a_linear_layer_takes_one_multiply_add_per_weight() -> None:
    report = check(chain((("linear", {"out_features": 5}), ("relu", {}), ("linear", {"out_features": 1}))))
    assert report.multiply_adds == {"linear_1": 2 * 5, "linear_2": 5}
    assert report.total_multiply_adds == 15


def test_a_convolution_takes_its_window_at_every_place_for_every_pair_of_channels() -> None:
    layers = (
        ("conv2d", {"out_channels": 20, "kernel_size": 5}),
        ("conv2d", {"out_channels": 4, "kernel_size": 3, "groups": 2}),
    )
    end = (("flatten", {}), ("linear", {"out_features": 10}))
    report = check(chain((*layers, *end), "digits", "cross_entropy", rows=IMAGES))
    assert report.multiply_adds["conv2d_1"] == 20 * 1 * 5 * 5 * 4 * 4
    assert report.multiply_adds["conv2d_2"] == 4 * (20 // 2) * 3 * 3 * 2 * 2


def test_a_one_dimensional_convolution() -> None:
    layers = (("reshape", {"shape": (1, 64)}), ("conv1d", {"out_channels": 3, "kernel_size": 7, "stride": 2}))
    end = (("flatten", {}), ("linear", {"out_features": 10}))
    report = check(chain((*layers, *end), "digits", "cross_entropy"))
    assert report.multiply_adds["conv1d_1"] == 3 * 1 * 7 * ((64 - 7) // 2 + 1)


def test_a_recurrent_layer_multiplies_both_its_tables_at_every_step() -> None:
    layers = (("reshape", {"shape": (8, 8)}), ("gru", {"hidden_size": 6}), ("linear", {"out_features": 10}))
    report = check(chain(layers, "digits", "cross_entropy"))
    assert report.multiply_adds["gru_1"] == 8 * (3 * 6 * 8 + 3 * 6 * 6)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("s3", 2 + 2),
        ("network-342", 3 * 4 + 4 * 2),
        ("torch-basics", 3 * 32 + 32),
        ("mlp-784", 784 * 100 + 100 * 10),
        ("two-conv", None),
    ],
)
def test_networks_of_the_course(name: str, expected: int | None) -> None:
    report = check(example(name))
    if expected is None:
        convs = [node.id for node in report.project.network.nodes if node.kind == "conv2d"]
        assert [report.multiply_adds[c] for c in convs] == [20 * 25 * 24 * 24, 20 * 20 * 25 * 20 * 20]
    else:
        assert report.total_multiply_adds == expected


def measured(project: ProjectSpec) -> Memory:
    """Bytes of the real tensors after one step of plain torch."""
    report = check(project)
    torch.manual_seed(0)
    network = build_network(project.network, report.settled)
    rows = project.train.batch_size
    x = torch.randn((rows, *report.shapes["input"]))
    outputs = [x]
    loss = network.run(x, lambda node, _, output: outputs.append(output)).square().sum()
    parameters = list(network.parameters())
    learned = [parameter for parameter in parameters if parameter.requires_grad]
    optimizer = build_optimizer(project.train.optimizer, learned, "cpu")
    loss.backward()
    optimizer.step()
    gradients = [parameter.grad for parameter in learned if parameter.grad is not None]
    states = [v for state in optimizer.state.values() for v in state.values() if torch.is_tensor(v) and v.dim() > 0]
    return Memory(*(sum(t.nbytes for t in tensors) for tensors in (parameters, gradients, states, outputs)))


@pytest.mark.parametrize("optimizer", [entry.kind for entry in OPTIMIZERS if not entry.closure])
def test_memory_is_that_of_the_tensors_of_a_step(optimizer: str) -> None:
    layers = (("conv2d", {"out_channels": 3}), ("relu", {}), ("flatten", {}), ("linear", {"out_features": 10}))
    project = chain(layers, "digits", "cross_entropy", optimizer, rows=IMAGES, batch_size=7)
    report = check(project)
    assert report.total_memory == measured(project)
    assert report.bytes == report.total_memory.total


def test_a_frozen_layer_has_no_gradient_and_no_state() -> None:
    project = chain((("linear", {"out_features": 8}), ("linear", {"out_features": 1})), optimizer="adam")
    project = edits.set_node_value(project, "linear_1", "frozen", True)
    report = check(project)
    assert report.memory["linear_1"] == Memory(4 * 24, 0, 0, 4 * 8 * 32)
    assert report.total_memory == measured(project)


def test_momentum_is_one_more_tensor_per_parameter() -> None:
    project = edits.set_optimizer_value(chain((("linear", {"out_features": 1}),)), "momentum", 0.9)
    assert check(project).total_memory == measured(project)


@pytest.mark.parametrize("name", sorted(set(EXAMPLES) - {"tokens"}))
def test_memory_of_every_example(name: str) -> None:
    project = replace(example(name), train=replace(example(name).train, device="cpu"))
    assert check(project).total_memory == measured(project)
