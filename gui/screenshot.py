"""A picture of the real window with the real engine behind it, also without a screen."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QEventLoop, QIODevice, QObject, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QPixmap

from engine.commands import Open, Play, TakeApart
from engine.errors import AppError
from engine.examples import EXAMPLES, example
from engine.files import atomic_write
from engine.spec import ProjectSpec
from engine.views import Failure, Opened
from gui.app import make_application
from gui.modes import MODES
from gui.pump import Update
from gui.settings import Settings
from gui.theme.tokens import THEMES
from gui.workbench import Workbench

PATIENCE_MS = 60_000
SETTLE_MS = 250
TRAIN_EPOCHS = 5


class ScreenshotError(AppError):
    """No picture was made; the text says why."""


def take(  # noqa: PLR0917
    project: str | ProjectSpec,
    out: str | Path,
    mode: str = "train",
    size: tuple[int, int] = (1280, 800),
    theme: str = "light",
    epochs: int = TRAIN_EPOCHS,
) -> None:
    """Write a PNG of the window with a project: a project, a file's path or an example's name.

    In the mode "train" the network is trained for a few epochs first, in "step" one step is taken apart,
    in "lab" the first text is evaluated.

    Raises:
        engine.errors.AppError: the project cannot be read, the picture not written, or the engine gave no answer.
    """
    app = make_application()
    listener = qInstallMessageHandler(_pass_on)
    with tempfile.TemporaryDirectory(prefix="chainrule-picture-") as folder:
        ready = project if isinstance(project, ProjectSpec) else example(project if project in EXAMPLES else "digits")
        bench = Workbench(app, ready, Settings(Path(folder) / "window.ini"), theme)
        photographer = _Photographer(bench)
        try:
            bench.window.resize(*size)
            bench.show(mode)
            bench.finish()
            if isinstance(project, str) and project not in EXAMPLES:
                photographer.open(project)
            photographer.prepare(mode, epochs)
            picture = bench.window.grab()
        finally:
            photographer.close()
            qInstallMessageHandler(listener)
    atomic_write(out, _png(picture))


def main(argv: Sequence[str] | None = None) -> int:
    """`python -m gui.screenshot FILE OUT.png`. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="chainrule screenshot", description="Write a picture of the window.")
    parser.add_argument("file", metavar="FILE", help="a project file or the name of an example")
    parser.add_argument("out", metavar="OUT.png", help="the picture")
    parser.add_argument("--mode", choices=tuple(MODES), default="train")
    parser.add_argument("--size", type=_size, default=(1280, 800), metavar="WxH")
    parser.add_argument("--theme", choices=tuple(THEMES), default="light")
    options = parser.parse_args(argv)
    if not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")) and os.name != "nt":
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    try:
        take(options.file, options.out, options.mode, options.size, options.theme)
    except AppError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


class _Photographer(QObject):
    """Waits in an event loop, without polling by hand, until the window shows what is wanted."""

    def __init__(self, bench: Workbench) -> None:
        super().__init__()
        self._bench = bench
        self._failure: Failure | None = None
        self._opened: Opened | None = None
        self._tape = False
        self._code = False
        self._condition: Callable[[], bool] = bool
        self._loop = QEventLoop()
        self._look = QTimer(self)
        self._look.setInterval(20)
        self._look.timeout.connect(self._check)
        bench.pump.happened.connect(self._heard)
        bench.pump.updated.connect(self._updated)

    def open(self, path: str) -> None:
        self._bench.session.send(Open(path))
        self._wait(lambda: self._opened is not None)

    def prepare(self, mode: str, epochs: int) -> None:
        bench = self._bench
        self._wait(lambda: bench.running.report is not None)
        ready = bench.running.report is not None and bench.running.report.ready
        if mode == "train" and ready:
            for number in range(1, epochs + 1):
                bench.session.send(Play("epoch"))
                self._wait(partial(self._paused_after, number))
        elif mode == "step" and ready:
            bench.session.send(TakeApart())
            self._wait(lambda: self._tape)
        elif mode == "build":
            self._wait(lambda: self._code)
        elif mode == "lab":
            self._wait(lambda: bench.lab_panel.view is not None)
        self._settle()

    def _paused_after(self, epochs: int) -> bool:
        status = self._bench.running.status
        return status.state == "paused" and status.step >= epochs * max(1, status.steps_per_epoch)

    def close(self) -> None:
        self._failure = None
        self._bench.end()
        self._wait(lambda: not self._bench.closer.closing)
        self._look.stop()
        self._bench.dispose()

    def _settle(self) -> None:
        """Layouts, animations and the last answers get their turn."""
        QTimer.singleShot(SETTLE_MS, self._loop.quit)
        self._loop.exec()

    def _wait(self, condition: Callable[[], bool]) -> None:
        self._condition = condition
        if not condition():
            self._look.start()
            limit = QTimer(self)
            limit.setSingleShot(True)
            limit.timeout.connect(self._loop.quit)
            limit.start(PATIENCE_MS)
            self._loop.exec()
            limit.stop()
            self._look.stop()
        if self._failure is not None:
            raise ScreenshotError(self._failure)
        if not condition():
            raise ScreenshotError(Failure("The engine gave no answer in time.", todo="Try once more."))

    def _check(self) -> None:
        if self._failure is not None or self._condition():
            self._loop.quit()

    def _updated(self, update: Update) -> None:
        self._tape = self._tape or update.tape is not None
        self._code = self._code or update.code is not None

    def _heard(self, event: object) -> None:
        if isinstance(event, Failure):
            self._failure = event
        elif isinstance(event, Opened):
            self._opened = event


def _pass_on(_kind: QtMsgType, _context: object, text: str) -> None:
    """What Qt says, except that a platform without a screen has no window manager: here that is so on purpose."""
    if not text.startswith("This plugin does not support"):
        sys.stderr.write(f"{text}\n")


def _png(picture: QPixmap) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not picture.save(buffer, "PNG"):
        raise ScreenshotError(Failure("The picture could not be made."))
    data = bytes(buffer.data().data())
    check = QPixmap()
    if not check.loadFromData(data):
        raise ScreenshotError(Failure("The picture could not be read back."))
    return data


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit() and 320 <= int(width) <= 16_000 and 240 <= int(height) <= 16_000):
        raise argparse.ArgumentTypeError(f"“{text}” is not a size such as 1280x800")
    return int(width), int(height)


if __name__ == "__main__":
    sys.exit(main())
