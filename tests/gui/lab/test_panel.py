"""What an answer of the lab looks like in its panel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from engine.inspection import LabError, LabTensor
from engine.lab.templates import templates
from gui.lab.panel import LabPanel
from gui.lab.tensor_rows import GRAD, LEAF_NONE_TIP, PLAIN_NONE_TIP, RESULT_NONE_TIP
from gui.stepper.ledger_table import NUMBERS_TIP, ZEROS_TIP
from gui.theme.tokens import LIGHT
from tests.gui.lab.views import REFUSED, SOURCE, square, tensor
from tests.journeys.hands import table_texts

TIP, INK = Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.ForegroundRole


def test_names_values_and_gradients(panel: LabPanel) -> None:
    panel.show_text(SOURCE)
    panel.show_view(square())
    assert table_texts(panel.results.table) == [
        ["x", "3", "6", "()", "yes", "True", "None", "1"],
        ["y", "9", "None", "()", "no", "True", "PowBackward0", "0"],
    ]
    assert panel.printed.toPlainText() == "tensor(6.)" and panel.printed.label_of(1) == "4"
    assert panel.printed.isVisible() and not panel.sentences.isVisible() and not panel.results.card.isVisible()
    # the first name with a gradient is in front
    assert panel.results.value.title.text() == "x" and panel.results.gradient.title.text() == "x.grad"


def test_none_zeros_and_numbers_are_told_apart(panel: LabPanel) -> None:
    names = (
        LabTensor("leaf", tensor("leaf", 1.0, requires=True)),
        LabTensor("plain", tensor("plain", 1.0)),
        LabTensor("result", tensor("result", 1.0, "<AddBackward0>", True)),
        LabTensor("zero", tensor("zero", [1.0, 2.0], requires=True), tensor("zero.grad", [0.0, 0.0]), 1),
        LabTensor("full", tensor("full", 1.0, requires=True), tensor("full.grad", 24.0), 2),
    )
    panel.show_view(replace(square(), tensors=names, values=(("n", "3"),)))
    model = panel.results.rows
    cells = [model.index(row, GRAD) for row in range(model.rowCount())]
    assert [cell.data() for cell in cells] == ["None", "None", "None", "zeros (2,)", "24", ""]
    tips = [LEAF_NONE_TIP, PLAIN_NONE_TIP, RESULT_NONE_TIP, ZEROS_TIP]
    assert [cell.data(TIP) for cell in cells[:4]] == tips
    assert cells[4].data(TIP) == f"24\n{NUMBERS_TIP}"
    colors = [cell.data(INK).color().name() for cell in cells[:5]]
    assert colors == [LIGHT.muted] * 4 + [LIGHT.backward]
    assert [model.index(4, column).data() for column in range(8)] == [
        "full",
        "1",
        "24",
        "()",
        "yes",
        "True",
        "None",
        "2",
    ]
    assert [model.index(5, column).data() for column in range(3)] == ["n", "3", ""]


def test_selecting_a_name_shows_its_numbers_and_stays(panel: LabPanel, qtbot) -> None:
    panel.show_view(square())
    table = panel.results.table
    place = table.visualRect(panel.results.rows.index(1, 1)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    value, gradient = panel.results.value, panel.results.gradient
    assert value.title.text() == "y" and value.grid.cells.values.item() == 9.0
    assert gradient.nothing.text() == RESULT_NONE_TIP
    panel.show_view(square(value=4.0))
    assert value.title.text() == "y" and value.grid.cells.values.item() == 16.0
    panel.show_text("other")
    panel.show_view(square(value=5.0))
    assert value.title.text() == "x"  # of another text nothing has been chosen yet


def test_a_refused_line_is_marked_and_explained(panel: LabPanel, qtbot) -> None:
    panel.show_text(SOURCE)
    panel.show_view(square(errors=(REFUSED, LabError(4, "Second.")), notes=((1, "A note."),)))
    card = panel.results.card
    assert card.isVisible()
    assert card.what.text() == "Line 2: This is not part of the language."
    assert card.why.text() == "Write something else."
    assert panel.sentences.texts() == [
        "✕  Line 2: This is not part of the language.",
        "✕  Line 4: Second.",
        "i  Line 1: A note.",
    ]
    editor = panel.editor
    assert [editor.mark_of(line)[1] for line in (1, 2, 3, 4)] == ["i", "!", "", "!"]
    assert editor.tip_of(2) == "This is not part of the language.\nWrite something else."
    QTest.mouseClick(card.fold, Qt.MouseButton.LeftButton)
    assert card.details.isVisible() and card.details.text() == "RuntimeError: no"
    with qtbot.waitSignal(panel.nodeAsked, timeout=1000) as asked:
        QTest.mouseClick(card.node, Qt.MouseButton.LeftButton)
    assert asked.args == ["n0"]
    QTest.mouseClick(card.line, Qt.MouseButton.LeftButton)
    assert editor.textCursor().blockNumber() == 1 and editor.hasFocus()
    list_place = panel.sentences.visualItemRect(panel.sentences.item(1)).center()
    QTest.mouseClick(panel.sentences.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, list_place)
    assert editor.textCursor().blockNumber() == 3
    # typing may move lines: marks go, until the answer to the new text is there
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert editor.mark_of(2) == ("", "")
    panel.show_view(square(errors=(REFUSED,)))
    assert editor.mark_of(2) == ("", "")
    panel.show_view(square(panel.text))
    assert not card.isVisible() and not panel.sentences.isVisible()


def test_a_sentence_is_whole_however_narrow(panel: LabPanel) -> None:
    long = "This backward pass needs numbers that the first one has thrown away, and so it cannot be done at all."
    panel.show_view(square(errors=(LabError(2, long),)))
    one_line = panel.sentences.fontMetrics().height()
    for wide in (1100, 700):
        panel.resize(wide, 620)
        QTest.qWait(1)
        box = panel.sentences.visualItemRect(panel.sentences.item(0))
        assert box.height() >= 2 * one_line
        assert box.bottom() <= panel.sentences.viewport().height()


def test_matrices_print_as_several_rows_of_one_line(panel: LabPanel) -> None:
    panel.show_view(square(printed=((4, "tensor([[1.],\n        [2.]])"), (7, "None"))))
    assert panel.printed.toPlainText() == "tensor([[1.],\n        [2.]])\nNone"
    assert [panel.printed.label_of(row) for row in (1, 2, 3)] == ["4", "", "7"]
    assert panel.printed.tip_of(3) == "Printed by line 7"


def test_no_names_at_all(panel: LabPanel) -> None:
    panel.show_view(replace(square(""), tensors=(), printed=(), tape=None))
    assert table_texts(panel.results.table) == []
    assert not panel.printed.isVisible()


def test_a_large_matrix_is_only_summed_up_in_the_table(panel: LabPanel) -> None:
    big = np.ones((784, 100))
    panel.show_view(replace(square(), tensors=(LabTensor("W", tensor("W", big)),)))
    assert table_texts(panel.results.table)[0][:4] == ["W", "norm 280, 1 … 1", "None", "(784, 100)"]


def test_copy_takes_the_whole_text(panel: LabPanel) -> None:
    panel.show_text(SOURCE)
    QTest.mouseClick(panel.bar.icons["copy"], Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == SOURCE
    assert panel.state.text() == "Copied."


def test_the_menu_has_every_template_with_its_text_as_tip(panel: LabPanel) -> None:
    panel.show_templates(templates())
    shown = {menu.title(): [action.text() for action in menu.actions()] for menu in panel.bar.submenus.values()}
    assert shown == {
        group: [one.title for one in templates() if one.group == group]
        for group in dict.fromkeys(one.group for one in templates())
    }
    first = next(iter(panel.bar.submenus.values())).actions()[0]
    assert first.toolTip() == templates()[0].text.rstrip()
    picked = []
    panel.templatePicked.connect(picked.append)
    first.trigger()
    assert picked == [templates()[0]]


@pytest.mark.parametrize("count", [1, 40])
def test_the_window_does_not_grow_with_names(panel: LabPanel, count: int) -> None:
    before = panel.minimumSizeHint()
    names = tuple(LabTensor(f"x{place}", tensor(f"x{place}", float(place))) for place in range(count))
    panel.show_view(replace(square(), tensors=names))
    assert panel.minimumSizeHint() == before
