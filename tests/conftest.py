"""What every test gets: settings of its own, and a failure when it leaves a thread, a timer or a window behind."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
_HOME = tempfile.TemporaryDirectory(prefix="chainrule-tests-")
# Before Qt, graphviz or wasmtime look: no test may read or write the settings and caches of whoever runs it.
os.environ["HOME"] = os.environ["USERPROFILE"] = _HOME.name
for _variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "APPDATA", "LOCALAPPDATA"):
    os.environ[_variable] = str(Path(_HOME.name, _variable.lower()))
    Path(os.environ[_variable]).mkdir()

PATIENCE = 2.0
"""Seconds that a thread which was told to end may take to end."""


def pytest_unconfigure() -> None:
    """The scratch home goes when the last test is done."""
    _HOME.cleanup()


@pytest.fixture(autouse=True, scope="session")
def own_settings() -> None:
    """QSettings of any form lie in the scratch home, on every system."""
    from PySide6.QtCore import QSettings

    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    for scope in (QSettings.Scope.UserScope, QSettings.Scope.SystemScope):
        QSettings.setPath(QSettings.Format.IniFormat, scope, _HOME.name)


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves a thread, a repeating timer, or a window behind."""
    threads, timers, windows = set(threading.enumerate()), _repeating_timers(), _windows()
    yield
    left = [f"thread {thread.name}" for thread in _still_alive(threads)]
    _deliver_deletions()
    left += [f"timer of {name}" for key, name in _repeating_timers().items() if key not in timers]
    left += [f"window {name}" for key, name in _windows().items() if key not in windows]
    assert not left, f"left behind: {', '.join(left)}"


def _still_alive(before: set[threading.Thread]) -> list[threading.Thread]:
    deadline = time.monotonic() + PATIENCE
    for thread in set(threading.enumerate()) - before:
        thread.join(max(0.0, deadline - time.monotonic()))
    return [thread for thread in threading.enumerate() if thread not in before]


def _deliver_deletions() -> None:
    """Objects given to deleteLater are deleted by an event loop; a test has none of its own."""
    if "PySide6.QtWidgets" not in sys.modules:
        return
    from PySide6.QtCore import QCoreApplication, QEvent

    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _repeating_timers() -> dict[int, str]:
    """Address of the C++ object → a name, for every timer that runs and starts itself again."""
    if "PySide6.QtCore" not in sys.modules:
        return {}
    import shiboken6
    from PySide6.QtCore import QTimer

    running = [
        one
        for one in shiboken6.getAllValidWrappers()
        if isinstance(one, QTimer) and one.isActive() and not one.isSingleShot()
    ]
    return {shiboken6.getCppPointer(one)[0]: f"{type(one.parent()).__name__} ({one.interval()} ms)" for one in running}


def _windows() -> dict[int, str]:
    """The same for top-level widgets that can be seen, and for main windows even when hidden: those hold everything."""
    if "PySide6.QtWidgets" not in sys.modules:
        return {}
    import shiboken6
    from PySide6.QtWidgets import QApplication, QMainWindow

    if QApplication.instance() is None:
        return {}
    kept = [one for one in QApplication.topLevelWidgets() if one.isVisible() or isinstance(one, QMainWindow)]
    return {shiboken6.getCppPointer(one)[0]: type(one).__name__ for one in kept}
