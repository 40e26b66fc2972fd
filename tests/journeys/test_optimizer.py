"""The optimizer's panels with real clicks and the real engine: the course's numbers are read off the screen."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTabBar

from engine import edits
from gui.optimizer.dropout import DropoutPanel
from gui.optimizer.landscape import LandscapePanel
from gui.optimizer.lens import LensPanel
from gui.stepper.ledger import LedgerPanel
from tests.journeys.hands import CTRL, LEFT, NONE, Hands

PARABOLA = "Gradient descent on (w − 1)²"


def open_tab(hands: Hands, title: str) -> None:
    """Click the tab of a dock."""
    for bar in hands.bench.window.findChildren(QTabBar):
        for index in range(bar.count()):
            if bar.isVisible() and bar.tabText(index) == title:
                hands.click(bar, bar.tabRect(index).center())
                return
    raise AssertionError(f"no tab “{title}”")


def opened_lens(hands: Hands, example: str) -> LensPanel:
    hands.choose_example(example)
    hands.press("Step")
    open_tab(hands, "Optimizer")
    panel = hands.bench.panels["lens"]
    assert isinstance(panel, LensPanel)
    hands.press("Take an update apart", panel)
    hands.wait(lambda: panel.view is not None)
    return panel


def drawn_surface(hands: Hands, example: str, steps: int) -> LandscapePanel:
    hands.choose_example(example)
    hands.press("Step")
    open_tab(hands, "Loss surface")
    panel = hands.bench.panels["landscape"]
    assert isinstance(panel, LandscapePanel)
    hands.press("Draw the loss surface", panel)
    hands.wait(lambda: panel.view is not None)
    if steps != panel.steps.value():
        before = panel.view
        panel.steps.selectAll()
        panel.steps.setFocus()
        QTest.keyClicks(panel.steps, str(steps))
        hands.press("Draw", panel)
        hands.wait(lambda: panel.view is not before)
    return panel


def walked(hands: Hands, panel: LandscapePanel, steps: int) -> list[str]:
    """What is written under the picture at every point of the path, with the arrow key."""
    panel.slider.setFocus()
    told = [panel.point.text()]
    for _ in range(steps):
        hands.key(Qt.Key.Key_Right)
        told.append(panel.point.text())
    return told


def test_one_step_down_the_parabola(hands: Hands) -> None:
    panel = opened_lens(hands, PARABOLA)
    assert panel.equation.text == "2 − 0.2 = 1.8"
    assert panel.parts.texts == [("gradient", "−0.2", "= −0.1·2")]
    assert panel.losses.items == [("data loss", 1.0, "1"), ("penalty", 0.0, "0")]
    assert "Of step 1 of the run, not done yet" in panel.age.text()
    # One step with the run bar: the lens looks at the next one by itself.
    hands.press("One step")
    hands.wait(lambda: panel.equation.text == "1.8 − 0.16 = 1.64")
    assert hands.status.step == 1


def test_an_element_of_s3_is_chosen_in_the_table(hands: Hands) -> None:
    panel = opened_lens(hands, "Backward pass by hand")
    grid = panel.picker.grid
    cell = grid.cells.index(0, 0)
    hands.click(grid.viewport(), grid.visualRect(cell).center())
    hands.wait(lambda: panel.view is not None and panel.view.index == (0, 0))
    assert panel.view is not None
    assert f"{panel.view.new:.6f}" == "1.034797"
    assert panel.equation.text == "1 + 0.0347967 = 1.0348"
    combo = panel.picker.parameters
    combo.setFocus()
    for _ in range(3):
        hands.key(Qt.Key.Key_Down)
    hands.wait(lambda: panel.view is not None and panel.view.parameter == "linear_2.bias")
    assert panel.view is not None and f"{panel.view.new:.6f}" == "-0.668583"
    assert hands.bench.store.selection == ("linear_2",)


def test_a_row_of_the_ledger_is_the_lens_parameter(hands: Hands) -> None:
    panel = opened_lens(hands, "Backward pass by hand")
    hands.menu("Run", "Take a step apart")
    hands.wait(lambda: hands.bench.stepping.tape is not None)
    open_tab(hands, "Optimizer")
    ledger = hands.bench.panels["ledger"]
    assert isinstance(ledger, LedgerPanel)
    place = ledger.table.visualRect(ledger.rows.index(2, 0)).center()
    hands.click(ledger.table.viewport(), place)
    hands.wait(lambda: panel.view is not None and panel.view.parameter == "linear_2.weight")
    assert panel.view is not None and f"{panel.view.new:.6f}" == "1.291911"


def test_weight_decay_on_the_screen(hands: Hands) -> None:
    panel = opened_lens(hands, "Weight decay 0.01")
    assert panel.equation.text == "2 − 0.2 − 0.002 = 1.798"
    assert [item[2] for item in panel.shares.items] == ["99 %", "0.99 %"]
    assert "twice as much" in panel.penalty_note.text()
    # The decay is edited while the run stands: the lens follows, to what the texts' formula λΣw² would do.
    store = hands.bench.store
    store.commit(edits.set_optimizer_value(store.project, "weight_decay", 0.02), "Weight decay")
    hands.wait(lambda: panel.equation.text == "2 − 0.2 − 0.004 = 1.796")
    hands.key(Qt.Key.Key_Z, CTRL)
    hands.wait(lambda: panel.equation.text == "2 − 0.2 − 0.002 = 1.798")
    panel = opened_lens(hands, "Decay alone, AdamW")
    assert panel.equation.text == "2 + 0 + 0 − 0.02 = 1.98"
    assert "not a term of the loss" in panel.penalty_note.text()
    panel = opened_lens(hands, "Decay alone, Adam")
    assert panel.equation.text == "2 + 0 + 0 − 0.1 = 1.9"
    for step, (old, new) in enumerate((("1.9", "1.80017"), ("1.80017", "1.70062")), start=2):
        hands.press("One step")
        hands.wait(lambda step=step: panel.view is not None and panel.view.step == step - 1)
        assert (panel.equation.terms[0][1], panel.equation.terms[-1][1]) == (old, new)
    assert ("exp_avg", "0.0513017") in panel.state.texts


@pytest.mark.parametrize(
    ("example", "weights"),
    [
        (PARABOLA, ["2", "1.8", "1.64", "1.512", "1.4096", "1.32768", "1.26214"]),
        ("Learning rate 0.5", ["2", "1", "1"]),
        ("Learning rate 1", ["2", "0", "2", "0"]),
        ("Learning rate 1.1", ["2", "−0.2", "2.44", "−0.728", "3.0736"]),
    ],
)
def test_the_path_on_the_surface(hands: Hands, example: str, weights: list[str]) -> None:
    panel = drawn_surface(hands, example, len(weights) - 1)
    told = walked(hands, panel, len(weights) - 1)
    assert [text.split(" = ")[1].split(",")[0] for text in told] == weights
    assert told[0] == "step 0: linear_1.weight[0, 0] = 2, loss = 1"


def test_adams_path_on_the_surface(hands: Hands) -> None:
    panel = drawn_surface(hands, "Adam on (w − 1)²", 10)
    told = walked(hands, panel, 10)
    assert "= 0.644672, loss" in told[10] and "= 0.51851, loss" in told[7]


def test_the_valley_from_above(hands: Hands) -> None:
    panel = drawn_surface(hands, "A narrow valley", 20)
    assert panel.view is not None and panel.view.z.shape == (41, 41)
    assert not panel.seed.isVisible()
    hands.press("Play along the path", panel)
    hands.wait(lambda: panel.slider.value() >= 2)
    hands.press("Pause", panel)
    stood = panel.slider.value()
    hands.press("Zoom to the path", panel)
    assert len(panel.plot.numbers) > 8
    assert panel.slider.value() == stood


def test_a_plane_while_training_goes_on(hands: Hands) -> None:
    """Drawing takes about a second; pause and play answer meanwhile, and the losses stay those of the seed."""
    bench = hands.bench
    bench.store.commit(edits.set_train_value(bench.store.project, "epochs", 100_000), "Epochs")
    hands.press("Step")
    open_tab(hands, "Loss surface")
    panel = bench.panels["landscape"]
    assert isinstance(panel, LandscapePanel)
    hands.press("Play")
    hands.wait(lambda: hands.status.step > 5)
    hands.press("Draw the loss surface", panel)
    asked = hands.status.step
    hands.wait(lambda: panel.view is not None)
    assert hands.status.step > asked
    hands.press("Pause")
    hands.wait(lambda: hands.status.state == "paused")
    assert panel.view is not None and panel.seed.isVisible()
    assert 0 < panel.view.step < hands.status.step
    assert f"after step {panel.view.step:,}; the run has done {hands.status.step:,} by now" in panel.age.text()


def test_dropout_of_the_coming_step(hands: Hands) -> None:
    hands.press("Step")
    open_tab(hands, "Dropout")
    panel = hands.bench.panels["dropout"]
    assert isinstance(panel, DropoutPanel)
    hands.press("Draw the mask", panel)
    hands.wait(lambda: panel.view is not None)
    view = panel.view
    assert view is not None and panel.layer.currentText() == "dropout_1"
    np.testing.assert_allclose(view.train.values, view.given.values * view.mask.values * 1.25, rtol=1e-6)
    assert "are multiplied by 1/(1 − p) = 1.25" in panel.fact.text()
    assert panel.tables["eval"].tensor is view.eval
    panel.draws.setFocus()
    panel.draws.selectAll()
    QTest.keyClicks(panel.draws, "7")
    QTest.keyClick(panel.draws, Qt.Key.Key_Return)
    hands.wait(lambda: panel.view is not None and panel.view.draws == 7)
    assert panel.tables["mean"].title.text() == "Mean of 7 draws"
    hands.press("One step")
    hands.wait(lambda: panel.view is not None and panel.view.step == 1)


def test_without_dropout_an_example_is_offered(hands: Hands) -> None:
    hands.choose_example("Moons")
    hands.press("Step")
    open_tab(hands, "Dropout")
    hands.press("Open an example with Dropout")
    hands.wait(lambda: hands.bench.store.project.name == "Digits")


def test_the_examples_menu_opens_a_descent(hands: Hands) -> None:
    panel = drawn_surface(hands, PARABOLA, 20)
    menu = panel._menu
    hands.click(panel.examples)
    hands.wait(menu.isVisible)
    action = next(one for one in menu.actions() if one.text() == "Learning rate 0.5")
    QTest.mouseClick(menu, LEFT, NONE, menu.actionGeometry(action).center())
    hands.wait(lambda: hands.bench.store.project.name == "Learning rate 0.5")
    assert panel.view is None
    assert panel.empty.isVisible()
