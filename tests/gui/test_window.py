"""The window as a whole: modes, docks, titles, drops, keys, and how it closes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QDockWidget, QMessageBox
from pytestqt.qtbot import QtBot

from engine.edits import append_node
from engine.examples import example
from engine.views import RunStatus
from gui.closing import Closer
from gui.modes import DOCKS, MODES
from gui.pump import Update
from gui.screenshot import ScreenshotError, take
from gui.screenshot import main as screenshot
from gui.settings import Settings
from gui.signals import EndSignals
from gui.workbench import Workbench
from tests.architecture.sources import ROOT
from tests.windows import until, workbench


def shown(bench: Workbench) -> set[str]:
    return {name for name, dock in bench.window.docks.items() if not dock.isHidden()}


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_shows_its_panels_and_no_others(qtbot: QtBot, tmp_path: Path, mode: str) -> None:
    with workbench(qtbot, tmp_path, mode="start" if mode != "start" else "build") as bench:
        bench.actions[f"mode.{mode}"].trigger()
        assert shown(bench) == {place.dock for place in MODES[mode].places}
        assert bench.start.isVisible() == (mode == "start")
        assert bench.canvas.isVisible() == (mode != "start")
        assert bench.window.run_bar.isVisible()
        assert [name for name in MODES if bench.actions[f"mode.{name}"].isChecked()] == [mode]


def test_every_place_names_a_dock() -> None:
    names = {spec.name for spec in DOCKS}
    assert {place.dock for mode in MODES.values() for place in mode.places} == names


def test_the_window_keeps_its_size_in_every_mode(qtbot: QtBot, tmp_path: Path) -> None:
    with workbench(qtbot, tmp_path, engine=True) as bench:
        for mode in MODES:
            bench.modes.show(mode)
            qtbot.wait(30)
            assert (bench.window.width(), bench.window.height()) == (1280, 800), mode


def test_moved_panels_are_remembered_per_mode_and_reset(qtbot: QtBot, tmp_path: Path) -> None:
    with workbench(qtbot, tmp_path) as bench:
        bench.window.docks["problems"].hide()
        bench.modes.train()
        bench.modes.build()
        assert "problems" not in shown(bench)
    with workbench(qtbot, tmp_path) as bench:
        assert "problems" not in shown(bench)
        bench.actions["view.reset"].trigger()
        assert "problems" in shown(bench)


def test_the_title_names_project_file_and_unsaved_edits(qtbot: QtBot, tmp_path: Path) -> None:
    with workbench(qtbot, tmp_path) as bench:
        assert bench.window.windowTitle() == "Moons[*] – Chainrule"
        bench.store.commit(append_node(bench.store.project, "relu")[0], "Add ReLU")
        assert bench.window.isWindowModified()
        bench.store.mark_saved("/somewhere/a.chainrule", bench.store.project)
        assert bench.window.windowTitle() == "Moons[*] – /somewhere/a.chainrule – Chainrule"
        assert not bench.window.isWindowModified()


def test_a_dropped_file_is_opened(qtbot: QtBot, tmp_path: Path) -> None:
    with workbench(qtbot, tmp_path) as bench:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.chainrule"))])
        drop = QDropEvent(
            QPointF(10, 10),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        with qtbot.waitSignal(bench.window.fileDropped) as caught:
            bench.window.dropEvent(drop)
        assert caught.args == [str(tmp_path / "a.chainrule")]


def test_space_plays_where_no_control_wants_it(qtbot: QtBot, tmp_path: Path) -> None:
    with workbench(qtbot, tmp_path) as bench, qtbot.waitSignal(bench.window.playToggled):
        qtbot.keyClick(bench.window, Qt.Key.Key_Space)


def test_every_control_has_a_name_for_screen_readers(qtbot: QtBot, tmp_path: Path) -> None:
    with workbench(qtbot, tmp_path, engine=True) as bench:
        nameless = [
            type(button).__name__ + " in " + type(button.parent()).__name__
            for button in bench.window.findChildren(QAbstractButton)
            if not (button.accessibleName() or button.text() or button.toolTip())
            and not isinstance(button.parent(), QDockWidget)
            and not button.objectName().startswith("qt_")
            and not type(button.parent()).__module__.startswith("PySide6")
        ]
        assert nameless == []


def test_a_hidden_panel_gets_the_news_when_it_is_shown(qtbot: QtBot, tmp_path: Path) -> None:
    with workbench(qtbot, tmp_path) as bench:
        heard: list[Update] = []

        class Panel(QDockWidget):
            def show_update(self, update: Update) -> None:
                heard.append(update)

        panel = Panel(bench.window)
        panel.hide()
        bench.audience.add(panel)
        bench.pump.updated.emit(Update(frozenset({"status"}), RunStatus("idle")))
        bench.pump.updated.emit(Update(frozenset({"report"}), RunStatus("idle", step=7)))
        assert heard == []
        panel.show()
        assert [(update.changed, update.status.step) for update in heard] == [({"status", "report"}, 7)]
        bench.pump.updated.emit(Update(frozenset({"tape"}), RunStatus("idle")))
        assert heard[-1].changed == {"tape"}


def test_closing_asks_about_unsaved_work(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with workbench(qtbot, tmp_path) as bench:
        answers = [QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Discard]
        monkeypatch.setattr(bench.files, "_ask", lambda: answers.pop(0))
        bench.store.commit(append_node(bench.store.project, "relu")[0], "Add ReLU")
        bench.window.close()
        assert bench.window.isVisible()
        assert not bench.closer.closing
        bench.window.close()
        until(qtbot, lambda: not bench.window.isVisible())
        assert answers == []


def test_an_engine_that_does_not_end_is_asked_about_and_never_blocks(
    qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PySide6.QtWidgets import QWidget

    window = QWidget()
    qtbot.addWidget(window)
    monkeypatch.setattr("gui.closing.PATIENCE_MS", 30)
    alive, done, asked = [True], [], []
    closer = Closer(window, lambda command: None, lambda: alive[0], lambda: done.append(True))
    monkeypatch.setattr(closer, "_ask", lambda: asked.append(True))
    closer.close()
    qtbot.waitUntil(lambda: bool(asked))
    assert done == []
    closer.close()
    alive[0] = False
    qtbot.waitUntil(lambda: bool(done))


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_signal_arrives_in_the_loop(qtbot: QtBot) -> None:
    signals = EndSignals()
    try:
        with qtbot.waitSignal(signals.ended, timeout=5000):
            os.kill(os.getpid(), signal.SIGTERM)
    finally:
        signals.remove()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.timeout(120)
def test_the_application_starts_and_ends_on_a_signal(tmp_path: Path) -> None:
    """The real `main` in a process of its own, told to end as soon as torch is there."""
    script = f"""
import os, signal
from gui import app
from gui.controllers.running import RunningController as Running
from gui.settings import Settings
real = Running.show_update
def watch(self, update):
    real(self, update)
    if self.report is not None:
        os.kill(os.getpid(), signal.SIGINT)
Running.show_update = watch
code = app.main(["{tmp_path}/missing.chainrule"])
print("ended with", code)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False, timeout=100
    )
    assert done.stdout.strip() == "ended with 0"
    assert "Traceback" not in done.stderr
    assert done.returncode == 0


def test_the_window_is_painted_before_torch_or_charts_are_loaded() -> None:
    script = """
import sys
from gui import app, workbench
def finish(self):
    print(*(name for name in ("torch", "pyqtgraph") if name in sys.modules), "painted")
    self.end()
workbench.Workbench.finish = finish
app.main([])
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "painted", done.stderr


@pytest.mark.parametrize(
    ("mode", "theme"), [("build", "dark"), ("train", "light"), ("step", "dark"), ("start", "light")]
)
def test_a_screenshot_of_every_mode(
    qapp: QApplication, tmp_path: Path, mode: str, theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "window.png"
    assert screenshot(["xor", str(out), "--mode", mode, "--size", "1280x800", "--theme", theme]) == 0
    picture = QImage(str(out))
    assert (picture.width(), picture.height()) == (1280, 800)
    colours = {picture.pixelColor(QPoint(x, y)).name() for x in range(0, 1280, 16) for y in range(0, 800, 16)}
    assert len(colours) > 8
    qapp.setStyleSheet("")


def test_a_screenshot_of_nothing_says_why(
    qapp: QApplication, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "window.png"
    assert screenshot([str(tmp_path / "missing.chainrule"), str(out)]) == 1
    assert "missing.chainrule" in capsys.readouterr().err
    assert not out.exists()
    with pytest.raises(ScreenshotError):
        take(str(tmp_path / "missing.chainrule"), out)
    qapp.setStyleSheet("")


def test_settings_of_one_window_are_read_by_the_next(qtbot: QtBot, tmp_path: Path) -> None:
    with workbench(qtbot, tmp_path, example("xor")) as bench:
        bench.window.resize(1400, 900)
    assert not Settings(tmp_path / "window.ini").blob("geometry").isEmpty()
