"""Questions about the coming step, and who answers each: one line an inquiry. The answer goes into its slot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from engine.commands import (
    ArrangeGraph,
    Exercise,
    Inquiry,
    LookAtDropout,
    OpenLens,
    Prove,
    RunLab,
    Survey,
    TakeApart,
    TakeJacobian,
)
from engine.mailbox import Slot
from engine.tensors.train import Run


@dataclass(frozen=True, slots=True)
class Answerer:
    """A function `(inquiry, run) -> value`, imported when it is first asked: the engine is to be ready soon.

    Where `needs_run` is off the inquiry is not about a run, and the function takes the inquiry alone.
    """

    slot: Slot
    module: str
    function: str
    trouble: str
    needs_run: bool = True

    def answer(self, inquiry: Inquiry, up_to_date: Callable[[], Run]) -> object:
        """What goes into the slot. The run must stay as it is."""
        function = getattr(import_module(self.module), self.function)
        return function(inquiry, up_to_date()) if self.needs_run else function(inquiry)


ANSWERERS: dict[type[Any], Answerer] = {
    TakeApart: Answerer("tape", "engine.tensors.tape", "take_apart", "The step could not be taken apart."),
    ArrangeGraph: Answerer(
        "picture", "engine.graph_picture", "arrange", "The graph could not be laid out anew.", needs_run=False
    ),
    RunLab: Answerer("lab", "engine.tensors.lab", "lab", "The lab's text could not be run.", needs_run=False),
    Exercise: Answerer("workbench", "engine.tensors.workbench", "exercise", "That part of the step could not be done."),
    Prove: Answerer("proof", "engine.tensors.prove", "prove", "The gradient could not be checked."),
    TakeJacobian: Answerer("jacobian", "engine.tensors.jacobian", "jacobian", "The Jacobian could not be taken."),
    OpenLens: Answerer("lens", "engine.tensors.lens", "lens", "The update could not be taken apart."),
    Survey: Answerer("landscape", "engine.tensors.landscape", "survey", "The loss surface could not be drawn."),
    LookAtDropout: Answerer("dropout", "engine.tensors.dropout", "dropout", "The dropout mask could not be drawn."),
}
