"""Training that fails at a step: it stops there, all of the state before it is kept, and it says what happened and where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from engine.spec import ProjectSpec
from engine.tensors.build import Network
from engine.tensors.failures import training_failure
from engine.tensors.steps import LossNotFinite
from engine.tensors.train import Run
from tests.engine.tensors.projects import chain, run_of

KINDS = ("linear_1", "batch_norm1d_1", "relu_1", "dropout_1", "linear_2", "sigmoid_1", "linear_3")
LAYERS = (
    ("linear", {"out_features": 6}),
    ("batch_norm1d", {}),
    ("relu", {}),
    ("dropout", {"p": 0.3}),
    ("linear", {"out_features": 4}),
    ("sigmoid", {}),
    ("linear", {"out_features": 1}),
)
ERRORS: dict[str, Callable[[], BaseException]] = {
    "bug": lambda: RuntimeError("the layer broke\nand more"),
    "value": lambda: ValueError("odd"),
    "accelerator": lambda: torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB"),
    "processor": lambda: RuntimeError(
        "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"
    ),
    "python": MemoryError,
    "exit": lambda: SystemExit(1),
}


def project(optimizer: str = "adam") -> ProjectSpec:
    """BatchNorm moves buffers and dropout draws numbers: both must be as before."""
    return chain(LAYERS, optimizer=optimizer, batch_size=16, epochs=50)


def steps(run: Run, count: int) -> list[float]:
    return [run.take_step() for _ in range(count)]


def facts(run: Run) -> list[torch.Tensor]:
    """Everything that the coming step starts from."""
    state = [
        value for each in run.optimizer.state.values() for value in each.values() if isinstance(value, torch.Tensor)
    ]
    batches = run.batches.state()
    return [
        *(value.clone() for value in run.network.state_dict().values()),
        *(value.clone() for value in state),
        *(value.clone() for value in run.rng.values()),
        *(value.clone() for value in batches.values()),
        torch.tensor([run.step, run.epoch, run.batches.cursor]),
    ]


def raises(error: Callable[[], BaseException]) -> Callable[..., Any]:
    def forward(*_: object) -> Any:
        raise error()

    return forward


@pytest.mark.parametrize("layer", KINDS)
@pytest.mark.parametrize("kind", ERRORS)
def test_an_exception_in_any_layer_leaves_the_state_before_the_step(layer: str, kind: str) -> None:
    plain, run = run_of(project()), run_of(project())
    expected = steps(plain, 9)
    assert steps(run, 5) == expected[:5]
    before, module = facts(run), run.network.layer(layer)
    module.forward = raises(ERRORS[kind])  # type: ignore[method-assign]
    with pytest.raises(BaseException) as raised:
        run.train_for(0.01, 1)
    assert all(torch.equal(a, b) for a, b in zip(before, facts(run), strict=True)) and run.network.training
    failure = training_failure(raised.value, run)
    assert (
        failure.what.startswith("Training stopped at step 6: ") and "The weights after step 5 are kept" in failure.kept
    )
    assert (
        failure.todo and "Traceback" not in failure.what + failure.why + failure.todo and "Traceback" in failure.details
    )
    if kind in ("bug", "value"):
        assert layer in failure.what and failure.why in ("the layer broke", "odd")
    elif kind != "exit":
        assert "not enough memory" in failure.what and layer in failure.why
    del module.forward
    assert steps(run, 4) == expected[5:]


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop", "adadelta"])
@pytest.mark.parametrize("at", [0, 3])
@pytest.mark.parametrize("what", ["backward", "optimizer"])
def test_an_exception_behind_the_forward_pass_leaves_it_too(
    monkeypatch: pytest.MonkeyPatch, what: str, at: int, optimizer: str
) -> None:
    plain, run = run_of(project(optimizer)), run_of(project(optimizer))
    expected = steps(plain, 6)
    assert steps(run, at) == expected[:at]
    with monkeypatch.context() as patch:
        if what == "backward":
            patch.setattr(torch.Tensor, "backward", raises(ERRORS["accelerator"]))
        else:
            patch.setattr(type(run.optimizer), "step", raises(ERRORS["accelerator"]))
        with pytest.raises(torch.OutOfMemoryError) as raised:
            run.train_for(0.01, 1)
    assert training_failure(raised.value, run).what == f"Training stopped at step {at + 1}: there is not enough memory."
    assert steps(run, 6 - at) == expected[at:]


def test_memory_that_ends_while_the_optimizer_makes_its_state_leaves_none_half_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain, run = run_of(project()), run_of(project())
    made, original = [], torch.zeros_like

    def zeros_like(*arguments: Any, **rest: Any) -> torch.Tensor:
        made.append(True)
        if len(made) == 3:
            raise torch.OutOfMemoryError("out of memory")
        return original(*arguments, **rest)

    run.settle()
    with monkeypatch.context() as patch:
        patch.setattr(torch, "zeros_like", zeros_like)
        with pytest.raises(torch.OutOfMemoryError):
            run.take_step()
    assert len(made) == 3 and not run.optimizer.state
    assert steps(run, 4) == steps(plain, 4)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("layer", ["linear_1", "linear_3"])
def test_a_loss_that_is_no_number_stops_before_anything_is_changed(layer: str, value: float) -> None:
    plain, run = run_of(project()), run_of(project())
    expected = steps(plain, 8)
    steps(run, 5)
    before, module = facts(run), run.network.layer(layer)
    assert isinstance(module, nn.Linear)
    module.forward = lambda x: nn.functional.linear(x, module.weight, module.bias) * value  # type: ignore[method-assign]
    with pytest.raises(LossNotFinite) as raised:
        run.train_for(0.01, 1)
    assert all(torch.equal(a, b) for a, b in zip(before, facts(run), strict=True))
    failure = training_failure(raised.value, run)
    assert "at step 6" in failure.what and failure.todo and "before step 6 are kept" in failure.kept
    del module.forward
    assert steps(run, 3) == expected[5:]


def test_an_exception_in_the_evaluation_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(project())
    monkeypatch.setattr(run.fast, "ready", lambda _: False)  # traced steps evaluate a small part inside their call
    for _ in range(run.steps_per_epoch):
        run.train_for(1.0, 1)
    with monkeypatch.context() as patch:
        patch.setattr(Network, "forward", raises(ERRORS["python"]))
        with pytest.raises(MemoryError) as raised:
            run.settle()
    failure = training_failure(raised.value, run)
    assert failure.what == f"Training stopped at the evaluation after step {run.step}: there is not enough memory."
    assert run.network.training and run.train_for(0.01, 1) == 1


def test_without_a_run_the_failure_still_has_a_sentence() -> None:
    failure = training_failure(ValueError(""), None)
    assert failure.what == "Training stopped: something unexpected happened." and failure.why == "No reason was given."
