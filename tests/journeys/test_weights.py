"""Weights by hand in the real window with the real engine: a typed weight is what the first forward pass multiplies with."""

from __future__ import annotations

import numpy as np
import torch
from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu

from engine import edits
from gui.neurons.panel import NeuronsPanel
from gui.neurons.picture import Pick
from gui.weights.panel import WeightsPanel
from tests.journeys.hands import CTRL, LEFT, NONE, Hands
from tests.journeys.test_optimizer import open_tab

PARABOLA = "Gradient descent on (w − 1)²"


def weights(hands: Hands) -> WeightsPanel:
    panel = hands.bench.panels["weights"]
    assert isinstance(panel, WeightsPanel)
    return panel


def type_cell(hands: Hands, row: int, column: int, text: str) -> None:
    """Click a cell, press Enter, type, press Enter."""
    grid = weights(hands).grid
    hands.wait(lambda: grid.cells.rowCount() > row)
    hands.click(grid.viewport(), grid.visualRect(grid.cells.index(row, column)).center())
    hands.key(Qt.Key.Key_Return)
    line = next(one for one in grid.findChildren(QLineEdit) if one.isVisible())
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)
    QCoreApplication.processEvents()


def test_the_first_forward_pass_uses_the_typed_weight(hands: Hands) -> None:
    hands.choose_example(PARABOLA)  # one weight, w = 2; the loss is (w − 1)²
    hands.pick_layer("linear_1")
    hands.press("Edit weights…")
    panel = weights(hands)
    hands.wait(lambda: bool(panel.seen))
    type_cell(hands, 0, 0, "4")
    assert hands.bench.store.undo_name == "Set linear_1.weight[0, 0] to 4"
    hands.press("One step")
    hands.wait(lambda: hands.status.step == 1)
    assert hands.status.loss == 9.0
    # The same edit after training: the run that was going on is not this one's, the next Play starts from it.
    type_cell(hands, 0, 0, "3")
    hands.wait(lambda: hands.status.stale)
    hands.press("One step")
    hands.wait(lambda: hands.status.step == 1 and not hands.status.stale)
    assert hands.status.loss == 4.0
    panel.grid.setFocus()
    for name in ("Set linear_1.weight[0, 0] to 4", ""):
        hands.key(Qt.Key.Key_Z, CTRL)
        assert hands.bench.store.undo_name == name
    hands.wait(lambda: hands.status.stale)
    hands.press("One step")
    hands.wait(lambda: hands.status.step == 1 and not hands.status.stale)
    assert hands.status.loss == 1.0


def test_the_present_weight_is_changed_in_the_table_between_two_steps(hands: Hands) -> None:
    hands.choose_example(PARABOLA)
    hands.press("One step")
    hands.wait(lambda: hands.status.step == 1)
    hands.press("Build")
    hands.pick_layer("linear_1")
    QTest.keyClick(hands.bench.canvas.view, Qt.Key.Key_W)
    panel = weights(hands)
    hands.wait(lambda: panel.grid.isVisible() and panel.when.isVisible())
    hands.click(panel.when.buttons[1])
    hands.wait(lambda: panel.facts.text().startswith("after step 1"))
    assert np.float32(1.8) == panel.grid.cells.values[0, 0]  # 2 − 0.1·2
    type_cell(hands, 0, 0, "6")
    hands.wait(lambda: panel.grid.cells.values[0, 0] == 6)
    hands.press("One step")
    hands.wait(lambda: hands.status.step == 2)
    assert hands.status.loss == 25.0
    assert not hands.bench.store.undo_name
    hands.press("Rewind")
    hands.wait(lambda: hands.status.step == 0 and panel.grid.cells.values[0, 0] == 2)


def test_a_line_is_clicked_and_set_while_the_network_trains(hands: Hands) -> None:
    hands.choose_example("Moons")
    store = hands.bench.store
    store.commit(edits.set_train_value(store.project, "epochs", 100_000), "Epochs")
    open_tab(hands, "Neurons")
    panel = hands.bench.panels["neurons"]
    assert isinstance(panel, NeuronsPanel)
    hands.wait(lambda: "linear_1.weight" in panel.view.picture.values)
    torch.manual_seed(hands.bench.store.project.train.seed)
    first = torch.nn.Linear(2, 8).weight.detach().numpy()
    assert np.array_equal(panel.view.picture.values["linear_1.weight"], first)
    line = panel.view.picture.line(Pick(1, 5, 1))
    assert line is not None
    hands.click(panel.view, line.pointAt(0.9).toPoint())
    pick = panel.view.pick
    assert pick is not None and pick.column == 1 and pick.source is not None
    assert np.float32(panel.value.text()) == first[pick.unit, pick.source]
    QTest.keyClicks(panel.view, "0")
    QTest.keyClicks(panel.value, ".5")
    QTest.keyClick(panel.value, Qt.Key.Key_Return)
    place = f"linear_1.weight[{pick.unit}, {pick.source}]"
    assert hands.bench.store.undo_name == f"Set {place} to 0.5"
    hands.press("Play")
    open_tab(hands, "Neurons")
    hands.wait(lambda: hands.status.step > 5 and panel.when.now and "linear_1.weight" in panel.view.picture.values)
    before = panel.view.picture.values["linear_1.weight"]
    hands.wait(lambda: not np.array_equal(panel.view.picture.values.get("linear_1.weight", before), before))
    hands.click(panel.value)
    QTest.keyClick(panel.value, Qt.Key.Key_A, CTRL)
    QTest.keyClicks(panel.value, "3")
    QTest.keyClick(panel.value, Qt.Key.Key_Return)
    log = hands.bench.session.mailbox
    hands.wait(lambda: [text for _, text in log.read("metrics")[1].changes] == [f"{place} set to 3"])  # type: ignore[attr-defined]
    assert hands.bench.store.undo_name == f"Set {place} to 0.5"
    hands.press("Pause")
    hands.wait(lambda: hands.status.state == "paused")


def test_keys_and_menu_of_a_layer_lead_to_its_weights(hands: Hands) -> None:
    hands.choose_example("Moons")
    hands.pick_layer("linear_2")
    view, panel = hands.bench.canvas.view, weights(hands)
    QTest.keyClick(view, Qt.Key.Key_W)
    hands.wait(lambda: bool(panel.seen))
    assert panel.parameters.currentText().startswith("linear_2.weight") and panel.grid.hasFocus()
    open_tab(hands, "Code")
    assert not panel.seen
    node = hands.bench.store.project.network.node("linear_3")
    at = view.mapFromScene(QPointF(node.x, node.y))
    QTest.mouseClick(view.viewport(), Qt.MouseButton.RightButton, NONE, at)
    QApplication.sendEvent(view.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, view.mapToGlobal(at)))
    (menu,) = [one for one in view.findChildren(QMenu) if one.isVisible()]
    action = next(one for one in menu.actions() if one.text().startswith("Edit weights"))
    QTest.mouseClick(menu, LEFT, NONE, menu.actionGeometry(action).center())
    hands.wait(lambda: bool(panel.seen))
    assert panel.parameters.currentText().startswith("linear_3.weight")
