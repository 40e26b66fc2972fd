"""The words of the lab, found by F1 and by search, put into the text."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.lab.words import FUNCTIONS, METHODS
from gui.lab.panel import LabPanel
from gui.lab.reference import GROUPS, Reference


def opened(panel: LabPanel, qtbot) -> Reference:
    assert panel.reference is not None
    qtbot.waitExposed(panel.reference)
    return panel.reference


def test_every_word_of_the_language_is_there() -> None:
    every = [name for _, group in GROUPS for name in group]
    aliases = {"absolute", "multiply", "subtract", "divide"}
    assert set(every) == {*FUNCTIONS, *METHODS} - aliases
    assert len(every) == len(set(every))


def test_f1_shows_the_word_at_the_cursor(panel: LabPanel, qtbot) -> None:
    editor = panel.editor
    panel.show_text("y = relu(x)")
    cursor = editor.textCursor()
    cursor.setPosition(6)
    editor.setTextCursor(cursor)
    QTest.keyClick(editor, Qt.Key.Key_F1)
    reference = opened(panel, qtbot)
    assert reference.search.text() == "relu" and "relu" in reference.shown() and "sigmoid" not in reference.shown()
    assert reference.list.currentItem().text(0) == "relu" and reference.call.text() == FUNCTIONS["relu"].shown
    reference.close()


def test_a_word_found_by_its_meaning_goes_into_the_text(panel: LabPanel, qtbot) -> None:
    panel.show_text("")
    QTest.mouseClick(panel.bar.icons["help"], Qt.MouseButton.LeftButton)
    reference = opened(panel, qtbot)
    assert len(reference.shown()) == sum(len(group) for _, group in GROUPS)
    QTest.keyClicks(reference.search, "true class")
    assert reference.shown() == ["cross_entropy", "nll_loss"]
    QTest.keyClick(reference.search, Qt.Key.Key_Return)
    assert panel.text == "cross_entropy"
    QTest.keyClick(reference.search, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(reference.search, "no such word")
    assert reference.shown() == []
    reference.close()
