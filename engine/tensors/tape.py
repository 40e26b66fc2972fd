"""The tape: one whole training step of the real model, recorded once on a copy, so that stepping only moves a cursor.

Batch → each layer → loss, and penalty where there is one → each autograd node in autograd's own order → each `.grad` → clipping where
there is any → each update → zero_grad.
Looking never changes the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.commands import TakeApart
from engine.tensors.copies import StepCopy, undisturbed
from engine.tensors.narration import Narrator
from engine.tensors.recorder import Recorder
from engine.views import Tape

if TYPE_CHECKING:
    from engine.tensors.train import Run


def record(run: Run) -> Tape:
    """Take the run's coming step on a copy and write down every moment of it. Engine thread only; the run is not moved.

    The numbers are exactly those that `run.take_step()` will come to. Tensors are copied in their own dtype.
    """
    with undisturbed(run):
        step = StepCopy.of(run)
        recorder = Recorder(step, Narrator(run.project))
        parameters = recorder.parameters()
        recorder.batch()
        recorder.forward()
        assert recorder.nodes is not None and step.data_loss is not None
        loss = step.data_loss.item()  # LBFGS computes others while it updates
        if recorder.nodes.order:  # else the loss has no grad_fn: there is nothing that could be learned
            recorder.backward()
        recorder.clip()
        recorder.update()
        recorder.zero_grad()
        events = tuple(recorder.events)
        return Tape(
            run.generation,
            run.step,
            events,
            parameters,
            recorder.graph,
            loss,
            step.network.training,
            values=recorder.values,
            operations=recorder.operations,
        )


def take_apart(_: TakeApart, run: Run) -> Tape:
    """Answer the inquiry with the tape of the coming step."""
    return record(run)
