"""Walking through S3 with keys and mouse: every number of figures.md, read from what is on screen."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from engine.commands import Play, TakeApart
from engine.views import RunStatus
from gui.pump import Update
from gui.stepper.details import Side
from gui.stepper.numbers import digits, exact
from tests.gui.stepper import s3
from tests.gui.stepper.conftest import Desk

LEFT = Qt.MouseButton.LeftButton
# figures.md, S3: per backward event its name and outgoing gradients; None where autograd gives none.
BACKWARD: list[tuple[str, list[list[float] | None]]] = [
    ("MseLossBackward0", [[-3.314172], None]),
    ("AddmmBackward0", [[-3.314172], [-3.314172, -6.628344], [-2.919113, -2.422854]]),
    ("AccumulateGrad", [[-3.314172]]),
    ("TBackward0", [[-2.919113, -2.422854]]),
    ("AccumulateGrad", [[-2.919113, -2.422854]]),
    ("SigmoidBackward0", [[-0.347967, -1.303211]]),
    ("AddmmBackward0", [[-0.347967, -1.303211], None, [-0.347967, -1.303211]]),
    ("AccumulateGrad", [[-0.347967, -1.303211]]),
    ("TBackward0", [[-0.347967, -1.303211]]),
    ("AccumulateGrad", [[-0.347967, -1.303211]]),
]
FORWARD = [(1, [2.0, 1.0]), (2, [0.880797, 0.731059]), (3, [1.342914]), (4, [2.745934])]
UPDATED = {
    "linear_1.weight": [1.034797, -0.869679],
    "linear_1.bias": [1.034797, 2.130321],
    "linear_2.weight": [1.2919113, 2.2422854],
    "linear_2.bias": [-0.668583],
}


def on_screen(side: Side) -> list[list[str] | None]:
    """The texts of every table of a side, in reading order; None where it says that there is none."""
    texts: list[list[str] | None] = []
    for table in side.shown:
        assert table.isVisible()
        if not table.grid.isVisible():
            assert table.nothing.text() == "none (this input needs no gradient)"
            texts.append(None)
            continue
        model = table.grid.model()
        cells = [model.index(row, column) for row in range(model.rowCount()) for column in range(model.columnCount())]
        texts.append([cell.data() for cell in cells])
        values = side.shown[len(texts) - 1].tensor.values.ravel()
        tips = [cell.data(Qt.ItemDataRole.ToolTipRole).split(" = ")[1] for cell in cells]
        assert tips == [exact(value) for value in values]
        assert np.array_equal(np.array(tips, values.dtype), values)
    return texts


def rounded(numbers: list[list[float] | None]) -> list[list[str] | None]:
    return [None if each is None else [digits(number) for number in each] for each in numbers]


def press(desk: Desk, key: Qt.Key, times: int = 1) -> None:
    for _ in range(times):
        QTest.keyClick(desk.tape_panel.window().focusWidget(), key)


def test_every_number_of_s3_is_reached_with_the_right_key(stepped: Desk) -> None:
    details = stepped.tape_panel.details
    for index, numbers in FORWARD:
        press(stepped, Qt.Key.Key_Right)
        assert stepped.stepping.cursor == index
        assert on_screen(details.right) == rounded([numbers])
    for name, outgoing in BACKWARD:
        press(stepped, Qt.Key.Key_Right)
        event = stepped.tape.events[stepped.stepping.cursor]
        assert event.name == name
        assert name in details.title.text() or event.phase == "accumulate"
        assert on_screen(details.right) == rounded(outgoing)
    for name, numbers in UPDATED.items():
        press(stepped, Qt.Key.Key_Right)
        assert details.title.text() == f"Update · {name}"
        assert on_screen(details.right) == rounded([numbers])
    for name in UPDATED:
        press(stepped, Qt.Key.Key_Right)
        assert details.title.text() == f"zero_grad · {name}.grad"
        assert details.right.nothing.text() == ".grad is None" and details.right.nothing.isVisible()
    press(stepped, Qt.Key.Key_Right)
    assert stepped.stepping.cursor == 22


def test_upstream_times_local_derivative_stands_left_of_what_goes_out(stepped: Desk) -> None:
    stepped.stepping.move_to(10)
    details = stepped.tape_panel.details
    assert details.title.text() == "Backward · SigmoidBackward0 at sigmoid_1"
    assert details.left.heading.text() == "Upstream gradient"
    assert details.right.heading.text() == "Outgoing gradient"
    assert on_screen(details.left) == rounded([[-3.314172, -6.628344]])
    assert details.left.mapTo(details, QPoint()).x() < details.right.mapTo(details, QPoint()).x()
    assert details.formula.text() == stepped.tape.events[10].formula


def test_back_home_and_end(stepped: Desk) -> None:
    press(stepped, Qt.Key.Key_End)
    assert stepped.stepping.cursor == 22
    press(stepped, Qt.Key.Key_Left, 2)
    assert stepped.stepping.cursor == 20
    press(stepped, Qt.Key.Key_Home)
    assert stepped.stepping.cursor == 0
    press(stepped, Qt.Key.Key_Left)
    assert stepped.stepping.cursor == 0
    press(stepped, Qt.Key.Key_Down, 5)
    assert stepped.stepping.cursor == 5  # headings in between are passed over


def test_the_list_names_parts_and_events_and_a_click_goes_there(stepped: Desk) -> None:
    events = stepped.tape_panel.events
    rows = [row if isinstance(row, str) else row.name for row in events.events.rows]
    assert [row for row in events.events.rows if isinstance(row, str)] == [
        "Batch", "Forward", "Loss", "Backward", "Update", "zero_grad"
    ]  # fmt: skip
    start = rows.index("MseLossBackward0")
    assert tuple(rows[start : start + 10]) == s3.BACKWARD_NAMES
    index = events.events.index(events.events.row_of(10))
    events.scrollTo(index)
    QTest.mouseClick(events.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, events.visualRect(index).center())
    assert stepped.stepping.cursor == 10
    heading = events.events.index(0)
    events.scrollTo(heading)
    QTest.mouseClick(events.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, events.visualRect(heading).center())
    assert stepped.stepping.cursor == 10


def test_transport_buttons_and_slider(stepped: Desk) -> None:
    transport = stepped.tape_panel.transport
    for name, expected in (("next", 1), ("next", 2), ("prev", 1), ("last", 22), ("first", 0)):
        QTest.mouseClick(transport.buttons[name], LEFT)
        assert stepped.stepping.cursor == expected
        assert transport.counter.text() == f"{expected + 1} / 23"
    slider = transport.slider
    QTest.mouseClick(slider, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(slider.width() - 4, slider.height() // 2))
    assert stepped.stepping.cursor > 0
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_End)
    assert stepped.stepping.cursor == 22


def test_space_plays_to_the_end_and_stops_there(stepped: Desk, qtbot) -> None:
    stepped.tape_panel.transport.speed.setCurrentIndex(4)
    stepped.stepping.move_to(19)
    press(stepped, Qt.Key.Key_Space)
    assert stepped.tape_panel.transport.buttons["play"].accessibleName() == "Pause"
    qtbot.waitUntil(lambda: stepped.stepping.cursor == 22, timeout=4000)
    assert stepped.tape_panel.transport.buttons["play"].accessibleName() == "Play"
    QTest.mouseClick(stepped.tape_panel.transport.buttons["play"], LEFT)
    assert stepped.stepping.cursor == 0  # at the end it starts again
    press(stepped, Qt.Key.Key_Right)
    assert stepped.tape_panel.transport.buttons["play"].accessibleName() == "Play"  # a step by hand stops it


def test_arrows_inside_a_table_of_many_numbers_stay_there(stepped: Desk) -> None:
    stepped.stepping.move_to(10)
    grid = stepped.tape_panel.details.left.shown[0].grid
    cell = grid.visualRect(grid.model().index(0, 0)).center()
    QTest.mouseClick(grid.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, cell)
    QTest.keyClick(grid, Qt.Key.Key_Right)
    assert stepped.stepping.cursor == 10 and grid.currentIndex().column() == 1
    stepped.stepping.move_to(5)
    grid = stepped.tape_panel.details.left.shown[0].grid
    grid.setFocus()
    QTest.keyClick(grid, Qt.Key.Key_Right)
    assert stepped.stepping.cursor == 6  # one number: nowhere to go inside


def test_without_a_tape_it_says_what_will_come_and_offers_it(desk: Desk) -> None:
    panel = desk.tape_panel
    assert panel.empty.isVisible() and not panel.events.isVisible()
    QTest.mouseClick(panel.empty.button, LEFT)
    assert desk.sent == [TakeApart()]
    QTest.keyClick(panel, Qt.Key.Key_Right)  # nothing to step through: nothing happens
    desk.stepping.show_tape(desk.tape)
    assert panel.events.isVisible() and not panel.empty.isVisible()


def test_the_seen_step_can_then_be_taken_in_the_run(stepped: Desk) -> None:
    panel = stepped.tape_panel
    status = RunStatus("paused", generation=1, step=0, has_run=True)
    panel.show_update(Update(frozenset({"status"}), status))
    assert "Step 1 of the run, not done yet" in panel.age.text()
    stepped.sent.clear()
    QTest.mouseClick(panel.take, LEFT)
    assert stepped.sent == [Play("step")]
    panel.show_update(Update(frozenset({"status"}), RunStatus("paused", generation=1, step=1, has_run=True)))
    assert panel.age.text() == "Recorded before step 1; the run has done 1 by now"
    assert not panel.take.isVisible()
    assert panel.apart.property("role") == "primary"
    QTest.mouseClick(panel.apart, LEFT)
    assert stepped.sent[-1] == TakeApart()
    panel.show_update(Update(frozenset({"status"}), RunStatus("paused", generation=2, step=0, has_run=True)))
    assert panel.age.text() == "Recorded before step 1 of an earlier run"


@pytest.mark.parametrize("width", [520, 900])
def test_nothing_is_wider_than_the_panel(stepped: Desk, width: int) -> None:
    panel = stepped.tape_panel
    panel.setParent(None)
    try:
        panel.resize(width, 380)
        panel.show()
        for cursor in range(23):
            stepped.stepping.move_to(cursor)
            QTest.qWait(1)
            details = panel.details
            assert details.widget().width() <= details.viewport().width()
    finally:
        panel.close()
        panel.deleteLater()


def test_the_formula_is_copied_with_its_menu(stepped: Desk) -> None:
    formula = stepped.tape_panel.details.formula
    stepped.stepping.move_to(10)
    (action,) = formula.actions()
    assert action.text() == "Copy" and formula.contextMenuPolicy() == Qt.ContextMenuPolicy.ActionsContextMenu
    action.trigger()
    assert QGuiApplication.clipboard().text() == stepped.tape.events[10].formula != ""
