"""The whole window without a mouse: choose the empty project, build a network, change it, train it, all with keys."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.examples import example
from gui.canvas.view import NetworkView
from gui.start_page import ExampleCard
from tests.windows import until, workbench

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
MOST_TABS = 80


def focus() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None, "the keyboard is nowhere"
    return widget


def press(key: Qt.Key, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(focus(), key, keys)


def tab_to(wanted: type[QWidget], name: str) -> None:
    """Tab from where the keyboard is until it is there."""
    for _ in range(MOST_TABS):
        here = focus()
        if isinstance(here, wanted) and here.accessibleName() == name:
            return
        press(Key.Key_Tab)
    raise AssertionError(f"{name} is not reached with {MOST_TABS} tabs")


def test_a_network_is_built_and_trained_with_keys_alone(qtbot: QtBot, tmp_path: Path) -> None:
    with workbench(qtbot, tmp_path, example("digits"), engine=True, mode="start") as bench:
        network = bench.store.project.network
        bench.start.setFocus()
        tab_to(ExampleCard, "Empty network")
        press(Key.Key_Space)
        until(qtbot, lambda: bench.modes.mode == "build")
        tab_to(NetworkView, "Network canvas")
        for name in ("linear", "tanh", "linear"):
            press(Key.Key_Insert)
            QTest.keyClicks(focus(), name)
            press(Key.Key_Return)
            until(qtbot, lambda: isinstance(QApplication.focusWidget(), NetworkView))
        network = bench.store.project.network
        assert [node.id for node in network.nodes] == ["input", "output", "linear_1", "tanh_1", "linear_2"]
        assert network.links_into("output")[0].source == "linear_2"
        press(Key.Key_Return)  # edit the selected layer in place
        assert bench.canvas.editor.isVisible()
        press(Key.Key_A, CTRL)
        QTest.keyClicks(focus(), "1")
        press(Key.Key_Return)
        press(Key.Key_Escape)
        assert not bench.canvas.editor.isVisible()
        assert bench.store.project.network.node("linear_2").layer.get("out_features") == 1
        until(qtbot, lambda: bench.running.report is not None and bench.running.report.ready)
        press(Key.Key_Left)
        assert bench.store.selection == ("tanh_1",)
        press(Key.Key_G, CTRL)
        assert bench.store.project.network.groups == (), "one layer is no block"
        press(Key.Key_A, CTRL)
        press(Key.Key_G, CTRL)
        assert bench.store.project.network.groups[0].members == ("linear_1", "tanh_1", "linear_2")
        press(Key.Key_Return)
        assert not bench.store.project.network.groups[0].folded
        press(Key.Key_Return, CTRL)
        until(qtbot, lambda: bench.running.status.epoch >= 1)
        press(Key.Key_Return, CTRL)
        until(qtbot, lambda: bench.running.status.state == "paused")
