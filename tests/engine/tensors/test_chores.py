"""What the engine loads ahead of the first question: once, while nobody wants anything, and before no command."""

from __future__ import annotations

from queue import SimpleQueue

import pytest

from engine.commands import Close, Command, Pause
from engine.mailbox import Mailbox
from engine.tensors import worker
from engine.tensors.worker import Worker


def test_chores_are_done_in_silence_and_commands_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: SimpleQueue[Command] = SimpleQueue()
    seen: list[str] = []

    def first() -> None:
        seen.append("first")
        commands.put(Pause())

    def second() -> None:
        seen.append("second")
        commands.put(Close())

    monkeypatch.setattr(worker, "QUIET", 0.0)
    monkeypatch.setattr(worker, "_load_recorder", first)
    monkeypatch.setattr(worker, "_load_layout", second)
    monkeypatch.setattr(Worker, "_pause", lambda self, command: seen.append("pause"))
    Worker(commands, Mailbox()).serve()
    assert seen == ["first", "pause", "second"]
