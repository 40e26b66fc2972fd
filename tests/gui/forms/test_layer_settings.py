"""How a layer begins and is trained, under real keys and clicks: the course's numbers on the screen, one edit per change."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel
from pytestqt.qtbot import QtBot

from engine import edits
from engine.catalog import INITIALIZERS
from engine.examples import example
from engine.spec import ProjectSpec
from engine.views import NetworkReport, RunStatus
from gui.controllers.layer_settings import LayerSettingsController
from gui.forms.field_editor import FieldEditor
from gui.forms.layer_panel import LayerPanel
from gui.forms.number_edit import NumberEdit
from gui.pump import Update
from gui.store import Store

SHAPES = {"linear_1": (("weight", (100, 784)), ("bias", (100,)))}


class Desk:
    """The panel of a layer with 784 inputs and 100 neurons, and the project behind it."""

    def __init__(self, qtbot: QtBot) -> None:
        self.store = Store(example("digits"))
        self.panel = LayerPanel()
        self.controller = LayerSettingsController(self.store, self.panel)
        qtbot.addWidget(self.panel)
        self.store.changed.connect(self.panel.show_project)
        self.panel.show_project(None, self.store.project)
        self.panel.show_selection(("linear_1",))
        self.panel.resize(360, 1200)
        self.panel.show()
        self.report()

    def report(self) -> None:
        found = NetworkReport(self.store.project, {}, {}, {}, parameter_shapes=SHAPES)
        self.panel.show_update(Update(frozenset({"report"}), RunStatus(), report=found))

    @property
    def project(self) -> ProjectSpec:
        return self.store.project

    def combo(self, name: str) -> QComboBox:
        return next(box for box in self.panel.findChildren(QComboBox) if box.accessibleName() == name)

    def pick(self, name: str, title: str) -> None:
        box = self.combo(name)
        box.setFocus()
        while box.currentText() != title:
            before = box.currentIndex()
            QTest.keyClick(box, Qt.Key.Key_Down if box.findText(title) > before else Qt.Key.Key_Up)
            assert box.currentIndex() != before

    def drawn(self) -> list[str]:
        labels = self.panel.findChildren(QLabel)
        return [label.text() for label in labels if label.accessibleName() == "What is drawn" and label.isVisible()]

    def editor(self, label: str) -> FieldEditor:
        return next(each for each in self.panel.findChildren(FieldEditor) if each.field.label == label)


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    yield Desk(qtbot)


@pytest.mark.parametrize(
    ("title", "numbers"),
    [
        ("PyTorch's default", "U(−a, a), a = 0.0357143, variance 0.0004252"),
        ("Xavier uniform", "U(−a, a), a = 0.0823853, variance 0.0022624"),
        ("Xavier normal", "N(0, σ²), σ = 0.0475651, variance 0.0022624"),
        ("He uniform", "U(−a, a), a = 0.0874818, variance 0.0025510"),
        ("He of the slides, uniform", "U(−a, a), a = 0.1165103, variance 0.0045249"),
        ("Zeros", "all 0"),
        ("Orthogonal", "orthogonal, variance 0.0012755"),
    ],
)
def test_the_numbers_of_the_course_are_on_the_screen(desk: Desk, title: str, numbers: str) -> None:
    desk.pick("Initial weights", title)
    kind = desk.project.network.node("linear_1").initializer.kind
    assert INITIALIZERS[kind].title == title
    assert desk.drawn()[0] == f"weight: 100×784, fan_in 784, fan_out 100: {numbers}"


def test_every_change_is_one_edit_that_can_be_undone(desk: Desk) -> None:
    before = desk.project
    desk.pick("Initial biases", "Zeros")
    assert desk.project.network.node("linear_1").bias_initializer.kind == "zeros"
    assert desk.store.undo_name == "Draw the biases of linear_1: Zeros"
    assert desk.drawn()[1] == "bias: 100: all 0"
    desk.store.undo()
    assert desk.project == before


def test_one_layers_rules_for_every_layer(desk: Desk) -> None:
    desk.pick("Initial weights", "Xavier normal")
    QTest.mouseClick(desk.panel.settings.everywhere, Qt.MouseButton.LeftButton)
    kinds = {node.id: node.initializer.kind for node in desk.project.network.nodes}
    assert kinds == {
        "input": "default",
        "output": "default",
        "linear_1": "xavier_normal",
        "relu_1": "default",
        "dropout_1": "default",
        "linear_2": "xavier_normal",
    }


def test_frozen_and_rates(desk: Desk) -> None:
    QTest.keyClick(desk.editor("Frozen").findChild(QCheckBox), Qt.Key.Key_Space)
    assert desk.project.network.node("linear_1").frozen
    own = desk.editor("Own rate")
    rate = desk.project.train.optimizer.number("lr")
    assert own.findChild(NumberEdit).value() == rate
    assert not own.findChild(NumberEdit).isEnabled()
    QTest.keyClick(own.findChild(QCheckBox), Qt.Key.Key_Space)
    assert desk.project.network.node("linear_1").lr == rate
    number = own.findChild(NumberEdit)
    number.selectAll()
    QTest.keyClicks(number, "0.25")
    QTest.keyClick(number, Qt.Key.Key_Return)
    assert desk.project.network.node("linear_1").lr == 0.25
    QTest.keyClick(own.findChild(QCheckBox), Qt.Key.Key_Space)
    assert desk.project.network.node("linear_1").lr is None


def test_weights_set_by_hand_are_not_drawn(desk: Desk) -> None:
    project = edits.set_weights(desk.project, "linear_1", {"bias": (0.0,) * 100})
    desk.store.commit(project, "Set", "")
    assert desk.drawn()[1] == "bias: set by hand"


def test_layers_without_weights_have_none_of_it(desk: Desk) -> None:
    desk.panel.show_selection(("relu_1",))
    assert not desk.panel.settings.isVisible()
    desk.panel.show_selection(())
    assert not desk.panel.settings.isVisible()


def test_without_a_selection_one_rule_is_picked_for_the_whole_network(desk: Desk) -> None:
    project = edits.choose_initializer(desk.project, "linear_2", "constant", bias=True)
    desk.store.commit(project, "Set", "")
    desk.panel.show_selection(())
    assert desk.panel.every.isVisible()
    desk.pick("Initial weights of every layer", "Xavier uniform")
    kinds = {node.id: node.initializer.kind for node in desk.project.network.nodes if node.id.startswith("linear")}
    assert kinds == {"linear_1": "xavier_uniform", "linear_2": "xavier_uniform"}
    assert desk.project.network.node("linear_2").bias_initializer.kind == "constant"
    gain = desk.editor("gain").findChild(NumberEdit)
    gain.selectAll()
    QTest.keyClicks(gain, "2")
    QTest.keyClick(gain, Qt.Key.Key_Return)
    assert {desk.project.network.node(name).initializer.number("gain") for name in kinds} == {2.0}
    desk.panel.show_selection(("linear_1",))
    assert not desk.panel.every.isVisible()
