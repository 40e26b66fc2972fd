"""The ledger at every moment of a tape: values, `.grad` and accumulations."""

import subprocess
import sys

import numpy as np
import pytest

from engine.ledger import BEFORE, ledger
from engine.views import GraphView, Tape, TapeEvent, TensorView, frozen


def view(name: str, *numbers: float) -> TensorView:
    return TensorView(name, frozen(np.array(numbers, dtype=np.float32)))


def tape() -> Tape:
    """Two parameters; `a` is used twice, so autograd adds to its `.grad` two times."""
    a, b = view("one.weight", 1.0, 2.0), view("two.bias", 5.0)
    events = (
        TapeEvent(0, "batch", "Batch"),
        TapeEvent(1, "accumulate", "AccumulateGrad", "one", a.name, "n1", outputs=(view("g", 0.5, 0.5),)),
        TapeEvent(2, "accumulate", "AccumulateGrad", "one", a.name, "n1", outputs=(view("g", 1.5, 0.5),)),
        TapeEvent(3, "accumulate", "AccumulateGrad", "two", b.name, "n2", outputs=(view("g", 0.0),)),
        TapeEvent(4, "update", "SGD", "one", a.name, outputs=(view(a.name, 0.85, 1.95),)),
        TapeEvent(5, "update", "SGD", "two", b.name, outputs=(view(b.name, 5.0),)),
        TapeEvent(6, "zero_grad", "zero_grad", "one", a.name),
        TapeEvent(7, "zero_grad", "zero_grad", "two", b.name),
    )
    return Tape(1, 0, events, (a, b), GraphView((), (), 0.0, 0.0, "built-in"), 2.0)


def seen(cursor: int) -> list[tuple[list[float], list[float] | None, int]]:
    return [
        (row.value.values.tolist(), None if row.grad is None else row.grad.values.tolist(), row.accumulations)
        for row in ledger(tape(), cursor)
    ]


@pytest.mark.parametrize(
    ("cursor", "first", "second"),
    [
        (BEFORE, ([1.0, 2.0], None, 0), ([5.0], None, 0)),
        (0, ([1.0, 2.0], None, 0), ([5.0], None, 0)),
        (1, ([1.0, 2.0], [0.5, 0.5], 1), ([5.0], None, 0)),
        (2, ([1.0, 2.0], [1.5, 0.5], 2), ([5.0], None, 0)),
        (3, ([1.0, 2.0], [1.5, 0.5], 2), ([5.0], [0.0], 1)),
        (6, (pytest.approx([0.85, 1.95]), None, 0), ([5.0], [0.0], 1)),
        (7, (pytest.approx([0.85, 1.95]), None, 0), ([5.0], None, 0)),
    ],
)
def test_every_moment(cursor: int, first: object, second: object) -> None:
    assert seen(cursor) == [first, second]


def test_rows_name_their_layer() -> None:
    assert [(row.name, row.layer) for row in ledger(tape(), 0)] == [("one.weight", "one"), ("two.bias", "two")]


@pytest.mark.parametrize("cursor", [-2, 8])
def test_a_cursor_beside_the_tape_is_refused(cursor: int) -> None:
    with pytest.raises(IndexError, match="8 events"):
        ledger(tape(), cursor)


def test_needs_no_torch() -> None:
    code = "import sys, engine.ledger, engine.layout, engine.graph_boxes; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
