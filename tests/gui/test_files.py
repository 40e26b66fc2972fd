"""New, open, save, recent files, and the question before work is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from engine.commands import Command, Export, Open, Save
from engine.edits import append_node, rename_project
from engine.examples import example
from engine.exporters.registry import EXPORTERS
from engine.views import Failure, Notice, Opened, RunStatus, Saved
from gui.controllers.exporting import ExportingController
from gui.controllers.files import FilesController
from gui.pump import Update
from gui.settings import RECENT_LIMIT, Settings
from gui.store import Store

Button = QMessageBox.StandardButton


class Told:
    def __init__(self) -> None:
        self.messages: list[Failure | Notice] = []

    def tell(self, message: Failure | Notice) -> None:
        self.messages.append(message)


class Rig:
    """The controller with lists in the engine's and the cards' place."""

    def __init__(self, qtbot: QtBot, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[Command] = []
        self.told = Told()
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.store = Store(example("moons"), self.window)
        self.settings = Settings(folder / "window.ini")
        self.files = FilesController(self.store, self.sent.append, self.settings, self.told, self.window)
        self.answer = Button.Cancel
        self.asked = 0
        monkeypatch.setattr(self.files, "_ask", self._ask)

    def _ask(self) -> Button:
        self.asked += 1
        return self.answer

    def edit(self) -> None:
        self.store.commit(append_node(self.store.project, "relu")[0], "Add ReLU")


@pytest.fixture
def rig(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    return Rig(qtbot, tmp_path, monkeypatch)


def choose(monkeypatch: pytest.MonkeyPatch, name: str, path: str, chosen: str = "") -> list[str]:
    """Let the file dialog answer `path`; returns the list of names that it proposed."""
    proposed: list[str] = []

    def dialog(parent: QWidget, title: str, usual: str, filters: str) -> tuple[str, str]:
        proposed.append(usual)
        return path, chosen or filters.split(";;", maxsplit=1)[0]

    monkeypatch.setattr(QFileDialog, name, staticmethod(dialog))
    return proposed


def test_open_asks_the_engine_and_replaces_only_on_a_good_answer(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "net.chainrule")
    choose(monkeypatch, "getOpenFileName", path)
    rig.files.open()
    assert rig.sent == [Open(path)]
    before = rig.store.project
    failure = Failure("net.chainrule is damaged.", kept="Nothing was changed.")
    rig.files.handle(failure)
    assert rig.store.project is before
    assert rig.told.messages == [failure]
    rig.files.handle(Opened(path, example("xor")))
    assert (rig.store.project.name, rig.store.path, rig.store.dirty) == ("XOR", path, False)


def test_a_cancelled_dialog_does_nothing(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, "getOpenFileName", "")
    choose(monkeypatch, "getSaveFileName", "")
    rig.files.open()
    rig.files.save()
    assert rig.sent == []


def test_save_asks_for_a_name_once(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    proposed = choose(monkeypatch, "getSaveFileName", str(tmp_path / "mine"))
    rig.store.commit(rename_project(rig.store.project, "My / net: 1"), "Rename")
    rig.files.save()
    path = str(tmp_path / "mine.chainrule")
    assert Path(proposed[0]).name == "my-net-1.chainrule"
    assert rig.sent == [Save(rig.store.project, path)]
    assert rig.store.dirty
    rig.files.handle(Saved(path, rig.store.project))
    assert (rig.store.dirty, rig.store.path) == (False, path)
    rig.edit()
    rig.files.save()
    assert rig.sent[1:] == [Save(rig.store.project, path)]
    assert len(proposed) == 1


def test_edits_made_while_saving_stay_unsaved(rig: Rig, tmp_path: Path) -> None:
    rig.edit()
    saved = rig.store.project
    rig.edit()
    rig.files.handle(Saved(str(tmp_path / "a.chainrule"), saved))
    assert rig.store.dirty


@pytest.mark.parametrize(("answer", "goes_on"), [(Button.Discard, True), (Button.Cancel, False)])
def test_the_guard_asks_only_about_unsaved_work(rig: Rig, answer: Button, goes_on: bool) -> None:
    done: list[bool] = []
    rig.files.guard(lambda: done.append(True))
    assert (done, rig.asked) == ([True], 0)
    rig.edit()
    rig.answer = answer
    rig.files.guard(lambda: done.append(True))
    assert (len(done) == 2, rig.asked) == (goes_on, 1)


def test_the_guard_saves_and_then_goes_on(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "a.chainrule")
    choose(monkeypatch, "getSaveFileName", path)
    rig.edit()
    rig.answer = Button.Save
    done: list[bool] = []
    rig.files.guard(lambda: done.append(True))
    assert rig.sent == [Save(rig.store.project, path)]
    assert done == []
    rig.files.handle(Saved(path, rig.store.project))
    assert done == [True]


def test_a_save_that_fails_does_not_go_on(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "a.chainrule")
    choose(monkeypatch, "getSaveFileName", path)
    rig.edit()
    rig.answer = Button.Save
    done: list[bool] = []
    rig.files.guard(lambda: done.append(True))
    rig.files.handle(Failure("a.chainrule could not be written: the disk is full."))
    rig.files.handle(Saved(path, rig.store.project))
    assert done == []


def test_an_example_does_not_replace_unsaved_work_unasked(rig: Rig) -> None:
    rig.edit()
    before = rig.store.project
    rig.files.use_example("xor")
    assert rig.store.project is before
    rig.answer = Button.Discard
    rig.files.use_example("xor")
    assert (rig.store.project.name, rig.store.path) == ("XOR", "")


def test_opening_over_unsaved_work_asks(rig: Rig, tmp_path: Path) -> None:
    rig.edit()
    before = rig.store.project
    rig.files.handle(Opened(str(tmp_path / "a.chainrule"), example("xor")))
    assert (rig.store.project is before, rig.asked) == (True, 1)


def test_recent_files_newest_first_without_missing_ones(rig: Rig, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number} & co.chainrule" for number in range(RECENT_LIMIT + 2)]
    for path in paths:
        path.touch()
        rig.settings.add_recent(str(path))
    paths[-1].unlink()
    recent = rig.settings.recent()
    assert recent == tuple(str(path) for path in reversed(paths[2:-1]))
    menu = QMenu(rig.window)
    rig.files.fill_recent(menu)
    entries = [action for action in menu.actions() if action.data()]
    assert [action.data() for action in entries] == list(recent)
    assert entries[0].text().startswith(f"{RECENT_LIMIT} && co.chainrule")
    rig.files.recent_picked(entries[1])
    assert rig.sent == [Open(recent[1])]
    rig.files.recent_picked(menu.actions()[-1])
    assert rig.settings.recent() == ()
    rig.files.fill_recent(menu)
    assert [action.isEnabled() for action in menu.actions()] == [False]


def test_settings_survive_and_say_what_type_they_are(tmp_path: Path) -> None:
    first = Settings(tmp_path / "window.ini")
    first.set("folder", "somewhere")
    first.sync()
    again = Settings(tmp_path / "window.ini")
    assert again.text("folder") == "somewhere"
    assert again.blob("folder").isEmpty()
    again.forget("folder")
    assert again.text("folder") == ""


def test_export_menu_from_the_registry(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    menu = QMenu(rig.window)
    exporting = ExportingController(rig.store, rig.sent.append, rig.settings, menu, rig.window)
    assert set(exporting.actions) == set(EXPORTERS)
    enabled = {name for name, action in exporting.actions.items() if action.isEnabled()}
    assert enabled == {name for name, exporter in EXPORTERS.items() if not exporter.needs_run}
    exporting.show_update(Update(frozenset({"status"}), RunStatus("paused", has_run=True)))
    assert all(action.isEnabled() for action in exporting.actions.values())
    proposed = choose(monkeypatch, "getSaveFileName", str(tmp_path / "plot"), "Plot of the curves (*.svg)")
    exporting.actions["plot"].trigger()
    assert rig.sent == [Export("plot", str(tmp_path / "plot.svg"))]
    assert Path(proposed[0]).name == "plot.png"
    exporting.actions["plot"].trigger()
    assert Path(proposed[1]).parent == tmp_path


def test_python_code_becomes_the_network_of_the_open_project(rig: Rig, tmp_path: Path) -> None:
    code = tmp_path / "model.py"
    code.write_text("from torch import nn\nmodel = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 1))\n")
    rig.files.open_path(str(code))
    assert rig.sent == [] and rig.store.undo_name == "Build from code"
    assert [node.id for node in rig.store.project.network.nodes] == [
        "input",
        "linear_1",
        "tanh_1",
        "linear_2",
        "output",
    ]
    assert rig.store.project.data == example("moons").data
    assert rig.told.messages == [Notice("Built the network of model.py. Edit, Undo takes it back.")]
    built = rig.store.project
    for content, said in (
        (b"nn.Sequential(nn.Foo())", "no layer"),
        (b"\xff\xfe\xfa", "not UTF-8"),
        (b"x" * 300_000, "model.py"),
    ):
        code.write_bytes(content)
        rig.files.open_path(str(code))
        failure = rig.told.messages[-1]
        assert isinstance(failure, Failure) and said in f"{failure.what} {failure.why}", failure
    rig.files.open_path(str(tmp_path / "missing.py"))
    assert isinstance(rig.told.messages[-1], Failure)
    assert rig.store.project is built
