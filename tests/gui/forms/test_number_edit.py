"""Numbers typed, stepped and refused, in any locale."""

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest

from engine.catalog import LAYERS, OPTIMIZERS
from gui.forms.number_edit import NumberEdit, ladder_step, parsed, shown


@pytest.fixture
def rate(qtbot):
    edit = NumberEdit(OPTIMIZERS["adam"].field("lr"))
    qtbot.addWidget(edit)
    edit.show()
    return edit


def typed(edit, text):
    edit.selectAll()
    QTest.keyClicks(edit, text)
    QTest.keyClick(edit, Qt.Key.Key_Return)


@pytest.mark.parametrize("locale", ["de_DE", "en_US", "ar_EG", "tr_TR"])
def test_a_typed_rate_means_the_same_in_every_locale(qtbot, locale):
    before = QLocale()
    QLocale.setDefault(QLocale(locale))
    try:
        edit = NumberEdit(OPTIMIZERS["adam"].field("lr"))
        qtbot.addWidget(edit)
        edit.show()
        with qtbot.waitSignal(edit.valueEdited) as caught:
            typed(edit, "0.01")
        assert caught.args == [0.01]
        assert edit.text() == "0.01"
    finally:
        QLocale.setDefault(before)


def test_scientific_notation_is_understood(qtbot, rate):
    with qtbot.waitSignal(rate.valueEdited) as caught:
        typed(rate, "3e-4")
    assert caught.args == [0.0003]


def test_a_refused_number_says_the_rule_and_the_old_one_stays(qtbot, rate):
    with qtbot.waitSignal(rate.refused) as caught:
        typed(rate, "0")
    assert caught.args == ["Learning rate must be a number above 0 and at most 1000, but is 0."]
    assert rate.text() == "0.001"
    assert rate.value() == 0.001


def test_arrow_keys_climb_a_ladder_for_rates_and_by_one_for_counts(qtbot, rate):
    QTest.keyClick(rate, Qt.Key.Key_Up)
    assert rate.value() == 0.002
    QTest.keyClick(rate, Qt.Key.Key_Up)
    assert rate.value() == 0.005
    QTest.keyClick(rate, Qt.Key.Key_Down)
    QTest.keyClick(rate, Qt.Key.Key_Down)
    QTest.keyClick(rate, Qt.Key.Key_Down)
    assert rate.value() == 0.0005
    width = NumberEdit(LAYERS["linear"].field("out_features"))
    qtbot.addWidget(width)
    width.show()
    QTest.keyClick(width, Qt.Key.Key_Up)
    assert width.value() == 9


def test_a_step_past_the_bound_is_not_taken(qtbot):
    share = NumberEdit(LAYERS["dropout"].field("p"))
    qtbot.addWidget(share)
    share.show_value(0.95)
    share.stepBy(1)
    assert share.value() == 0.95


@pytest.mark.parametrize(
    ("text", "number"), [("0.5", 0.5), ("−2", -2), ("1e3", 1000.0), ("7", 7), ("0,5", None), ("", None), ("x", None)]
)
def test_what_a_text_means(text, number):
    assert parsed(text) == number


@pytest.mark.parametrize("value", [0.1, 1e-8, 123456.789, 3, 1e20, 0.30000000000000004])
def test_the_text_reads_back_as_the_same_number(value):
    assert parsed(shown(value)) == value


@pytest.mark.parametrize(
    ("value", "up", "expected"), [(1.0, True, 2.0), (1.0, False, 0.5), (0.03, True, 0.05), (0.1, True, 0.2)]
)
def test_rungs(value, up, expected):
    assert ladder_step(value, up) == expected
