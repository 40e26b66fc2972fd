"""Nothing that goes wrong stays unseen: hooks for uncaught exceptions of every thread and for Qt's own messages.

PySide6 goes on after an exception in a slot, which leaves half-done actions (reliability.md 2.1). A hook may run in any thread,
so it only enqueues; the window's thread takes the reports and shows a card.
"""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import platform
import sys
import threading
import traceback
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import QMessageLogContext, QObject, QTimer, QtMsgType, Signal, qInstallMessageHandler

from engine.views import Failure

PERIOD_MS = 200
_ROOT = Path(__file__).resolve().parents[1]
_PLACES = (
    ("gui/canvas", "the network canvas"),
    ("gui/forms", "the forms"),
    ("gui/curves", "the curves"),
    ("gui/graph", "the autograd graph"),
    ("gui/stepper", "the tape"),
    ("gui/controllers/files", "opening and saving"),
    ("gui/controllers/exporting", "the export"),
    ("gui/controllers/running", "the run controls"),
    ("gui", "the window"),
    ("engine", "the engine"),
)
# Said by platforms without a window manager, and about fonts that a system lacks: nobody can act on them.
_QUIET = ("This plugin does not support", "propagateSizeHints", "QFont::", "Populating font family aliases")
_log = logging.getLogger("chainrule")


class Hooks:
    """Installs itself at every place where an error could get lost, and keeps the reports until they are taken."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._reports: deque[Failure] = deque()
        self._crash_file: IO[str] | None = None
        self._handler: logging.Handler | None = None
        self._earlier = (sys.excepthook, threading.excepthook, sys.unraisablehook)

    def install(self) -> None:
        """Call before the first window."""
        self._handler = logging.handlers.RotatingFileHandler(
            self._folder / "chainrule.log", maxBytes=500_000, backupCount=1, encoding="utf-8", delay=True
        )
        self._handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        _log.addHandler(self._handler)
        self._crash_file = (self._folder / "crash.log").open("a", encoding="utf-8")
        faulthandler.enable(self._crash_file)
        self._earlier = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        sys.excepthook = self._uncaught
        threading.excepthook = self._uncaught_in_thread
        sys.unraisablehook = self._unraisable
        qInstallMessageHandler(self._qt_message)

    def remove(self) -> None:
        """Put everything back as it was."""
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._earlier
        qInstallMessageHandler(None)
        faulthandler.disable()
        if self._crash_file is not None:
            self._crash_file.close()
            self._crash_file = None
        if self._handler is not None:
            _log.removeHandler(self._handler)
            self._handler.close()
            self._handler = None

    def take(self) -> Iterator[Failure]:
        """Every report not yet taken, oldest first."""
        while self._reports:
            yield self._reports.popleft()

    def report(self, error: BaseException, tb: TracebackType | None, thread: str = "") -> None:
        """Enqueue an error. Any thread."""
        text = "".join(traceback.format_exception(type(error), error, tb))
        _log.error("uncaught%s\n%s", f" in thread {thread}" if thread else "", text)
        if sys.stderr is not None:  # a windowed start has none
            sys.stderr.write(text)
        self._reports.append(
            Failure(
                f"Something unexpected happened in {place(tb)}.",
                why="This is a mistake in Chainrule, not yours.",
                todo="Go on working; save soon. Copy the details if you want to report it.",
                kept="Your project is still open.",
                details=f"{text}\n{versions()}",
            )
        )

    def _uncaught(self, kind: type[BaseException], error: BaseException, tb: TracebackType | None) -> None:
        self.report(error, tb)

    def _uncaught_in_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and args.exc_type is not SystemExit:
            self.report(args.exc_value, args.exc_traceback, args.thread.name if args.thread else "")

    def _unraisable(self, args: sys.UnraisableHookArgs) -> None:
        if args.exc_value is not None:
            self.report(args.exc_value, args.exc_traceback)

    def _qt_message(self, kind: QtMsgType, context: QMessageLogContext, message: str | None) -> None:
        text = message or ""
        if kind in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) or any(part in text for part in _QUIET):
            return
        _log.warning("Qt: %s", text)
        if kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg):
            details = f"Qt: {text}\n{versions()}"
            self._reports.append(
                Failure(
                    "The window system reported a problem.", text, kept="Your project is still open.", details=details
                )
            )


class ErrorTeller(QObject):
    """Looks for reports in the window's thread and hands them on."""

    happened = Signal(object)

    def __init__(self, hooks: Hooks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hooks = hooks
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()

    def tick(self) -> None:
        for failure in self._hooks.take():
            self.happened.emit(failure)


def place(tb: TracebackType | None) -> str:
    """In people's words the part of Chainrule in which the innermost of our own frames stands."""
    found = "the window"
    while tb is not None:
        file = Path(tb.tb_frame.f_code.co_filename)
        if file.is_relative_to(_ROOT):
            inside = file.relative_to(_ROOT).as_posix()
            found = next((words for prefix, words in _PLACES if inside.startswith(prefix)), found)
        tb = tb.tb_next
    return found


def versions() -> str:
    """One line about the machine, for a report; nothing of the project is in it."""
    return f"Python {platform.python_version()}, PySide6 {pyside_version}, {platform.platform()}"
