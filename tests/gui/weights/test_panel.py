"""The table of weights under real keys and clicks: torch's own numbers, edits of project and run, blocks, slices."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from engine import edits
from engine.commands import LookAtWeights, WatchWeights
from engine.examples import example
from gui.weights.grid import parsed_block
from gui.weights.panel import WeightsPanel
from tests.engine.session_reader import moons
from tests.engine.tensors.projects import chain
from tests.gui.weights.desk import Desk, type_text

LEFT = Qt.MouseButton.LeftButton
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    made = Desk(qtbot, moons(), WeightsPanel())
    made.controller.attach(made.panel)
    made.show(qtbot)
    return made


def plain(seed: int = 3) -> dict[str, np.ndarray]:
    torch.manual_seed(seed)
    one, two = torch.nn.Linear(2, 16), torch.nn.Linear(16, 2)
    return {"1w": one.weight.detach().numpy(), "1b": one.bias.detach().numpy(), "2w": two.weight.detach().numpy()}


def click(desk: Desk, row: int, column: int, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    grid = desk.panel.grid
    cell = grid.cells.index(row, column)
    grid.scrollTo(cell)
    QTest.mouseClick(grid.viewport(), LEFT, keys, grid.visualRect(cell).center())
    assert grid.currentIndex() == cell


def editor(desk: Desk) -> QLineEdit:
    (line,) = [one for one in desk.panel.grid.findChildren(QLineEdit) if one.isVisible()]
    return line


def by_hand(desk: Desk, node: str = "linear_1") -> dict:
    return dict(desk.project.network.node(node).weights)


def test_it_shows_what_torch_draws(desk: Desk) -> None:
    texts = [desk.panel.parameters.itemText(n) for n in range(desk.panel.parameters.count())]
    assert texts == ["linear_1.weight   16×2", "linear_1.bias   16", "linear_2.weight   2×16", "linear_2.bias   2"]
    assert np.array_equal(desk.panel.grid.cells.values, plain()["1w"])
    assert desk.panel.facts.text() == "initial values, drawn with seed 3"
    picked = []
    desk.panel.layerPicked.connect(picked.append)
    desk.panel.parameters.setFocus()
    QTest.keyClick(desk.panel.parameters, Qt.Key.Key_Down)
    desk.answer()
    assert np.array_equal(desk.panel.grid.cells.values, plain()["1b"].reshape(1, 16))
    assert picked == ["linear_1"]
    desk.store.select(("linear_2",))
    desk.answer()
    assert np.array_equal(desk.panel.grid.cells.values, plain()["2w"])
    # Another seed, other numbers.
    desk.store.commit(edits.set_train_value(desk.project, "seed", 9), "Seed")
    desk.answer()
    assert np.array_equal(desk.panel.grid.cells.values, plain(9)["2w"])


def test_a_typed_number_is_one_named_edit_and_seen_at_once(desk: Desk) -> None:
    before = desk.project
    click(desk, 3, 1)
    QTest.keyClick(desk.panel.grid, Qt.Key.Key_Return)
    assert np.float32(editor(desk).text()) == plain()["1w"][3, 1]
    type_text(editor(desk), "0.1")
    assert desk.store.undo_name == "Set linear_1.weight[3, 1] to 0.1"
    assert desk.panel.grid.cells.values[3, 1] == np.float32(0.1)
    desk.answer()
    expected = plain()["1w"].copy()
    expected[3, 1] = 0.1
    assert np.array_equal(desk.panel.grid.cells.values, expected)
    assert desk.panel.facts.text() == "1 of 32 set by hand, the others drawn with seed 3"
    assert "set by hand" in desk.panel.grid.cells.index(3, 1).data(Qt.ItemDataRole.ToolTipRole)
    assert desk.panel.grid.cells.index(3, 1).data(Qt.ItemDataRole.EditRole) == "0.1"
    said = desk.panel.grid.cells.index(3, 1).data(Qt.ItemDataRole.AccessibleDescriptionRole)
    assert said.startswith("linear_1.weight[3, 1] = 0.1") and "set by hand" in said
    desk.store.undo()
    assert desk.project == before
    desk.answer()
    assert np.array_equal(desk.panel.grid.cells.values, plain()["1w"])


def test_typing_begins_an_edit_and_escape_ends_it(desk: Desk) -> None:
    click(desk, 0, 0)
    QTest.keyClick(desk.panel.grid, Qt.Key.Key_Minus)
    assert editor(desk).text() == "-"
    type_text(editor(desk), "2.5")
    assert by_hand(desk)["weight"][0] == (-2.5, None)
    QTest.keyClick(desk.panel.grid, Qt.Key.Key_7)
    QTest.keyClick(editor(desk), Qt.Key.Key_Escape)
    assert by_hand(desk)["weight"][0] == (-2.5, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("abc", "not a number"),
        ("0,5", "with a point"),
        ("nan", "finite number"),
        ("inf", "finite"),
        ("1e39", "float32"),
    ],
)
def test_bad_text_is_refused_with_a_sentence_and_stays_to_be_mended(desk: Desk, text: str, words: str) -> None:
    before = desk.project
    click(desk, 0, 0)
    QTest.keyClick(desk.panel.grid, Qt.Key.Key_Return)
    type_text(editor(desk), text)
    assert words in desk.panel.problem.text() and desk.panel.problem.isVisible()
    assert desk.project is before
    type_text(editor(desk), "4")
    assert by_hand(desk)["weight"][0][0] == 4.0 and not desk.panel.problem.isVisible()


def test_an_untouched_editor_changes_nothing(desk: Desk) -> None:
    before = desk.project
    click(desk, 0, 0)
    QTest.keyClick(desk.panel.grid, Qt.Key.Key_Return)
    type_text(editor(desk), "")
    assert desk.project is before


def test_a_block_from_a_spreadsheet(desk: Desk) -> None:
    QGuiApplication.clipboard().setText("1\t2\r\n-3\t4e-1\r\n")
    click(desk, 5, 0)
    QTest.keyClick(desk.panel.grid, Qt.Key.Key_V, CTRL)
    table = by_hand(desk)["weight"]
    assert table[5:7] == ((1.0, 2.0), (-3.0, 0.4)) and table[4] == (None, None)
    assert desk.store.undo_name == "Set 4 values of linear_1.weight"
    # And back to the spreadsheet, exactly.
    click(desk, 5, 0)
    click(desk, 6, 1, SHIFT)
    QTest.keyClick(desk.panel.grid, Qt.Key.Key_C, CTRL)
    copied = [[float(x) for x in line.split("\t")] for line in QGuiApplication.clipboard().text().split("\n")]
    assert np.array_equal(np.float32(copied), np.float32([[1, 2], [-3, 0.4]]))


def test_blocks_that_do_not_fit_or_are_no_numbers(desk: Desk) -> None:
    before = desk.project
    for text, words in (
        ("1\t2\t3", "The copied block is 1×3, but from row 15, column 0 on there is room for 1×2."),
        ("1\t2\n3\t4", "there is room for 1×2"),
        ("1\tx", "Row 1, column 2 of what is pasted: “x” is not a number"),
        ("1\t2\n3", "Row 2 of what is pasted has 1 numbers, the first one has 2."),
        ("1\tnan", "finite"),
        ("", "There are no numbers on the clipboard."),
    ):
        QGuiApplication.clipboard().setText(text)
        click(desk, 15, 0)
        QTest.keyClick(desk.panel.grid, Qt.Key.Key_V, CTRL)
        assert words in desk.panel.problem.text(), text
    assert desk.project is before
    assert parsed_block("1\n2\n") == [[1.0], [2.0]]


def test_one_number_fills_the_selection_and_delete_draws_again(desk: Desk) -> None:
    QGuiApplication.clipboard().setText("7")
    click(desk, 2, 0)
    click(desk, 3, 1, SHIFT)
    QTest.keyClick(desk.panel.grid, Qt.Key.Key_V, CTRL)
    assert by_hand(desk)["weight"][2:4] == ((7.0, 7.0), (7.0, 7.0))
    click(desk, 2, 1)
    QTest.keyClick(desk.panel.grid, Qt.Key.Key_Delete)
    assert by_hand(desk)["weight"][2] == (7.0, None)
    assert desk.store.undo_name == "Draw linear_1.weight[2, 1] again"


def test_a_column_of_numbers_goes_into_a_bias(desk: Desk) -> None:
    desk.panel.parameters.setFocus()
    QTest.keyClick(desk.panel.parameters, Qt.Key.Key_Down)
    desk.answer()
    QGuiApplication.clipboard().setText("1\n2\n3\n")
    click(desk, 0, 2)
    QTest.keyClick(desk.panel.grid, Qt.Key.Key_V, CTRL)
    assert by_hand(desk)["bias"][:6] == (None, None, 1.0, 2.0, 3.0, None)


def test_all_values_and_back_to_the_initializer(desk: Desk) -> None:
    before = desk.project
    assert not desk.panel.again.isVisible()
    desk.panel.fill.selectAll()
    type_text(desk.panel.fill, "0.25")
    assert desk.store.undo_name == "Set all of linear_1.weight to 0.25"
    desk.answer()
    assert (desk.panel.grid.cells.values == np.float32(0.25)).all()
    assert desk.panel.facts.text() == "32 of 32 set by hand"
    QTest.mouseClick(desk.panel.again, LEFT)
    assert desk.project == before and desk.store.undo_name == "Draw linear_1.weight again"
    desk.panel.fill.selectAll()
    type_text(desk.panel.fill, "much", None)
    QTest.mouseClick(desk.panel.fill_button, LEFT)
    assert "“much” is not a number" in desk.panel.problem.text()


def test_slices_of_four_axes(qtbot: QtBot) -> None:
    layers = (("conv2d", {"out_channels": 3, "kernel_size": 3}), ("flatten", {}), ("linear", {"out_features": 10}))
    desk = Desk(qtbot, chain(layers, "digits", "cross_entropy", rows={"layout": "image"}), WeightsPanel())
    desk.controller.attach(desk.panel)
    desk.show(qtbot)
    torch.manual_seed(desk.project.train.seed)
    kernel = torch.nn.Conv2d(1, 3, 3).weight.detach().numpy()
    assert [spin.maximum() for spin in desk.panel.slices.spins] == [2, 0]
    desk.panel.slices.spins[0].setFocus()
    QTest.keyClick(desk.panel.slices.spins[0], Qt.Key.Key_Up)
    assert np.array_equal(desk.panel.grid.cells.values, kernel[1, 0])
    click(desk, 2, 0)
    QTest.keyClick(desk.panel.grid, Qt.Key.Key_Return)
    type_text(editor(desk), "5")
    assert desk.store.undo_name == "Set conv2d_1.weight[1, 0, 2, 0] to 5"
    assert desk.panel.grid.cells.is_by_hand(2, 0) and not desk.panel.grid.cells.is_by_hand(0, 0)
    desk.answer()
    expected = kernel[1, 0].copy()
    expected[2, 0] = 5
    assert np.array_equal(desk.panel.grid.cells.values, expected)


def test_now_shows_and_changes_the_run(desk: Desk) -> None:
    assert not desk.panel.when.isVisible()
    desk.train(2)
    assert desk.panel.when.isVisible()
    before = desk.project
    QTest.mouseClick(desk.panel.when.buttons[1], LEFT)
    assert desk.sent[-1] == WatchWeights(("linear_1.weight",))
    desk.show_present()
    weight = desk.run.network.get_parameter("linear_1.weight")
    assert np.array_equal(desk.panel.grid.cells.values, weight.detach().numpy())
    assert not np.array_equal(desk.panel.grid.cells.values, plain()["1w"])
    assert desk.panel.facts.text().startswith("after step 2;")
    click(desk, 0, 1)
    QTest.keyClick(desk.panel.grid, Qt.Key.Key_Return)
    # Numbers that arrive while somebody types leave the text alone.
    QTest.keyClicks(editor(desk), "0.5")
    desk.show_present()
    assert editor(desk).text() == "0.5"
    type_text(editor(desk), "")
    desk.show_present()
    assert weight[0, 1].item() == 0.5 and desk.panel.grid.cells.values[0, 1] == 0.5
    assert desk.project is before and not desk.store.undo_name
    assert desk.run.log.changes == [(2, "linear_1.weight[0, 1] set to 0.5")]
    QTest.keyClick(desk.panel.grid, Qt.Key.Key_Delete)
    assert "Rewind brings the run back" in desk.panel.problem.text()
    QTest.mouseClick(desk.panel.when.buttons[0], LEFT)
    assert desk.sent[-1] == WatchWeights(())
    assert np.array_equal(desk.panel.grid.cells.values, plain()["1w"])


def test_nobody_is_asked_for_what_nobody_sees(desk: Desk) -> None:
    desk.panel.hide()
    desk.sent.clear()
    desk.store.commit(edits.set_train_value(desk.project, "seed", 5), "Seed")
    desk.answer()
    assert not any(isinstance(one, LookAtWeights) for one in desk.sent)
    desk.panel.show()
    assert [one.project.train.seed for one in desk.sent if isinstance(one, LookAtWeights)] == [5]


def test_without_weights_a_layer_is_offered(qtbot: QtBot) -> None:
    desk = Desk(qtbot, edits.remove_nodes(example("digits"), ("linear_1", "linear_2")), WeightsPanel())
    desk.controller.attach(desk.panel)
    desk.show(qtbot)
    with qtbot.waitSignal(desk.controller.layerWanted) as wanted:
        QTest.mouseClick(desk.panel.empty.button, LEFT)
    assert wanted.args == ["linear"]


def test_why_there_are_no_values(desk: Desk) -> None:
    desk.store.commit(edits.set_value(desk.project, "linear_2", "in_features", 5), "Width")
    desk.answer()
    assert desk.panel.facts.text().startswith("linear_2")
    assert desk.panel.grid.cells.rowCount() == 0 and not desk.panel.fill.isEnabled()
