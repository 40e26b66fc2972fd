"""How the window closes while the engine thread lives (reliability.md 4.8): ask it to end, go on living, close when it has."""

from __future__ import annotations

import os
from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QObject, QTimer
from PySide6.QtWidgets import QMessageBox, QWidget

from engine.commands import Close, Command

LOOK_MS = 20
PATIENCE_MS = 5000


class Closer(QObject):
    """Never blocks the window's thread and never leaves the engine's thread behind."""

    def __init__(
        self, window: QWidget, send: Callable[[Command], None], alive: Callable[[], bool], done: Callable[[], None]
    ) -> None:
        super().__init__(window)
        self._window = window
        self._send = send
        self._alive = alive
        self._done = done
        self._asked_at = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)

    @property
    def closing(self) -> bool:
        return self._timer.isActive()

    def close(self) -> None:
        """Start to close; `done` is called when the engine thread has ended."""
        if self.closing:
            return
        self._send(Close())
        self._asked_at.start()
        self._timer.start()

    def _look(self) -> None:
        if not self._alive():
            self._timer.stop()
            self._done()
        elif self._asked_at.elapsed() > PATIENCE_MS:
            self._timer.stop()
            self._ask()

    def _ask(self) -> None:
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Still finishing a step")
        box.setText("The engine is still finishing a step. Close anyway?")
        box.setInformativeText("Everything that was saved stays as it is.")
        wait = box.addButton("&Wait", QMessageBox.ButtonRole.RejectRole)
        box.addButton("&Close anyway", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(wait)
        box.exec()
        if box.clickedButton() is wait or not self._alive():
            self._asked_at.start()
            self._timer.start()
        else:
            os._exit(0)  # a thread inside torch can be neither stopped nor waited for
