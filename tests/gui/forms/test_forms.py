"""What is entered in a form becomes one undoable edit; what is refused is said where it was typed."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLabel

from engine.datasets.registry import DATASETS
from engine.examples import example
from engine.fields import FieldError
from engine.spec import SplitSpec
from engine.views import Issue, NetworkReport, RunStatus
from gui.controllers.settings import SettingsController
from gui.forms.data_panel import DataPanel, changed_split
from gui.forms.field_editor import FieldEditor, rows_text, rows_value
from gui.forms.layer_panel import LayerPanel
from gui.forms.number_edit import NumberEdit
from gui.forms.problems_panel import ProblemsPanel
from gui.forms.training_panel import TrainingPanel
from gui.pump import Update
from gui.store import Store


class Forms:
    def __init__(self, qtbot):
        self.store = Store(example("digits"))
        self.layer, self.training, self.data = LayerPanel(), TrainingPanel(), DataPanel()
        self.controller = SettingsController(self.store, self.layer, self.training, self.data)
        for panel in (self.layer, self.training, self.data):
            qtbot.addWidget(panel)
            panel.show_project(None, self.store.project)
            self.store.changed.connect(panel.show_project)
            panel.show()
        self.store.selectionChanged.connect(self.layer.show_selection)


@pytest.fixture
def forms(qtbot):
    return Forms(qtbot)


def editor(panel, label):
    """The visible editor for the field with this label."""
    QApplication.processEvents()  # a form that was just put into a layout is shown by a posted event
    return next(e for e in panel.findChildren(FieldEditor) if e.field.label == label and e.isVisibleTo(panel))


def enter(editor, text):
    box = editor.findChild(NumberEdit)
    box.selectAll()
    QTest.keyClicks(box, text)
    QTest.keyClick(box, Qt.Key.Key_Return)


def combo(panel, name):
    return next(c for c in panel.findChildren(QComboBox) if c.accessibleName() == name)


def pick(box, text):
    """Choose an entry with the keyboard, as a person does."""
    box.setFocus()
    while box.currentText() != text:
        before = box.currentIndex()
        QTest.keyClick(box, Qt.Key.Key_Down if box.findText(text) > before else Qt.Key.Key_Up)
        assert box.currentIndex() != before


def test_learning_rate_is_typed_and_undone(forms):
    before = forms.store.project.train.optimizer.number("lr")
    enter(editor(forms.training, "Learning rate"), "0.05")
    assert forms.store.project.train.optimizer.number("lr") == 0.05
    assert forms.store.undo_name == "Set Learning rate"
    forms.store.undo()
    assert forms.store.project.train.optimizer.number("lr") == before
    assert editor(forms.training, "Learning rate").findChild(NumberEdit).value() == before


def test_a_refused_rate_changes_nothing_and_says_why(forms):
    before = forms.store.project
    enter(editor(forms.training, "Learning rate"), "-1")
    assert forms.store.project is before
    shown = [label.text() for label in forms.training.findChildren(QLabel) if label.isVisibleTo(forms.training)]
    assert "Learning rate must be a number above 0 and at most 1000, but is -1." in shown


def test_another_optimizer_brings_its_own_fields(forms):
    pick(combo(forms.training, "Optimizer"), "SGD")
    assert forms.store.project.train.optimizer.kind == "sgd"
    enter(editor(forms.training, "Momentum"), "0.9")
    assert forms.store.project.train.optimizer.number("momentum") == 0.9


def test_the_one_dropout_knob_sets_every_dropout_layer(forms):
    enter(editor(forms.training, "Dropout"), "0.35")
    shares = [n.layer.get("p") for n in forms.store.project.network.nodes if n.kind == "dropout"]
    assert shares and set(shares) == {0.35}


def test_layer_form_edits_the_selected_layer_and_auto_can_be_switched_off(forms):
    forms.store.select(("linear_1",))
    enter(editor(forms.layer, "out_features"), "50")
    assert forms.store.project.network.node("linear_1").layer.get("out_features") == 50
    box = editor(forms.layer, "in_features").findChild(QCheckBox)
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=box.rect().center() - box.rect().center() / 2)
    assert forms.store.project.network.node("linear_1").layer.get("in_features") == 1
    forms.store.undo()
    assert forms.store.project.network.node("linear_1").layer.get("in_features") is None


def test_a_layer_is_renamed_and_stays_selected(forms):
    forms.store.select(("linear_1",))
    forms.controller.rename_layer("linear_1", "hidden")
    assert forms.store.selection == ("hidden",)
    before = forms.store.project
    forms.controller.rename_layer("hidden", "no good")
    assert forms.store.project is before


def test_data_source_and_its_fields(forms):
    pick(combo(forms.data, "Data set"), "Moons")
    assert forms.store.project.data.source == DATASETS["moons"].choose()
    enter(editor(forms.data, "Noise"), "0.3")
    assert forms.store.project.data.source.get("noise") == 0.3


def test_validation_share_takes_from_the_test_part(forms):
    enter(editor(forms.data, "Validation"), "0.2")
    split = forms.store.project.data.split
    assert split.validation == 0.2
    assert split.train + split.validation + split.test == pytest.approx(1)


def test_split_arithmetic():
    split = SplitSpec("shares", 0.7, 0.15, 0.15)
    assert changed_split(split, "train", 0.9, 100) == SplitSpec("shares", 0.9, 0.1, 0.0)
    counts = changed_split(split, "mode", "counts", 1000)
    assert (counts.mode, counts.train, counts.validation, counts.test) == ("counts", 700, 150, 150)
    assert changed_split(counts, "mode", "shares", 1000) == split
    with pytest.raises(FieldError, match="at most 1"):
        changed_split(split, "train", 1.5, 100)


def test_rows_of_points_read_back():
    assert rows_value("1 3; 2.5 -4") == ((1, 3), (2.5, -4))
    assert rows_text(((1.0, 3.0), (2.5, -4.0))) == "1 3; 2.5 -4"
    assert rows_value("1 x") == "1 x"


def test_problems_are_listed_and_a_click_goes_to_the_layer(qtbot):
    panel = ProblemsPanel()
    qtbot.addWidget(panel)
    panel.resize(400, 200)
    panel.show()
    issue = Issue("linear_2", "linear_2 expects 6 features, but 5 arrive: set in_features to 5 or auto.")
    report = NetworkReport(example("moons"), {}, {}, {}, (issue,))
    panel.show_update(Update(frozenset({"report"}), RunStatus(), report))
    rows = panel._list
    assert panel.rows[0].sentence == issue.text
    assert rows.item(0).data(Qt.ItemDataRole.AccessibleTextRole) == f"error: {issue.text}"
    with qtbot.waitSignal(panel.issueActivated) as caught:
        QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=rows.visualItemRect(rows.item(0)).center())
    assert caught.args == ["linear_2"]
