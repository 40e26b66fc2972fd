"""The tensor table: what is shown, what is exact, what is copied and saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.views import TensorView, frozen
from gui.stepper.numbers import csv_text, digits, exact, facts, grid, statistics, summary
from gui.stepper.tensors import TensorTable
from gui.stepper.tint import contrast, ink, levels, ramp
from gui.theme.tokens import THEMES, Theme

ROLE = Qt.ItemDataRole


def shown(qtbot, values: np.ndarray) -> TensorTable:
    table = TensorTable()
    qtbot.addWidget(table)
    table.show_tensor(TensorView("linear_1.weight", frozen(values), True))
    table.resize(520, 400)
    table.show()
    qtbot.waitExposed(table)
    return table


def cell(table: TensorTable, row: int, column: int, role: int = ROLE.DisplayRole) -> object:
    model = table.grid.model()
    return model.data(model.index(row, column, QModelIndex()), role)


def test_six_digits_on_screen_and_the_same_bits_in_the_tip(qtbot) -> None:
    values = np.array([[-0.34796690940856934, 1e-5 / 3]], np.float32)
    table = shown(qtbot, values)
    assert cell(table, 0, 0) == "-0.347967"
    assert cell(table, 0, 0, ROLE.ToolTipRole) == "linear_1.weight[0, 0] = -0.34796690940856934"
    tip = str(cell(table, 0, 1, ROLE.ToolTipRole))
    assert np.float32(tip.split(" = ")[1]) == values[0, 1]


@pytest.mark.parametrize(
    ("values", "size"), [(np.float32(3.5), (1, 1)), (np.arange(3.0), (1, 3)), (np.ones((2, 4)), (2, 4))]
)
def test_scalar_vector_and_matrix_have_their_own_form(qtbot, values, size) -> None:
    table = shown(qtbot, np.asarray(values))
    assert (table.grid.model().rowCount(), table.grid.model().columnCount()) == size
    assert table.grid.horizontalHeader().isVisible() == (np.ndim(values) > 0)
    assert table.grid.verticalHeader().isVisible() == (np.ndim(values) > 1)


def test_higher_ranks_are_reached_by_an_index_per_leading_axis(qtbot) -> None:
    values = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    table = shown(qtbot, values)
    assert [spin.maximum() for spin in table.spins] == [1, 2]
    table.spins[1].setFocus()
    QTest.keyClick(table.spins[1], Qt.Key.Key_Up)
    QTest.keyClick(table.spins[1], Qt.Key.Key_Up)
    assert cell(table, 3, 4) == digits(values[0, 2, 3, 4])
    assert cell(table, 3, 4, ROLE.ToolTipRole) == "linear_1.weight[0, 2, 3, 4] = 59.0"
    table.show_tensor(TensorView("other", frozen(np.ones((2, 2)))))
    assert not table.spins


def test_copy_takes_the_selected_block_exactly(qtbot) -> None:
    values = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], np.float32)
    table = shown(qtbot, values)
    table.grid.copy()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert np.array_equal(np.array([line.split("\t") for line in lines], np.float64), values.astype(np.float64))
    model = table.grid.model()
    first, last = (table.grid.visualRect(model.index(*place)).center() for place in ((0, 1), (1, 2)))
    viewport = table.grid.viewport()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, first)
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, last)
    QTest.keyClick(table.grid, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    expected = "0.20000000298023224\t0.30000001192092896\n0.5\t0.6000000238418579"
    assert QGuiApplication.clipboard().text() == expected


def test_csv_gives_back_the_same_bits(qtbot, tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    table = shown(qtbot, values)
    table.save_to(str(tmp_path / "w.csv"))
    assert np.array_equal(np.loadtxt(tmp_path / "w.csv", delimiter=",", dtype=np.float32), values)
    assert table.message.isVisible()
    table.save_to(str(tmp_path / "missing" / "w.csv"))
    assert "missing" in table.message.text()
    deep = csv_text(np.arange(8.0).reshape(2, 2, 2)).splitlines()
    assert deep[0] == "index_0,index_1,value_0,value_1" and deep[4] == "1,1,6.0,7.0"


def test_the_switch_shows_heat_map_and_histogram(qtbot) -> None:
    values = np.random.default_rng(1).normal(size=(20, 30))
    table = shown(qtbot, values)
    QTest.mouseClick(table.buttons.button(1), Qt.MouseButton.LeftButton)
    assert table.heat_map.isVisible() and not table.grid.isVisible()
    area = table.heat_map.area()
    tip = table.heat_map.tip_at(area.bottomRight() - QPoint(1, 1))
    assert tip == f"[19, 29] = {exact(values[19, 29])}"
    QTest.mouseClick(table.buttons.button(2), Qt.MouseButton.LeftButton)
    assert table.histogram.isVisible() and table.histogram.counts.sum() == values.size


def test_the_context_menu_copies_saves_and_switches(qtbot) -> None:
    table = shown(qtbot, np.array([[1.0, -2.0]]))
    menu = table.build_menu()
    actions = {action.text(): action for action in menu.actions() if action.text()}
    assert list(actions) == ["Copy", "Save as CSV…", "Save as NPY…", "Table", "Heat map", "Histogram"]
    actions["Copy"].trigger()
    assert QGuiApplication.clipboard().text() == "1.0\t-2.0"
    actions["Heat map"].trigger()
    assert table.heat_map.isVisible()  # also where so few numbers need no switch


def test_a_large_matrix_makes_no_widget_per_cell(qtbot) -> None:
    table = shown(qtbot, np.random.default_rng(2).normal(size=(784, 100)).astype(np.float32))
    assert table.grid.model().rowCount() * table.grid.model().columnCount() == 78_400
    assert len(table.findChildren(type(table.grid.viewport()))) < 60
    QTest.keyClick(table.grid, Qt.Key.Key_Right)
    QTest.keyClick(table.grid, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    assert table.grid.currentIndex().row() == 783


def test_none_is_said_in_words(qtbot) -> None:
    table = shown(qtbot, np.ones(2))
    table.show_nothing("outgoing 2 of 3", "none (this input needs no gradient)")
    assert table.nothing.isVisible() and not table.grid.isVisible()
    assert table.nothing.text() == "none (this input needs no gradient)"


def test_statistics_agree_with_numpy_and_count_what_is_not_a_number() -> None:
    found = statistics(np.array([0.0, 1.0, 5.0, np.nan, 0.0]))
    assert found is not None
    assert (found.low, found.mean, found.high, found.zeros, found.nans) == (0.0, 1.5, 5.0, 2, 1)
    assert found.std == pytest.approx(np.std([0, 1, 5, 0], ddof=1))
    assert statistics(np.array([np.nan])) is None
    assert statistics(np.array(2.0)).std is None


def test_summaries_show_small_tensors_whole() -> None:
    assert summary(np.array([[1], [-1]], np.float32)) == "[[1], [-1]]"
    assert summary(np.arange(6.0)) == "norm 7.4162, 0 … 5"
    assert grid(np.arange(8).reshape(2, 2, 2), (1,)).tolist() == [[4, 5], [6, 7]]


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_text_stays_readable_on_every_cell_colour(theme: Theme) -> None:
    assert min(contrast(*pair) for pair in zip(ink(theme), ramp(theme), strict=True)) >= 4.5
    assert contrast(QColor("#000000"), QColor("#ffffff")) == pytest.approx(21.0)
    assert levels(np.array([-2.0, 0.0, 2.0, np.nan, np.inf]), 2.0).tolist() == [0, 64, 128, 64, 128]


def test_npy_is_the_tensor_bit_for_bit(qtbot, tmp_path: Path, monkeypatch) -> None:
    values = np.random.default_rng(3).normal(size=(2, 3, 4)).astype(np.float32)
    table = shown(qtbot, values)
    path = tmp_path / "w.npy"
    asked: list[tuple[str, ...]] = []

    def answer(_parent: object, *words: str) -> tuple[str, str]:
        asked.append(words)
        return str(path), words[-1]

    monkeypatch.setattr("gui.stepper.tensors.QFileDialog.getSaveFileName", answer)
    next(action for action in table.build_menu().actions() if action.text() == "Save as NPY…").trigger()
    assert asked == [("Save as NPY", f"{table.tensor.name}.npy", "NumPy array (*.npy)")]
    back = np.load(path, allow_pickle=False)
    assert back.dtype == np.float32 and back.tobytes() == values.tobytes() and back.shape == values.shape
    assert table.message.text() == f"Saved to {path}"
    table.save_to(str(tmp_path / "no" / "w.npy"), "npy")
    assert "does not exist" in table.message.text()


def test_a_button_opens_the_menu(qtbot) -> None:
    table = shown(qtbot, np.ones((2, 2)))
    QTest.mouseClick(table.more, Qt.MouseButton.LeftButton)
    menu = QApplication.activePopupWidget()
    assert menu is not None and "Save as NPY…" in [action.text() for action in menu.actions()]
    menu.close()
    table.show_nothing("x.grad", "None")
    assert not table.more.isVisible()


def test_what_torch_says_besides_the_numbers(qtbot) -> None:
    table = shown(qtbot, np.ones(2))
    tensor = TensorView("h", np.ones((784, 100), np.float32), True, False, "<ReluBackward0>", "cuda:0")
    table.show_tensor(tensor)
    assert table.details.text() == "(784, 100) · float32 · cuda:0 · ReluBackward0"
    assert facts(tensor).split("\n") == [
        "shape: (784, 100), 78400 numbers, 313600 bytes",
        "dtype: float32",
        "device: cuda:0",
        "is_leaf: False",
        "requires_grad: True",
        "grad_fn: ReluBackward0",
    ]
    table.grab()
    assert table.details.toolTip().endswith(facts(tensor))
