"""A whole window for tests: the real workbench, optionally with the real engine, closed the way people close it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.examples import example
from engine.spec import ProjectSpec
from gui.settings import Settings
from gui.workbench import Workbench

PATIENCE_MS = 30_000
SIZE = (1280, 800)


@contextmanager
def workbench(
    qtbot: QtBot, folder: Path, project: ProjectSpec | None = None, engine: bool = False, mode: str = "build"
) -> Iterator[Workbench]:
    """The window on the screen; with `engine` every panel is there and torch answers."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    bench = Workbench(app, project or example("moons"), Settings(folder / "window.ini"), "light")
    bench.window.resize(*SIZE)
    bench.show(mode)
    try:
        bench.window.activateWindow()
        until(qtbot, bench.window.isActiveWindow)
        if engine:
            bench.finish()
            until(qtbot, lambda: bench.running.report is not None and bench.running.status.state != "boot")
        yield bench
    finally:
        bench.end()
        until(qtbot, lambda: not bench.closer.closing)
        bench.dispose()
        app.setStyleSheet("")


def until(qtbot: QtBot, condition: Callable[[], bool]) -> None:
    """Let the window live until the condition holds; fail when it never does."""
    qtbot.waitUntil(condition, timeout=PATIENCE_MS)
