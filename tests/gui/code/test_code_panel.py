"""The code pane: what it shows, what a click on a line means, and where the selected layer lights up."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtTest import QTest

from engine.examples import example
from engine.inspection import Code, CodeView
from engine.views import RunStatus
from gui.code.panel import SCRIPT, CodePanel
from gui.pump import Update
from gui.theme.tokens import DARK, LIGHT

TEXT = 'import torch\n\n\nclass Network(nn.Module):\n    """Two\n    lines"""\n    a = nn.Linear(2, 1)  # note\n'


@pytest.fixture
def panel(qtbot) -> CodePanel:
    shown = CodePanel()
    qtbot.addWidget(shown)
    shown.show_theme(LIGHT)
    shown.resize(700, 200)
    shown.show()
    qtbot.waitExposed(shown)
    view = CodeView(example("xor"), Code(TEXT, {"linear_1": (7,)}), None)
    shown.show_update(Update(frozenset({"code"}), RunStatus(), code=view))
    return shown


def place(panel: CodePanel, line: int) -> QPoint:
    block = panel.text.document().findBlockByNumber(line - 1)
    return panel.text.cursorRect(QTextCursor(block)).center() + QPoint(20, 0)


def test_text_colours_and_lines(panel: CodePanel) -> None:
    assert panel.text.toPlainText() == TEXT and panel.text.isReadOnly()
    block = panel.text.document().findBlockByNumber(6)
    formats = {text.format.foreground().color().name() for text in block.layout().formats()}
    assert formats == {LIGHT.data, LIGHT.muted}, "numbers and the note"
    inner = panel.text.document().findBlockByNumber(5).layout().formats()
    assert inner[0].format.foreground().color().name() == LIGHT.good, "the second line of a text of several lines"
    panel.show_theme(DARK)
    inner = panel.text.document().findBlockByNumber(5).layout().formats()
    assert inner[0].format.foreground().color().name() == DARK.good


def test_a_click_on_a_line_picks_its_layer(panel: CodePanel, qtbot) -> None:
    with qtbot.waitSignal(panel.layerPicked) as picked:
        QTest.mouseClick(panel.text.viewport(), Qt.MouseButton.LeftButton, pos=place(panel, 7))
    assert picked.args == ["linear_1"]
    with qtbot.assertNotEmitted(panel.layerPicked):
        QTest.mouseClick(panel.text.viewport(), Qt.MouseButton.LeftButton, pos=place(panel, 1))


def test_selection_and_tape_light_up_lines(panel: CodePanel) -> None:
    def lit() -> dict[int, str]:
        marks = panel.text.extraSelections()
        return {mark.cursor.blockNumber() + 1: mark.format.background().color().name() for mark in marks}

    panel.show_selection(("linear_1",))
    assert lit() == {7: LIGHT.accent}
    panel.show_selection(())
    assert lit() == {}
    panel.show_current("linear_1", "backward")
    assert lit() == {7: LIGHT.backward}
    panel.show_current("", "")
    assert lit() == {}


def test_copy_script_and_what_it_waits_for(panel: CodePanel, qtbot) -> None:
    QTest.mouseClick(panel.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == TEXT
    panel.choice.setFocus()
    QTest.keyClick(panel.choice, Qt.Key.Key_Down)
    assert panel.choice.currentText() == SCRIPT
    assert panel.text.toPlainText() == "" and "fit together" in panel.note.text()
    assert not panel.copy.isEnabled()
    view = CodeView(example("xor"), Code(TEXT, {}), Code("print(1)\n", {}))
    panel.show_update(Update(frozenset({"code"}), RunStatus(), code=view))
    assert panel.text.toPlainText() == "print(1)\n" and panel.copy.isEnabled()
    with qtbot.waitSignal(panel.saveRequested):
        QTest.mouseClick(panel.save, Qt.MouseButton.LeftButton)
