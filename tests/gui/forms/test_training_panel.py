"""The training panel's parts: every one is picked, edited and undone; the schedule is drawn before it begins."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox
from pytestqt.qtbot import QtBot

from engine import edits
from engine.catalog.training import TRAIN_PARTS
from engine.examples import example
from engine.spec import ProjectSpec
from gui.controllers.settings import SettingsController
from gui.forms.data_panel import DataPanel
from gui.forms.field_editor import FieldEditor
from gui.forms.layer_panel import LayerPanel
from gui.forms.number_edit import NumberEdit
from gui.forms.training_panel import TrainingPanel
from gui.store import Store
from tests.windows import until, workbench


class Forms:
    def __init__(self, qtbot: QtBot) -> None:
        self.store = Store(example("moons"))
        self.panel = TrainingPanel()
        self.others = LayerPanel(), DataPanel()
        self.controller = SettingsController(self.store, self.others[0], self.panel, self.others[1])
        for panel in (self.panel, *self.others):
            qtbot.addWidget(panel)
        self.panel.show_project(None, self.store.project)
        self.store.changed.connect(self.panel.show_project)
        self.panel.show()

    def pick(self, part: str, title: str) -> None:
        box = next(each for each in self.panel.findChildren(QComboBox) if each.accessibleName() == part.capitalize())
        box.setFocus()
        while box.currentText() != title:
            QTest.keyClick(box, Qt.Key.Key_Down if box.findText(title) > box.currentIndex() else Qt.Key.Key_Up)

    def editor(self, label: str) -> FieldEditor:
        QApplication.processEvents()
        return next(
            e for e in self.panel.findChildren(FieldEditor) if e.field.label == label and e.isVisibleTo(self.panel)
        )

    def enter(self, label: str, text: str) -> None:
        box = self.editor(label).findChild(NumberEdit)
        assert box is not None
        box.selectAll()
        QTest.keyClicks(box, text)
        QTest.keyClick(box, Qt.Key.Key_Return)


@pytest.fixture
def forms(qtbot: QtBot) -> Forms:
    return Forms(qtbot)


@pytest.mark.parametrize(("part", "kind"), [(p, e.kind) for p, entries in TRAIN_PARTS.items() for e in entries])
def test_every_entry_can_be_picked_and_taken_back(forms: Forms, part: str, kind: str) -> None:
    before = forms.store.project
    forms.panel.partPicked.emit(part, kind)
    assert getattr(forms.store.project.train, part).kind == kind
    for field in TRAIN_PARTS[part][kind].fields:
        assert field in [editor.field for editor in forms.panel.findChildren(FieldEditor)]
    if forms.store.project != before:
        forms.store.undo()
    assert forms.store.project == before


def test_a_schedule_is_picked_and_its_numbers_typed(forms: Forms) -> None:
    forms.pick("schedule", "Step")
    assert forms.store.undo_name.startswith("Schedule: ")
    forms.enter("step_size", "7")
    assert forms.store.project.train.schedule.get("step_size") == 7
    assert forms.store.undo_name == "Set step_size"
    forms.enter("step_size", "0")
    assert forms.store.project.train.schedule.get("step_size") == 7


def test_milestones_are_typed_as_a_list(forms: Forms) -> None:
    forms.panel.partPicked.emit("schedule", "multi_step")
    line = forms.editor("milestones").focusProxy()
    for text, expected in (("3, 6 9", (3, 6, 9)), ("9, 3", (3, 6, 9))):
        line.setFocus()
        line.selectAll()  # type: ignore[union-attr]
        QTest.keyClicks(line, text)
        QTest.keyClick(line, Qt.Key.Key_Return)
        assert forms.store.project.train.schedule.get("milestones") == expected


def test_class_weights_by_hand_are_typed_as_a_list(forms: Forms) -> None:
    forms.panel.partEdited.emit("loss", "class_weights", "by hand")
    line = forms.editor("pos_weight").focusProxy()
    for text, expected in (("2.5", (2.5,)), ("-1", (2.5,)), ("two", (2.5,)), ("1, 0.5", (1.0, 0.5)), ("", ())):
        line.setFocus()
        line.selectAll()  # type: ignore[union-attr]
        QTest.keyClicks(line, text) if text else QTest.keyClick(line, Qt.Key.Key_Delete)
        QTest.keyClick(line, Qt.Key.Key_Return)
        assert forms.store.project.train.loss.get("pos_weight") == expected


def stepped() -> ProjectSpec:
    project = edits.set_train_value(example("moons"), "epochs", 4)
    project = edits.choose_part(project, "schedule", "step")
    return edits.set_part_value(project, "schedule", "step_size", 2)


def test_the_engine_draws_the_rates_before_training(qtbot: QtBot, tmp_path: Path) -> None:
    with workbench(qtbot, tmp_path, stepped(), engine=True, mode="train") as bench:
        panel = bench.panels["training"]
        assert isinstance(panel, TrainingPanel)
        bench.window.docks["training"].raise_()
        until(qtbot, lambda: panel._curve.view is not None)
        rate = bench.store.project.train.optimizer.number("lr")
        view = panel._curve.view
        assert view is not None
        assert view.rates.tolist() == [rate, rate, rate * 0.1, rate * 0.1]
        assert panel._curve.isVisible() and "4 epochs" in panel._curve.accessibleDescription()
        bench.store.commit(edits.choose_part(bench.store.project, "schedule", "constant"), "edit")
        until(qtbot, lambda: panel._curve.view is None)
        assert not panel._curve.isVisible()
        bench.store.undo()
        until(qtbot, lambda: panel._curve.view is not None)
        bench.running.epoch()
        until(qtbot, lambda: bench.running.status.step > 0 and bench.running.status.state == "paused")
        until(qtbot, lambda: panel._curve.here == 1.0)
        assert bench.window.run_bar.values["rate"].text() == f"{rate:.4g}"


def test_balanced_weights_are_shown(qtbot: QtBot, tmp_path: Path) -> None:
    project = edits.set_part_value(example("moons"), "loss", "class_weights", "balanced")
    with workbench(qtbot, tmp_path, project, engine=True, mode="train") as bench:
        panel = bench.panels["training"]
        assert isinstance(panel, TrainingPanel)
        bench.window.docks["training"].raise_()
        until(qtbot, lambda: panel._weights.text().startswith("pos_weight: "))
        assert panel._weights.isVisibleTo(panel)
