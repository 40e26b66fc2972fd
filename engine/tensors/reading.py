"""Files are read on the engine thread, piece by piece: looked through for the import, and into the data of the project."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path

from engine.commands import LookThrough
from engine.datasets import DATASETS
from engine.datasets.importing import Preview, Refusal, shelf
from engine.mailbox import Mailbox
from engine.spec import Choice
from engine.tensors.check import forget_prepared
from engine.views import Progress


def look_through(inquiry: LookThrough) -> Generator[float, None, Preview | Refusal]:
    """What is in the file, or why it cannot be read; yields the share that was read."""
    from engine.datasets.importing.reader import survey

    return survey(inquiry.path, inquiry.options)


class Reading:
    """Reads the file that the project's data come from."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._choice: Choice | None = None
        self._pieces: Generator[float, None, None] | None = None

    @property
    def busy(self) -> bool:
        return self._pieces is not None

    def want(self, source: Choice, again: bool = False) -> None:
        """The project's rows come from here. What was read for another one is given up. `again`: read it anew."""
        if again:
            self.stop()
            shelf.forget()
            forget_prepared()
        if self.busy and source == self._choice:
            return
        self.stop()
        if source.kind in DATASETS and DATASETS[source.kind].from_file and not shelf.ready(source):
            self._choice, self._pieces = source, shelf.begin(source)
            next(self._pieces, None)

    def go_on(self, seconds: float) -> bool:
        """Read for about so long. Returns whether the file has been read now, or found to be unreadable."""
        if self._pieces is None or self._choice is None:
            return False
        start, share = time.perf_counter(), 0.0
        try:
            while time.perf_counter() - start < seconds:
                share = next(self._pieces)
        except StopIteration:
            self.stop()
            return True
        except BaseException:
            self.stop()
            raise
        self._mailbox.put("progress", Progress("data", Path(str(self._choice.get("path"))).name, share))
        return False

    def stop(self) -> None:
        """Nobody wants it any more."""
        if self._pieces is not None:
            self._pieces.close()
            self._pieces = self._choice = None
            self._mailbox.put("progress", None)
