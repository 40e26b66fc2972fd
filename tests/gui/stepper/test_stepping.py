"""The cursor and the shared selection: one follows the other, and neither runs away."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine import edits
from engine.commands import TakeApart
from engine.views import RunStatus
from gui.pump import Update
from gui.stepper.moments import label, layer_of, place, side_name
from tests.gui.stepper import s3
from tests.gui.stepper.conftest import Desk, s3_project


def test_the_canvas_is_told_layer_and_direction(stepped: Desk) -> None:
    assert stepped.lit[-1] == ("input", "forward")
    expected = {2: ("sigmoid_1", "forward"), 4: ("output", "forward"), 5: ("output", "backward")}
    expected |= {9: ("linear_2", "backward"), 15: ("linear_1", "parameter"), 22: ("linear_2", "parameter")}
    for cursor, lit in expected.items():
        stepped.stepping.move_to(cursor)
        assert stepped.lit[-1] == lit
    stepped.stepping.show_tape(None)
    assert stepped.lit[-1] == ("", "")


def test_selecting_a_layer_jumps_to_its_event_of_the_same_kind(stepped: Desk) -> None:
    stepped.store.select(("sigmoid_1",))
    assert stepped.stepping.cursor == 2
    stepped.stepping.move_to(6)
    stepped.store.select(("linear_1",))
    assert stepped.stepping.cursor == 11  # backward stays backward
    stepped.stepping.move_to(13)
    stepped.store.select(())
    stepped.store.select(("linear_1",))
    assert stepped.stepping.cursor == 13  # it is at that layer already
    stepped.store.select(("linear_1", "linear_2"))
    assert stepped.stepping.cursor == 13
    stepped.stepping.move_to(15)
    stepped.store.select(("sigmoid_1",))
    assert stepped.stepping.cursor == 2  # it has no update: its first event


def test_moving_the_cursor_leaves_the_selection_alone(stepped: Desk) -> None:
    stepped.store.select(("linear_2",))
    stepped.stepping.first()
    assert stepped.store.selection == ("linear_2",)


def test_run_to_a_node_or_a_moment(stepped: Desk) -> None:
    stepping = stepped.stepping
    assert stepping.run_to("n3") and stepping.cursor == 10
    assert stepping.run_to(lambda event: event.phase == "loss") and stepping.cursor == 4
    assert not stepping.run_to("nowhere") and stepping.cursor == 4


def test_a_new_tape_starts_at_its_first_event(stepped: Desk) -> None:
    stepped.stepping.last()
    seen: list[object] = []
    stepped.stepping.tapeChanged.connect(seen.append)
    new = s3.tape(step=7)
    stepped.stepping.show_update(Update(frozenset({"tape"}), RunStatus(), tape=new))
    assert stepped.stepping.cursor == 0 and stepped.stepping.tape is new and seen == [new]
    stepped.stepping.show_update(Update(frozenset({"status"}), RunStatus()))
    assert stepped.stepping.tape is new


def test_an_edit_keeps_the_tape_another_project_does_not(stepped: Desk) -> None:
    project = stepped.store.project
    stepped.store.commit(edits.remove_nodes(project, ("sigmoid_1",)), "Remove sigmoid_1")
    assert stepped.stepping.tape is stepped.tape
    stepped.stepping.move_to(10)  # its layer is gone: nothing breaks
    stepped.stepping.select_layer("sigmoid_1")
    assert stepped.store.selection == ()
    stepped.store.undo()
    assert stepped.stepping.tape is stepped.tape
    stepped.store.replace(s3_project())
    assert stepped.stepping.tape is None
    assert stepped.tape_panel.empty.isVisible() and stepped.graph.empty.isVisible()


def test_without_a_tape_nothing_moves(desk: Desk) -> None:
    stepping = desk.stepping
    for move in (stepping.next, stepping.previous, stepping.first, stepping.last, stepping.play, stepping.stop):
        move()
    desk.store.select(("linear_1",))
    assert stepping.cursor == 0 and not stepping.run_to("n0") and desk.sent == []
    stepping.take_apart()
    assert desk.sent == [TakeApart()]


def test_words_for_events() -> None:
    events = s3.tape().events
    assert (label(events[7]), place(events[7])) == ("AccumulateGrad", "linear_2.bias")
    assert (label(events[15]), place(events[15])) == ("linear_1.weight", "")
    assert layer_of(events[5]) == "output"
    assert side_name(None, "outgoing", 1, 3) == "outgoing 2 of 3"
    assert side_name(events[0].outputs[0], "the", 0, 2) == "x"


def test_the_grain_is_chosen_with_the_keyboard_and_the_cursor_keeps_its_place(stepped: Desk) -> None:
    tape = stepped.tape
    steps = tuple(replace(tape.events[1], name=name) for name in ("t", "addmm"))
    stepped.stepping.show_tape(replace(tape, operations={1: steps}))
    stepped.stepping.move_to(6)
    box, events = stepped.tape_panel.grain, stepped.tape_panel.events
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert stepped.stepping.grain == "operation" and stepped.stepping.cursor == 7
    assert [event.name for event in stepped.stepping.tape.events[1:4]] == ["t", "addmm", "Sigmoid"]
    assert stepped.tape_panel.details.title.text() == "Backward · AddmmBackward0 at linear_2"
    rows = [row if isinstance(row, str) else row.name for row in events.events.rows]
    assert rows[2:6] == ["Forward", "t", "addmm", "Sigmoid"]
    QTest.keyClick(box, Qt.Key.Key_Up, delay=1)
    QTest.keyClick(box, Qt.Key.Key_Up, delay=1)
    assert stepped.stepping.grain == "layer"
    assert stepped.tape_panel.details.title.text() == "Backward · Linear at linear_2"
    stepped.stepping.show_origin("lab")
    assert not box.isVisible(), "the lab's tape has only one grain"
    stepped.stepping.show_origin("run")
    assert stepped.tape_panel.details.title.text() == "Backward · Linear at linear_2"


def test_a_move_redraws_only_what_it_changes(stepped: Desk) -> None:
    """What makes stepping instant: equal rows, visible events and tensors that stay are left alone."""
    stepped.stepping.move_to(6)
    rows, events = stepped.ledger.rows, stepped.tape_panel.events
    changed: list[tuple[int, int]] = []
    rows.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    stepped.stepping.move_to(7)  # linear_2.bias takes its gradient
    names = [row.name for row in rows.rows]
    assert changed == [(names.index("linear_2.bias"),) * 2]
    place = events.verticalScrollBar().value()
    table = stepped.tape_panel.details.left.tables[0]
    assert table.tensor is stepped.tape.events[7].inputs[0]
    stepped.stepping.move_to(8)
    assert events.verticalScrollBar().value() == place, "the next event was in sight already"
    resets: list[None] = []
    stepped.ledger.value.grid.model().modelReset.connect(lambda: resets.append(None))
    stepped.stepping.move_to(7)
    stepped.ledger.value.show_tensor(stepped.ledger.value.tensor)
    assert not resets
