"""`chainrule weights`: torch's own draw on standard output, single weights set by hand, the project written with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from engine.cli import main
from engine.examples import example
from engine.project_file import load


def drawn(name: str = "moons") -> torch.Tensor:
    torch.manual_seed(example(name).train.seed)
    return torch.nn.Linear(2, 8).weight.detach()


def test_the_parameters_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["weights", "moons", "--set", "linear_2.bias[3]=1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["linear_1.weight", "8×2"]
    assert lines[3].split() == ["linear_2.bias", "8", "1", "set", "by", "hand"]


def test_one_is_printed_with_what_is_set_and_the_project_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = str(tmp_path / "mine.chainrule")
    assert main(["weights", "moons", "linear_1.weight", "--set", "linear_1.weight[3, 1]=0.1", "--out", out]) == 0
    rows = [[float(x) for x in line.split("\t")] for line in capsys.readouterr().out.splitlines()]
    expected = drawn().clone()
    expected[3, 1] = 0.1
    assert torch.equal(torch.tensor(rows), expected)
    assert dict(load(out).project.network.node("linear_1").weights)["weight"][3] == (None, 0.1)
    assert main(["weights", out, "--json"]) == 0
    assert torch.equal(torch.tensor(json.loads(capsys.readouterr().out)["weights"]["linear_1.weight"]), expected)


def test_kernels_are_printed_slice_by_slice(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["weights", "digits-cnn", "conv2d_1.weight"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "[0, 0]" and lines[4] == "[1, 0]" and len(lines) == 8 * 4


@pytest.mark.parametrize(
    ("setting", "code", "told"),
    [
        ("linear_9.weight[0]=1", 1, "There is no parameter linear_9.weight. The network has: linear_1.weight"),
        ("linear_1.weight[8,0]=1", 1, "has the shape 8×2, so there is no linear_1.weight[8, 0]"),
        ("linear_1.weight[0,0]=nan", 2, "finite number"),
        ("linear_1.weight", 2, "write it as linear_1.weight[0, 1] = 0.5"),
    ],
)
def test_what_cannot_be_set(capsys: pytest.CaptureFixture[str], setting: str, code: int, told: str) -> None:
    assert main(["weights", "moons", "--set", setting]) == code
    assert told in capsys.readouterr().err
