"""`chainrule lab`: its JSON, its text, its exit codes, and figures of the notes reached through it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main
from engine.lab.templates import templates


def answer(capsys: pytest.CaptureFixture[str], file: str | Path, code: int = 0) -> Any:
    assert main(["lab", str(file), "--json"]) == code
    found = capsys.readouterr()
    assert found.err == "" and found.out.count("\n") == 1
    return json.loads(found.out)


def written(folder: Path, text: str) -> Path:
    path = folder / "text.lab"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_json_of_a_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "x = tensor(3.0, requires_grad=True)\ny = x**2\ny.backward()\nprint(x.grad)\nlr = 0.1\nz = 1 / tensor(0.0)\n"
    found = answer(capsys, written(tmp_path, text))
    assert found["tensors"]["x"] == {
        "value": 3.0,
        "grad": 6.0,
        "leaf": True,
        "requires_grad": True,
        "grad_fn": None,
        "dtype": "float32",
        "shape": [],
    }
    y = found["tensors"]["y"]
    assert (y["value"], y["grad"], y["leaf"], y["requires_grad"], y["grad_fn"]) == (
        9.0,
        None,
        False,
        True,
        "PowBackward0",
    )
    assert found["tensors"]["z"]["value"] == "inf"
    assert found["printed"] == ["tensor(6.)"] and found["errors"] == [] and found["values"] == {"lr": "0.1"}


def test_an_error_is_told_with_its_line_and_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "x = tensor([1.0, 2.0], requires_grad=True)\ny = x**2\ny.backward()\nz = 1\n")
    found = answer(capsys, path, 1)
    (error,) = found["errors"]
    assert error["line"] == 3 and "starts from one number" in error["text"] and ".sum()" in error["text"]
    assert set(found["tensors"]) == {"x", "y"}
    assert main(["lab", str(path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("chainrule: line 3: ") and said.count("\n") == 1


def test_a_refused_line_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, written(tmp_path, "x = tensor(1.0)\nimport os\n"), 1)
    assert [error["line"] for error in found["errors"]] == [2] and found["tensors"]["x"]["value"] == 1


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbfx = tensor(2.0)\nprint('x', x)\n")))
    assert main(["lab", "-"]) == 0
    assert capsys.readouterr().out.splitlines() == ["x tensor(2.)", "", "x = 2   (leaf)"]


@pytest.mark.parametrize(
    ("name", "tensor", "part", "expected"),
    [
        ("autograd_03_chain", "x", "grad", 12.0),
        ("autograd_24_in_place_data", "x", "grad", 40.0),
        ("autograd_12_vector", "x", "grad", [2.0, 4.0, 6.0]),
        ("loss_01_mse", "loss", "value", 0.030000001192092896),
        ("loss_02_cross_entropy", "loss", "value", 0.24131132662296295),
        ("loss_06_binary", "loss", "value", 0.3047555983066559),
        ("descent_07_adam", "w", "value", pytest.approx(0.6446719, abs=6e-8)),
        ("decay_03_adam_adamw", "a", "value", pytest.approx(1.700623, abs=6e-7)),
    ],
)
def test_figures_of_the_notes_through_the_command_line(
    capsys: pytest.CaptureFixture[str], name: str, tensor: str, part: str, expected: Any
) -> None:
    assert answer(capsys, name)["tensors"][tensor][part] == expected


def test_templates_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "--templates"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [each.name for each in templates()]


def test_wrong_usage_and_missing_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab"]) == 2 and "FILE" in capsys.readouterr().err
    assert main(["lab", "--no-such"]) == 2
    capsys.readouterr()
    assert main(["lab", str(tmp_path / "missing.lab")]) == 1
    assert capsys.readouterr().err.startswith("chainrule: ")
    (tmp_path / "bytes.lab").write_bytes(b"\xff\xfe\xfa")
    assert main(["lab", str(tmp_path / "bytes.lab")]) == 1
    assert "UTF-8" in capsys.readouterr().err


def test_as_people_start_it(tmp_path: Path) -> None:
    path = written(tmp_path, "x = tensor(2.0, requires_grad=True)\n(x**3).backward()\nx.__class__\n")
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli", "lab", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "x = 2   .grad = 12   (leaf, requires grad)" in done.stdout and "line 3: " in done.stderr
