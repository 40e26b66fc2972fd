"""Fixes at the layer, in the list and beside the form: one click, one edit with a name, one undo."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from engine.spec import ProjectSpec
from engine.tensors.check import check
from engine.views import NetworkReport, RunStatus
from gui.canvas.node_paint import fix_rect
from gui.controllers.fixing import FixingController
from gui.forms.layer_panel import LayerPanel
from gui.forms.problems_panel import ProblemsPanel
from gui.pump import Update
from tests.engine.tensors.projects import chain
from tests.gui.canvas.conftest import Bench

TEXT = "Insert Flatten before linear_1"


class Desk(Bench):
    """A canvas with the two other panels that show fixes."""

    def __init__(self, project: ProjectSpec) -> None:
        super().__init__(project)
        self.layer, self.problems = LayerPanel(), ProblemsPanel()
        self.problems.resize(700, 200)
        self.fixing = FixingController(self.store, self.canvas, self.layer, self.problems, self)
        self.fixing.refused.connect(self.refusals.append)
        self.layer.show_project(None, project)
        self.store.changed.connect(self.layer.show_project)
        self.store.selectionChanged.connect(self.layer.show_selection)
        self.store.changed.connect(self.look)
        self.look()

    def look(self) -> NetworkReport:
        report = check(self.store.project)
        self.report(report)
        for panel in (self.layer, self.problems):
            panel.show_update(Update(frozenset({"report"}), RunStatus(), report=report))
        return report

    def fixed(self) -> bool:
        return self.network.has("flatten_1") and self.store.undo_name == TEXT and self.look().ready


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    layers = (("relu", {}), ("linear", {"in_features": 64, "out_features": 10}))
    made = Desk(chain(layers, "digits", "cross_entropy", rows={"layout": "image"}))
    for widget in (made, made.layer, made.problems):
        qtbot.addWidget(widget)
        widget.show()
    qtbot.waitExposed(made)
    made.canvas.commands.arrange()
    made.canvas.fit()
    return made


def test_the_button_under_the_card_fixes_with_one_click_and_one_undo_takes_it_back(desk: Desk) -> None:
    before = desk.store.project
    item = desk.canvas.scene.nodes["linear_1"]
    assert item.card.fixes[0].text == TEXT and TEXT in item.card.tip
    at = fix_rect(item.card, desk.canvas.view.camera.scale).center() + item.pos()
    desk.click(desk.canvas.view.mapFromScene(at))
    assert desk.fixed()
    desk.store.undo()
    assert desk.store.project == before


def test_a_second_click_before_the_next_report_makes_no_second_flatten(desk: Desk) -> None:
    fix = desk.canvas.scene.nodes["linear_1"].card.fixes[0]
    desk.fixing.fix(fix)
    desk.fixing.fix(fix)
    assert [node.kind for node in desk.network.nodes].count("flatten") == 1


def test_ctrl_full_stop_fixes_the_selected_layer(desk: Desk) -> None:
    desk.key(Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    assert not desk.network.has("flatten_1")
    desk.store.select(("linear_1",))
    desk.key(Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    assert desk.fixed()


def test_the_menu_of_the_layer_offers_the_fixes_first(desk: Desk) -> None:
    from PySide6.QtGui import QContextMenuEvent
    from PySide6.QtWidgets import QApplication

    at = desk.centre("linear_1")
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(desk.view, QContextMenuEvent(reason, at, desk.view.mapToGlobal(at)))
    menu = desk.canvas.view.findChildren(QMenu)[-1]
    assert menu.actions()[0].text() == f"Fix: {TEXT}\tCtrl+."
    menu.actions()[0].trigger()
    menu.close()
    assert desk.fixed()


def test_the_list_of_problems_has_a_button(desk: Desk) -> None:
    row = next(row for row in desk.problems.rows if row.issue.node == "linear_1")
    button = row.fixes.buttons[0]
    assert button.isVisible() and button.accessibleName() == f"Fix: {TEXT}"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert desk.fixed()


def test_the_button_in_the_list_can_be_reached_and_pressed_by_keyboard(desk: Desk) -> None:
    row = next(row for row in desk.problems.rows if row.issue.node == "linear_1")
    button = row.fixes.buttons[0]
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert desk.fixed()


def test_rows_are_as_high_as_their_sentences(desk: Desk) -> None:
    heights = []
    for width in (1200, 420):
        desk.problems.resize(width, 200)
        QTest.qWait(1)
        heights.append(desk.problems._list.item(0).sizeHint().height())
    assert heights[1] > heights[0]


def test_the_form_of_the_layer_has_the_fixes_too(desk: Desk) -> None:
    desk.store.select(("linear_1",))
    buttons = desk.layer.fixes.buttons
    assert buttons[0].text() == f"Fix: {TEXT}"
    QTest.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    assert desk.fixed() and desk.layer.fixes.isHidden()


def test_costs_are_in_the_form_and_in_the_tip(desk: Desk) -> None:
    desk.canvas.commands.select_all()
    desk.store.select(("linear_1",))
    desk.key(Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    desk.look()
    assert "Multiply-adds: 640 per sample" in desk.layer._facts.text()
    assert "gradients 2.6 kB" in desk.layer._facts.text()
    assert "Multiply-adds: 640" in desk.canvas.scene.nodes["linear_1"].card.tip


def test_a_fix_of_another_project_is_refused_with_a_sentence(desk: Desk) -> None:
    fix = desk.canvas.scene.nodes["linear_1"].card.fixes[0]
    desk.store.replace(chain((), "moons"))
    desk.fixing.fix(fix)
    assert len(desk.refusals) == 1
