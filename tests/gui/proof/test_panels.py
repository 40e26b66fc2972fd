"""The two panels and the Prove button, alone: what they show and what they ask for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTableView
from pytestqt.qtbot import QtBot

from engine.inspection import JacobianView
from engine.views import RunStatus, TensorView, frozen
from gui.proof.button import ProveButton
from gui.proof.jacobian import JacobianPanel
from gui.proof.panel import ProofPanel
from gui.pump import Update
from gui.stepper.tensors import TensorTable
from gui.theme.tokens import DARK, LIGHT
from tests.gui.proof.test_verdict import GOOD
from tests.gui.stepper.conftest import s3_project

LEFT = Qt.MouseButton.LeftButton
RUN = RunStatus(has_run=True, generation=1)


@pytest.fixture
def proof(qtbot: QtBot) -> ProofPanel:
    panel = ProofPanel()
    qtbot.addWidget(panel)
    panel.show_theme(LIGHT)
    panel.resize(480, 700)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def jacobian(qtbot: QtBot) -> JacobianPanel:
    panel = JacobianPanel()
    qtbot.addWidget(panel)
    panel.show_theme(DARK)
    panel.show_project(None, s3_project())
    panel.resize(480, 700)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def view(of: str = "input", sample: int = 0) -> JacobianView:
    values = frozen(np.array([[0.5, -1.0, 0.0], [2.0, 0.25, 1.0]], np.float32))
    rows, columns = ("ŷ[0]", "ŷ[1]"), ("x[0]", "x[1]", "x[2]")
    layers = ("input", "linear_1", "sigmoid_1", "linear_2")
    return JacobianView(of, rows, columns, values, "In train mode.", sample, 4, layers, 0, 1)


def test_the_empty_proof_offers_the_greatest_gradient(proof: ProofPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(proof.proveRequested) as asked:
        QTest.mouseClick(proof.empty.button, LEFT)
    assert asked.args == ["", None]
    assert not proof.snippet.isVisible()


def test_a_proof_is_shown(proof: ProofPanel) -> None:
    proof.show_update(Update(frozenset({"proof", "status"}), RUN, proof=replace(GOOD, generation=1)))
    assert proof.title.text() == "linear_1.weight.grad[0, 0]"
    assert [label.text() for label in proof.values] == ["-0.347967"] * 4
    assert proof.values[2].toolTip().startswith("-0.3479667515266109\n")
    assert proof.verdict.text().startswith("They agree to 11 digits.") and proof.verdict.property("role") == "good"
    assert proof.hand.text() == "by hand"
    assert proof.age.text() == "Of step 1 of the run, not done yet" and not proof.again.isVisible()
    proof.show_proof(None)
    assert proof.empty.isVisible()


def test_an_old_proof_offers_itself_again(proof: ProofPanel, qtbot: QtBot) -> None:
    proof.show_update(Update(frozenset({"proof"}), RUN, proof=replace(GOOD, generation=1)))
    proof.show_update(Update(frozenset({"status"}), replace(RUN, step=5), proof=proof.proof))
    assert proof.age.text() == "Of step 1; the run has done 5 by now"
    with qtbot.waitSignal(proof.proveRequested) as asked:
        QTest.mouseClick(proof.again, LEFT)
    assert asked.args == ["linear_1.weight", (0, 0)]


def test_copy_takes_the_program(proof: ProofPanel) -> None:
    proof.show_proof(GOOD)
    QTest.mouseClick(proof.copy, LEFT)
    assert QGuiApplication.clipboard().text() == "print(1)"


def test_a_kink_stands_out(proof: ProofPanel) -> None:
    proof.show_proof(replace(GOOD, numerical=0.0, kink="relu"))
    assert proof.verdict.property("role") == "warning"
    proof.show_proof(GOOD)
    assert proof.verdict.property("role") == "good"


def test_the_jacobian_is_asked_for_and_shown(jacobian: JacobianPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(jacobian.jacobianRequested) as asked:
        QTest.mouseClick(jacobian.empty.button, LEFT)
    assert asked.args == ["input", 0]
    jacobian.show_update(Update(frozenset({"jacobian", "status"}), RUN, jacobian=view()))
    table: QTableView = jacobian.table.grid
    model = table.model()
    assert [[model.index(row, column).data() for column in range(3)] for row in range(2)] == [
        ["0.5", "-1", "0"],
        ["2", "0.25", "1"],
    ]
    assert [model.headerData(column, Qt.Orientation.Horizontal) for column in range(3)] == ["x[0]", "x[1]", "x[2]"]
    assert model.headerData(1, Qt.Orientation.Vertical) == "ŷ[1]"
    assert model.index(1, 2).data(Qt.ItemDataRole.ToolTipRole) == "∂ŷ[1]/∂x[2] = 1.0"
    assert jacobian.note.text() == "In train mode."
    assert jacobian.table.title.text() == "∂ŷ/∂x"


def test_other_choices_ask_again(jacobian: JacobianPanel, qtbot: QtBot) -> None:
    jacobian.show_jacobian(view())
    assert [jacobian.of.itemText(row) for row in range(jacobian.of.count())] == [
        "input x",
        "linear_1",
        "sigmoid_1",
        "linear_2",
    ]
    with qtbot.waitSignal(jacobian.jacobianRequested) as asked:
        jacobian.sample.setFocus()
        QTest.keyClick(jacobian.sample, Qt.Key.Key_Up)
    assert asked.args == ["input", 1]
    with qtbot.waitSignal(jacobian.jacobianRequested) as asked:
        jacobian.of.setFocus()
        QTest.keyClick(jacobian.of, Qt.Key.Key_Down)
    assert asked.args[0] == "linear_1"
    jacobian.show_jacobian(view("linear_1", 1))
    assert (jacobian.of.currentData(), jacobian.sample.value()) == ("linear_1", 1)
    assert jacobian.table.title.text() == "∂ŷ/∂linear_1"


def test_the_button_knows_the_selected_number(qtbot: QtBot) -> None:
    table = TensorTable()
    qtbot.addWidget(table)
    button = ProveButton(table)
    table.show()
    for shape, cell, index in (((2, 3), (1, 2), (1, 2)), ((4,), (0, 3), (3,)), ((2, 2, 2, 3), (1, 1), (1, 0, 1, 1))):
        table.show_tensor(TensorView("w.grad", frozen(np.arange(np.prod(shape), dtype=np.float32).reshape(shape))))
        button.offer("w")
        with qtbot.waitSignal(button.asked) as asked:
            QTest.mouseClick(button, LEFT)
        assert asked.args == ["w", None]
        if len(shape) == 4:
            table.spins[0].setValue(1)
        place = table.grid.visualRect(table.grid.model().index(*cell)).center()
        QTest.mouseClick(table.grid.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, place)
        with qtbot.waitSignal(button.asked) as asked:
            QTest.mouseClick(button, LEFT)
        assert asked.args == ["w", index]
    texts = [action.text() for action in table.build_menu().actions() if action.isVisible()]
    assert "Prove this gradient" in texts
    button.offer("")
    assert not button.isVisible()
    assert "Prove this gradient" not in [action.text() for action in table.build_menu().actions() if action.isVisible()]
