"""The command line, in this process through the real engine thread, and once as people start it."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from engine import edits
from engine.cli import actions, main
from engine.examples import EXAMPLES, example
from engine.project_file import load, save
from tests.engine.exporters.contexts import short, trained
from tests.engine.exporters.test_script import run_scripts


def run(*argv: str | Path) -> int:
    return main([str(part) for part in argv])


def run_json(capsys: pytest.CaptureFixture[str], *argv: str | Path) -> Any:
    assert run(*argv, "--json") == 0
    found = capsys.readouterr()
    assert found.err == ""
    assert found.out.count("\n") == 1
    return json.loads(found.out)


def failure(capsys: pytest.CaptureFixture[str], *argv: str | Path) -> str:
    """What a command that fails says; nothing on standard output, no traceback."""
    assert run(*argv) == 1
    found = capsys.readouterr()
    assert found.out == ""
    assert found.err.startswith("chainrule: ") and found.err.count("\n") == 1
    assert "Traceback" not in found.err
    return found.err


def test_examples_are_listed_one_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("examples") == 0
    names = capsys.readouterr().out.splitlines()
    assert names == list(EXAMPLES)
    assert {"digits", "moons", "s3", "quadratic", "torch-basics", "random-two-class"} <= set(names)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_can_be_written_out_and_is_itself(tmp_path: Path, name: str) -> None:
    assert run("examples", name, tmp_path / "one") == 0
    assert load(tmp_path / "one.chainrule").project == example(name)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ((), "COMMAND"),
        (("dance",), "dance"),
        (("examples", "nobody", "x"), "no example “nobody”; the known ones are: digits"),
        (("examples", "s3"), "give NAME and FILE"),
        (("train",), "FILE"),
        (("train", "s3", "--epochs", "0"), "Epochs must be a whole number at least 1"),
        (("train", "s3", "--epochs", "many"), "'many'"),
        (("train", "s3", "--seed", "-1"), "Seed must be"),
        (("train", "s3", "--device", "tpu"), "tpu"),
        (("export", "s3", "out.pt"), "--to"),
        (("export", "s3", "--to", "onnx", "out"), "onnx"),
        (("screenshot", "s3", "x.png", "--size", "big"), "1280x800"),
        (("screenshot", "s3", "x.png", "--theme", "pink"), "pink"),
    ],
)
def test_wrong_usage_is_code_2(capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], said: str) -> None:
    assert run(*argv) == 2
    found = capsys.readouterr()
    assert found.out == "" and said in found.err


@pytest.mark.parametrize(
    "command", [(), ("examples",), ("info",), ("train",), ("trace",), ("export",), ("screenshot",)]
)
def test_help_is_there_for_everything(capsys: pytest.CaptureFixture[str], command: tuple[str, ...]) -> None:
    assert run(*command, "--help") == 0
    text = capsys.readouterr().out
    assert "usage: chainrule" in text and len(text) > 150


def test_train_gives_the_losses_of_the_run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = save(tmp_path / "moons", short("moons", 50))
    found = run_json(capsys, "train", path, "--epochs", "3", "--seed", "7", "--device", "cpu")
    project = short("moons", 50)
    train = dataclasses.replace(project.train, epochs=3, seed=7, device="cpu")
    ours = trained(dataclasses.replace(project, train=train))
    assert found["path"] in {"textbook", "traced"}
    assert found["path_reason"].endswith(".")
    assert 0 <= found["traced_steps"] < found["steps"]
    assert found["train_loss"] == ours.log.since("train_loss")[1][1:].tolist()
    assert found["val_loss"] == ours.log.since("val_loss")[1][1:].tolist()
    test = ours.evaluate("test")
    assert test is not None
    assert (found["test_loss"], found["test_accuracy"]) == (test.loss, test.accuracy)
    assert (found["device"], found["seed"], found["epochs"], found["steps"]) == ("cpu", 7, 3, 21)
    assert found["seconds"] > 0
    assert (
        run_json(capsys, "train", path, "--epochs", "3", "--seed", "8", "--device", "cpu")["train_loss"]
        != found["train_loss"]
    )


def test_train_writes_everything_and_the_script_prints_the_same(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "made" / "here"
    found = run_json(capsys, "train", "digits", "--epochs", "2", "--device", "cpu", "--out", out)
    names = {"project.chainrule", *(name for _, name in actions.OUTPUTS)}
    assert {path.name for path in out.iterdir()} == names == {Path(path).name for path in found["out"]}
    printed = run_scripts(tmp_path, {"train": (out / "train.py").read_bytes()})["train"]
    assert printed == {key: found[key] for key in ("train_loss", "val_loss", "test_loss", "test_accuracy")}

    state = load(out / "project.chainrule").run_state
    assert state is not None
    weights = torch.load(out / "model.pt", weights_only=True)
    assert all(torch.equal(torch.tensor(state.weights[name]), tensor) for name, tensor in weights.items())

    # A run that was saved is exported as it is, not trained again.
    assert run("export", out / "project.chainrule", "--to", "curves", tmp_path / "again.csv") == 0
    assert capsys.readouterr().err == ""
    assert (tmp_path / "again.csv").read_bytes() == (out / "curves.csv").read_bytes()


def test_train_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("train", "moons", "--epochs", "30") == 0
    text = capsys.readouterr().out
    assert "Moons: 30 epochs, 210 steps on" in text
    assert "test part: loss " in text and " %" in text
    assert len(text.splitlines()) < 20, "a long run is shown in a dozen rows"


def test_s3_step_by_step(capsys: pytest.CaptureFixture[str]) -> None:
    """figures.md, S3: exactly these backward events with these numbers."""
    events = run_json(capsys, "trace", "s3")["events"]
    assert [event["index"] for event in events] == list(range(len(events)))
    assert set(events[0]) >= {"index", "phase", "name", "layer", "inputs", "outputs"}
    walked = [(event["phase"], event["name"]) for event in events if event["phase"] in ("backward", "accumulate")]
    assert walked == [
        ("backward", "MseLossBackward0"),
        ("backward", "AddmmBackward0"),
        ("accumulate", "AccumulateGrad"),
        ("backward", "TBackward0"),
        ("accumulate", "AccumulateGrad"),
        ("backward", "SigmoidBackward0"),
        ("backward", "AddmmBackward0"),
        ("accumulate", "AccumulateGrad"),
        ("backward", "TBackward0"),
        ("accumulate", "AccumulateGrad"),
    ]
    phases = [event["phase"] for event in events]
    assert phases[:5] == ["batch", "forward", "forward", "forward", "loss"]
    assert phases[15:] == ["update"] * 4 + ["zero_grad"] * 4
    loss, addmm = events[4], events[6]
    assert loss["outputs"][0]["shape"] == []
    assert loss["outputs"][0]["values"] == pytest.approx(2.745934, abs=5e-7)
    values = [tensor["values"] for tensor in addmm["outputs"]]
    assert values[0] == [pytest.approx(-3.314172, abs=5e-7)]
    assert values[1] == [pytest.approx([-3.314172, -6.628344], abs=5e-7)]
    assert [row[0] for row in values[2]] == pytest.approx([-2.919113, -2.422854], abs=5e-7)
    assert events[11]["outputs"][1] is None, "autograd gives no gradient for the data"
    # JSON carries the very float32 numbers.
    number = values[0][0]
    assert float(torch.tensor(number, dtype=torch.float32)) == number


def test_trace_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("trace", "s3") == 0
    text = capsys.readouterr().out
    assert "AddmmBackward0" in text and "-3.31417" in text and "0.880797 0.731059" in text


def test_info(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run("info", "skip") == 0
    text = capsys.readouterr().out
    assert "Concat(dim=1)  <- add_1, input" in text and "Spiral" in text and "none saved" in text
    found = run_json(capsys, "info", save(tmp_path / "s3", example("s3")))
    assert found["project"]["train"]["optimizer"]["values"]["lr"] == 0.1
    assert found["run"] is None
    assert found["multiply_adds"] == {"layers": {"linear_1": 2, "linear_2": 2}, "total": 4}
    assert found["memory"] == {"parameters": 28, "gradients": 28, "optimizer": 0, "activations": 4 * 6}


def test_info_lists_the_fixes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    project = edits.append_node(example("iris"), "softmax")[0]
    path = save(tmp_path / "twice", project)
    assert run("info", path) == 0
    assert "fix Remove softmax_1" in capsys.readouterr().out
    (issue,) = run_json(capsys, "info", path)["issues"]
    assert issue["fixes"] == ["Remove softmax_1"]


@pytest.mark.parametrize(
    ("what", "name"),
    [("script", "a.py"), ("graph", "a.svg"), ("graph", "a.png"), ("state_dict", "a.pt"), ("plot", "a.svg")],
)
def test_export(capsys: pytest.CaptureFixture[str], tmp_path: Path, what: str, name: str) -> None:
    assert run("export", "s3", "--to", what, tmp_path / name) == 0
    found = capsys.readouterr()
    assert str(tmp_path / name) in found.out
    assert ("training it first" in found.err) == (what in ("state_dict", "plot"))
    assert (tmp_path / name).stat().st_size > 500


def test_what_cannot_be_done_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    cut = tmp_path / "cut.chainrule"
    cut.write_bytes(save(tmp_path / "whole", example("s3")).read_bytes()[:300])
    for command in (
        ("train", cut),
        ("trace", cut),
        ("info", cut),
        ("export", cut, "--to", "script", tmp_path / "x.py"),
    ):
        text = failure(capsys, *command)
        assert str(cut) in text and "its end is missing" in text and "backup" in text
    assert "There is no file" in failure(capsys, "train", tmp_path / "nowhere.chainrule")
    assert "no example of this name; the examples are: digits" in failure(capsys, "trace", "nowhere")
    assert "does not exist" in failure(capsys, "examples", "s3", tmp_path / "no" / "s3")
    assert "end in .svg, .png, .pdf or .dot" in failure(capsys, "export", "s3", "--to", "graph", tmp_path / "x.gif")
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert "cannot be made" in failure(capsys, "train", "s3", "--out", blocked / "folder")
    assert not (tmp_path / "x.py").exists()


def test_a_project_that_does_not_fit_is_explained(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from engine import edits

    project = edits.set_value(example("moons"), "linear_3", "out_features", 7)
    path = save(tmp_path / "odd", project)
    for command in ("train", "trace"):
        text = failure(capsys, command, path)
        assert "cannot be trained as it stands" in text and "out_features" in text


def test_a_diverging_training_is_explained(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from engine import edits

    project = edits.set_optimizer_value(edits.choose_optimizer(short("torch-basics", 50), "sgd"), "lr", 1000.0)
    text = failure(capsys, "train", save(tmp_path / "wild", project))
    assert "the loss became" in text and "smaller learning rate" in text


@pytest.mark.skipif(os.name == "nt", reason="signals of another kind")
def test_as_people_start_it(tmp_path: Path) -> None:
    """In a fresh process: no torch for what needs none, and Ctrl-C ends a training cleanly."""
    code = "import sys; from engine.cli import main; code = main(['examples']); print('torch' in sys.modules); sys.exit(code)"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0] == "digits" and done.stdout.splitlines()[-1] == "False"

    # A shell that runs the tests in the background has told its children to ignore Ctrl-C.
    listen = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code = listen + "import sys; from engine.cli import main; sys.exit(main(['train', 's3', '--epochs', '1000000']))"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as training:
        with pytest.raises(subprocess.TimeoutExpired):
            training.wait(timeout=4)
        training.send_signal(signal.SIGINT)
        out, err = training.communicate(timeout=30)
    assert (training.returncode, out, err) == (1, "", "chainrule: Stopped.\n")


def test_screenshot_of_the_window(tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "window.png"
    code = "import sys; from engine.cli import main; sys.exit(main(sys.argv[1:]))"
    wishes = ["--mode", "build", "--size", "1300x820", "--theme", "dark"]
    done = subprocess.run(
        [sys.executable, "-c", code, "screenshot", "s3", str(path), *wishes],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with Image.open(path) as picture:
        assert picture.size == (1300, 820)
