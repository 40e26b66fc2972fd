"""What an evaluation shows: the tape in the order of events, the graph with its names, the ledger, cards and notes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.commands import RunLab
from engine.inspection import LabView
from engine.ledger import ledger
from engine.tensors.lab import evaluate, lab
from engine.views import Phase, TapeEvent
from tests.engine.tensors.lab.asking import clean, grad, only_error, run, value

CHAIN = "x = tensor(2.0, requires_grad=True)\ny = x**2\nz = 3 * y\nz.retain_grad()\nh = z + 1\nh.backward()\n"


def events(view: LabView, *phases: Phase) -> list[TapeEvent]:
    assert view.tape is not None
    return [event for event in view.tape.events if not phases or event.phase in phases]


def test_the_tape_of_a_chain() -> None:
    view = clean(CHAIN)
    told = [(event.phase, event.name, event.layer, event.line) for event in events(view)]
    assert told == [
        ("forward", "tensor", "x", 1),
        ("forward", "pow", "y", 2),
        ("forward", "mul", "z", 3),
        ("forward", "add", "h", 5),
        ("backward", "AddBackward0", "h", 6),
        ("accumulate", "retain_grad", "z", 6),
        ("backward", "MulBackward0", "z", 6),
        ("backward", "PowBackward0", "y", 6),
        ("accumulate", "AccumulateGrad", "x", 6),
    ]
    formulas = [event.formula for event in events(view)]
    assert formulas[1:] == [
        "y = 2² = 4",
        "z = 3·4 = 12",
        "h = 12 + 1 = 13",
        "∂h/∂z = 1 × 1 = 1",
        "z.grad = 1",
        "∂h/∂y = 1 × 3 = 3",
        "∂h/∂x = 3 × 2·2 = 12",
        "x.grad = 12",
    ]
    assert [event.frees for event in events(view, "backward")] == [False, True, True]


def test_names_of_what_has_no_name() -> None:
    view = clean("x = tensor([1.0, 2.0], requires_grad=True)\nloss = ((x - 1)**2).sum()\nloss.backward()")
    names = [event.outputs[0].name for event in events(view, "forward") if event.outputs[0]]
    assert names == ["x", "(x - 1)", "((x - 1)**2)", "loss"]
    first = events(view, "backward")[0]
    assert first.outputs[0] is not None and first.outputs[0].name == "∂loss/∂((x - 1)**2)"


def test_paths_that_meet_are_added() -> None:
    view = clean("x = tensor(3.0, requires_grad=True)\ny = x * x + x\ny.backward()")
    last = events(view, "accumulate")[0]
    assert last.formula == "g = 1 + 3 + 3 = 7\nx.grad = 7"
    assert "paths meet here" in last.text and grad(view, "x") == 7


def test_a_second_accumulation_shows_its_sum() -> None:
    view = clean("x = tensor(2.0, requires_grad=True)\n(x**2).backward()\n(x**3).backward()")
    assert events(view, "accumulate")[1].formula == "x.grad = 4 + 12 = 16"
    assert view.tensors[0].accumulations == 2


def test_the_graph_has_the_labs_names_and_tells_freed_nodes() -> None:
    view = evaluate(CHAIN)
    assert view.graph is not None and view.tape is not None and view.tape.graph is view.graph
    shown = {(node.kind, node.title, node.layer, node.freed) for node in view.graph.nodes}
    assert shown == {
        ("output", "h", "output", False),
        ("operation", "AddBackward0", "h", False),
        ("operation", "MulBackward0", "z", True),
        ("operation", "PowBackward0", "y", True),
        ("accumulate", "AccumulateGrad", "x", False),
        ("parameter", "x", "x", False),
    }
    power = next(node for node in view.graph.nodes if node.title == "PowBackward0")
    assert "self ()" in power.saved
    ids = {node.id for node in view.graph.nodes}
    assert all(event.node in ids for event in events(view, "backward", "accumulate"))
    kept = evaluate(CHAIN.replace("h.backward()", "h.backward(retain_graph=True)"))
    assert kept.graph is not None and not any(node.freed for node in kept.graph.nodes)


def test_the_graph_of_the_notes_network() -> None:
    """Addmm, Sigmoid, Addmm, two T, four AccumulateGrad, four leaves (figures.md, 003:272)."""
    from engine.lab.templates import template

    view = evaluate(template("autograd_31_graph").text)
    assert view.graph is not None
    titles = sorted(node.title for node in view.graph.nodes if node.kind in ("operation", "accumulate"))
    assert titles == ["AccumulateGrad"] * 4 + ["AddmmBackward0"] * 2 + ["SigmoidBackward0"] + ["TBackward0"] * 2
    assert sorted(node.title for node in view.graph.nodes if node.kind == "parameter") == ["W1", "W2", "b1", "b2"]


@pytest.mark.parametrize(
    "text",
    ["x = ones(2, 2, requires_grad=True)\ny = x * 2\nz = y[0]", "x = ones(2, 3, requires_grad=True)\ny = x.t()"],
)
def test_a_view_can_be_drawn(text: str) -> None:
    view = evaluate(text)
    assert view.errors == () and view.graph is not None and len(view.graph.nodes) >= 3


def test_a_graph_that_is_too_large_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.lab import limits

    monkeypatch.setattr(limits, "DRAWN_NODES", 2)
    assert evaluate(CHAIN).graph is None


def test_the_ledger_follows_the_lab() -> None:
    view = clean(
        "x = tensor(2.0, requires_grad=True)\n(x**2).backward()\nx.grad.zero_()\n(x**2).backward()\nx.grad = None"
    )
    assert view.tape is not None
    grads = []
    for cursor in range(len(view.tape.events)):
        (row,) = ledger(view.tape, cursor)
        shown = None if row.grad is None else float(row.grad.values)
        if not grads or grads[-1] != (shown, row.accumulations):
            grads.append((shown, row.accumulations))
    assert grads == [(None, 0), (4.0, 1), (0.0, 0), (4.0, 1), (None, 0)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("x.grad *= 0.5", (2.0, 1)),
        ("x.grad = tensor(7.0)", (7.0, 0)),
        ("x.grad.data.zero_()", (0.0, 0)),
        ("x.grad.add_(1)", (5.0, 1)),
    ],
)
def test_the_ledger_follows_changes_of_a_grad(change: str, expected: tuple[float, int]) -> None:
    view = clean(f"x = tensor(2.0, requires_grad=True)\n(x**2).backward()\n{change}")
    assert view.tape is not None
    (row,) = ledger(view.tape, len(view.tape.events) - 1)
    assert row.grad is not None and (float(row.grad.values), row.accumulations) == expected
    assert grad(view, "x") == expected[0]


def test_an_update_by_hand_and_by_an_optimizer() -> None:
    by_hand = clean("w = tensor(2.0, requires_grad=True)\n(w**2).backward()\nwith no_grad():\n    w -= 0.1 * w.grad")
    by_sgd = clean(
        "w = tensor(2.0, requires_grad=True)\nopt = SGD([w], lr=0.1)\n(w**2).backward()\nopt.step()\nopt.zero_grad()"
    )
    for view in (by_hand, by_sgd):
        (update,) = events(view, "update")
        assert update.parameter == "w" and update.inputs[0] is not None and update.outputs[0] is not None
        assert update.inputs[0].values == 2 and update.outputs[0].values == np.float32(1.6)
    assert events(by_hand, "update")[0].formula == "w = 2 − 0.4 = 1.6"
    assert events(by_sgd, "update")[0].formula == "w = 2 − 0.1·4 = 1.6"
    assert [event.parameter for event in events(by_sgd, "zero_grad")] == ["w"]


def test_lines_after_an_error_are_not_run_and_names_before_it_are_shown() -> None:
    view = run("x = tensor([1.0, 2.0], requires_grad=True)\ny = x * 2\ny.backward()\nz = x + 1")
    assert [each.name for each in view.tensors] == ["x", "y"] and [error.line for error in view.errors] == [3]


def test_statements_above_a_broken_line_are_run() -> None:
    view = run("x = tensor(2.0)\ny = x * 2\nfor i in range(2):\n    y = y + (\nz = 1")
    assert [each.name for each in view.tensors] == ["x", "y"] and value(view, "y") == 4
    assert view.errors[0].line in (4, 5)


def test_several_refused_lines_are_all_told() -> None:
    view = run("x = tensor(2.0)\nimport os\ny = x + 1\nz = lambda: 1")
    assert [error.line for error in view.errors] == [2, 4] and [each.name for each in view.tensors] == ["x"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("x = tensor([1.0, 2.0], requires_grad=True)\nx.backward()", 2, "starts from one number, but x has 2 numbers"),
        ("x = tensor(1.0)\nx.backward()", 2, "nothing to go back to"),
        ("x = tensor(2, requires_grad=True)", 1, "Whole numbers have no gradient"),
        ("x = ones(2, 3) @ ones(2, 3)", 1, "cannot be multiplied"),
        ("x = ones(2, 3) + ones(2)", 1, "do not fit each other"),
        ("x = ones(6).view(4)", 1, "another number of elements"),
        ("x = ones(6).item()", 1, "one element is a plain number"),
        ("x = ones(3)[3]", 1, "no such place"),
        ("x = tensor([1, 2])\nx += 0.5", 2, "does not fit into this tensor's kind"),
        ("x = ones(2, requires_grad=True) * 2\nopt = SGD([x], lr=0.1)", 2, "can only change leaves"),
        ("w = ones(2, requires_grad=True)\nopt = SGD(w, lr=0.1)", 2, "takes a list"),
        ("w = ones(2, requires_grad=True)\nopt = SGD([w], lr=-1)", 2, "above 0"),
        ("w = ones(2, requires_grad=True)\nopt = Adam([w], betas=(2, 0.9))", 2, "below 1"),
        ("w = ones(2, requires_grad=True)\nopt = Adam([w], lr=inf)", 2, "Learning rate must be"),
        ("x = ones(2)\ny = x.grad * 2", 2, "None"),
        ("x = ones(2)\nx.grad.zero_()", 2, "None"),
        ("x = ones(2)\nx.retain_grad()", 2, "needs a tensor that autograd follows"),
        ("y = x + 1", 1, "x has no value yet"),
        ("a = 1\na.sum()", 2, "plain number"),
        ("p = tensor([1.5])\nbinary_cross_entropy(p, tensor([1.0]))", 2, "between 0 and 1"),
        ("cross_entropy(tensor([[1.0, 2.0]]), tensor([3]))", 1, "no such place"),
        ("relu(2.0)", 1, "cannot work with these arguments"),
        ("x = 1 / 0", 1, "divided by zero"),
        ("jacobian(ones(2), ones(2))", 1, "not computed from a tensor"),
        ("a, b = 1, 2, 3", 1, "2 names need 2 values"),
    ],
)
def test_errors_are_cards(text: str, line: int, words: str) -> None:
    error = only_error(text)
    assert error.line == line and words in error.text, error
    assert "Traceback" not in error.text + error.why


def test_torchs_own_words_are_kept() -> None:
    error = only_error("x = tensor([1.0, 2.0], requires_grad=True)\ny = x * 2\ny.backward()")
    assert "grad can be implicitly created only for scalar outputs" in error.details
    assert "y.sum().backward()" in error.why


def test_a_failed_pass_names_its_node_and_what_was_freed() -> None:
    view = evaluate("x = tensor(2.0, requires_grad=True)\ny = x + 1\nz = y**2\nh = z + 1\nh.backward()\nh.backward()")
    (error,) = view.errors
    assert "PowBackward0 (of z)" in error.text and "had saved self ()" in error.why and "retain_graph=True" in error.why
    assert view.graph is not None
    assert next(node for node in view.graph.nodes if node.id == error.node).title == "PowBackward0"
    assert [event.name for event in events(view, "backward")][
        -1
    ] == "AddBackward0"  # it had run before the other failed


def test_a_second_pass_that_works_is_explained() -> None:
    view = clean("x = tensor(2.0, requires_grad=True)\ny = x + 1\ny.backward()\ny.backward()")
    assert grad(view, "x") == 2 and view.notes[0][0] == 4 and "Add saved no tensor" in view.notes[0][1]
    quiet = clean("x = tensor(2.0, requires_grad=True)\ny = x**2\ny.backward(retain_graph=True)\ny.backward()")
    assert quiet.notes == ()


def test_random_numbers_are_repeatable_and_the_run_keeps_its_own() -> None:
    torch.manual_seed(11)
    state = torch.get_rng_state()
    one, other = clean("x = randn(3)"), clean("x = randn(3)")
    assert np.array_equal(value(one, "x"), value(other, "x"))
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(5)
    assert np.array_equal(value(clean("manual_seed(5)\nx = randn(3)"), "x"), torch.randn(3).numpy())


def test_what_is_shown_cannot_be_changed_and_does_not_change() -> None:
    view = clean("x = tensor([1.0, 2.0])\nx += 1\nx[0] = 9")
    made = events(view)[0].outputs[0]
    assert made is not None and made.values.tolist() == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        made.values[0] = 5


def test_numbers_changed_behind_autograds_back_are_seen() -> None:
    view = clean("x = tensor([1.0, 2.0])\nd = x.detach()\nd[0] = 7\ny = x + 0\nx.data[1] = 8\nz = x + 0")
    assert value(view, "y").tolist() == [7, 2] and value(view, "z").tolist() == [7, 8]
    shown = [event.inputs[0] for event in events(view, "forward") if event.name == "add"]
    assert [each.values.tolist() for each in shown if each] == [[7, 2], [7, 8]]


def test_values_that_are_no_tensors() -> None:
    view = clean(
        "x = ones(2, 3)\na = x.shape\nb = a[0] * 2\nc = x.sum().item()\nopt = SGD([x], lr=0.5)\nf = nn.MSELoss()"
    )
    assert dict(view.values) == {
        "a": "torch.Size([2, 3])",
        "b": "4",
        "c": "6.0",
        "opt": "SGD(lr=0.5)",
        "f": "MSELoss()",
    }


def test_a_broadcast_loss_and_mixed_kinds_are_noted() -> None:
    view = clean("a = ones(3, 1)\nloss = mse_loss(a, ones(3))\nb = ones(2) + ones(2, dtype=float64)")
    assert [line for line, _ in view.notes] == [2, 3]
    assert "different shapes" in view.notes[0][1] and "float64" in view.notes[1][1]


def test_the_engines_entry() -> None:
    view = lab(RunLab("x = tensor(1.0)", draw=False))
    assert value(view, "x") == 1 and view.graph is None
