"""The ledger of the tape: every parameter and retained value with its `.grad` at one moment; which nodes are freed."""

from __future__ import annotations

from dataclasses import replace

from engine.views import LedgerRow, Tape, TapeEvent, TensorView

BEFORE = -1
"""The cursor before the first event."""


def ledger(tape: Tape, cursor: int) -> tuple[LedgerRow, ...]:
    """One row per parameter, in the model's order, after event number `cursor` has happened; -1 is before everything.

    Below them one row per intermediate value of `tape.retained`, from the moment on at which it was first computed. `grad` is None
    until a gradient was accumulated and again after zero_grad, or zeros when zero_grad was told so. `accumulations` counts how
    often autograd added to `.grad` since then.

    Raises:
        IndexError: the tape has no such event.
    """
    happened = _until(tape, cursor)
    rows = {
        parameter.name: _Row(LedgerRow(parameter.name, _layer(parameter), parameter, None, 0))
        for parameter in tape.parameters
    }
    retained = dict.fromkeys(tape.retained)
    for event in happened:
        made = event.outputs[0] if event.phase == "forward" and event.outputs else None
        if made is not None and made.name in retained:  # another forward pass makes another tensor, without a .grad
            rows.pop(made.name, None)
            rows[made.name] = _Row(LedgerRow(made.name, event.layer, made, None, 0, retained=True))
        elif event.parameter in rows:
            rows[event.parameter].follow(event)
        elif event.parameter.removesuffix(".grad") in rows:  # Graph Lab: a .grad that is changed by hand
            rows[event.parameter.removesuffix(".grad")].change_grad(event)
    return tuple(row.shown for row in rows.values())


def freed(tape: Tape, cursor: int) -> frozenset[str]:
    """Ids of the graph nodes whose saved tensors are gone after event number `cursor`. A forward pass makes a new graph.

    Raises:
        IndexError: the tape has no such event.
    """
    gone: set[str] = set()
    for event in _until(tape, cursor):
        if event.phase == "loss":
            gone.clear()
        elif event.frees:
            gone.add(event.node)
    return frozenset(gone)


def _until(tape: Tape, cursor: int) -> tuple[TapeEvent, ...]:
    if not BEFORE <= cursor < len(tape.events):
        raise IndexError(f"event {cursor} is not on a tape of {len(tape.events)} events")
    return tape.events[: cursor + 1]


def _layer(parameter: TensorView) -> str:
    return parameter.name.rpartition(".")[0]


class _Row:
    """One tensor on its way through the events."""

    def __init__(self, start: LedgerRow) -> None:
        self.shown = start

    def change_grad(self, event: TapeEvent) -> None:
        count = 0 if event.name == "set_grad" else self.shown.accumulations
        self.shown = replace(self.shown, grad=event.outputs[0], accumulations=count)

    def follow(self, event: TapeEvent) -> None:
        after = event.outputs[0] if event.outputs else None
        if event.phase == "forward" and after is not None:  # the Graph Lab makes the leaf anew
            self.shown = replace(self.shown, value=after, grad=None, accumulations=0)
        elif event.phase == "accumulate":
            self.shown = replace(self.shown, grad=after, accumulations=self.shown.accumulations + 1)
        elif event.phase == "clip":
            self.shown = replace(self.shown, grad=after)
        elif event.phase == "update" and after is not None:
            self.shown = replace(self.shown, value=after)
        elif event.phase == "zero_grad":
            self.shown = replace(self.shown, grad=after, accumulations=0)
