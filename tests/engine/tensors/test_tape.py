"""The tape against plain torch: every tensor equal, in autograd's own order, and the run not moved by looking."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engine.catalog import OPTIMIZERS
from engine.tensors import tape as tape_module
from engine.tensors.build import build_loss, build_optimizer
from engine.tensors.tape import record
from engine.tensors.train import Run
from engine.views import PHASES, Phase, Tape, TapeEvent, TensorView
from tests.engine.tensors.projects import MLP, chain, run_of, s3
from tests.engine.tensors.zoo import ZOO, four_points, linear

Record = list[tuple[str, list[Tensor | None], list[Tensor | None]]]


def of_phase(tape: Tape, *phases: Phase) -> list[TapeEvent]:
    return [event for event in tape.events if event.phase in phases]


def equal(view: TensorView | None, tensor: Tensor | None) -> bool:
    if view is None or tensor is None:
        return view is None and tensor is None
    return view.values.dtype == tensor.detach().numpy().dtype and torch.equal(
        torch.from_numpy(view.values.copy()), tensor.detach()
    )


def independent_step(run: Run) -> tuple[Record, Tensor, nn.Module]:
    """Batch, forward, loss and backward in plain torch on a copy; what autograd calls is written down by Node hooks."""
    network = copy.deepcopy(run.network).train()
    x, y = run.peek_batch()
    torch.set_rng_state(run.rng["cpu"])
    loss = build_loss(run.project.train.loss)(network(x), y)
    seen: Record = []
    nodes: list[torch.autograd.graph.Node] = []

    def visit(node: torch.autograd.graph.Node) -> None:
        if node in nodes:
            return
        nodes.append(node)
        node.register_hook(
            lambda outgoing, upstream: seen.append(
                (type(node).__name__, [_clone(g) for g in upstream], [_clone(g) for g in outgoing])
            )
        )
        for operand, _ in node.next_functions:
            if operand is not None:
                visit(operand)

    visit(loss.grad_fn)
    loss.backward()
    return seen, loss, network


def _clone(tensor: Tensor | None) -> Tensor | None:
    return None if tensor is None else tensor.clone()


@pytest.mark.parametrize("name", ZOO)
def test_backward_equals_an_independent_recording(name: str) -> None:
    run = run_of(ZOO[name]())
    tape = record(run)
    seen, loss, _ = independent_step(run)
    events = of_phase(tape, "backward", "accumulate")
    assert [event.name for event in events] == [kind for kind, _, _ in seen]
    assert tape.loss == loss.item()
    for event, (_, upstream, outgoing) in zip(events, seen, strict=True):
        assert all(equal(view, each) for view, each in zip(event.inputs, upstream, strict=True)), event.name
        if event.phase == "backward":
            assert all(equal(view, each) for view, each in zip(event.outputs, outgoing, strict=True)), event.name


@pytest.mark.parametrize("name", ZOO)
def test_forward_gradients_and_update_equal_plain_torch(name: str) -> None:
    run = run_of(ZOO[name]())
    run.take_step()
    tape = record(run)
    _, _, network = independent_step(run)
    named = dict(network.named_parameters())
    for event in of_phase(tape, "accumulate"):
        assert equal(event.outputs[0], named[event.parameter].grad)
    run.take_step()
    for event in of_phase(tape, "update"):
        assert equal(event.outputs[0], run.network.get_parameter(event.parameter)), event.parameter


@pytest.mark.parametrize("name", ZOO)
def test_forward_values_equal_plain_torch(name: str) -> None:
    run = run_of(ZOO[name]())
    tape = record(run)
    outputs: list[Tensor] = []
    network = copy.deepcopy(run.network).train()
    for layer in network.order:
        network.layer(layer).register_forward_hook(lambda module, given, output: outputs.append(output.clone()))
    torch.set_rng_state(run.rng["cpu"])
    network(run.peek_batch()[0])
    events = of_phase(tape, "forward")
    assert [event.layer for event in events] == list(run.network.order)
    assert all(equal(event.outputs[0], output) for event, output in zip(events, outputs, strict=True))


@pytest.mark.parametrize("name", ZOO)
def test_the_tape_is_the_step_that_the_run_will_take(name: str) -> None:
    run = run_of(ZOO[name]())
    for _ in range(2):
        tape = record(run)
        assert tape.step == run.step
        assert run.take_step() == tape.loss
        for event in of_phase(tape, "update"):
            assert equal(event.outputs[0], run.network.get_parameter(event.parameter))


@pytest.mark.parametrize("name", ["dropout_mlp", "cnn", "normalized"])
def test_looking_does_not_move_the_run(name: str) -> None:
    def losses(look: bool) -> tuple[list[float], dict[str, Tensor]]:
        run = run_of(ZOO[name]())
        found = []
        for _ in range(8):
            if look:
                record(run)
            found.append(run.take_step())
        return found, {key: value.clone() for key, value in run.network.state_dict().items()}

    plain, weights = losses(look=False)
    looked, looked_weights = losses(look=True)
    assert looked == plain
    assert all(torch.equal(weights[key], looked_weights[key]) for key in weights)


def test_a_recording_leaves_generators_gradients_and_hooks_alone() -> None:
    run = run_of(ZOO["dropout_mlp"]())
    run.take_step()
    torch.manual_seed(5)
    state = torch.get_rng_state()
    grads = {name: parameter.grad for name, parameter in run.network.named_parameters()}
    kept = {name: None if grad is None else grad.clone() for name, grad in grads.items()}
    record(run)
    assert torch.equal(torch.get_rng_state(), state)
    for name, parameter in run.network.named_parameters():
        assert parameter.grad is grads[name]
        before = kept[name]
        assert (parameter.grad is None) == (before is None)
        assert parameter.grad is None or before is None or torch.equal(parameter.grad, before)
    assert all(not module._forward_hooks and not module._backward_hooks for module in run.network.modules())


def test_hooks_are_removed_when_backward_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    removed: list[object] = []
    plain = torch.utils.hooks.RemovableHandle.remove

    def remove(handle: torch.utils.hooks.RemovableHandle) -> None:
        removed.append(handle)
        plain(handle)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("backward failed")

    run = run_of(s3())
    before = torch.get_rng_state()
    monkeypatch.setattr(torch.utils.hooks.RemovableHandle, "remove", remove)
    monkeypatch.setattr(Tensor, "backward", fail)
    with pytest.raises(RuntimeError, match="backward failed"):
        record(run)
    assert len(removed) == 20  # two hooks on each of the ten nodes
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("kind", [entry.kind for entry in OPTIMIZERS if not entry.closure])
def test_updates_of_every_optimizer(kind: str) -> None:
    project = four_points(linear(3), ("tanh", {}), linear(1), optimizer=kind)
    run = run_of(project)
    run.take_step()
    network = copy.deepcopy(run.network)
    optimizer = build_optimizer(project.train.optimizer, network.parameters(), "cpu")
    optimizer.load_state_dict(copy.deepcopy(run.optimizer.state_dict()))
    x, y = run.peek_batch()
    optimizer.zero_grad()
    run.loss_fn(network(x), y).backward()
    optimizer.step()
    for event in of_phase(record(run), "update"):
        assert equal(event.outputs[0], network.get_parameter(event.parameter))
        assert equal(event.inputs[1], network.get_parameter(event.parameter).grad)


@pytest.mark.parametrize("name", ZOO)
def test_every_event_belongs_to_a_layer_and_says_something(name: str) -> None:
    project = ZOO[name]()
    tape = record(run_of(project))
    known = {node.id for node in project.network.nodes}
    for event in tape.events:
        assert event.layer in known, event
        assert event.text.endswith("."), event
        assert "Chainrule has no formula" not in event.text, event.name
        if event.phase != "batch":
            assert event.formula, event


def test_nodes_belong_to_the_layer_that_made_them() -> None:
    tape = record(run_of(ZOO["skip"]()))
    made = [(event.name, event.layer) for event in of_phase(tape, "backward")]
    assert made == [
        ("BinaryCrossEntropyWithLogitsBackward0", "output"),
        ("AddmmBackward0", "last"),
        ("TBackward0", "last"),
        ("CatBackward0", "side"),
        ("AddBackward0", "sum"),
        ("AddBackward0", "sum"),
        ("AddmmBackward0", "second"),
        ("TBackward0", "second"),
        ("TanhBackward0", "bend"),
        ("AddmmBackward0", "first"),
        ("TBackward0", "first"),
    ]


def test_paths_that_meet_show_each_contribution_and_their_sum() -> None:
    tape = record(run_of(ZOO["skip"]()))
    bend = next(event for event in tape.events if event.name == "TanhBackward0")
    assert bend.text.startswith("3 paths meet here (from CatBackward0, AddBackward0, AddmmBackward0)")
    first, _ = bend.formula.splitlines()[:2]
    assert first.startswith("g[0, 0] = ") and first.count(" + ") == 2


def test_gradients_carry_the_names_of_what_they_belong_to() -> None:
    tape = record(run_of(s3()))
    addmm = next(event for event in tape.events if event.name == "AddmmBackward0")
    assert [each.name for each in addmm.inputs if each] == ["∂L/∂ŷ"]
    assert [each.name for each in addmm.outputs if each] == [
        "∂L/∂linear_2.bias",
        "∂L/∂sigmoid_1",
        "∂L/∂linear_2.weightᵀ",
    ]


def test_views_are_read_only_copies() -> None:
    run = run_of(chain(MLP))
    tape = record(run)
    views = [*tape.parameters, *(each for event in tape.events for each in (*event.inputs, *event.outputs) if each)]
    assert views and all(not view.values.flags.writeable for view in views)
    before = tape.parameters[0].values.copy()
    run.take_step()
    assert np.array_equal(tape.parameters[0].values, before)
    assert all(event.phase in PHASES for event in tape.events)


def test_the_batch_is_told_with_its_shapes() -> None:
    tape = record(run_of(ZOO["dropout_mlp"]()))
    x, y = tape.events[0].outputs
    assert x is not None and y is not None
    assert (x.shape, x.dtype, y.shape, y.dtype) == ((8, 4), "float32", (8,), "int64")
    assert "8 samples" in tape.events[0].text


def test_an_unknown_node_still_shows_its_tensors(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.tensors.formulas import backward

    monkeypatch.setattr(backward, "BACKWARD", {})
    event = next(event for event in record(run_of(s3())).events if event.name == "SigmoidBackward0")
    assert event.outputs[0] is not None
    assert "no formula for SigmoidBackward0" in event.text and "result" in event.text


def test_no_gradient_is_sought_where_nothing_can_be_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loss that depends on no parameter has no graph: the tape then has no backward events, and no error."""
    run = run_of(s3())
    make: Callable[[Run], tape_module.StepCopy] = tape_module.StepCopy.of

    def without_gradients(of: Run) -> tape_module.StepCopy:
        step = make(of)
        for parameter in step.network.parameters():
            parameter.requires_grad_(False)
        return step

    monkeypatch.setattr(tape_module.StepCopy, "of", staticmethod(without_gradients))
    tape = record(run)
    assert of_phase(tape, "backward", "accumulate") == []
    for event in of_phase(tape, "update"):
        before, after = event.inputs[0], event.outputs[0]
        assert event.inputs[1] is None and "no gradient" in event.text
        assert before is not None and after is not None and np.array_equal(before.values, after.values)


@pytest.mark.parametrize("number", [float("inf"), float("nan"), 1e38])
@pytest.mark.parametrize("name", ZOO)
def test_a_diverged_network_can_be_looked_at(name: str, number: float) -> None:
    """Infinities and NaN are numbers on the tape as they are in torch; no formula trips over them."""
    run = run_of(ZOO[name]())
    with torch.no_grad():
        for parameter in run.network.parameters():
            parameter.fill_(number)
    for event in of_phase(record(run), "update"):
        before = event.inputs[0]
        assert before is not None
        assert np.array_equal(before.values, np.full_like(before.values, number), equal_nan=True)
