"""What the tape tells the graph about its nodes: what each gave in the forward pass, and how long it computed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.tensors.copies import StepCopy, undisturbed
from engine.tensors.graph_walk import result_shape
from engine.tensors.tape import record
from tests.engine.tensors.projects import run_of, s3
from tests.engine.tensors.zoo import ZOO


def test_values_of_s3() -> None:
    tape = record(run_of(s3()))
    parameters = {each.name: each.values for each in tape.parameters}
    outputs = {event.layer: event.outputs[0] for event in tape.events if event.phase in ("forward", "loss")}
    by_title: dict[str, list[np.ndarray]] = {}
    for node in tape.graph.nodes:
        if node.kind == "operation":
            by_title.setdefault(node.title, []).append(tape.values[node.id].values)
    for made in (outputs["linear_2"], outputs["linear_1"]):
        assert made is not None
        assert any(np.array_equal(made.values, each) for each in by_title["AddmmBackward0"])
    assert outputs["sigmoid_1"] is not None and outputs["output"] is not None
    assert np.array_equal(by_title["SigmoidBackward0"][0], outputs["sigmoid_1"].values)
    assert np.array_equal(by_title["MseLossBackward0"][0], outputs["output"].values)
    transposed = [parameters[f"linear_{i}.weight"].T for i in (1, 2)]  # before the update
    assert all(np.array_equal(a, b) for a, b in zip(by_title["TBackward0"], transposed, strict=True))


@pytest.mark.parametrize("name", ZOO)
def test_values_are_those_of_plain_torch(name: str) -> None:
    run = run_of(ZOO[name]())
    tape = record(run)
    made: list[Tensor] = []
    with undisturbed(run):
        step = StepCopy.of(run)
        for module in step.network.modules():
            if not list(module.children()):
                module.register_forward_hook(lambda module, given, result: made.append(result))
        step.forward()
        nodes = step.nodes()
    assert made
    for result in made:
        if result.grad_fn in nodes.ids:
            assert torch.equal(torch.from_numpy(tape.values[nodes.ids[result.grad_fn]].values.copy()), result.detach())
    nodes_by_id = {node_id: node for node, node_id in nodes.ids.items()}
    for node_id, value in tape.values.items():
        assert value.shape == result_shape(nodes_by_id[node_id])
        assert not value.values.flags.writeable


def test_every_computed_moment_has_its_time() -> None:
    tape = record(run_of(ZOO["cnn"]()))
    for event in tape.events:
        timed = event.phase in ("forward", "loss", "backward", "accumulate")
        assert (0 < event.seconds < 60) if timed else event.seconds == 0


def test_shapes_and_dtypes() -> None:
    tape = record(run_of(s3()))
    assert {node.dtype for node in tape.graph.nodes} == {"float32"}
