"""The ledger on S3: None, then numbers in autograd's order, then None again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.commands import TakeApart
from engine.views import LedgerRow, TapeEvent, TensorView
from gui.stepper.ledger_table import ZEROS_TIP, LedgerModel
from tests.gui.stepper import s3
from tests.gui.stepper.conftest import Desk

NAMES = ["linear_1.weight", "linear_1.bias", "linear_2.weight", "linear_2.bias"]


def column(desk: Desk, number: int) -> list[str]:
    model = desk.ledger.table.model()
    return [model.index(row, number).data() for row in range(model.rowCount())]


def test_grads_go_from_none_to_numbers_to_none(stepped: Desk) -> None:
    panel = stepped.ledger
    assert column(stepped, 0) == NAMES
    assert column(stepped, 2) == ["[[1], [-1]]", "[1, 2]", "[[1, 2]]", "[-1]"]
    assert column(stepped, 3) == ["None"] * 4
    stepped.stepping.move_to(7)
    assert column(stepped, 3) == ["None", "None", "None", "[-3.31417]"]
    assert column(stepped, 0)[3] == "▸ linear_2.bias"
    stepped.stepping.move_to(14)
    numbers = ["[[-0.347967], [-1.30321]]", "[-0.347967, -1.30321]", "[[-2.91911, -2.42285]]", "[-3.31417]"]
    assert column(stepped, 3) == numbers
    assert column(stepped, 4) == ["1"] * 4
    stepped.stepping.move_to(18)
    assert column(stepped, 2)[:2] == ["[[1.0348], [-0.869679]]", "[1.0348, 2.13032]"]
    stepped.stepping.last()
    assert column(stepped, 3) == ["None"] * 4 and column(stepped, 4) == ["0"] * 4
    assert panel.rows.data(panel.rows.index(0, 3), Qt.ItemDataRole.FontRole).italic()
    assert ".grad is None" in panel.rows.data(panel.rows.index(0, 3), Qt.ItemDataRole.ToolTipRole)


def test_the_touched_parameter_shows_its_tensors(stepped: Desk) -> None:
    panel = stepped.ledger
    stepped.stepping.move_to(14)
    assert panel.value.title.text() == "linear_1.weight" and panel.gradient.title.text() == "linear_1.weight.grad"
    assert panel.gradient.grid.model().index(1, 0).data() == "-1.30321"
    stepped.stepping.move_to(19)
    assert panel.gradient.nothing.isVisible() and "None" in panel.gradient.nothing.text()


def test_choosing_a_row_selects_its_layer_and_does_not_move_the_cursor(stepped: Desk) -> None:
    stepped.stepping.move_to(14)
    table = stepped.ledger.table
    place = table.visualRect(table.model().index(3, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert stepped.store.selection == ("linear_2",)
    assert stepped.stepping.cursor == 14
    assert stepped.ledger.gradient.grid.model().index(0, 0).data() == "-3.31417"
    QTest.keyClick(table, Qt.Key.Key_Up)
    assert stepped.ledger.value.title.text() == "linear_2.weight"
    assert stepped.stepping.cursor == 14


def test_selecting_a_layer_brings_its_first_parameter_forward(stepped: Desk) -> None:
    stepped.ledger.show_selection(("linear_2",))
    assert stepped.ledger.value.title.text() == "linear_2.weight"
    stepped.ledger.show_selection(("sigmoid_1",))
    assert stepped.ledger.value.title.text() == "linear_2.weight"


def test_zeros_are_not_none() -> None:
    weight = TensorView("a.weight", s3.W1, True)
    rows = (
        LedgerRow("a.weight", "a", weight, TensorView("a.weight.grad", np.zeros((2, 1), np.float32)), 1),
        LedgerRow("a.bias", "a", replace(weight, name="a.bias"), None, 0),
    )
    model = LedgerModel()
    model.show_rows(rows, TapeEvent(0, "accumulate", "AccumulateGrad", "a", "a.bias"))
    assert model.index(0, 3).data() == "zeros (2, 1)" and model.index(1, 3).data() == "None"
    assert ZEROS_TIP in model.index(0, 3).data(Qt.ItemDataRole.ToolTipRole)
    assert model.index(1, 0).data() == "▸ a.bias"


def test_without_a_tape_it_says_what_will_come_and_offers_it(desk: Desk) -> None:
    assert not desk.ledger.table.isVisible()
    QTest.mouseClick(desk.ledger.empty.button, Qt.MouseButton.LeftButton)
    assert desk.sent == [TakeApart()]
    desk.stepping.show_tape(desk.tape)
    assert desk.ledger.table.isVisible()
    desk.stepping.show_tape(None)
    assert not desk.ledger.table.isVisible()
