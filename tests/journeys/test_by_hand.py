"""The step by hand through the window with real clicks: the course's figures, what accumulates, what torch refuses."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from engine.inspection import WorkbenchView
from gui.stepper.workbench import WorkbenchPanel
from tests.journeys.hands import Hands

UPDATED = {
    "linear_1.weight": [1.0348, -0.8697],
    "linear_1.bias": [1.0348, 2.1303],
    "linear_2.weight": [1.2919, 2.2423],
    "linear_2.bias": [-0.6686],
}
SUMS = [(-0.1991, -0.5976), (-0.3983, -1.1953), (-0.5974, -1.7929), (-0.7966, -2.3906), (-0.9957, -2.9882)]


class ByHand:
    """The panel, and what came back last."""

    def __init__(self, hands: Hands, example: str) -> None:
        self.hands, self.bench = hands, hands.bench
        hands.choose_example(example)
        hands.press("Step")
        panel = hands.bench.panels["workbench"]
        assert isinstance(panel, WorkbenchPanel)
        self.panel = panel

    def do(self, *actions: str) -> WorkbenchView:
        """Click the buttons, each after the answer to the one before."""
        for action in actions:
            before = self.panel._view
            self.hands.wait(self.panel.buttons[action].isEnabled)  # type: ignore[index]
            self.hands.click(self.panel.buttons[action])  # type: ignore[index]
            self.hands.wait(lambda before=before: self.panel._view is not before)
        assert self.panel._view is not None
        return self.panel._view

    def rows(self) -> dict[str, tuple[np.ndarray, np.ndarray | None, int]]:
        """The ledger as it stands in its panel."""
        rows = self.bench.panels["ledger"].rows.rows  # type: ignore[attr-defined]
        return {
            row.name: (row.value.values, None if row.grad is None else row.grad.values, row.accumulations)
            for row in rows
        }


def test_s3_by_hand(hands: Hands) -> None:
    desk = ByHand(hands, "Backward pass by hand")
    view = desk.do("forward", "backward", "step")
    assert view.tape.loss == pytest.approx(2.745934, abs=1e-6)
    for name, figures in UPDATED.items():
        assert np.allclose(desk.rows()[name][0].ravel(), figures, atol=6e-5)
    assert desk.bench.stepping.tape is view.tape
    assert desk.bench.stepping.cursor == len(view.tape.events) - 1
    assert desk.do("zero_grad", "forward").tape.loss == pytest.approx(0.599744, abs=1e-6)
    assert all(grad is None for _, grad, _ in desk.rows().values())
    hands.click(desk.panel.retain, QPoint(12, desk.panel.retain.height() // 2))
    assert desk.panel.retain.isChecked()
    for times, figures in enumerate(SUMS, 1):
        desk.do("backward")
        _, grad, count = desk.rows()["linear_1.bias"]
        assert grad is not None and np.allclose(grad, figures, atol=6e-5) and count == times
    assert "another pass" in desk.panel.note.text()
    desk.do("zero_grad", "backward")
    _, grad, count = desk.rows()["linear_1.bias"]
    assert grad is not None and np.allclose(grad, SUMS[0], atol=6e-5) and count == 1
    assert hands.status.step == 0  # the run itself stands where it stood


def test_a_second_backward_is_a_card_and_zeros_are_not_none(hands: Hands) -> None:
    desk = ByHand(hands, "Backward pass by hand")
    assert not desk.panel.buttons["backward"].isEnabled()
    assert "Run Forward first" in desk.panel.buttons["backward"].toolTip()
    view = desk.do("forward", "backward", "backward")
    assert view.error is not None and desk.panel.card.isVisible()
    assert "MseLossBackward0 of the loss" in desk.panel.card.text.text()
    assert "retain" in desk.panel.card.why.text() and "second time" in desk.panel.card.words.text()
    assert len(view.freed) == 4
    desk.panel.cleared.setFocus()
    hands.key(Qt.Key.Key_Down)
    assert desk.panel.cleared.currentText() == "to zeros"
    desk.do("zero_grad")
    assert not desk.panel.card.isVisible()
    assert all(grad is not None and not grad.any() for _, grad, _ in desk.rows().values())
    desk.panel.cleared.setFocus()
    hands.key(Qt.Key.Key_Up)
    desk.do("zero_grad")
    assert all(grad is None for _, grad, _ in desk.rows().values())


def test_dropout_in_train_and_eval(hands: Hands) -> None:
    desk = ByHand(hands, "Digits")
    view = desk.do("forward", "backward")
    layer = next(node.id for node in desk.bench.store.project.network.nodes if node.kind == "dropout")
    desk.bench.stepping.run_to(lambda event: event.phase == "backward" and event.layer == layer)
    shown = desk.bench.panels["tape"].details.kept  # type: ignore[attr-defined]
    assert [table.isVisible() for table in shown.shown] == [True]
    event = view.tape.events[desk.bench.stepping.cursor]
    assert [each.name for each in event.saved] == ["mask"] and 0 in event.saved[0].values
    desk.panel.mode.setFocus()
    hands.key(Qt.Key.Key_Down)
    view = desk.do("forward")
    last = [each for each in view.tape.events if each.phase == "forward" and each.layer == layer][-1]
    assert last.inputs[0] is not None and last.outputs[0] is not None and not view.training
    assert np.array_equal(last.inputs[0].values, last.outputs[0].values)


def test_the_keys(hands: Hands) -> None:
    desk = ByHand(hands, "Backward pass by hand")
    for key, phase in ((Qt.Key.Key_F3, "loss"), (Qt.Key.Key_F4, "accumulate"), (Qt.Key.Key_F5, "update")):
        before = desk.panel._view
        hands.key(key)
        hands.wait(lambda before=before: desk.panel._view is not before)
        view = desk.panel._view
        assert view is not None and view.tape.events[-1].phase == phase
