"""`--set`: the settings of a training from the command line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine import edits
from engine.cli import main
from engine.cli.settings import setting, with_settings
from engine.project_file import save
from tests.engine.exporters.contexts import short
from tests.engine.exporters.scripts import losses_of


def test_a_training_with_settings_is_the_project_with_them(capsys: pytest.CaptureFixture[str]) -> None:
    project = edits.choose_part(short("xor"), "schedule", "multi_step")
    project = edits.set_part_value(project, "schedule", "milestones", (1,))
    project = edits.set_part_value(project, "optimizer", "lr", 0.125)
    settings = ["schedule=multi_step", "schedule.milestones=1", "lr=0.125", "epochs=2", "device=cpu"]
    assert main(["train", "xor", "--json", *(part for each in settings for part in ("--set", each))]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["train_loss"] == losses_of(project)["train_loss"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=1", 1),
        ("a=0.5", 0.5),
        ("a=true", True),
        ("a=none", None),
        ("a=3,5", (3, 5)),
        ("a=step", "step"),
    ],
)
def test_values(text: str, value: Any) -> None:
    assert setting(text) == ("a", value)


def test_numbers_for_a_list_and_none_for_auto() -> None:
    project = with_settings(short("xor"), [("schedule", "cosine"), ("schedule.T_max", 7), ("schedule.T_max", None)])
    assert project.train.schedule.get("T_max") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("schedule=sideways", "there is no schedule “sideways”; there are: constant, step"),
        ("schedule.gamma=0.5", "the schedule constant has no setting “gamma”; it has: none"),
        ("lr=-1", "Learning rate must be a number above 0"),
        ("nothing.at=1", "there is no setting “nothing.at”"),
        ("lr", "is not NAME=VALUE"),
    ],
)
def test_what_is_wrong_is_told_as_wrong_usage(capsys: pytest.CaptureFixture[str], text: str, told: str) -> None:
    assert main(["train", "xor", "--set", text]) == 2
    assert told in capsys.readouterr().err


def test_info_names_the_schedule(capsys: pytest.CaptureFixture[str], tmp_path: Any) -> None:
    path = save(tmp_path / "a", edits.choose_part(short("xor"), "schedule", "exponential"))
    assert main(["info", str(path)]) == 0
    assert "schedule    Exponential" in capsys.readouterr().out


def test_a_training_that_stops_early_ends_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    settings = ["stopping=early", "stopping.patience=1", "stopping.min_delta=0.5", "epochs=50"]
    assert main(["train", "xor", "--json", *(part for each in settings for part in ("--set", each))]) == 0
    found = capsys.readouterr()
    result = json.loads(found.out)
    assert result["epochs"] < 50 and result["stopped"].startswith(f"Stopped early after epoch {result['epochs']}")
    assert result["stopped"] in found.err
