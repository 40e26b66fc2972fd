"""Every number of the course's reference network (figures.md), as the tape shows it."""

from __future__ import annotations

import numpy as np
import pytest

from engine.tensors.tape import record
from engine.views import Phase, Tape, TapeEvent
from tests.engine.tensors.projects import run_of, s3


def of_phase(tape: Tape, *phases: Phase) -> list[TapeEvent]:
    return [event for event in tape.events if event.phase in phases]


@pytest.fixture(scope="module")
def tape() -> Tape:
    return record(run_of(s3()))


def test_forward(tape: Tape) -> None:
    hidden, active, out = (event.outputs[0] for event in of_phase(tape, "forward"))
    assert hidden is not None and active is not None and out is not None
    assert hidden.values.tolist() == [[2.0, 1.0]]
    assert active.values == pytest.approx(np.array([[0.880797, 0.731059]]), abs=5e-7)
    assert out.values == pytest.approx(np.array([[1.342914]]), abs=5e-7)
    assert tape.loss == pytest.approx(2.745934, abs=5e-7)


def test_the_ten_backward_events(tape: Tape) -> None:
    expected: list[tuple[str, list[list[float] | None]]] = [
        ("MseLossBackward0", [[-3.314172], None]),
        ("AddmmBackward0", [[-3.314172], [-3.314172, -6.628344], [-2.919113, -2.422854]]),
        ("AccumulateGrad", [[-3.314172]]),
        ("TBackward0", [[-2.919113, -2.422854]]),
        ("AccumulateGrad", [[-2.919113, -2.422854]]),
        ("SigmoidBackward0", [[-0.347967, -1.303211]]),
        ("AddmmBackward0", [[-0.347967, -1.303211], None, [-0.347967, -1.303211]]),
        ("AccumulateGrad", [[-0.347967, -1.303211]]),
        ("TBackward0", [[-0.347967, -1.303211]]),
        ("AccumulateGrad", [[-0.347967, -1.303211]]),
    ]
    events = of_phase(tape, "backward", "accumulate")
    assert [event.name for event in events] == [name for name, _ in expected]
    for event, (_, numbers) in zip(events, expected, strict=True):
        got = [None if each is None else each.values.ravel() for each in event.outputs]
        assert [each is None for each in got] == [each is None for each in numbers]
        for one, other in zip(got, numbers, strict=True):
            assert one is None or one == pytest.approx(np.array(other), abs=6e-7)


def test_the_leaves_in_order(tape: Tape) -> None:
    leaves = [event.parameter for event in of_phase(tape, "accumulate")]
    assert leaves == ["linear_2.bias", "linear_2.weight", "linear_1.bias", "linear_1.weight"]


def test_the_update(tape: Tape) -> None:
    after = {event.parameter: event.outputs[0] for event in of_phase(tape, "update")}
    expected = {
        "linear_1.weight": [[1.034797], [-0.869679]],
        "linear_1.bias": [1.034797, 2.130321],
        "linear_2.weight": [[1.291911, 2.242285]],
        "linear_2.bias": [-0.668583],
    }
    for name, numbers in expected.items():
        view = after[name]
        assert view is not None and view.values == pytest.approx(np.array(numbers), abs=6e-7)


def test_formulas_have_the_numbers_put_in(tape: Tape) -> None:
    lines = [line for event in tape.events for line in event.formula.splitlines()]
    for line in (
        "ŷ = 0.880797·1 + 0.731059·2 + (−1) = 1.342914",
        "L = (1.342914 − 3)²/1 = 2.745934",
        "∂L/∂ŷ = 1 × 2·(1.342914 − 3)/1 = −3.314172",
        "∂L/∂linear_1[0, 0] = −3.314172 × 0.880797·(1 − 0.880797) = −0.347967",
        "linear_1.weight[0, 0] = 1 − 0.1·(−0.347967) = 1.034797",
    ):
        assert line in lines


def test_layers(tape: Tape) -> None:
    layers = [event.layer for event in of_phase(tape, "backward", "accumulate")]
    assert layers == ["output", *["linear_2"] * 4, "sigmoid_1", *["linear_1"] * 4]


def test_phases_and_numbers(tape: Tape) -> None:
    assert [event.index for event in tape.events] == list(range(23))
    assert [event.phase for event in tape.events if event.phase not in ("backward", "accumulate")] == [
        "batch",
        *["forward"] * 3,
        "loss",
        *["update"] * 4,
        *["zero_grad"] * 4,
    ]
