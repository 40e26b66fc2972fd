"""The table of actions: every slot exists, no key is given twice, every menu entry can be reached by a letter."""

from __future__ import annotations

from collections import Counter
from operator import attrgetter
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from pytestqt.qtbot import QtBot

from gui.actions import SPECS, plain_text
from gui.help import KeysHelp, LayerHelp
from tests.windows import workbench


def test_every_slot_exists(qtbot: QtBot, tmp_path: Path) -> None:
    with workbench(qtbot, tmp_path, engine=True) as bench:
        for spec in SPECS:
            target, method = spec.slot.split(".", 1)
            assert callable(attrgetter(method)(getattr(bench, target))), spec.slot


def test_no_key_is_given_twice_and_every_key_is_one() -> None:
    keys = [QKeySequence(key).toString() for spec in SPECS for key in spec.keys]
    assert all(keys)
    assert {key: count for key, count in Counter(keys).items() if count > 1} == {}


def test_letters_in_a_menu_are_unique() -> None:
    for menu in {spec.menu for spec in SPECS}:
        letters = [spec.text[spec.text.index("&") + 1].lower() for spec in SPECS if spec.menu == menu]
        assert len(letters) == len(set(letters)), menu


def test_every_action_says_what_it_does() -> None:
    assert [spec.name for spec in SPECS if not spec.tip or not plain_text(spec)] == []


def test_keys_do_what_the_table_says(qtbot: QtBot, tmp_path: Path) -> None:
    with workbench(qtbot, tmp_path) as bench:
        qtbot.keyClick(bench.window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
        assert bench.modes.mode == "train"
        qtbot.keyClick(
            bench.window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        )
        assert bench.themes.theme.dark


def test_undo_and_redo_name_the_edit(qtbot: QtBot, tmp_path: Path) -> None:
    with workbench(qtbot, tmp_path) as bench:
        undo, redo = bench.actions["edit.undo"], bench.actions["edit.redo"]
        assert not undo.isEnabled()
        from engine.edits import append_node

        bench.store.commit(append_node(bench.store.project, "relu")[0], "Add ReLU")
        assert (undo.isEnabled(), undo.text()) == (True, "&Undo: Add ReLU")
        before = bench.store.project
        qtbot.keyClick(bench.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert bench.store.project is not before
        assert (undo.isEnabled(), redo.text()) == (False, "&Redo: Add ReLU")
        qtbot.keyClick(bench.window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
        assert bench.store.project == before


def test_the_list_of_keys_can_be_searched(qtbot: QtBot, tmp_path: Path) -> None:
    with workbench(qtbot, tmp_path) as bench:
        dialog = KeysHelp(bench.window)
        dialog.show()
        assert dialog.table.rowCount() > 20
        qtbot.keyClicks(dialog._search, "pause")
        shown = [row for row in range(dialog.table.rowCount()) if not dialog.table.isRowHidden(row)]
        texts = [dialog.table.item(row, 1).text() for row in shown]
        assert texts == ["Play or pause"]
        dialog.close()


def test_help_on_the_selected_layer(qtbot: QtBot, tmp_path: Path) -> None:
    with workbench(qtbot, tmp_path) as bench:
        from PySide6.QtWidgets import QLabel

        bench.store.select(("linear_1",))
        qtbot.keyClick(bench.window, Qt.Key.Key_F1)
        (dialog,) = bench.window.findChildren(LayerHelp)
        texts = [label.text() for label in dialog.findChildren(QLabel)]
        assert "Linear" in texts
        assert any("torch.nn.Linear" in text or text == "Linear" for text in texts)
        dialog.close()
