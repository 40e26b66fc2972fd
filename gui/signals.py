"""Ctrl+C and the system's wish to end reach the window as a normal close."""

from __future__ import annotations

import contextlib
import signal
import socket

from PySide6.QtCore import QObject, QSocketNotifier, Signal


class EndSignals(QObject):
    """While Qt's loop runs, Python handles no signal; a byte on a socket wakes it (signal.set_wakeup_fd)."""

    ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._arrived)
        self._earlier_fd = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        names = ("SIGINT", "SIGTERM", "SIGHUP")
        self._earlier = {
            number: signal.signal(number, _only_wake)
            for number in (getattr(signal, name, None) for name in names)
            if number is not None
        }

    def remove(self) -> None:
        """Put the process' signals back as they were."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._earlier_fd)
        for number, handler in self._earlier.items():
            signal.signal(number, handler)
        self._reader.close()
        self._writer.close()

    def _arrived(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._reader.recv(64)
            self.ended.emit()


def _only_wake(number: int, frame: object) -> None:
    """The byte on the socket does the work."""
