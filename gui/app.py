"""The application: `main` builds everything, shows the window, and only then lets torch load behind it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from engine.examples import example
from engine.views import Failure
from gui.errors import ErrorTeller, Hooks
from gui.settings import Settings, state_dir
from gui.signals import EndSignals
from gui.workbench import Workbench

FIRST_EXAMPLE = "digits"
SWITCH_INTERVAL = 0.0005
"""Seconds that a thread may keep the interpreter while the window waits for it."""


def main(argv: Sequence[str]) -> int:
    """Open the window on the file that `argv` names, or on a ready example. Returns the exit code."""
    hooks = Hooks(state_dir())
    hooks.install()
    sys.setswitchinterval(SWITCH_INTERVAL)
    app = make_application()
    signals = EndSignals(app)
    bench = Workbench(app, example(FIRST_EXAMPLE), Settings())
    teller = ErrorTeller(hooks, bench)
    teller.happened.connect(bench.cards.tell)
    signals.ended.connect(bench.end)
    app.commitDataRequest.connect(bench.settings.sync)
    if argv:
        _open(bench, argv[0])
    # After the first picture: everything that takes long waits until there is something to look at.
    bench.window.painted.connect(lambda: QTimer.singleShot(0, bench, bench.finish))
    bench.show("build")
    try:
        return app.exec()
    finally:
        bench.dispose()
        signals.remove()
        hooks.remove()


def make_application() -> QApplication:
    """The one QApplication of the process, named, in plain English numbers."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Chainrule")
    app.setApplicationDisplayName("")
    app.setDesktopFileName("chainrule")
    app.setQuitOnLastWindowClosed(True)
    return app


def _open(bench: Workbench, path: str) -> None:
    if os.path.isfile(path):  # noqa: PTH113
        bench.files.open_path(path)
    else:
        bench.cards.tell(Failure(f"There is no file {path}.", todo="Check the name and the folder."))
