"""Python's cycle collector runs in the window's thread only.

By itself it runs in whatever thread allocates next. In the engine thread it could destroy a dropped widget, and Qt ends the process
when a widget dies outside its own thread.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

PERIOD_MS = 500


class Collector(QObject):
    """Collects when Python would, by the same thresholds, but on a timer of this thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        self._settled = False
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()

    def tick(self) -> None:
        """Collect the generations that are due; before everything is loaded only the youngest, which is quick."""
        due = zip(gc.get_count(), self._thresholds, strict=True)
        for generation, (count, limit) in enumerate(due if self._settled else list(due)[:1]):
            if count > limit:
                gc.collect(generation)

    def settle(self) -> None:
        """What was loaded by now stays for good: no later collection walks through all of torch (0.1 s)."""
        gc.freeze()
        self._settled = True

    def stop(self) -> None:
        """Let Python collect as it likes again."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
