"""The engine thread: one from start to exit, which alone ever touches torch. Commands go in, the mailbox comes out.

Importing this module does not load torch; the thread does, once it runs.
"""

from __future__ import annotations

import threading
import traceback
from queue import SimpleQueue

from engine.commands import Close, Command
from engine.mailbox import Mailbox
from engine.views import Failure, RunStatus

THREAD_NAME = "chainrule-engine"


class Session:
    """Owns the engine thread. `mailbox` is readable by any thread at any time."""

    def __init__(self) -> None:
        self.mailbox = Mailbox()
        self._commands: SimpleQueue[Command] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread; until torch is loaded and warm the status says "boot". Once only."""
        if self._thread is not None:
            raise RuntimeError("the engine was already started")
        self.mailbox.put("status", RunStatus("boot", message="Loading PyTorch …"))
        # Not a daemon: one that is cut off at exit inside torch takes the process down with it.
        self._thread = threading.Thread(
            target=_serve, args=(self._commands, self.mailbox), name=THREAD_NAME, daemon=False
        )
        self._thread.start()

    def send(self, command: Command) -> None:
        """Ask for something; the answer comes through the mailbox. Never waits."""
        self._commands.put(command)

    @property
    def alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def close_and_wait(self, timeout: float | None = None) -> bool:
        """End the thread after the step it is in. Returns whether it has ended within `timeout` seconds."""
        self.send(Close())
        if self._thread is not None:
            self._thread.join(timeout)
        return not self.alive


def _serve(commands: SimpleQueue[Command], mailbox: Mailbox) -> None:
    try:
        from engine.tensors.worker import serve
    except ImportError as error:
        mailbox.put("status", RunStatus("failed", message="PyTorch could not be loaded."))
        mailbox.post(
            Failure(
                "PyTorch could not be loaded, so nothing can be computed.",
                why=str(error).splitlines()[0] if str(error) else "",
                todo="Set the program up again: python3 -m gui does it.",
                kept="Your project can still be edited.",
                details=traceback.format_exc(),
            )
        )
        return
    serve(commands, mailbox)
