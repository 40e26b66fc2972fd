"""How the engine's results reach a reader: versioned slots where the latest wins, and a list that loses nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Literal

from engine.views import Failure, Notice, Opened, Saved

Slot = Literal[
    "status",
    "report",
    "data",
    "metrics",
    "tape",
    "graph",
    "picture",
    "prediction",
    "lab",
    "workbench",
    "proof",
    "jacobian",
    "lens",
    "landscape",
    "dropout",
    "code",
    "spread",
    "preview",
    "progress",
    "diagnosis",
    "weights",
    "present",
    "training",
]
Event = Failure | Notice | Opened | Saved


class Mailbox:
    """Written by the engine thread, read by anyone. Slots hold frozen values, so a reader needs no lock."""

    def __init__(self) -> None:
        self._slots: dict[Slot, tuple[int, object]] = {}
        self._events: deque[Event] = deque()

    def put(self, slot: Slot, value: object) -> None:
        """Replace what the slot holds; readers see the version go up."""
        version, _ = self._slots.get(slot, (0, None))
        self._slots[slot] = (version + 1, value)

    def read(self, slot: Slot) -> tuple[int, object | None]:
        """Version (0: never written) and value of a slot."""
        return self._slots.get(slot, (0, None))

    def post(self, event: Event) -> None:
        """Append to the list; every event is delivered once."""
        self._events.append(event)

    def take(self) -> Iterator[Event]:
        """Every event not yet taken, oldest first. One reader only."""
        while self._events:
            yield self._events.popleft()
