"""The code pane in the real window: in step with the canvas, and one selection with it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor

from gui.code.panel import CodePanel
from tests.journeys.hands import Hands


def line_of(panel: CodePanel, text: str) -> int:
    return next(n for n, line in enumerate(panel.text.toPlainText().split("\n"), 1) if text in line)


def test_code_follows_the_canvas_and_selects_with_it(hands: Hands) -> None:
    bench = hands.bench
    hands.choose_example("XOR")
    hands.press("Build")
    panel = bench.panels["code"]
    assert isinstance(panel, CodePanel)
    hands.wait(lambda: "self.linear_1 = nn.Linear(2, 8)" in panel.text.toPlainText())
    hands.pick_layer("linear_1")
    lit = {mark.cursor.blockNumber() + 1 for mark in panel.text.extraSelections()}
    assert line_of(panel, "self.linear_1 = nn.Linear(2, 8)") in lit
    hands.type_value("layer", "out_features", "5")
    hands.wait(lambda: "self.linear_2 = nn.Linear(5, 1)" in panel.text.toPlainText())
    block = panel.text.document().findBlockByNumber(line_of(panel, "self.tanh_1 =") - 1)
    panel.text.reveal(block.blockNumber() + 1)
    hands.click(panel.text.viewport(), panel.text.cursorRect(QTextCursor(block)).center() + QPoint(12, 0))
    assert bench.store.selection == ("tanh_1",)


def test_the_tape_lights_the_line_of_code(hands: Hands) -> None:
    bench = hands.bench
    hands.choose_example("Backward pass by hand")
    hands.press("Step")
    hands.press("Take the next step apart", bench.window.docks["tape"])
    hands.wait(lambda: bench.stepping.tape is not None)
    panel = bench.panels["code"]
    assert isinstance(panel, CodePanel)
    bench.window.docks["code"].raise_()
    hands.wait(lambda: panel.isVisible() and bool(panel.text.toPlainText()))
    bench.stepping.move_to(2)
    lines = panel.text.toPlainText().split("\n")
    lit = {lines[mark.cursor.blockNumber()].strip() for mark in panel.text.extraSelections()}
    assert "self.sigmoid_1 = nn.Sigmoid()" in lit
    assert "x = self.sigmoid_1(x)  # (N, 2)" in lit
    assert Qt.TextInteractionFlag.TextEditable not in panel.text.textInteractionFlags()
