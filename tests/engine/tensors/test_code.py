"""The code pane's text: the exporter's own, with the lines of every layer."""

from __future__ import annotations

import random

import pytest
import torch

from engine import edits
from engine.commands import WriteCode
from engine.examples import EXAMPLES, example
from engine.exporters.context import ExportContext
from engine.exporters.script import render
from engine.tensors.check import check
from engine.tensors.code import write
from tests.engine.tensors.random_dags import random_dag


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_located_line_by_line(name: str) -> None:
    project = example(name)
    view = write(WriteCode(project))
    assert view.script is not None
    assert view.script.text == render(ExportContext(project, check(project)), ".py").decode()
    for code in (view.model, view.script):
        lines = code.text.split("\n")
        assert set(code.lines) == {node.id for node in project.network.nodes}
        for node_id, numbers in code.lines.items():
            assert numbers and all(1 <= number <= len(lines) for number in numbers)
            for number in numbers:
                assert code.node_at(number) == node_id, "a line belongs to one layer"
            if node_id not in edits.ENDS and project.network.node(node_id).kind not in ("add", "concat", "reshape"):
                assert lines[numbers[0] - 1].strip().startswith(f"self.{node_id} = nn.")
                assert any(f"self.{node_id}(" in lines[number - 1] for number in numbers[1:])
        assert code.node_at(1) == "" and code.node_at(len(lines) + 5) == ""


def test_the_model_runs_and_is_the_network() -> None:
    draw = random.Random(5)
    for _ in range(20):
        project = random_dag(draw)
        space: dict[str, object] = {}
        exec(write(WriteCode(project)).model.text, space)
        network = space["Network"]()  # type: ignore[operator]
        assert isinstance(network, torch.nn.Module)
        assert sum(p.numel() for p in network.parameters()) == check(project).total


def test_a_draft_says_at_the_layer_what_is_wrong() -> None:
    project = edits.set_value(example("digits"), "linear_1", "in_features", 7)
    view = write(WriteCode(project))
    assert view.script is None
    lines = view.model.text.split("\n")
    issue = next(issue for issue in check(project).issues if issue.node == "linear_1")
    first, *_, last = view.model.lines["linear_1"]
    assert lines[first - 1].strip() == f"# {issue.text}"
    assert lines[last - 1].strip() == "# self.linear_1 = nn.Linear(…): does not fit"
    assert "self.relu_1" in lines[view.model.lines["relu_1"][0] - 1]


def test_a_network_that_runs_but_cannot_be_trained_is_written_with_the_reason() -> None:
    project = edits.set_value(example("digits"), "linear_2", "out_features", 3)
    view = write(WriteCode(project))
    assert view.script is None
    assert "# The network has 3 outputs, but the data has 10 classes" in view.model.text
    assert view.model.lines["linear_2"] and "class Network(nn.Module):" in view.model.text


def test_an_empty_network_has_a_text_too() -> None:
    project = edits.remove_nodes(example("xor"), [node.id for node in example("xor").network.nodes])
    assert "class Network" in write(WriteCode(project)).model.text
