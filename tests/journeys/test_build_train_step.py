"""The main story: build a 2-8-8-1 network by pointing, train it on moons, stop, step, undo everything, export, reopen."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox

from engine.metrics import STEP_LOSS
from tests.journeys.hands import CTRL, Hands

LAYERS = ["Linear", "Tanh", "Linear", "Tanh", "Linear"]
WIDTHS = {"linear_1": 8, "linear_2": 8, "linear_3": 1}


def build(hands: Hands) -> list[str]:
    hands.choose_example("Empty network")
    ids = [hands.add_layer(title) for title in LAYERS]
    for node_id, width in WIDTHS.items():
        hands.pick_layer(node_id)
        hands.type_value("layer", "out_features", str(width))
    hands.wait(hands.fresh)
    return ids


def train_and_pause(hands: Hands, steps: int) -> None:
    hands.press("Play")
    hands.wait(lambda: hands.status.step >= steps)
    hands.press("Pause")
    hands.wait(lambda: hands.status.state == "paused")


def test_the_main_story(hands: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = hands.bench
    ids = build(hands)
    assert ids == ["linear_1", "tanh_1", "linear_2", "tanh_2", "linear_3"]
    report = bench.running.report
    assert report is not None and report.ready, report
    assert report.total == 2 * 8 + 8 + 8 * 8 + 8 + 8 + 1
    assert bench.window.status.parameters.text() == "105 parameters"

    train_and_pause(hands, 60)
    assert bench.modes.mode == "train"
    done = hands.status.step
    log = bench.panels["curves"]._log  # type: ignore[attr-defined]
    _, losses, count = log.since(STEP_LOSS)
    assert count == done
    assert losses[-10:].mean() < losses[:10].mean()

    stepped_through(hands, done)

    built = bench.store.project
    assert bench.actions["edit.undo"].isEnabled()
    edits = 0
    while bench.actions["edit.undo"].isEnabled():
        before = bench.store.project
        hands.key(Qt.Key.Key_Z, CTRL)
        assert bench.store.project != before
        edits += 1
    assert [node.id for node in bench.store.project.network.nodes] == ["input", "output"]
    assert not bench.store.dirty
    for _ in range(edits):
        hands.key(Qt.Key.Key_Y, CTRL)
    assert bench.store.project == built

    exported(hands, tmp_path, monkeypatch)
    saved_and_reopened(hands, tmp_path, monkeypatch)


def stepped_through(hands: Hands, done: int) -> None:
    """Take the next step apart, walk forth and back; the run stays where it is."""
    bench = hands.bench
    hands.press("Step")
    hands.menu("Run", "Take a step apart")
    hands.wait(lambda: bench.stepping.tape is not None)
    tape = bench.stepping.tape
    assert tape is not None and tape.step == done
    panel = bench.window.docks["tape"]
    for number in range(1, 6):
        hands.press("Next event", panel)
        assert bench.stepping.cursor == number
    hands.press("Previous event", panel)
    assert bench.stepping.cursor == 4
    hands.press("Last event", panel)
    assert bench.stepping.cursor == len(tape.events) - 1
    assert hands.status.step == done
    hands.press("One step")
    hands.wait(lambda: hands.status.step == done + 1)
    assert hands.status.loss == pytest.approx(tape.loss, rel=1e-6)


def answer(monkeypatch: pytest.MonkeyPatch, dialog: str, path: Path) -> None:
    def chosen(*arguments: object) -> tuple[str, str]:
        return str(path), str(arguments[3]).split(";;", maxsplit=1)[0]

    monkeypatch.setattr(QFileDialog, dialog, staticmethod(chosen))


def exported(hands: Hands, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Curves and script through the menu; the script prints the losses that the curves hold."""
    train_and_pause_again(hands)
    for title, name in (("Curves", "curves.csv"), ("Python script", "net.py"), ("Weights", "net.pt")):
        answer(monkeypatch, "getSaveFileName", folder / name)
        hands.menu("File", "Export", title)
        hands.wait((folder / name).is_file)
    hands.wait(lambda: len(hands.bench.cards.cards) >= 3)
    with (folder / "curves.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(line for line in file if not line.startswith("#")))
    assert len(rows) > hands.status.step
    compile((folder / "net.py").read_text(encoding="utf-8"), "net.py", "exec")


def train_and_pause_again(hands: Hands) -> None:
    """After undo and redo the project is the one of the run; another epoch makes it whole."""
    hands.wait(hands.fresh)
    done = hands.status.step
    hands.press("One epoch")
    hands.wait(lambda: hands.status.state == "paused" and hands.status.step > done)


def saved_and_reopened(hands: Hands, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = hands.bench
    project, step = bench.store.project, hands.status.step
    path = folder / "mine.chainrule"
    answer(monkeypatch, "getSaveFileName", path)
    hands.key(Qt.Key.Key_S, CTRL)
    hands.wait(lambda: not bench.store.dirty)
    assert path.is_file()
    assert str(path) in bench.window.windowTitle()
    hands.choose_example("XOR")
    assert bench.store.project.name == "XOR"
    monkeypatch.setattr(bench.files, "_ask", lambda: QMessageBox.StandardButton.Discard)
    answer(monkeypatch, "getOpenFileName", path)
    hands.key(Qt.Key.Key_O, CTRL)
    hands.wait(lambda: bench.store.project == project)
    hands.wait(lambda: hands.fresh() and hands.status.step == step)
