"""What the run bar says and offers, from the engine's status and torch's report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.commands import Command, LimitSpeed, Pause, Play, Rewind, ShowProject
from engine.edits import append_node
from engine.examples import example
from engine.views import Issue, NetworkReport, Notice, RunStatus
from gui.actions import Actions
from gui.controllers.running import RunningController
from gui.pump import Update
from gui.run_bar import RunBar
from gui.run_view import amount, run_view, time_left
from gui.status_bar import StatusBar
from gui.store import Store
from tests.windows import workbench

READY = RunStatus("idle", device="cpu", epochs=20, steps_per_epoch=40)
RUNNING = replace(READY, state="running", step=130, loss=0.25, steps_per_second=1234.5, has_run=True)
MISTAKE = Issue("linear_2", "Linear expects 8 inputs but gets 6.")


def report(*issues: Issue) -> NetworkReport:
    return NetworkReport(example("moons"), {}, {}, {}, issues)


def test_numbers_of_a_run() -> None:
    view = run_view(RUNNING, report())
    assert (view.epoch, view.step, view.loss, view.speed, view.device) == ("3/20", "130", "0.25", "1,234", "cpu")
    assert view.progress == pytest.approx(130 / 800)
    assert view.playing


def test_the_status_bar_says_which_loop_takes_the_steps_and_why(qtbot: QtBot) -> None:
    bar = StatusBar()
    qtbot.addWidget(bar)
    status = replace(RUNNING, has_run=True, path="traced", path_reason="It was traced.")
    bar.show_update(Update(frozenset({"status"}), status))
    assert bar.loop.text() == "Traced loop"
    assert bar.loop.toolTip().endswith("\nIt was traced.")
    bar.show_update(Update(frozenset({"status"}), RunStatus()))
    assert bar.loop.text() == ""


@pytest.mark.parametrize(
    ("status", "issues", "waiting", "start", "tone"),
    [
        (RunStatus("boot"), None, False, "PyTorch is loading…", "note"),
        (RunStatus("boot"), None, True, "PyTorch is loading; training starts", "note"),
        (READY, None, False, "Checking the network…", "note"),
        (READY, (), False, "Ready.", "note"),
        (READY, (MISTAKE,), False, "Play is off. Linear expects 8 inputs but gets 6.", "problem"),
        (RUNNING, (), False, "Training, about 1 s left.", "note"),
        (replace(RUNNING, steps_per_second=0.0), (), False, "Training.", "note"),
        (replace(RUNNING, state="paused"), (), False, "Paused after step 130: epoch 4, iteration 10/40.", "note"),
        (replace(RUNNING, state="paused", stale=True), (), False, "The project was edited", "warning"),
        (
            replace(RUNNING, state="paused", step=800),
            (),
            False,
            "Finished: 800 steps. Rewind, or raise Epochs to go on.",
            "good",
        ),
        (
            replace(RUNNING, state="paused", stopped="Stopped early after epoch 7."),
            (),
            False,
            "Stopped early after",
            "good",
        ),
        (replace(READY, state="failed", message="The loss became infinite."), (), False, "The loss became", "problem"),
    ],
)
def test_the_sentence(
    status: RunStatus, issues: tuple[Issue, ...] | None, waiting: bool, start: str, tone: str
) -> None:
    view = run_view(status, None if issues is None else report(*issues), waiting)
    assert view.sentence.startswith(start)
    assert view.tone == tone


def test_play_of_a_finished_run_waits_until_something_changes() -> None:
    done = replace(RUNNING, state="paused", step=800)
    view = run_view(done, report())
    assert (view.can_play, view.can_run, view.can_rewind) == (False, True, True)
    assert run_view(replace(done, epochs=30), report()).can_play
    assert run_view(replace(done, stale=True), report()).can_play
    early = run_view(replace(RUNNING, state="paused", stopped="Stopped early."), report())
    assert (early.can_play, early.can_run) == (False, True)


@pytest.mark.parametrize(
    ("speed", "text"),
    [
        (0.0, ""),
        (1e6, "about 1 s left"),
        (10.0, "about 67 s left"),
        (1.0, "about 11 min left"),
        (0.05, "about 3.7 h left"),
    ],
)
def test_the_time_that_is_left(speed: float, text: str) -> None:
    """670 of 800 steps are still to be done."""
    assert time_left(replace(RUNNING, steps_per_second=speed)) == text
    assert time_left(replace(RUNNING, steps_per_second=speed, step=800)) == ""


def test_the_title_says_how_far_a_running_run_is(qtbot: QtBot, tmp_path: Path) -> None:
    with workbench(qtbot, tmp_path) as bench:
        title = bench.window.windowTitle()
        bench.window.run_bar.show_run(run_view(RUNNING, report()))
        assert bench.window.windowTitle() == f"16 % – {title}"
        bench.store.commit(append_node(bench.store.project, "relu")[0], "Add ReLU")
        assert bench.window.windowTitle() == f"16 % – {title}"
        bench.window.run_bar.show_run(run_view(replace(RUNNING, state="paused"), report()))
        assert bench.window.windowTitle() == title


def test_a_message_of_the_engine_ends_the_waiting(qtbot: QtBot) -> None:
    rig = Rig(qtbot)
    rig.hear(READY)
    rig.click(qtbot, "run.play")
    assert rig.bar.buttons["run.play"].text() == "Pause"
    rig.control.handle(Notice("Nothing is left to do."))
    assert rig.bar.buttons["run.play"].text() == "Play"


def test_a_warning_leaves_play_on_and_an_error_switches_it_off() -> None:
    assert run_view(READY, report(replace(MISTAKE, severity="warning"))).can_play
    view = run_view(READY, report(replace(MISTAKE, severity="warning"), MISTAKE))
    assert (view.can_play, view.can_run, view.node) == (False, False, "linear_2")


@pytest.mark.parametrize(("size", "text"), [(0, "0 B"), (999, "999 B"), (6200, "6.2 kB"), (3_400_000, "3.4 MB")])
def test_amounts(size: int, text: str) -> None:
    assert amount(size) == text


class Rig:
    """Run bar and controller with a list in the engine's place."""

    def __init__(self, qtbot: QtBot) -> None:
        self.sent: list[Command] = []
        self.store = Store(example("moons"))
        self.bar = RunBar(actions := Actions(self.store))
        self.actions = actions
        self.control = RunningController(self.store, self.sent.append, actions, self.bar, self.store)
        actions.connect({"running": self.control})
        qtbot.addWidget(self.bar)
        self.bar.resize(900, 60)
        self.bar.show()

    def hear(self, status: RunStatus, about: NetworkReport | None = None) -> None:
        about = about or replace(report(), project=self.store.project)
        self.control.show_update(Update(frozenset({"status", "report"}), status, about))

    def click(self, qtbot: QtBot, name: str) -> None:
        qtbot.mouseClick(self.bar.buttons[name], Qt.MouseButton.LeftButton)


def test_buttons_send_commands(qtbot: QtBot) -> None:
    rig = Rig(qtbot)
    assert rig.sent == [ShowProject(rig.store.project)]
    rig.sent.clear()
    rig.hear(READY)
    for name in ("run.play", "run.play", "run.step", "run.epoch"):
        rig.click(qtbot, name)
    assert rig.sent == [Play(), Pause(), Play("step"), Play("epoch")]


def test_while_running_only_pause_and_beginning_anew_are_offered(qtbot: QtBot) -> None:
    rig = Rig(qtbot)
    rig.hear(RUNNING)
    enabled = {name: button.isEnabled() for name, button in rig.bar.buttons.items()}
    assert enabled == {
        "run.rewind": True,
        "run.new_weights": True,
        "run.play": True,
        "run.step": False,
        "run.epoch": False,
    }
    assert rig.bar.buttons["run.play"].text() == "Pause"
    rig.sent.clear()
    rig.click(qtbot, "run.play")
    rig.click(qtbot, "run.rewind")
    assert rig.sent == [Pause(), Rewind()]


def test_an_edit_goes_to_the_engine_and_another_project_is_told_as_fresh(qtbot: QtBot) -> None:
    rig = Rig(qtbot)
    rig.sent.clear()
    edited, _ = append_node(rig.store.project, "relu")
    rig.store.commit(edited, "Add ReLU")
    rig.store.undo()
    rig.store.replace(example("xor"))
    assert [(command.project.name, command.fresh) for command in rig.sent if isinstance(command, ShowProject)] == [
        ("Moons", False),
        ("Moons", False),
        ("XOR", True),
    ]


def test_play_is_off_with_the_reason_and_a_click_selects_the_layer(qtbot: QtBot) -> None:
    rig = Rig(qtbot)
    rig.hear(READY, NetworkReport(rig.store.project, {}, {}, {}, (MISTAKE,)))
    assert not rig.bar.buttons["run.play"].isEnabled()
    assert rig.bar.sentence.text().startswith("Play is off.")
    qtbot.mouseClick(rig.bar.sentence, Qt.MouseButton.LeftButton)
    assert rig.store.selection == ("linear_2",)


def test_a_report_of_an_older_project_is_not_believed(qtbot: QtBot) -> None:
    rig = Rig(qtbot)
    rig.hear(READY)
    rig.hear(READY, NetworkReport(example("xor"), {}, {}, {}, (MISTAKE,)))
    assert rig.bar.buttons["run.play"].isEnabled()


def test_play_during_boot_waits_and_can_be_taken_back(qtbot: QtBot) -> None:
    rig = Rig(qtbot)
    rig.control.show_update(Update(frozenset({"status"}), RunStatus("boot")))
    rig.click(qtbot, "run.play")
    assert rig.bar.buttons["run.play"].text() == "Pause"
    rig.click(qtbot, "run.play")
    assert rig.sent[1:] == [Play(), Pause()]
    assert rig.bar.buttons["run.play"].text() == "Play"


def test_texts_fit_at_the_smallest_size(qtbot: QtBot, tmp_path: Path) -> None:
    rig = Rig(qtbot)
    rig.hear(RUNNING)
    assert rig.bar.minimumSizeHint().width() <= 900
    for label in rig.bar.values.values():
        assert label.width() >= label.fontMetrics().horizontalAdvance(label.text())


def test_several_steps_are_asked_for_in_the_menu(qtbot: QtBot) -> None:
    rig = Rig(qtbot)
    rig.hear(READY)
    menu = rig.bar.buttons["run.step"].menu()
    assert menu is rig.bar.steps
    menu.actions()[1].trigger()
    assert rig.sent[-1] == Play("step", 100)
    rig.bar.steps.count.setValue(7)
    qtbot.mouseClick(rig.bar.steps.go, Qt.MouseButton.LeftButton)
    assert rig.sent[-1] == Play("step", 7)
    rig.hear(RUNNING)
    menu.actions()[0].trigger()
    assert rig.sent[-1] == Play("step", 7)  # not while it trains


def test_the_speed_is_limited_in_the_menu_of_play(qtbot: QtBot) -> None:
    rig = Rig(qtbot)
    menu = rig.bar.speeds
    assert rig.bar.buttons["run.play"].menu() is menu and menu.limit is None
    slow = next(action for action in menu.actions() if action.text() == "5 steps per second")
    slow.trigger()
    assert rig.sent[-1] == LimitSpeed(5.0) and menu.limit == 5.0
    assert "5 steps per second" in rig.bar.values["speed"].toolTip()
    menu.actions()[0].trigger()
    assert rig.sent[-1] == LimitSpeed(None)


def test_new_weights_are_one_edit_and_a_fresh_run(qtbot: QtBot) -> None:
    rig = Rig(qtbot)
    rig.hear(READY)
    before = rig.store.project
    rig.click(qtbot, "run.new_weights")
    project = rig.store.project
    assert project.train.seed != before.train.seed and rig.store.undo_name == f"New weights (seed {project.train.seed})"
    assert rig.sent[-2:] == [ShowProject(project), Rewind()]
    rig.store.undo()
    assert rig.store.project == before
