"""Models that random edits led to: shapes on the arrows are those of a real forward pass, and the generated code is the model."""

from __future__ import annotations

import random
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from engine import edits, fixes
from engine.catalog import LOSSES
from engine.commands import WriteCode
from engine.edits import ENDS, EditError
from engine.fields import FieldError
from engine.spec import INPUT_ID, OUTPUT_ID, ProjectSpec
from engine.tensors.build import loss_arguments
from engine.tensors.check import check
from engine.tensors.code import write
from engine.tensors.train import Run
from tests.engine.edit_moves import EDITS, Dice, start
from tests.engine.exporters.contexts import new_run, short

SEQUENCES, LENGTH = 80, 50
MOST_FIXES = 12
MOST_PARAMETERS = 200_000
STARTS = (start(), short("digits-cnn"), short("moons"), short("residual"), short("rnn"))

# Builds every model of the file named first from its code alone and saves what it computes; engine and gui cannot be imported.
_CHILD = """
import sys, warnings
warnings.simplefilter("ignore")
sys.modules["engine"] = sys.modules["gui"] = None
import torch
torch.set_num_threads(1)
found = []
for one in torch.load(sys.argv[1], weights_only=True):
    names = {}
    exec(compile(one["source"], "model.py", "exec"), names)
    torch.manual_seed(one["seed"])
    network = names["Network"]()
    torch.manual_seed(7)
    output = network(one["x"])
    loss = getattr(torch.nn, one["loss"].rpartition(".")[2])(**one["arguments"])(output, one["y"])
    found.append({"output": output.detach(), "loss": loss.detach(), "state": dict(network.state_dict())})
torch.save(found, sys.argv[2])
"""


def repaired(project: ProjectSpec) -> ProjectSpec | None:
    """The project after the first fix of its first error, and so on, until it can be trained; None when that leads nowhere."""
    for _ in range(MOST_FIXES):
        report = check(project)
        if report.ready:
            return project if sum(report.parameters.values()) <= MOST_PARAMETERS else None
        offered = [fix for issue in report.issues if issue.severity == "error" for fix in issue.fixes]
        if not offered:
            return None
        project = fixes.apply(project, offered[0])
    return None


@cache
def models() -> tuple[ProjectSpec, ...]:
    """The valid ones among the projects at the end and in the middle of each sequence."""
    found: dict[str, ProjectSpec] = {}
    for number in range(SEQUENCES):
        draw = random.Random(number)
        project = STARTS[number % len(STARTS)]
        for step in range(LENGTH):
            name = draw.choice(sorted(EDITS))
            try:
                project = EDITS[name](project, Dice(*(draw.randrange(2**12) for _ in range(3))))
            except (EditError, FieldError):
                continue
            if step in (4, LENGTH // 2, LENGTH - 1) and (whole := repaired(project)) is not None:
                found[repr(whole.network)] = edits.set_train_value(whole, "device", "cpu")
    return tuple(found.values())


@cache
def runs() -> tuple[Run, ...]:
    return tuple(new_run(project) for project in models())


def test_enough_models_of_enough_kinds_are_among_them() -> None:
    kinds = {node.kind for project in models() for node in project.network.nodes} - set(ENDS)
    assert len(models()) >= 60
    assert len(kinds) >= 20, kinds
    assert max(len(project.network.nodes) for project in models()) >= 12
    assert any(project.network.groups for project in models())


def test_shapes_on_the_arrows_are_those_of_a_real_forward_pass() -> None:
    for run in runs():
        seen: dict[str, tuple[int, ...]] = {}

        def observe(node_id: str, _inputs: tuple[Tensor, ...], output: Tensor, seen: dict[str, Any] = seen) -> None:
            seen[node_id] = tuple(output.shape[1:])

        x, _ = run.peek_batch()
        with torch.no_grad():
            output = run.network.run(x, observe)
        shapes = dict(run.report.shapes)
        assert shapes.pop(INPUT_ID) == tuple(x.shape[1:])
        assert shapes.pop(OUTPUT_ID) == tuple(output.shape[1:])
        assert {node_id: shape for node_id, shape in shapes.items() if node_id in seen} == seen
        assert {name: parameter.numel() for name, parameter in run.network.named_parameters()}.keys() == {
            f"{node_id}.{name}" for node_id, own in run.report.parameter_shapes.items() for name, _ in own
        }


def test_generated_code_computes_the_same_in_a_fresh_process(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    asked: list[dict[str, Any]] = []
    expected: list[dict[str, Any]] = []
    for run in runs():
        torch.manual_seed(run.project.train.seed)
        run.rewind()
        x, y = run.peek_batch()
        state = {name: value.clone() for name, value in run.network.state_dict().items()}
        torch.manual_seed(7)
        with torch.no_grad():
            output = run.network(x)
            loss = run.loss_fn(output, y)
        expected.append({"output": output, "loss": loss, "state": state})
        choice = run.project.train.loss
        asked.append(
            {
                "source": write(WriteCode(run.project)).model.text,
                "seed": run.project.train.seed,
                "x": x,
                "y": y,
                "loss": LOSSES[choice.kind].torch_name,
                "arguments": loss_arguments(choice),
            }
        )
    torch.save(asked, tmp_path / "asked.pt")
    command = [sys.executable, "-P", "-c", _CHILD, str(tmp_path / "asked.pt"), str(tmp_path / "found.pt")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = torch.load(tmp_path / "found.pt", weights_only=True)
    for project, own, theirs in zip(models(), expected, found, strict=True):
        for name in ("output", "loss"):
            assert same(own[name], theirs[name]), (name, project.network)
        assert len(own["state"]) == len(theirs["state"])


def same(first: Tensor, second: Tensor) -> bool:
    """Bit for bit; a network at its wildest gives nan, and then both do."""
    return torch.equal(first, second) or torch.equal(first.nan_to_num(), second.nan_to_num())


@pytest.mark.parametrize("number", range(len(STARTS)))
def test_the_starts_are_valid(number: int) -> None:
    assert repaired(STARTS[number]) is not None
