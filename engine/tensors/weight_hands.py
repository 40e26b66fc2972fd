"""Weights of the run on the bench, watched and set by hand while it stands between two steps."""

from __future__ import annotations

from engine.commands import ChangeWeights, WatchWeights
from engine.mailbox import Mailbox
from engine.tensors.announcer import Announcer
from engine.tensors.bench import Bench
from engine.tensors.weights import change
from engine.views import Notice


class WeightHands:
    """What the worker does when somebody looks at the run's weights, or changes one."""

    def __init__(self, mailbox: Mailbox, bench: Bench, say: Announcer) -> None:
        self._mailbox, self._bench, self._say = mailbox, bench, say

    def watch(self, command: WatchWeights) -> None:
        """From now on these parameters are copied into the slot "present", at once and while the run trains."""
        self._say.watched_weights = command.parameters
        self._say.picture()

    def change(self, command: ChangeWeights) -> None:
        """Change the run; without one that belongs to the project, say what can be edited instead."""
        run = self._bench.run
        if run is None or self._bench.stale:
            self._mailbox.post(Notice("There is no run of this project to change: edit the initial weights instead."))
            return
        change(run, command)
        self._say.picture()
