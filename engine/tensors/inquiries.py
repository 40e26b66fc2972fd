"""Questions about the coming step, and who answers each: one line an inquiry. The answer goes into its slot."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from engine.commands import (
    ArrangeGraph,
    Exercise,
    GiveUp,
    Inquiry,
    LookAtDropout,
    LookAtSpread,
    LookAtTraining,
    LookAtWeights,
    LookThrough,
    OpenLens,
    Prove,
    RunLab,
    Survey,
    TakeApart,
    TakeJacobian,
    WriteCode,
)
from engine.mailbox import Mailbox, Slot
from engine.tensors.failures import command_failure
from engine.tensors.train import Run
from engine.views import Progress


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
    WriteCode: Answerer("code", "engine.tensors.code", "write", "The code could not be written.", needs_run=False),
    LookAtSpread: Answerer(
        "spread", "engine.tensors.spread", "look", "The spread could not be drawn.", needs_run=False
    ),
    LookAtWeights: Answerer(
        "weights", "engine.tensors.weights", "look", "The initial weights could not be drawn.", needs_run=False
    ),
    LookAtTraining: Answerer(
        "training", "engine.tensors.preview", "look", "The learning rate could not be drawn.", needs_run=False
    ),
    LookThrough: Answerer(
        "preview", "engine.tensors.reading", "look_through", "The file could not be looked through.", needs_run=False
    ),
    LookAtDropout: Answerer("dropout", "engine.tensors.dropout", "dropout", "The dropout mask could not be drawn."),
}


class Inquirer:
    """Puts the answers into their slots. An answer that takes long comes as a generator: it is worked on in pieces.

    Of one kind only the newest question counts; one that was asked before gets no answer. The kind asked last comes first.
    """

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._long: dict[Slot, tuple[Answerer, Generator[float | None, None, object]]] = {}

    @property
    def busy(self) -> bool:
        """Whether an answer is still being worked on."""
        return bool(self._long)

    def ask(self, inquiry: Inquiry, up_to_date: Callable[[], Run]) -> None:
        """Answer at once, or begin to. What goes wrong at once is raised."""
        answerer = ANSWERERS[type(inquiry)]
        answer = answerer.answer(inquiry, up_to_date)
        if isinstance(answer, Generator):
            self._long.pop(answerer.slot, None)
            self._long[answerer.slot] = answerer, answer
        else:
            self._mailbox.put(answerer.slot, answer)

    def go_on(self, seconds: float) -> None:
        """Work on the newest long answer for about so long; what goes wrong is told and ends it."""
        if not self._long:
            return
        answerer, pieces = next(reversed(self._long.values()))
        start = time.perf_counter()
        try:
            share: float | None = None
            while time.perf_counter() - start < seconds:
                share = next(pieces)
            if share is not None:
                self._mailbox.put("progress", Progress("preview", "", share))
        except StopIteration as end:
            self._end(answerer.slot)
            self._mailbox.put(answerer.slot, end.value)
        except Exception as error:  # noqa: BLE001 - a question that cannot be answered leaves everything else alone
            self._end(answerer.slot)
            self._mailbox.post(command_failure(error, answerer.trouble))

    def drop(self, command: GiveUp) -> None:
        """Work no longer on the answer for this slot."""
        self._end(command.slot)

    def _end(self, slot: Slot) -> None:
        if self._long.pop(slot, None) is not None and slot == "preview":
            self._mailbox.put("progress", None)

    def give_up(self) -> None:
        """The run they were about is gone."""
        for slot in tuple(self._long):
            self._end(slot)
