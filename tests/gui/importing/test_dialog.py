"""The page of the import: what is shown, what can be changed, what goes up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from engine.datasets.importing import Options, Refusal, first_plan
from engine.examples import example
from gui.importing.columns import KIND, ROLE, ColumnsTable
from gui.importing.dialog import ImportDialog
from gui.importing.rows import contact_sheet
from tests.engine.datasets.importing.looking import found_in, plan_with

TABLE = "age,town,member,bought\n30,x,yes,book\nn/a,y,no,pen\n41,x,yes,lamp\n"


class Page:
    def __init__(self, qtbot: QtBot, path: Path, known: Any = None) -> None:
        self.preview = found_in(path)
        self.dialog = ImportDialog(str(path), example("moons"), None, known)
        qtbot.addWidget(self.dialog)
        self.sent: list[Any] = []
        self.looks: list[Options] = []
        self.dialog.planned.connect(self._planned)
        self.dialog.lookWanted.connect(self.looks.append)
        self.dialog.show()
        self.dialog.show_answer(self.preview)

    def _planned(self, plan: Any, offer: Any) -> None:
        self.sent.append((plan, offer))

    @property
    def columns(self) -> ColumnsTable:
        return self.dialog.findChild(ColumnsTable)

    def box(self, name: str) -> QComboBox:
        return next(box for box in self.dialog.findChildren(QComboBox) if box.accessibleName() == name)

    def button(self, text: str) -> QPushButton:
        return next(button for button in self.dialog.findChildren(QPushButton) if button.text() == text)

    def texts(self) -> str:
        return "\n".join(label.text() for label in self.dialog.findChildren(QLabel) if label.isVisible())

    def accept(self) -> tuple[Any, Any]:
        QTest.mouseClick(self.button("&Import"), Qt.MouseButton.LeftButton)
        return self.sent[-1]


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path) -> Page:
    (tmp_path / "table.csv").write_text(TABLE)
    return Page(qtbot, tmp_path / "table.csv")


def pick(box: QComboBox, text: str) -> None:
    """Choose an entry as a person does, with the keyboard."""
    box.setFocus()
    while box.currentText() != text:
        before = box.currentIndex()
        step = Qt.Key.Key_Down if box.findText(text) > before else Qt.Key.Key_Up
        QTest.keyClick(box, step)
        assert box.currentIndex() != before


def test_what_was_guessed_is_shown_and_goes_up(page: Page) -> None:
    assert "3 rows, 4 columns; text table, utf-8, comma" in page.texts()
    assert "1 missing values in “age” (first: row 2: “n/a”, “age”): their rows are left out." in page.texts()
    plan, offer = page.accept()
    assert plan == first_plan(page.preview)
    assert (offer.loss, offer.outputs) == ("cross_entropy", 3)


def test_a_role_is_changed_in_its_cell_with_the_keyboard(qtbot: QtBot, page: Page) -> None:
    table = page.columns
    table.setCurrentIndex(table.model().index(1, ROLE))
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_F2)
    editor = next(box for box in table.findChildren(QComboBox) if box.accessibleName() == "Role")
    qtbot.waitUntil(editor.view().isVisible)
    QTest.keyClick(editor.view(), Qt.Key.Key_End)
    QTest.keyClick(editor.view(), Qt.Key.Key_Return)
    assert table.model().index(1, ROLE).data() == "ignored"
    assert page.accept()[0].uses[1].role == "ignored"


def test_selected_columns_get_a_role_and_what_is_asked_for_follows(page: Page) -> None:
    page.columns.selectRow(3)
    QTest.mouseClick(page.button("ignored"), Qt.MouseButton.LeftButton)
    assert not page.button("&Import").isEnabled()
    assert "No column is the target." in page.texts()
    page.columns.selectRow(2)
    QTest.mouseClick(page.button("target"), Qt.MouseButton.LeftButton)
    assert page.box("Asked for").currentText() == "two classes"
    plan, offer = page.accept()
    assert [use.role for use in plan.uses] == ["feature", "feature", "target", "ignored"]
    assert (plan.target, offer.loss, offer.outputs) == ("two classes", "bce_with_logits", 1)


def test_reading_target_kind_and_missing_values_are_changed(page: Page) -> None:
    page.columns.model().setData(page.columns.model().index(1, KIND), "index")
    pick(page.box("Missing values"), "refuse")
    assert "nothing will be read" in page.texts()
    pick(page.box("Asked for"), "regression")
    assert "A target holds texts, not numbers." in page.texts()
    pick(page.box("Asked for"), "classes")
    plan, _ = page.accept()
    assert (plan.uses[1].kind, plan.missing, plan.target) == ("index", "refuse", "classes")


def test_the_offer_can_be_declined(page: Page) -> None:
    check = page.dialog._fit
    assert check.text() == "Use Cross-entropy as the loss and give linear_3 3 outputs"
    QTest.keyClick(check, Qt.Key.Key_Space)
    assert page.accept()[1] is None


def test_another_separator_looks_through_the_file_again(page: Page) -> None:
    pick(page.box("Separator"), "semicolon")
    assert page.looks[-1].dialect is not None
    assert page.looks[-1].dialect.separator == ";"
    assert not page.button("&Import").isEnabled()


def test_a_refusal_stands_in_the_place_of_the_page(page: Page) -> None:
    page.dialog.show_answer(Refusal("It is empty.", "Choose another.", 3, "age"))
    assert "Row 3, column “age”: It is empty. Choose another." in page.texts()
    assert not page.button("&Import").isEnabled()


def test_a_plan_that_was_made_before_is_shown_again(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(TABLE)
    known = plan_with(found_in(path), {"town": "ignored"}, missing="fill")
    plan, _ = Page(qtbot, path, known).accept()
    assert plan == known


def test_pictures_and_their_labels(qtbot: QtBot, tmp_path: Path) -> None:
    pictures = np.arange(5 * 6 * 4, dtype=np.uint8).reshape(5, 6, 4)
    np.savez(tmp_path / "a.npz", x=pictures, y=np.array([0, 1, 2, 0, 1]))
    page = Page(qtbot, tmp_path / "a.npz")
    assert "5 rows, samples of 1 × 6 × 4; NumPy archive: x 5 × 6 × 4, y 5" in page.texts()
    assert page.box("Features").isVisible()
    assert not page.columns.isVisible()
    plan, offer = page.accept()
    assert (plan.features, plan.targets, plan.layout, offer.outputs) == ("x", "y", "images", 3)
    pick(page.box("Layout"), "flat")
    assert page.looks[-1] == Options(None, "x", "y", "flat")


def test_the_contact_sheet_holds_every_picture() -> None:
    sheet = contact_sheet(np.arange(3 * 2 * 2).reshape(3, 2, 2), 2)
    assert sheet.shape == (6, 6)
    np.testing.assert_array_equal(sheet[3:5, 0:2], (np.arange(8, 12).reshape(2, 2) / 11 * 255).astype(np.uint8))
