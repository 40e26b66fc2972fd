"""First curve within three clicks; errors, bad files and closing while training do no harm."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from engine.examples import example
from engine.metrics import STEP_LOSS
from gui.curves.panel import CurvesPanel
from gui.errors import ErrorTeller, Hooks
from tests.engine.project_files import with_json
from tests.journeys.hands import Hands
from tests.windows import until, workbench


def test_first_curve_within_three_clicks(hands: Hands) -> None:
    curves = hands.bench.panels["curves"]
    assert isinstance(curves, CurvesPanel)
    hands.press("Play")
    line = next(line for line in curves._lines if line.name == STEP_LOSS)
    hands.wait(lambda: curves.isVisible() and len(line.values) > 20)
    first = len(line.values)
    hands.wait(lambda: len(line.values) > first)
    assert hands.clicks <= 3
    assert curves.visibleRegion().boundingRect().height() > 200


def test_an_exception_in_a_slot_shows_a_card_and_the_application_goes_on(
    hands: Hands, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = hands.bench
    hooks = Hooks(tmp_path)
    hooks.install()
    teller = ErrorTeller(hooks, bench)
    teller.happened.connect(bench.cards.tell)

    def broken() -> None:
        raise ZeroDivisionError("a mistake of ours")

    bench.actions["view.reset"].triggered.connect(broken)
    try:
        for times in (1, 2, 3):
            bench.actions["view.reset"].trigger()
            hands.wait(lambda times=times: bool(bench.cards.cards) and bench.cards.cards[0].count == times)
    finally:
        hooks.remove()
    (card,) = bench.cards.cards
    texts = [label.text() for label in card.findChildren(QLabel)]
    assert any(text.startswith("Something unexpected happened") for text in texts)
    assert "Your project is still open." in texts
    assert "Traceback" not in "".join(label.text() for label in card.findChildren(QLabel) if label.isVisible())
    hands.press("Play")
    hands.wait(lambda: hands.status.step > 10)
    assert sys.excepthook is not hooks._uncaught


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def other_kind(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))


def archive_of_others(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")


def newer(manifest: dict[str, Any]) -> None:
    manifest["format"]["major"] = 99


def rate_is_nan(project: dict[str, Any]) -> None:
    project["train"]["optimizer"]["values"]["lr"] = float("nan")


def layer_is_unknown(project: dict[str, Any]) -> None:
    project["network"]["nodes"][1]["kind"] = "transformer"


DAMAGES = {
    "a newer version": lambda path: path.write_bytes(with_json("manifest.json", newer)),
    "a learning rate that is no number": lambda path: path.write_bytes(with_json("project.json", rate_is_nan)),
    "a layer nobody knows": lambda path: path.write_bytes(with_json("project.json", layer_is_unknown)),
    "empty": lambda path: path.write_bytes(b""),
    "cut": cut,
    "a picture": other_kind,
    "a zip of others": archive_of_others,
    "missing": Path.unlink,
}

SAID = {
    "a newer version": "newer version of Chainrule",
    "a layer nobody knows": "transformer",
}


def test_bad_files_leave_the_open_project_and_show_a_card(
    hands: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = hands.bench
    path = tmp_path / "broken.chainrule"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", staticmethod(lambda *_: (str(path), "")))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", staticmethod(lambda *_: (str(path), "")))
    hands.press("One epoch")
    hands.wait(lambda: hands.status.state == "paused" and hands.status.step > 0)
    before, step = bench.store.project, hands.status.step
    for name, damage in DAMAGES.items():
        hands.key(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        hands.wait(lambda: any(card.message.__class__.__name__ == "Notice" for card in bench.cards.cards))
        for card in list(bench.cards.cards):
            card.dismiss()
        damage(path)
        hands.key(Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
        hands.wait(lambda: len(bench.cards.cards) == 1)
        (card,) = bench.cards.cards
        text = " ".join(label.text() for label in card.findChildren(QLabel))
        assert "broken.chainrule" in text
        assert SAID.get(name, "") in text
        assert len(card.message.what) <= 200 and "Error" not in card.message.what  # type: ignore[union-attr]
        card.dismiss()
        path.unlink(missing_ok=True)
        assert bench.store.project is before
        assert hands.status.step == step
    hands.press("One step")
    hands.wait(lambda: hands.status.step == step + 1)


@pytest.mark.timeout(240)
def test_closing_while_training_twenty_times(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    for round_number in range(20):
        with workbench(qtbot, tmp_path, example("moons"), engine=True) as bench:
            hands = Hands(qtbot, bench)
            hands.press("Play")
            hands.wait(lambda hands=hands, least=round_number: hands.status.step > least)
            bench.window.close()
            until(qtbot, lambda bench=bench: not bench.window.isVisible())
            assert not bench.session.alive
