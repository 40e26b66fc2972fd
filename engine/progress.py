"""A progress line on a terminal; on anything else nothing, so that logs stay readable."""

from __future__ import annotations

import shutil
import time
from typing import TextIO

from engine.views import RunStatus

_WIDTH = 24
_PERIOD = 0.1


class ProgressBar:
    """Redraws one line of `stream` with what a training status says. Use as a context manager: the line goes at the end."""

    def __init__(self, stream: TextIO, epochs: int) -> None:
        self._stream, self._epochs = stream, max(1, epochs)
        self._shown = stream.isatty()
        self._start, self._next, self._drawn = time.monotonic(), 0.0, 0

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown and self._drawn:
            self._stream.write("\r" + " " * self._drawn + "\r")
            self._stream.flush()

    def show(self, status: RunStatus) -> None:
        """Draw the status, not more often than the eye can follow."""
        now = time.monotonic()
        if not self._shown or now < self._next:
            return
        self._next = now + _PERIOD
        line = self.line(status, now - self._start)[: shutil.get_terminal_size().columns - 1]
        self._stream.write("\r" + line.ljust(self._drawn))
        self._stream.flush()
        self._drawn = len(line)

    def line(self, status: RunStatus, elapsed: float) -> str:
        """The text of the line after `elapsed` seconds."""
        if status.state == "boot":
            return status.message
        steps = self._epochs * max(1, status.steps_per_epoch)
        share = min(1.0, status.step / steps)
        bar = ("#" * round(share * _WIDTH)).ljust(_WIDTH, ".")
        loss = "" if status.loss is None else f"  loss {status.loss:.4g}"
        left = elapsed * (1 - share) / share if share > 0 else 0.0
        pace = f"  {status.steps_per_second:,.0f} steps/s  {left:.0f} s left" if 0 < share < 1 else ""
        return f"[{bar}] epoch {status.epoch}/{self._epochs}{loss}{pace}"
