"""A cursor on a tape: go anywhere, play, stop. No torch and no thread is involved in moving: the tape is a value."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from engine.views import Tape, TapeEvent

Predicate = Callable[[TapeEvent], bool]


class Walker(QObject):
    """Holds the tape and the cursor, and announces both."""

    tapeChanged = Signal(object)
    """A Tape, or None when there is none any more."""
    cursorChanged = Signal(object, int)
    """The tape and the index of the event at the cursor."""
    playingChanged = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tape: Tape | None = None
        self.cursor = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)

    def put_up(self, tape: Tape | None, cursor: int = 0) -> None:
        """Another tape, with the cursor at one of its events."""
        self.stop()
        self.tape = tape if tape is not None and tape.events else None
        self.cursor = min(max(cursor, 0), len(self.tape.events) - 1) if self.tape is not None else 0
        self.tapeChanged.emit(self.tape)
        self._announce()

    def move_to(self, index: int) -> None:
        """Go to an event and stay there; beyond an end means that end."""
        if self.tape is None:
            return
        index = min(max(index, 0), len(self.tape.events) - 1)
        if index != self.cursor:
            self.stop()
            self.cursor = index
            self._announce()

    def next(self) -> None:
        self.move_to(self.cursor + 1)

    def previous(self) -> None:
        self.move_to(self.cursor - 1)

    def first(self) -> None:
        self.move_to(0)

    def last(self) -> None:
        if self.tape is not None:
            self.move_to(len(self.tape.events) - 1)

    def run_to(self, target: str | Predicate) -> bool:
        """Go to the next event of an autograd node, or for which the predicate holds; from the end on from the start.

        Returns False, and stays, when there is none.
        """
        if self.tape is None:
            return False
        wanted: Predicate = (lambda event: event.node == target) if isinstance(target, str) else target
        count = len(self.tape.events)
        for offset in range(count):
            index = (self.cursor + offset) % count
            if wanted(self.tape.events[index]):
                self.move_to(index)
                return True
        return False

    def play(self, speed: float = 2.0) -> None:
        """Go on by itself, `speed` events per second; from the first event when the cursor is at the end."""
        if self.tape is None:
            return
        if self.cursor == len(self.tape.events) - 1:
            self.first()
        self._timer.start(round(1000 / speed))
        self.playingChanged.emit(True)

    def stop(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self.playingChanged.emit(False)

    def _tick(self) -> None:
        assert self.tape is not None
        self.cursor += 1
        self._announce()
        if self.cursor == len(self.tape.events) - 1:
            self.stop()

    def _announce(self) -> None:
        if self.tape is not None:
            self.cursorChanged.emit(self.tape, self.cursor)
