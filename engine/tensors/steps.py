"""The training step itself, in the order of the textbook: batch, zero_grad, forward, loss, backward, clip, update, schedule."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from engine.catalog import OPTIMIZERS
from engine.metrics import PENALTY
from engine.tensors.build import runs_fused
from engine.tensors.devices import random_state
from engine.tensors.lbfgs import remembered, takes_closure
from engine.tensors.objective import clip, penalty_of
from engine.tensors.schedule import reschedule

if TYPE_CHECKING:
    from engine.tensors.train import Run

_HALTS = ("sgd", "adam", "adamw")
"""Optimizers whose fused form skips an update by itself when `found_inf` says so (torch.amp uses the same door)."""


class LossNotFinite(ArithmeticError):  # noqa: N818 - it is told to the learner, not to a developer
    """The loss of step `step` became `value`; the optimizer was not called and the run stands before that step."""

    def __init__(self, step: int, value: float) -> None:
        super().__init__(f"the loss became {value} at step {step}")
        self.step = step
        self.value = value


def textbook_step(run: Run) -> float:
    """One step on the coming batch. Returns the loss of the data, which is looked at before anything is changed by it.

    In this order: take the batch; forget the gradients; forward; the loss, and the penalty on the weights beside it; backward
    from their sum; clip the gradients; let the optimizer move the weights; let the schedule move the learning rate; record.
    This is the one place that says what a step is: every faster path comes to the same numbers.

    Raises:
        LossNotFinite: weights, optimizer, batch order and random state are as before.
        Exception: what a layer, the loss or the memory raised; the same holds.
    """
    kept, random = [buffer.clone() for buffer in run.buffers], random_state(run.device) if run.random else None
    try:
        return _closure_step(run) if takes_closure(run.optimizer) else _step(run)
    except BaseException:
        _put_buffers_back(run, kept)
        run.rng = random or run.rng
        if run.step == 0:
            run.optimizer.state.clear()  # half made, should the memory have ended while it was
        raise


def _step(run: Run) -> float:
    train = run.project.train
    x, y = run.peek_batch()
    run.optimizer.zero_grad(set_to_none=True)
    output = run.network(x)
    loss: Tensor = run.loss_fn(output, y)
    penalty = penalty_of(run.network, train)
    objective = loss if penalty is None else loss + penalty
    value = loss.item()
    worth = value if penalty is None else objective.item()
    if not math.isfinite(worth):
        raise LossNotFinite(run.step + 1, worth)
    objective.backward()  # type: ignore[no-untyped-call]
    clip(train.clipping, run.network.parameters())
    run.optimizer.step()
    run.schedule.step_done()
    if penalty is not None:
        run.log.append(PENALTY, run.step + 1, penalty.item())
    run.moved(value, output.detach(), y)
    return value


def _closure_step(run: Run) -> float:
    """The same with an optimizer that asks for loss and gradients itself, as often as it likes: LBFGS.

    What is recorded is what it is told first, before anything moved.

    Raises:
        LossNotFinite: one of the losses that it asked for; weights and memory are as before the step.
    """
    train, bring_back = run.project.train, remembered(run.optimizer)
    x, y = run.peek_batch()
    first: list[tuple[float, float | None, Tensor]] = []

    def closure() -> Tensor:
        run.optimizer.zero_grad(set_to_none=True)
        output = run.network(x)
        loss: Tensor = run.loss_fn(output, y)
        penalty = penalty_of(run.network, train)
        objective = loss if penalty is None else loss + penalty
        if not math.isfinite(objective.item()):
            raise LossNotFinite(run.step + 1, objective.item())
        objective.backward()  # type: ignore[no-untyped-call]
        clip(train.clipping, run.network.parameters())
        if not first:
            first.append((loss.item(), None if penalty is None else penalty.item(), output.detach()))
        return objective

    try:
        run.optimizer.step(closure)  # type: ignore[arg-type]
    except BaseException:
        bring_back()
        raise
    run.schedule.step_done()
    ((value, penalty, output),) = first
    if penalty is not None:
        run.log.append(PENALTY, run.step + 1, penalty)
    run.moved(value, output, y)
    return value


def steps_without_waiting(run: Run) -> bool:
    """On CUDA a step need not wait for its loss where the optimizer itself can skip an update on the device."""
    train, kind = run.project.train, run.project.train.optimizer.kind
    plain = train.clipping.kind == "none" and not (train.l1 or train.l2)
    return plain and run.device.type == "cuda" and kind in _HALTS and runs_fused(OPTIMIZERS[kind], run.device.type)


def queued_steps(run: Run, count: int) -> None:
    """`count` textbook steps inside one epoch without waiting for the device; their losses are fetched once, at the end.

    From the first loss on that is not finite, `found_inf` makes the fused optimizer skip every update.

    Raises:
        LossNotFinite: the steps before it are done and recorded, no later one has changed a weight.
    """
    kept = [buffer.clone() for buffer in run.buffers]
    halted = torch.zeros((), device=run.device)
    losses, outputs, targets = list[Tensor](), list[Tensor](), list[Tensor]()
    optimizer: Any = run.optimizer
    optimizer.grad_scale, optimizer.found_inf = None, halted
    try:
        for ahead in range(count):
            x, y = run.peek_batch(ahead)
            optimizer.zero_grad(set_to_none=True)
            output = run.network(x)
            loss: Tensor = run.loss_fn(output, y)
            halted.logical_or_(loss.detach().isfinite().logical_not())
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            run.schedule.step_done()
            losses.append(loss.detach())
            outputs.append(output.detach())
            targets.append(y)
    finally:
        del optimizer.grad_scale, optimizer.found_inf
    for value, output, y in zip(torch.stack(losses).tolist(), outputs, targets, strict=True):
        if not math.isfinite(value):
            _put_buffers_back(run, kept)
            if run.step == 0:
                optimizer.state.clear()  # a skipped first step leaves momentum that was never written
            reschedule(run)
            raise LossNotFinite(run.step + 1, value)
        run.moved(value, output, y)


def _put_buffers_back(run: Run, kept: list[Tensor]) -> None:
    """The forward pass of the step that failed moved BatchNorm's running mean and variance."""
    for buffer, before in zip(run.buffers, kept, strict=True):
        buffer.copy_(before)
