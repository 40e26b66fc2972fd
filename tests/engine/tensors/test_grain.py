"""One recording of S3 at three grains: what each shows, and that the cursor finds its place again."""

from __future__ import annotations

import json

import pytest

from engine.cli.main import main
from engine.examples import example
from engine.grain import GRAINS, Grain, at_grain, carried_over
from engine.tensors.tape import record
from engine.views import Tape
from tests.engine.tensors.projects import run_of

AUTOGRAD = [
    *("MseLossBackward0", "AddmmBackward0", "AccumulateGrad", "TBackward0", "AccumulateGrad"),
    *("SigmoidBackward0", "AddmmBackward0", "AccumulateGrad", "TBackward0", "AccumulateGrad"),
]


@pytest.fixture(scope="module")
def tape() -> Tape:
    return record(run_of(example("s3")))


def names(tape: Tape, *phases: str) -> list[str]:
    return [event.name for event in tape.events if event.phase in phases]


def test_operations_are_atens_and_autograd_stays(tape: Tape) -> None:
    fine = at_grain(tape, "operation")
    assert names(fine, "forward", "loss") == ["t", "addmm", "sigmoid", "t", "addmm", "mse_loss"]
    assert names(fine, "backward", "accumulate") == AUTOGRAD == names(tape, "backward", "accumulate")
    t, addmm = fine.events[1:3]
    assert t.outputs[0] is not None and t.outputs[0].values.tolist() == [[1.0, -1.0]]
    assert [view.name for view in addmm.inputs if view] == ["linear_1.bias", "x", "linear_1.weightᵀ"]
    assert addmm.formula == "linear_1[0, 0] = 1·1 + 1 = 2\nlinear_1[0, 1] = 1·(−1) + 2 = 1"
    assert addmm.outputs[0] is tape.events[1].outputs[0], "the layer's result is the last operation's"
    by_id = {node.id: node.title for node in tape.graph.nodes}
    made = [by_id[event.node].split("\n")[0] for event in fine.events if event.phase in ("forward", "loss")]
    assert made == [
        *("TBackward0", "AddmmBackward0", "SigmoidBackward0", "TBackward0", "AddmmBackward0", "MseLossBackward0")
    ]


def test_layers_take_their_nodes_together(tape: Tape) -> None:
    coarse = at_grain(tape, "layer")
    backward = [event for event in coarse.events if event.phase == "backward"]
    assert [(event.name, event.layer) for event in backward] == [
        *(("MseLossBackward0", "output"), ("Linear", "linear_2"), ("SigmoidBackward0", "sigmoid_1")),
        ("Linear", "linear_1"),
    ]
    given = [view.name for view in backward[1].inputs if view]
    leaving = {view.name: view.values.ravel().tolist() for view in backward[1].outputs if view}
    assert given == ["∂L/∂ŷ"] and set(leaving) == {*("∂L/∂linear_2.bias", "∂L/∂sigmoid_1", "∂L/∂linear_2.weight")}
    assert leaving["∂L/∂linear_2.weight"] == pytest.approx([-2.919113, -2.422854], abs=1e-6)
    assert leaving["∂L/∂sigmoid_1"] == pytest.approx([-3.314172, -6.628344], abs=1e-6)
    assert names(coarse, "accumulate") == ["AccumulateGrad"] * 4


@pytest.mark.parametrize("grain", GRAINS)
def test_the_cursor_finds_its_place_again(tape: Tape, grain: Grain) -> None:
    for event in tape.events:
        place = carried_over(tape, event.index, "node", grain)
        shown = at_grain(tape, grain).events[place]
        assert (shown.phase, shown.layer) == (event.phase, event.layer) or shown.phase in ("backward", "accumulate")
        back = carried_over(tape, place, grain, "node")
        assert back == event.index or (grain == "layer" and event.phase in ("backward", "accumulate"))


@pytest.mark.parametrize(("grain", "count"), [("layer", 21), ("node", 23), ("operation", 25)])
def test_the_command_line_prints_any_grain(grain: str, count: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "s3", "--json", "--grain", grain]) == 0
    events = json.loads(capsys.readouterr().out)["events"]
    assert [event["index"] for event in events] == list(range(count))
    assert ("addmm" in {event["name"] for event in events}) == (grain == "operation")
