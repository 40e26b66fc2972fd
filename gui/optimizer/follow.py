"""When a panel asks again by itself: its run stands still and is further on, or was rewound, or a live value was edited."""

from __future__ import annotations

from engine.live import same_run
from engine.spec import ProjectSpec
from engine.views import RunStatus


class Follower:
    """Remembers for which moment of the run something was asked.

    It never lets a panel ask after an edit that the run cannot follow: the answer would come from a new run, and the old
    one with all its training would be gone. That is for people to decide.
    """

    def __init__(self) -> None:
        self.project: ProjectSpec | None = None
        self.status = RunStatus()
        self._asked: tuple[int, int] | None = None
        self._asked_of: ProjectSpec | None = None

    def show_project(self, old: ProjectSpec | None, new: ProjectSpec) -> bool:
        """Whether what is shown belongs to another project now, or to a run that an edit left behind."""
        self.project = new
        left = old is not None and (old.name != new.name or not same_run(old, new))
        if left:
            self._asked = None
        return left

    def asking(self) -> None:
        """A question goes out now."""
        self._asked = (self.status.generation, self.status.step)
        self._asked_of = self.project

    def answered(self, generation: int, step: int) -> None:
        """The answer is of this moment, which may be a later one than that of the question."""
        self._asked = (generation, step)

    def due(self) -> bool:
        """Whether what is shown is not of the coming step any more, and asking does no harm."""
        status, project = self.status, self.project
        if self._asked is None or self._asked_of is None or project is None:
            return False
        if status.state not in ("idle", "paused") or status.stale or not status.has_run:
            return False
        if status.generation == self._asked[0] and not same_run(self._asked_of, project):
            return False
        edited = (self._asked_of.train, self._asked_of.network) != (project.train, project.network)
        return edited or (status.generation, status.step) != self._asked
