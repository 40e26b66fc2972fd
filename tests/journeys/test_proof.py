"""Prove and Jacobian on S3 through the window: clicks in the ledger and the tape, four numbers, the copied program runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import torch
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QTableView

from gui.proof.jacobian import JacobianPanel
from gui.proof.panel import ProofPanel
from gui.stepper.ledger import LedgerPanel
from gui.stepper.panel import TapePanel
from tests.journeys.hands import Hands, table_texts


def open_s3(hands: Hands) -> None:
    hands.choose_example("Backward pass by hand")
    hands.press("Step")
    hands.press("Take the next step apart", hands.bench.window.docks["tape"])
    hands.wait(lambda: hands.bench.stepping.tape is not None)


def pick_cell(hands: Hands, table: QTableView, row: int, column: int) -> None:
    index = table.model().index(row, column)
    table.scrollTo(index)
    hands.click(table.viewport(), table.visualRect(index).center())


def to_the_last_gradient(hands: Hands) -> None:
    """The moment at which every .grad is there."""
    tape = hands.bench.stepping.tape
    assert tape is not None
    last = max(event.index for event in tape.events if event.phase == "accumulate")
    hands.bench.panels["tape"].events.setFocus()  # type: ignore[attr-defined]
    for _ in range(last):
        hands.key(Qt.Key.Key_Right)
    assert hands.bench.stepping.cursor == last


def test_a_gradient_of_s3_is_proved(hands: Hands, tmp_path: Path) -> None:
    open_s3(hands)
    to_the_last_gradient(hands)
    ledger, panel = hands.bench.panels["ledger"], hands.bench.panels["proof"]
    assert isinstance(ledger, LedgerPanel) and isinstance(panel, ProofPanel)
    pick_cell(hands, ledger.table, 0, 0)
    pick_cell(hands, ledger.gradient.grid, 0, 0)
    hands.click(ledger.prove)
    hands.wait(lambda: panel.proof is not None and panel.isVisible())
    assert panel.title.text() == "linear_1.weight.grad[0, 0]"
    assert [label.text() for label in panel.values] == ["-0.347967"] * 4
    assert panel.verdict.text().startswith("They agree to ")
    assert panel.hand.text().startswith("∂L/∂linear_1.weight[0, 0] = δ[0, 0]·x[0, 0]")
    assert hands.status.step == 0

    hands.press("Copy the program", panel)
    program = tmp_path / "pasted.py"
    program.write_text(QGuiApplication.clipboard().text(), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-P", str(program)], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert panel.proof is not None
    assert float(done.stdout) == panel.proof.autograd == torch.tensor(-0.34796690940856934).item()

    # From the tape: the gradient that just arrived, its greatest element.
    hands.bench.modes.reveal("tape")
    tape = hands.bench.panels["tape"]
    assert isinstance(tape, TapePanel)
    hands.wait(tape.isVisible)
    hands.press("Prove linear_1.weight.grad", tape)
    hands.wait(lambda: panel.proof is not None and panel.proof.index == (1, 0))
    assert [label.text() for label in panel.values] == ["-1.30321"] * 4

    # The run goes on; the proof says that it is of a step that is over, and can be asked for again.
    hands.press("One step")
    hands.wait(lambda: hands.status.step == 1 and panel.again.isVisible())
    hands.press("Prove again", panel)
    hands.wait(lambda: panel.proof is not None and panel.proof.step == 1)
    assert not panel.again.isVisible()


def test_the_jacobian_of_s3(hands: Hands) -> None:
    open_s3(hands)
    panel = hands.bench.panels["jacobian"]
    assert isinstance(panel, JacobianPanel)
    hands.menu("Run", "Jacobian")
    hands.wait(lambda: panel.view is not None and panel.isVisible())
    first, second = torch.tensor([[1.0], [-1.0]]), torch.tensor([[1.0, 2.0]])

    def outputs(x: torch.Tensor) -> torch.Tensor:
        return second @ torch.sigmoid(first @ x + torch.tensor([1.0, 2.0])) - 1

    expected = torch.autograd.functional.jacobian(outputs, torch.tensor([1.0]))
    assert table_texts(panel.table.grid) == [[format(expected.item(), ".6g")]]
    panel.of.setFocus()
    hands.key(Qt.Key.Key_Down)
    hands.key(Qt.Key.Key_Down)
    hands.wait(lambda: panel.view is not None and panel.view.of == "sigmoid_1")
    assert table_texts(panel.table.grid) == [["1", "2"]]


def test_the_greatest_gradient_by_key(hands: Hands) -> None:
    hands.choose_example("Backward pass by hand")
    panel = hands.bench.panels["proof"]
    assert isinstance(panel, ProofPanel)
    hands.key(Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: panel.proof is not None and panel.isVisible())
    assert hands.bench.modes.mode == "step"
    assert panel.title.text() == "linear_2.bias.grad[0]"
    assert [label.text() for label in panel.values] == ["-3.31417"] * 4
