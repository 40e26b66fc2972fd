"""Answers of the lab made by hand."""

from __future__ import annotations

import numpy as np

from engine.inspection import LabError, LabTensor, LabView
from engine.views import GraphView, Tape, TapeEvent, TensorView, frozen

SOURCE = "x = tensor(3.0, requires_grad=True)\ny = x**2\ny.backward()\nprint(x.grad)"


def tensor(name: str, values: object, grad_fn: str = "", requires: bool = False) -> TensorView:
    return TensorView(name, frozen(np.array(values, np.float32)), requires, not grad_fn, grad_fn)


def square(source: str = SOURCE, value: float = 3.0, **more: object) -> LabView:
    """x**2 at `value`, with four events on its tape."""
    x, y = tensor("x", value, requires=True), tensor("y", value**2, "<PowBackward0>", True)
    slope = tensor("x.grad", 2 * value)
    events = (
        TapeEvent(0, "forward", "tensor", "x", outputs=(x,), line=1),
        TapeEvent(1, "forward", "pow", "y", inputs=(x,), outputs=(y,), line=2),
        TapeEvent(2, "backward", "PowBackward0", "y", outputs=(slope,), node="n0", line=3),
        TapeEvent(
            3, "accumulate", "AccumulateGrad", parameter="x", inputs=(slope,), outputs=(slope,), node="n1", line=3
        ),
    )
    tape = Tape(0, 0, events, (x,), GraphView((), (), 0.0, 0.0, "none"), value**2)
    names = (LabTensor("x", x, slope, 1), LabTensor("y", y))
    given: dict[str, object] = {"printed": ((4, f"tensor({2 * value:g}.)"),), "tape": tape, **more}
    return LabView(source, names, **given)  # type: ignore[arg-type]


REFUSED = LabError(2, "This is not part of the language.", "Write something else.", "n0", "RuntimeError: no")
