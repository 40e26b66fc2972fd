"""`chainrule data`: a file is looked at, put into a project, and trained on."""

import json
from pathlib import Path

import numpy as np
import pytest

from engine.cli.main import main
from engine.datasets.importing import plan_of, shelf
from engine.project_file import load
from tests.engine.datasets.importing.test_arrays import evil

ROWS = 90


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    lines = ["id,size,town,kind"]
    lines += [f"{n},{rng.normal():.3f},{rng.choice(['x', 'y'])},{rng.choice(['a', 'b', 'c'])}" for n in range(ROWS)]
    lines[7] = "6,n/a,x,a"
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    shelf.forget()
    return tmp_path / "t.csv"


def test_a_file_is_described(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", str(table)]) == 0
    text = capsys.readouterr().out
    assert "90 rows, 4 columns; text table, utf-8, comma" in text
    assert "asked for: classes, 3" in text
    assert "1 missing values in “size” (first: row 7: “n/a”, “size”): their rows are left out." in text


def test_the_same_as_json(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", str(table), "--json", "--target", "size", "--ignore", "town"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [column["role"] for column in found["columns"]] == ["ignored", "target", "ignored", "feature"]
    assert found["asked_for"] == "regression"


def test_into_a_project_and_trained(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "p.chainrule"
    assert main(["data", str(table), "--into", "moons", "--out", str(out), "--missing", "fill"]) == 0
    assert "3 outputs" in capsys.readouterr().err
    plan = plan_of(load(out).project.data.source)
    assert (plan.missing, [use.role for use in plan.uses]) == ("fill", ["ignored", "feature", "feature", "target"])
    shelf.forget()
    assert main(["train", str(out), "--epochs", "1", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["train_loss"]) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--target", "colour"], "There is no column “colour”"),
        (["--into", "moons", "--out", "x.chainrule", "--ignore", "kind"], "No column is the target."),
    ],
)
def test_what_does_not_fit_is_told(
    table: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", str(table), *arguments]) == 1
    assert said in capsys.readouterr().err


def test_a_dangerous_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.npy").write_bytes(evil())
    assert main(["data", str(tmp_path / "x.npy")]) == 1
    assert "Python objects" in capsys.readouterr().err


def test_into_needs_out(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", str(table), "--into", "moons"]) == 2
    assert "belong together" in capsys.readouterr().err
