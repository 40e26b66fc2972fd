"""Examples, recent projects and the open button, by mouse and by keyboard."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from engine.examples import EXAMPLES, example
from gui.start_page import ExampleCard, StartPage
from gui.theme.tokens import DARK, LIGHT
from gui.thumbnails import thumbnail
from tests.windows import workbench


def page(qtbot: QtBot) -> StartPage:
    start = StartPage()
    qtbot.addWidget(start)
    start.resize(1280, 690)
    start.show_theme(LIGHT)
    start.show()
    return start


def test_one_card_per_example(qtbot: QtBot) -> None:
    start = page(qtbot)
    cards = start.findChildren(ExampleCard)
    assert [card.accessibleName() for card in cards] == ["Empty network", *(entry.title for entry in EXAMPLES.values())]


def test_no_text_is_cut(qtbot: QtBot) -> None:
    start = page(qtbot)
    qtbot.wait(20)
    for label in start.findChildren(QLabel):
        if label.text() and label.isVisible():
            assert label.height() >= label.heightForWidth(label.width()), label.text()


def test_mouse_and_keyboard_pick_an_example(qtbot: QtBot) -> None:
    start = page(qtbot)
    picked: list[str] = []
    start.examplePicked.connect(picked.append)
    cards = start.findChildren(ExampleCard)[1:]
    qtbot.mouseClick(cards[2], Qt.MouseButton.LeftButton)
    cards[4].setFocus()
    qtbot.keyClick(cards[4], Qt.Key.Key_Space)
    assert picked == [list(EXAMPLES)[2], list(EXAMPLES)[4]]
    assert all(card.focusPolicy() & Qt.FocusPolicy.TabFocus for card in cards)


def test_recent_projects_are_offered(qtbot: QtBot, tmp_path: Path) -> None:
    start = page(qtbot)
    path = str(tmp_path / "mine & yours.chainrule")
    start.show_recent((path,))
    button = next(b for b in start.findChildren(QPushButton) if b.toolTip() == path)
    assert button.text() == "mine && yours.chainrule"
    with qtbot.waitSignal(start.recentPicked) as caught:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert caught.args == [path]


def test_pictures_differ_and_follow_the_theme(qtbot: QtBot) -> None:
    size = QSize(208, 88)
    moons, xor = (thumbnail(example(name), LIGHT, size).toImage() for name in ("moons", "xor"))
    assert moons != xor
    assert moons != thumbnail(example("moons"), DARK, size).toImage()
    large = thumbnail(example("iris"), LIGHT, size, 2.0)
    assert (large.width(), large.devicePixelRatio()) == (416, 2.0)


def test_a_picked_example_opens_in_build(qtbot: QtBot, tmp_path: Path) -> None:
    with workbench(qtbot, tmp_path, mode="start") as bench:
        card = next(c for c in bench.start.findChildren(ExampleCard) if c.accessibleName() == "XOR")
        qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
        assert (bench.store.project.name, bench.modes.mode) == ("XOR", "build")
        assert bench.canvas.isVisible()
