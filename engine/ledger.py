"""The ledger of the tape: every parameter with its value and its `.grad` at one moment of a training step."""

from __future__ import annotations

from engine.views import LedgerRow, Tape, TapeEvent, TensorView

BEFORE = -1
"""The cursor before the first event."""


def ledger(tape: Tape, cursor: int) -> tuple[LedgerRow, ...]:
    """One row per parameter, in the model's order, after event number `cursor` has happened; -1 is before everything.

    `grad` is None until a gradient was accumulated and again after zero_grad. `accumulations` counts how often autograd
    added to `.grad` since it was None.

    Raises:
        IndexError: the tape has no such event.
    """
    if not BEFORE <= cursor < len(tape.events):
        raise IndexError(f"event {cursor} is not on a tape of {len(tape.events)} events")
    rows = {parameter.name: _Row(parameter) for parameter in tape.parameters}
    for event in tape.events[: cursor + 1]:
        if event.parameter in rows:
            rows[event.parameter].follow(event)
    return tuple(row.shown() for row in rows.values())


class _Row:
    """One parameter on its way through the events."""

    def __init__(self, value: TensorView) -> None:
        self._value = value
        self._grad: TensorView | None = None
        self._accumulations = 0

    def follow(self, event: TapeEvent) -> None:
        if event.phase == "accumulate":
            self._grad = event.outputs[0]
            self._accumulations += 1
        elif event.phase == "update" and event.outputs[0] is not None:
            self._value = event.outputs[0]
        elif event.phase == "zero_grad":
            self._grad, self._accumulations = None, 0

    def shown(self) -> LedgerRow:
        name = self._value.name
        return LedgerRow(name, name.rpartition(".")[0], self._value, self._grad, self._accumulations)
