"""`chainrule train` says what is wrong with the run."""

from __future__ import annotations

import json

import pytest

from engine.cli import main


def test_json_carries_the_verdicts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "quadratic-large", "--json"]) == 0
    (verdict,) = json.loads(capsys.readouterr().out)["verdicts"]
    assert verdict["name"] == "rate_too_high" and verdict["layers"] == []
    assert "1.1" in verdict["text"] and verdict["threshold"].startswith("Said where")
    assert verdict["fixes"] == ["Set the learning rate to 0.11", "Set the learning rate to 0.011"]


def test_a_healthy_run_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "quadratic", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdicts"] == []


def test_people_read_them_below_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "quadratic-large"]) == 0
    out = capsys.readouterr().out
    assert "Learning rate too high: The loss grew" in out and "fix: Set the learning rate to 0.11" in out
