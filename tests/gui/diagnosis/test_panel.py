"""The strip shows the looks' own numbers; verdicts lead to the layer and to an edit."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from engine.diagnosis import DiagnosisView, ProbeView, Verdict
from engine.views import Fix, RunStatus, Step
from gui.diagnosis.panel import DiagnosisPanel
from gui.diagnosis.places import LEAST_ROW, MOST_ROW, Cell
from gui.diagnosis.scales import SHARE, around, sequence
from gui.diagnosis.sections import sections
from gui.diagnosis.strip_paint import picture
from gui.diagnosis.verdicts import HEALTHY
from gui.pump import Update
from gui.theme.tokens import DARK, LIGHT

NaN = float("nan")
SLOWER = Fix("Set the learning rate to 0.01", (Step("optimizer", "", "lr", 0.01),))
DEAD = Verdict("dead_units", "Dead units", "75 % of relu_1 give 0.", "Said from 50 % on.", ("relu_1",), (SLOWER,))
HEART = Verdict("overfitting", "Overfitting", "Since epoch 3 …", "Said where …")


def probes(looks: int = 5) -> ProbeView:
    """linear_1 (weight, bias) → relu_1 → linear_2 (weight); the newest update is not known."""
    grow = 10.0 ** -np.arange(looks)
    updates = np.stack([0.001 * grow, 0.002 * grow, 0.1 * grow])
    updates[:, -1] = NaN
    blank = np.full(looks, NaN)
    return ProbeView(
        ("linear_1.weight", "linear_1.bias", "linear_2.weight"),
        (4, 2, 2),
        ("linear_1", "relu_1", "linear_2"),
        ("linear", "relu", "linear"),
        100,
        steps=np.arange(looks) ** 2,
        losses=grow,
        gradients=np.stack([3 * grow, 4 * grow, 7 * grow]),
        weights=np.stack([np.full(looks, 0.6), np.full(looks, 0.8), np.full(looks, 2.0)]),
        updates=updates,
        means=np.zeros((3, looks)),
        stds=np.ones((3, looks)),
        dead=np.stack([blank, np.linspace(0, 1, looks), blank]),
        saturated=np.full((3, looks), NaN),
        equal=np.zeros((3, looks)),
    )


def view(*verdicts: Verdict, looks: int = 5) -> DiagnosisView:
    return DiagnosisView(1, 16, probes(looks) if looks else ProbeView(), verdicts)


@pytest.fixture
def panel(qtbot):
    panel = DiagnosisPanel()
    qtbot.addWidget(panel)
    panel.resize(900, 420)
    panel.show_theme(LIGHT)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def show(panel, diagnosis):
    panel.show_update(Update(frozenset({"diagnosis"}), RunStatus(state="running"), diagnosis=diagnosis))


def middle(strip, cell):
    return strip.places.cell(cell).center()


def test_sections_are_the_tables_of_the_looks():
    found = {section.name: section for section in sections(probes())}
    assert list(found) == ["gradient", "ratio", "dead", "spread"]
    assert found["gradient"].layers == ("linear_1", "linear_2")
    assert found["gradient"].values[0].tolist() == pytest.approx((5 * 10.0 ** -np.arange(5)).tolist())
    assert found["ratio"].values[1, 0] == pytest.approx(0.05) and np.isnan(found["ratio"].values[:, -1]).all()
    assert found["dead"].layers == ("relu_1",) and found["dead"].values[0].tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert sections(ProbeView()) == ()


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_colour_per_number_brighter_for_more_and_blank_for_none(theme):
    values = np.array([[1e-6, 1e-4, 1e-2, 1.0, NaN, float("inf")]])
    colors = [QColor(int(pixel)) for pixel in sequence(values).pixels(values, theme)[0]]
    light = [0.2126 * one.redF() + 0.7152 * one.greenF() + 0.0722 * one.blueF() for one in colors]
    assert light[0] < light[1] < light[2] < light[3]
    assert (colors[4].name(), colors[5].name()) == (theme.panel, theme.problem)
    ratios = around(1e-3).pixels(np.array([1e-6, 1e-3, 1.0, 1e-9]), theme)
    assert [QColor(int(one)).name() for one in ratios[[0, 2]]] == [theme.negative, theme.positive]
    assert ratios[0] == ratios[3] and len({*ratios[:3].tolist()}) == 3
    assert QColor(int(SHARE.pixels(np.array([1.0]), theme)[0])).name() == theme.problem


def test_scales_say_their_ends():
    assert sequence(np.array([0.0, 2e-5, 300.0])).marks() == ((0.0, "1e-5"), (1.0, "1e3"))
    assert [text for _, text in around(1e-3).marks()] == ["≤ 1e-6", "1e-3", "≥ 1"]
    assert sequence(np.array([1e10, 1e16])).marks() == ((0.0, "1e10"), (1.0, "1e16"))
    assert sequence(np.array([1e-30, 1.0])).low == pytest.approx(1e-12)
    assert sequence(np.array([NaN])).marks()[0][1] == "0.1"


def test_the_picture_has_a_pixel_per_number():
    for section in sections(probes()):
        image = picture(section, LIGHT)
        assert (image.height(), image.width()) == section.values.shape


def test_pointing_reads_the_exact_number(panel, qtbot):
    show(panel, view())
    strip, cell = panel.strip, Cell(0, 1, 2)
    QTest.mouseMove(strip, middle(strip, cell))
    qtbot.waitUntil(lambda: panel.value.text().startswith("Gradient"))
    assert panel.value.text() == f"Gradient norm of linear_2 after 4 steps: {7 * 10.0**-2!r}"
    assert panel.value.text() in strip.tip(middle(strip, cell)) and "∂L/∂w" in strip.tip(middle(strip, cell))
    assert "not measured" in strip.words(Cell(1, 0, 4))
    assert strip.tip(strip.places.head(2).center()).startswith("Share of the units")


def test_a_click_and_the_keyboard_pick_the_layer(panel, qtbot):
    show(panel, view())
    strip, picked = panel.strip, []
    panel.layerPicked.connect(picked.append)
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=middle(strip, Cell(2, 0, 1)))
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip.places.name(0, 1).center())
    assert picked == ["relu_1", "linear_2"]
    strip.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down):
        QTest.keyClick(strip, key)
    assert panel.value.text().startswith("Dead units of relu_1 after 9 steps: 0.75") or "after" in panel.value.text()
    QTest.keyClick(strip, Qt.Key.Key_Return)
    assert len(picked) == 3 and picked[2] in panel.value.text()


def test_rows_grow_with_the_room_and_scroll_without(panel):
    show(panel, view())
    assert LEAST_ROW < panel.strip.places.row <= MOST_ROW
    panel.resize(900, 160)
    assert panel.strip.places.row == LEAST_ROW and panel.strip.height() >= panel.strip.places.height


def test_every_place_is_found_again(panel):
    show(panel, view())
    places = panel.strip.places
    for section, rows in enumerate(places.rows):
        for row in range(rows):
            for column in range(5):
                assert places.at(places.cell(Cell(section, row, column)).center()) == Cell(section, row, column)
    assert places.at(QPoint(300, places.bottom + 20)) is None


def test_verdicts_lead_to_the_layer_and_to_the_edit(panel):
    show(panel, view(DEAD, HEART))
    picked, asked = [], []
    panel.layerPicked.connect(picked.append)
    panel.fixRequested.connect(asked.append)
    rows = panel.verdicts.rows
    assert [row.title.text() for row in rows] == ["!  Dead units · relu_1", "!  Overfitting"]
    assert rows[0].text.text() == DEAD.text and rows[0].why.text() == DEAD.threshold
    QTest.mouseClick(rows[0].fixes.buttons[0], Qt.MouseButton.LeftButton)
    assert asked == [SLOWER] and picked == []
    inside = panel.verdicts._list
    QTest.mouseClick(
        inside.viewport(), Qt.MouseButton.LeftButton, pos=inside.visualItemRect(inside.item(0)).topLeft() + QPoint(9, 9)
    )
    QTest.mouseClick(
        inside.viewport(), Qt.MouseButton.LeftButton, pos=inside.visualItemRect(inside.item(1)).topLeft() + QPoint(9, 9)
    )
    assert picked == ["relu_1"]


def test_new_numbers_leave_the_buttons_in_place(panel):
    show(panel, view(DEAD))
    row, button = panel.verdicts.rows[0], panel.verdicts.rows[0].fixes.buttons[0]
    newer = Verdict(DEAD.name, DEAD.title, "80 % of relu_1 give 0.", DEAD.threshold, DEAD.layers, DEAD.fixes)
    show(panel, view(newer))
    assert panel.verdicts.rows[0] is row and row.fixes.buttons[0] is button and "80 %" in row.text.text()


def test_no_text_is_cut(panel, qtbot):
    for width in (480, 560, 900, 1400):
        panel.resize(width, 420)
        show(panel, view(DEAD, HEART))
        qtbot.wait(1)
        for row in panel.verdicts.rows:
            for label in (row.title, row.text):
                assert label.height() >= label.heightForWidth(label.width()), (width, label.text())


def test_before_a_run_the_panel_says_what_will_appear(panel):
    pressed = []
    panel.playRequested.connect(lambda: pressed.append(True))
    assert panel.empty.isVisible()
    show(panel, view(looks=0))
    assert panel.empty.isVisible()
    QTest.mouseClick(panel.empty.button, Qt.MouseButton.LeftButton)
    assert pressed
    show(panel, view(DEAD, looks=0))
    assert not panel.empty.isVisible() and panel.verdicts.rows[0].isVisible() and not panel.strip.isVisible()


def test_a_healthy_run_is_told(panel):
    show(panel, view())
    assert panel.verdicts.fine.isVisible() and panel.verdicts.fine.text() == HEALTHY


def test_why_nobody_looks_any_more_is_told(panel):
    from dataclasses import replace

    show(panel, DiagnosisView(1, 3, replace(probes(), trouble="out of memory")))
    assert panel.trouble.isVisible() and "out of memory" in panel.trouble.text()


def test_an_edit_is_told_until_the_new_run_is_looked_at(panel):
    show(panel, view(DEAD))
    assert not panel.stale.isVisible()
    panel.show_update(Update(frozenset({"status"}), RunStatus(state="paused", stale=True, has_run=True)))
    assert panel.stale.isVisible() and "edited" in panel.stale.text()
    show(panel, view())
    assert not panel.stale.isVisible()


def test_the_selected_layer_is_marked(panel):
    show(panel, view())
    before = panel.strip.grab().toImage()
    panel.show_selection(("linear_2",))
    assert panel.strip.grab().toImage() != before
