"""What can be asked of the engine thread: plain frozen values. `Session.send` puts them in its queue."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from engine.spec import ProjectSpec


@dataclass(frozen=True, slots=True)
class ShowProject:
    """The project as it is now: check it, and let a run that is going on follow its live values.

    Coalesced: of several that wait directly behind each other only the newest is worked on. `fresh` says that this is
    another project, not an edit: the run of the one before is given up.
    """

    project: ProjectSpec
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Play:
    """Train until the end of the run, the end of the epoch, or for `count` steps; then pause.

    Starts a new run when there is none or the project was edited beyond live values.
    """

    until: Literal["end", "epoch", "step"] = "end"
    count: int = 1


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop at the next step boundary."""


@dataclass(frozen=True, slots=True)
class Rewind:
    """Back to step 0 with the very same initial weights and the same order of batches."""


@dataclass(frozen=True, slots=True)
class TakeApart:
    """Record the tape of the next training step on a copy (slot "tape"); the run is not moved."""


@dataclass(frozen=True, slots=True)
class DrawGraph:
    """Lay out the autograd graph of the loss of the project's network (slot "graph")."""


@dataclass(frozen=True, slots=True)
class RunLab:
    """Evaluate Graph Lab text (slot "lab", a LabView). Of several that wait, only the newest matters."""

    source: str


@dataclass(frozen=True, slots=True)
class Watch:
    """Which live pictures a reader wants in the slot "prediction"; none when nobody looks."""

    kinds: tuple[Literal["surface", "curve", "confusion", "scatter"], ...] = ()


@dataclass(frozen=True, slots=True)
class Export:
    """Write one of the exporters' formats to `path`; answered by a Notice or a Failure."""

    what: str
    path: str


@dataclass(frozen=True, slots=True)
class Save:
    """Write the project, and the run if there is one, to `path`; answered by Saved or a Failure."""

    project: ProjectSpec
    path: str
    ui: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Open:
    """Read a project file; answered by Opened or a Failure. What is open stays until the answer is good."""

    path: str


@dataclass(frozen=True, slots=True)
class Close:
    """Finish the step, release everything, end the thread."""


Command = ShowProject | Play | Pause | Rewind | TakeApart | DrawGraph | RunLab | Watch | Export | Save | Open | Close
