"""The neuron view under real mouse and keys: the right weight under the mouse, edits of project and run, live values."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine import edits
from engine.commands import LookAtWeights, WatchWeights
from engine.examples import example
from gui.neurons.panel import NeuronsPanel
from gui.neurons.picture import Pick
from gui.theme.tokens import DARK
from tests.engine.tensors.projects import chain
from tests.gui.weights.desk import Desk, type_text

LEFT = Qt.MouseButton.LeftButton
SMALL = (("linear", {"out_features": 4}), ("tanh", {}), ("linear", {"out_features": 1}))
NAMES = ("linear_1.weight", "linear_1.bias", "linear_2.weight", "linear_2.bias")


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    made = Desk(qtbot, chain(SMALL, seed=5), NeuronsPanel())
    made.controller.attach_neurons(made.panel)
    made.show(qtbot, 500, 400)
    return made


def drawn() -> list[np.ndarray]:
    torch.manual_seed(5)
    one, two = torch.nn.Linear(2, 4), torch.nn.Linear(4, 1)
    return [one.weight.detach().numpy(), one.bias.detach().numpy(), two.weight.detach().numpy()]


def click_line(desk: Desk, pick: Pick, share: float = 0.12) -> None:
    point = desk.panel.view.picture.line(pick).pointAt(share)
    QTest.mouseMove(desk.panel.view, point.toPoint())
    QTest.mouseClick(desk.panel.view, LEFT, Qt.KeyboardModifier.NoModifier, point.toPoint())


def click_dot(desk: Desk, column: int, unit: int) -> None:
    x, y = desk.panel.view.picture.place(column, unit)
    QTest.mouseClick(desk.panel.view, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(round(x), round(y)))


def test_a_click_on_a_line_shows_that_weight(desk: Desk) -> None:
    for i in range(4):
        for j in range(2):
            click_line(desk, Pick(1, i, j))
            assert desk.panel.view.pick == Pick(1, i, j)
            assert desk.panel.told.text().startswith(f"linear_1.weight[{i}, {j}], from input {j}")
            assert np.float32(desk.panel.value.text()) == drawn()[0][i, j]
    assert desk.store.selection == ("linear_1",)
    click_line(desk, Pick(2, 0, 3), 0.3)
    assert desk.panel.told.text() == "linear_2.weight[0, 3], from unit 3 of linear_1"
    assert desk.store.selection == ("linear_2",)
    click_dot(desk, 1, 2)
    assert desk.panel.told.text() == "linear_1.bias[2]"
    assert np.float32(desk.panel.value.text()) == drawn()[1][2]
    click_dot(desk, 0, 1)
    assert desk.panel.told.text().startswith("input 1") and not desk.panel.value.isVisible()


def test_a_number_typed_into_the_field_is_the_same_edit_as_in_the_table(desk: Desk) -> None:
    before = desk.project
    click_line(desk, Pick(1, 3, 1))
    desk.panel.value.setFocus()
    desk.panel.value.selectAll()
    type_text(desk.panel.value, "-0.75")
    assert desk.store.undo_name == "Set linear_1.weight[3, 1] to -0.75"
    assert desk.panel.view.picture.values["linear_1.weight"][3, 1] == np.float32(-0.75)
    desk.answer()
    assert desk.panel.value.text() == "-0.75" and desk.panel.again.isVisible()
    QTest.mouseClick(desk.panel.again, LEFT)
    assert desk.project == before
    desk.answer()
    assert np.float32(desk.panel.value.text()) == drawn()[0][3, 1] and not desk.panel.again.isVisible()


def test_bad_text_is_refused(desk: Desk) -> None:
    before = desk.project
    click_line(desk, Pick(1, 3, 1))
    desk.panel.value.setFocus()
    for text, words in (("nan", "finite"), ("0,5", "with a point"), ("x", "not a number")):
        desk.panel.value.selectAll()
        type_text(desk.panel.value, text)
        assert words in desk.panel.problem.text() and desk.panel.problem.isVisible()
    assert desk.project is before


def test_keys_alone(desk: Desk) -> None:
    view = desk.panel.view
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.pick == Pick(1, 0)
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.pick == Pick(1, 1) and view.accessibleDescription() == "linear_1.bias[1]"
    for expected in (0, 1, 1):
        QTest.keyClick(view, Qt.Key.Key_PageDown)
        assert view.pick == Pick(1, 1, expected)
    QTest.keyClick(view, Qt.Key.Key_Up)
    assert view.pick == Pick(1, 0, 1)
    QTest.keyClick(view, Qt.Key.Key_PageUp)
    QTest.keyClick(view, Qt.Key.Key_PageUp)
    assert view.pick == Pick(1, 0)
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.pick == Pick(2, 0)
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.pick == Pick(2, 0)
    QTest.keyClick(view, Qt.Key.Key_2)  # typing begins the edit
    assert desk.panel.value.hasFocus() and desk.panel.value.text() == "2"
    type_text(desk.panel.value, ".5")
    assert dict(desk.project.network.node("linear_2").weights) == {"bias": (2.5,)}
    assert view.hasFocus()
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert desk.panel.value.hasFocus() and desk.panel.value.selectedText() == "2.5"
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.pick is None and not desk.panel.value.isVisible()


def test_it_is_live_while_it_trains_and_can_change_the_run(desk: Desk) -> None:
    assert not desk.panel.when.isVisible() and desk.sent[-1] != WatchWeights(NAMES)
    desk.train(0)
    assert desk.panel.when.isVisible() and desk.panel.when.now
    assert WatchWeights(NAMES) in desk.sent
    run, view = desk.run, desk.panel.view
    for _ in range(3):
        run.take_step()
        desk.show_present()
        for name in NAMES:
            assert np.array_equal(view.picture.values[name], run.network.get_parameter(name).detach().numpy())
    click_line(desk, Pick(1, 3, 1))
    before = desk.project
    desk.panel.value.setFocus()
    desk.panel.value.selectAll()
    QTest.keyClicks(desk.panel.value, "9")
    desk.show_present()  # what is typed stays
    type_text(desk.panel.value, "9")
    desk.show_present()
    assert run.network.get_parameter("linear_1.weight")[3, 1].item() == 99 and desk.project is before
    assert view.picture.values["linear_1.weight"][3, 1] == 99 and view.picture.largest == 99
    QTest.mouseClick(desk.panel.when.buttons[0], LEFT)
    assert np.array_equal(view.picture.values["linear_1.weight"], drawn()[0])
    desk.panel.hide()
    assert desk.sent[-1] == WatchWeights(())


def test_what_cannot_be_drawn_says_why_and_comes_back(desk: Desk, qtbot: QtBot) -> None:
    small = desk.project
    desk.store.commit(example("digits-cnn"), "Another")
    desk.answer()
    assert desk.panel.why.isVisible() and "conv2d_1 is not a Linear layer but Conv2d" in desk.panel.why.text()
    assert not desk.panel.view.isVisible()
    desk.store.commit(small, "Back")
    desk.answer()
    assert desk.panel.view.isVisible()


def test_the_mouse_tells_before_a_click(desk: Desk) -> None:
    point = desk.panel.view.picture.line(Pick(1, 2, 0)).pointAt(0.12).toPoint()
    QTest.mouseMove(desk.panel.view, QPoint(2, 2))
    QTest.mouseMove(desk.panel.view, point)
    assert desk.panel.told.text().startswith("linear_1.weight[2, 0], from input 0")
    assert desk.panel.told.text().endswith(f"= {drawn()[0][2, 0]:.6g}")
    assert desk.panel.view.pick is None
    assert desk.panel.view.toolTip().endswith(f"= {drawn()[0][2, 0].item()!r}")


def test_names_and_themes(desk: Desk) -> None:
    assert desk.panel.view.accessibleName() == "Neurons and weights"
    assert "positive" in desk.panel.legend.accessibleDescription()
    light = desk.panel.view.grab().toImage()
    desk.panel.show_theme(DARK)
    assert desk.panel.view.grab().toImage() != light


def test_a_narrower_layer_drops_what_was_picked(desk: Desk) -> None:
    click_line(desk, Pick(1, 3, 1))
    desk.store.commit(edits.set_value(desk.project, "linear_1", "out_features", 2), "Width")
    desk.answer()
    assert desk.panel.view.pick is None
    asked = [one for one in desk.sent if isinstance(one, LookAtWeights)][-1]
    assert asked.parameters == NAMES
    assert desk.panel.view.picture.values["linear_1.weight"].shape == (2, 2)
