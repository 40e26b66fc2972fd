"""When the text is sent, and where the answer goes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.commands import RunLab, TakeApart
from engine.inspection import LabView
from engine.lab.templates import templates
from engine.views import Failure, Notice, RunStatus
from gui.controllers.lab import CHANGED, HINT, LOADING, TRAINING, LabController
from gui.controllers.stepping import SteppingController
from gui.graph.panel import GraphPanel
from gui.lab.panel import LabPanel
from gui.pump import Update
from gui.settings import Settings
from gui.stepper.ledger import LedgerPanel
from gui.stepper.panel import TapePanel
from gui.store import Store
from tests.gui.lab.views import SOURCE, square
from tests.gui.stepper import s3
from tests.gui.stepper.conftest import s3_project


@dataclass
class Rig:
    panel: LabPanel
    stepping: SteppingController
    lab: LabController
    tape: TapePanel
    settings: Settings
    sent: list[RunLab] = field(default_factory=list)

    def answer(self, view: LabView) -> None:
        self.lab.show_update(Update(frozenset({"lab"}), RunStatus("idle"), lab=view))

    def status(self, state: str) -> None:
        self.lab.show_update(Update(frozenset({"status"}), RunStatus(state)))  # type: ignore[arg-type]

    def sources(self) -> list[str]:
        return [command.source for command in self.sent]


@pytest.fixture
def rig(panel: LabPanel, qtbot, tmp_path: Path) -> Rig:
    sent: list = []
    stepping = SteppingController(Store(s3_project()), sent.append, panel)
    parts = TapePanel(), GraphPanel(), LedgerPanel()
    for part in parts:
        qtbot.addWidget(part)
    stepping.attach(*parts)
    settings = Settings(tmp_path / "window.ini")
    lab = LabController(panel, stepping, sent.append, settings, panel)
    lab._pause.setInterval(5)
    rig = Rig(panel, stepping, lab, parts[0], settings, sent)
    rig.status("idle")
    return rig


def test_the_first_visit_runs_the_simplest_template(rig: Rig) -> None:
    assert rig.sent == []
    rig.lab.show_mode("step")
    assert rig.sent == []
    rig.lab.show_mode("lab")
    assert rig.sources() == [templates()[0].text]
    rig.answer(square(rig.panel.text))
    rig.lab.show_mode("build")
    rig.lab.show_mode("lab")
    assert len(rig.sent) == 1
    assert rig.panel.state.text() == f"2 tensors · 4 moments on the tape · {HINT}"


def test_typing_runs_by_itself_after_a_pause(rig: Rig, qtbot) -> None:
    rig.panel.show_text("")
    QTest.keyClicks(rig.panel.editor, "x = 1")
    assert rig.sent == []
    qtbot.waitUntil(lambda: rig.sources() == ["x = 1"])


def test_while_one_is_under_way_only_the_newest_waits(rig: Rig) -> None:
    rig.panel.show_text("")
    for letter in "abcd":
        QTest.keyClicks(rig.panel.editor, letter)
        QTest.keyClick(rig.panel.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert rig.sources() == ["a"]
    rig.answer(square("a"))
    assert rig.sources() == ["a", "abcd"]
    rig.answer(square("abcd"))
    assert rig.sources() == ["a", "abcd"]


def test_a_failure_ends_the_waiting(rig: Rig) -> None:
    rig.lab.use_text("a")
    rig.lab.use_text("b")
    rig.lab.handle(Notice("something else"))
    assert rig.sources() == ["a"]
    rig.lab.handle(Failure("The lab's text could not be run."))
    assert rig.sources() == ["a", "b"]


def test_the_switch_stops_it_from_running_by_itself(rig: Rig, qtbot) -> None:
    rig.panel.show_text("")
    QTest.mouseClick(rig.panel.bar.auto, Qt.MouseButton.LeftButton, pos=rig.panel.bar.auto.rect().center())
    assert not rig.panel.bar.auto.isChecked()
    QTest.keyClicks(rig.panel.editor, "x = 1")
    QTest.qWait(30)
    assert rig.sent == [] and rig.panel.state.text() == CHANGED
    QTest.keyClick(rig.panel.editor, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)  # who drags a number wants to see
    assert rig.sources() == ["x = 2"]
    rig.answer(square("x = 2"))
    QTest.keyClicks(rig.panel.editor, "0")
    QTest.mouseClick(rig.panel.bar.auto, Qt.MouseButton.LeftButton, pos=rig.panel.bar.auto.rect().center())
    assert rig.sources() == ["x = 2", "x = 20"]


def test_training_is_not_disturbed(rig: Rig, qtbot) -> None:
    rig.panel.show_text("")
    rig.status("running")
    QTest.keyClicks(rig.panel.editor, "x = 1")
    qtbot.waitUntil(lambda: rig.panel.state.text() == TRAINING)
    assert rig.sent == []
    rig.status("paused")
    assert rig.sources() == ["x = 1"]
    rig.answer(square("x = 1"))
    rig.status("running")
    rig.lab.run()  # asked for: at once
    assert rig.sources() == ["x = 1", "x = 1"]


def test_before_pytorch_is_there_it_says_so(rig: Rig) -> None:
    rig.status("boot")
    rig.lab.run()
    assert rig.panel.state.text() == LOADING and len(rig.sent) == 1


def test_only_in_its_mode_tape_and_graph_are_the_labs(rig: Rig) -> None:
    rig.stepping.show_tape(s3.tape())
    rig.stepping.move_to(5)
    rig.lab.show_mode("lab")
    assert rig.stepping.tape is None
    assert rig.tape.empty.button.text() == "Run the text"
    rig.answer(square(rig.panel.text))
    assert rig.stepping.tape is not None and len(rig.stepping.tape.events) == 4
    assert not rig.tape.apart.isVisibleTo(rig.tape) and not rig.tape.take.isVisibleTo(rig.tape)
    rig.stepping.move_to(2)
    rig.stepping.show_tape(s3.tape(step=1))  # one of the run comes meanwhile: it waits
    assert len(rig.stepping.tape.events) == 4
    rig.lab.show_mode("step")
    assert rig.stepping.tape is not None and rig.stepping.tape.step == 1 and rig.stepping.cursor == 0
    assert rig.tape.apart.isVisibleTo(rig.tape)
    rig.lab.show_mode("lab")
    assert len(rig.stepping.tape.events) == 4 and rig.stepping.cursor == 2


def test_an_empty_panels_action_runs_the_text(rig: Rig) -> None:
    rig.lab.show_mode("lab")
    rig.answer(square(rig.panel.text))
    rig.stepping.take_apart()
    rig.answer(square(rig.panel.text))
    rig.stepping.draw()
    assert [type(command) for command in rig.sent] == [RunLab] * 3
    rig.lab.show_mode("step")
    rig.stepping.take_apart()
    assert rig.sent[-1] == TakeApart()


def test_the_tape_marks_the_line_and_the_line_finds_the_tape(rig: Rig) -> None:
    rig.lab.show_mode("lab")
    rig.lab.use_text(SOURCE)
    rig.answer(square())
    editor = rig.panel.editor
    lines = []
    for _ in range(4):
        lines.append(editor.shown_line)
        rig.stepping.next()
    assert lines == [1, 2, 3, 3]
    rig.panel.lineAsked.emit(2)
    assert rig.stepping.cursor == 1
    rig.panel.lineAsked.emit(4)  # prints only: nothing on the tape
    assert rig.stepping.cursor == 1 and editor.textCursor().blockNumber() == 3
    rig.panel.nodeAsked.emit("n0")
    assert rig.stepping.cursor == 2
    QTest.keyClicks(editor, " ")
    assert editor.shown_line == 0  # lines may have moved
    rig.stepping.next()
    assert editor.shown_line == 0


def test_the_cursor_stays_while_what_comes_before_is_the_same(rig: Rig) -> None:
    rig.lab.show_mode("lab")
    rig.answer(square(rig.panel.text))
    rig.stepping.move_to(2)
    rig.answer(square(rig.panel.text, 4.0))
    assert rig.stepping.cursor == 2
    other = square(rig.panel.text, 4.0)
    assert other.tape is not None
    first = other.tape.events[0]
    changed = replace(other, tape=replace(other.tape, events=(replace(first, name="zeros"), *other.tape.events[1:])))
    rig.answer(changed)
    assert rig.stepping.cursor == 0


def test_text_switch_and_size_come_back(rig: Rig, qtbot, tmp_path: Path) -> None:
    rig.lab.use_text("x = tensor(5.0)\n# 100 % é; a, b")
    QTest.mouseClick(rig.panel.bar.auto, Qt.MouseButton.LeftButton, pos=rig.panel.bar.auto.rect().center())
    QTest.keyClick(rig.panel.editor, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(rig.panel.editor, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(rig.panel.editor, "!")  # not run, but not forgotten either
    qtbot.waitUntil(lambda: rig.settings.text("lab/text").endswith("!"))
    rig.settings.sync()
    other = LabPanel()
    qtbot.addWidget(other)
    LabController(other, rig.stepping, rig.sent.append, Settings(tmp_path / "window.ini"), other)
    assert other.text == "x = tensor(5.0)\n# 100 % é; a, b!"
    assert not other.bar.auto.isChecked()
    assert other.editor.pixels == rig.panel.editor.pixels


def test_files(rig: Rig, tmp_path: Path) -> None:
    told: list[object] = []
    rig.lab.files.told.connect(told.append)
    file = tmp_path / "lab.txt"
    rig.lab.use_text("x = 1\n")
    rig.lab.files.save_to(str(file))
    assert file.read_text() == "x = 1\n" and isinstance(told.pop(), Notice)
    rig.answer(square(rig.panel.text))
    file.write_bytes(b"\xef\xbb\xbfx = 2\r\ny = 3\r\n")
    rig.lab.files.open_path(str(file))
    assert rig.panel.text == "x = 2\ny = 3\n" and rig.sources()[-1] == "x = 2\ny = 3\n"
    file.write_bytes(b"\xff\xfe\x00")
    for bad in (file, tmp_path / "missing.txt", tmp_path):
        rig.lab.files.open_path(str(bad))
        assert isinstance(told.pop(), Failure)
        assert rig.panel.text == "x = 2\ny = 3\n"
    rig.lab.files.save_to(str(tmp_path / "no" / "folder.txt"))
    assert isinstance(told.pop(), Failure)


def test_a_template_can_be_undone(rig: Rig) -> None:
    rig.panel.show_text("mine = 1")
    rig.lab.use(templates()[3])
    assert rig.panel.text == templates()[3].text and rig.sources() == [templates()[3].text]
    QTest.keyClick(rig.panel.editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert rig.panel.text == "mine = 1"
