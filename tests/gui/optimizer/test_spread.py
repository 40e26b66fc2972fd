"""The Init Lab's panel: asks, draws a line per rule, and lists the numbers."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.catalog.initializers import DEFAULT
from engine.inspection import SpreadRow, SpreadView
from engine.views import RunStatus
from gui.optimizer.spread import SpreadPanel
from gui.pump import Update
from gui.theme.tokens import DARK, LIGHT

ROWS = (
    SpreadRow("Level", DEFAULT, 0.02, (0.5, 0.5, 0.5), (0.1, 0.1, 0.1), (0.25, 0.1, 0.1)),
    SpreadRow("Zeros", DEFAULT, 0.0, (0.0, 0.0, 0.0), (0.0, 0.0, 0.1), (0.0, 0.0, 0.0)),
    SpreadRow("Bursts", DEFAULT, 1.0, (1.0, 1e20, float("inf")), (1.0, 2.0, float("nan")), (float("nan"), 1.0, 1.0)),
)


@pytest.fixture
def panel(qtbot) -> SpreadPanel:
    shown = SpreadPanel()
    qtbot.addWidget(shown)
    shown.show_theme(LIGHT)
    shown.resize(1000, 260)
    shown.show()
    qtbot.waitExposed(shown)
    return shown


def test_it_asks_and_shows_every_rule(panel: SpreadPanel, qtbot) -> None:
    with qtbot.waitSignal(panel.spreadRequested) as asked:
        QTest.mouseClick(panel.empty.button, Qt.MouseButton.LeftButton)
    assert asked.args == ["tanh", 10, 100, 0]
    panel.show_update(Update(frozenset({"spread"}), RunStatus(), spread=SpreadView("tanh", 3, 100, 0, ROWS)))
    texts = [[panel.table.item(row, column).text() for column in range(4)] for row in range(3)]
    assert texts == [
        ["Level", "0.02", "0.5 → 0.5", "0.25"],
        ["Zeros", "0", "0 → 0", "0"],
        ["Bursts", "1", "1 → inf", "nan"],
    ]
    curves = panel.charts[0].getPlotItem().listDataItems()
    assert len(curves) == 3
    assert np.array_equal(curves[0].yData, [0.5, 0.5, 0.5])
    assert np.isnan(curves[1].yData).all() and np.isnan(curves[2].yData[2])
    panel.table.selectRow(0)
    widths = [curve.opts["pen"].width() for curve in panel.charts[1].getPlotItem().listDataItems()]
    assert widths == [3, 1, 1]
    panel.show_theme(DARK)


def test_another_depth_asks_again(panel: SpreadPanel, qtbot) -> None:
    panel.show_update(Update(frozenset({"spread"}), RunStatus(), spread=SpreadView("tanh", 10, 100, 0, ROWS)))
    panel.layers.setFocus()
    panel.layers.selectAll()
    with qtbot.waitSignal(panel.spreadRequested) as asked:
        QTest.keyClicks(panel.layers, "20")
        QTest.keyClick(panel.layers, Qt.Key.Key_Return)
    assert asked.args == ["tanh", 20, 100, 0]
    panel.activation.setFocus()
    with qtbot.waitSignal(panel.spreadRequested) as asked:
        QTest.keyClick(panel.activation, Qt.Key.Key_Down)
    assert asked.args[0] == "relu"
