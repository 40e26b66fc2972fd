"""Undo, redo, merging, and the mark of what is saved."""

import pytest

from engine import edits
from engine.history import History
from engine.spec import ProjectSpec
from tests.engine.projects import chain

START = chain("linear")


def at(rate: float) -> ProjectSpec:
    return edits.set_optimizer_value(START, "lr", rate)


def history(*rates: float, key: str = "") -> History:
    made = History(START)
    for rate in rates:
        made.commit(at(rate), f"rate {rate}", key)
    return made


def test_undo_and_redo_walk_the_line() -> None:
    line = history(0.1, 0.2)
    assert (line.undo_name, line.redo_name) == ("rate 0.2", "")
    assert line.undo()
    assert (line.project, line.undo_name, line.redo_name) == (at(0.1), "rate 0.1", "rate 0.2")
    assert line.undo()
    assert not line.undo()
    assert (line.project, line.undo_name, line.redo_name) == (START, "", "rate 0.1")
    assert line.redo()
    assert line.redo()
    assert not line.redo()
    assert line.project == at(0.2)


def test_an_edit_behind_an_undone_one_drops_it() -> None:
    line = history(0.1, 0.2)
    line.undo()
    assert line.commit(at(0.3), "other")
    assert not line.redo()
    line.undo()
    assert line.project == at(0.1)


def test_an_equal_project_is_no_edit() -> None:
    line = history(0.1)
    assert not line.commit(at(0.1), "again")
    assert line.undo_name == "rate 0.1"
    line.undo()
    assert not line.commit(START, "again")
    assert line.redo_name == "rate 0.1", "what was undone is still there"


def test_a_drag_is_one_step() -> None:
    line = history(0.1, 0.2, 0.3, key="drag")
    assert line.project == at(0.3)
    line.undo()
    assert line.project == START
    assert not line.undo()
    line.redo()
    assert (line.project, line.undo_name) == (at(0.3), "rate 0.3")


def test_drags_of_two_sliders_are_two_steps() -> None:
    line = history(0.1, key="rate")
    line.commit(edits.set_dropout(chain("dropout"), 0.1), "dropout", "dropout")
    line.undo()
    assert line.project == at(0.1)


def test_edits_without_a_key_never_merge() -> None:
    line = history(0.1, 0.2)
    line.undo()
    assert line.project == at(0.1)


def test_a_drag_back_to_its_start_is_no_step() -> None:
    line = history(0.1)
    line.commit(at(0.2), "drag", "k")
    assert line.commit(at(0.1), "drag", "k"), "the project changed, and whoever shows it must know"
    assert (line.project, line.undo_name, line.redo_name) == (at(0.1), "rate 0.1", "")
    line.commit(at(0.4), "drag", "k")
    line.undo()
    assert line.project == at(0.1)


@pytest.mark.parametrize("walk", [("undo", "redo"), ("undo",)])
def test_a_walk_through_the_line_ends_a_drag(walk: tuple[str, ...]) -> None:
    line = history(0.1, 0.2, key="k")
    line.commit(START, "unkeyed")
    line.undo()
    line.commit(at(0.5), "drag", "k")
    line.undo()
    assert line.project == at(0.2)
    for step in walk:
        getattr(line, step)()
    before = line.project
    line.commit(at(0.9), "drag", "k")
    line.undo()
    assert line.project == before


def test_what_is_saved_can_be_undone_to() -> None:
    line = history(0.1, key="k")
    line.mark_saved(line.project)
    assert not line.dirty
    line.commit(at(0.2), "drag", "k")
    assert line.dirty
    line.undo()
    assert line.project == at(0.1)
    assert not line.dirty


def test_dirty_is_a_matter_of_value() -> None:
    line = History(START)
    assert not line.dirty
    line.commit(at(0.1), "rate")
    assert line.dirty
    line.commit(START, "back")
    assert not line.dirty
    line.mark_unsaved()
    assert line.dirty
    line.mark_saved(at(0.1))
    assert line.dirty, "an older value was saved while editing went on"
    line.undo()
    assert not line.dirty
