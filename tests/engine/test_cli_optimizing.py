"""The course's figures about optimizers and weight decay, read off the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main
from engine.examples import example
from engine.project_file import load


def run(*argv: str) -> int:
    return main(argv)


def found(capsys: pytest.CaptureFixture[str], *argv: str) -> Any:
    assert main([*argv, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def weights(capsys: pytest.CaptureFixture[str], name: str, steps: int, *rest: str) -> list[list[float]]:
    told = found(capsys, "path", name, "--steps", str(steps), *rest)
    assert [step["step"] for step in told["steps"]] == list(range(steps + 1))
    return [[step["weights"][each] for each in told["names"]] for step in told["steps"]]


def first(capsys: pytest.CaptureFixture[str], name: str, steps: int, *rest: str) -> list[str]:
    return [f"{row[0]:.6f}" for row in weights(capsys, name, steps, *rest)]


def test_gradient_descent_on_the_parabola(capsys: pytest.CaptureFixture[str]) -> None:
    told = found(capsys, "path", "quadratic", "--steps", "6")["steps"]
    after = [f"{step['weights']['linear_1.weight[0, 0]']:.4f}" for step in told]
    before = [f"{step['loss']:.4f}" for step in told]
    assert (after[1], before[0], after[6], before[5]) == ("1.8000", "1.0000", "1.2621", "0.1074")


@pytest.mark.parametrize(
    ("name", "lr", "wanted"),
    [
        ("quadratic-half", "0.5", ["2.000000", "1.000000", "1.000000"]),
        ("quadratic-one", "1", ["2.000000", "0.000000", "2.000000", "0.000000"]),
        ("quadratic-large", "1.1", ["2.000000", "-0.200000", "2.440000", "-0.728000", "3.073600"]),
    ],
)
def test_other_learning_rates(capsys: pytest.CaptureFixture[str], name: str, lr: str, wanted: list[str]) -> None:
    steps = len(wanted) - 1
    assert first(capsys, name, steps) == wanted
    assert first(capsys, "quadratic", steps, "--set", f"lr={lr}") == wanted


def test_adam_on_the_parabola(capsys: pytest.CaptureFixture[str]) -> None:
    path = first(capsys, "quadratic-adam", 10)
    assert (path[10], path[7], min(path)) == ("0.644672", "0.518510", "0.518510")
    assert first(capsys, "quadratic", 10, "--optimizer", "adam", "--set", "lr=0.3") == path


def test_adams_first_step(capsys: pytest.CaptureFixture[str]) -> None:
    before, after = weights(capsys, "first-adam-step", 1)
    assert [f"{each:.4f}" for each in before] == ["-0.0385", "0.1412", "-0.5436", "-0.1950"]
    assert [f"{each:.4f}" for each in after] == ["-0.0285", "0.1312", "-0.5536", "-0.2050"]
    update = found(capsys, "lens", "first-adam-step", "linear_1.weight", "0,2")["updates"][0]
    assert update["gradient"] > 0
    assert update["new"] - update["old"] == pytest.approx(-0.01, rel=1e-5)


@pytest.mark.parametrize(
    ("name", "weight", "bias"),
    [
        ("decay-sgd", ["2.000000", "1.980000", "1.960200", "1.940598"], "0.99"),
        ("decay-adamw", ["2.000000", "1.980000", "1.960200", "1.940598"], "0.99"),
        ("decay-adam", ["2.000000", "1.900000", "1.800166", "1.700623"], "0.90"),
    ],
)
def test_decay_without_a_gradient(capsys: pytest.CaptureFixture[str], name: str, weight: list[str], bias: str) -> None:
    path = weights(capsys, name, 3)
    assert [f"{row[0]:.6f}" for row in path] == weight
    assert (path[0][1], f"{path[1][1]:.2f}") == (1.0, bias)


def test_the_factor_of_weight_decay(capsys: pytest.CaptureFixture[str]) -> None:
    (update,) = found(capsys, "lens", "quadratic-decay")["updates"]
    parts = {part["name"]: part["value"] for part in update["parts"]}
    assert f"{update['new']:.6f}" == "1.798000"
    assert parts == {"gradient": pytest.approx(-0.2), "decay": pytest.approx(-0.002)}
    # What the texts write as λΣθ² takes twice as much: their 1.796.
    assert f"{first(capsys, 'quadratic', 1, '--set', 'weight_decay=0.02')[1]}" == "1.796000"
    assert first(capsys, "quadratic-balance", 60)[-1] == "0.800000"
    assert f"{weights(capsys, 'quadratic-balance-twice', 60)[-1][0]:.4f}" == "0.6667"


def test_updates_follow_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    updates = found(capsys, "lens", "quadratic-momentum", "--steps", "3")["updates"]
    assert [update["step"] for update in updates] == [1, 2, 3]
    assert [update["old"] for update in updates[1:]] == [update["new"] for update in updates[:-1]]
    assert [part["name"] for part in updates[1]["parts"]] == ["gradient", "momentum"]
    assert updates[1]["parts"][1]["value"] == pytest.approx(-0.1 * 0.9 * updates[0]["state"]["momentum_buffer"])


def test_s3(capsys: pytest.CaptureFixture[str]) -> None:
    (update,) = found(capsys, "lens", "s3", "linear_1.weight", "0,0")["updates"]
    assert f"{update['new']:.6f}" == "1.034797"
    told = found(capsys, "path", "s3", "--steps", "1")["steps"]
    assert [f"{step['loss']:.6f}" for step in told] == ["2.745934", "0.599744"]
    assert f"{told[1]['weights']['linear_1.weight[0, 0]']:.6f}" == "1.034797"


def test_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("path", "quadratic", "--steps", "2") == 0
    assert capsys.readouterr().out.splitlines()[2].split() == ["1", "1.8", "0.6399999"]
    assert run("lens", "decay-adam", "--steps", "2") == 0
    text = capsys.readouterr().out
    assert "step 2, Adam: linear_1.weight[0, 0] 1.9 -> 1.800166" in text and "exp_avg 0.037" in text


def test_every_setting_is_true_to_its_kind(capsys: pytest.CaptureFixture[str]) -> None:
    path = weights(capsys, "quadratic", 3, "--set", "momentum=0.5", "--set", "nesterov=true")
    assert path != weights(capsys, "quadratic", 3, "--set", "momentum=0.5")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("path", "quadratic", "--set", "lr=0"), "Learning rate must be a number above 0"),
        (("path", "quadratic", "--set", "speed=1"), "no setting 'speed'; the optimizer has: lr, weight_decay"),
        (("path", "quadratic", "--set", "lr"), "'lr' is not NAME=VALUE"),
        (("path", "quadratic", "--set", "lr=fast"), "'fast' is not a number"),
        (("path", "quadratic", "--steps", "0"), "from 1 to 10,000"),
        (("lens", "quadratic", "linear_1.weight", "one"), "'one' is not an index"),
    ],
)
def test_wrong_usage(capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], said: str) -> None:
    assert run(*argv) == 2
    told = capsys.readouterr()
    assert told.out == "" and said in told.err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("path", "digits"), "the network has too many weights"),
        (("lens", "s3", "linear_3.weight"), "no parameter “linear_3.weight”"),
        (("lens", "s3", "linear_1.weight", "7,0"), "no element [7, 0]"),
    ],
)
def test_what_cannot_be_done(capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], said: str) -> None:
    assert run(*argv) == 1
    told = capsys.readouterr()
    assert told.out == "" and said in told.err


@pytest.mark.parametrize("command", ["lens", "path"])
def test_help(capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert run(command, "--help") == 0
    assert "usage: chainrule" in capsys.readouterr().out


def test_a_saved_run_is_taken_up(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The lens of a trained project shows the step after the last."""
    assert run("train", "quadratic", "--epochs", "4", "--device", "cpu", "--out", str(tmp_path)) == 0
    capsys.readouterr()
    state = load(tmp_path / "project.chainrule").run_state
    assert state is not None
    (update,) = found(capsys, "lens", str(tmp_path / "project.chainrule"))["updates"]
    assert update["step"] == 5
    assert f"{update['old']:.4f}" == "1.4096"
    assert example("quadratic").train.epochs == 10
