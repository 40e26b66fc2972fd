"""What can be asked of the engine thread: plain frozen values. `Session.send` puts them in its queue."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from engine.datasets.importing.values import Options
from engine.spec import ProjectSpec
from engine.views import GraphView, PictureKind


@dataclass(frozen=True, slots=True)
class ShowProject:
    """The project as it is now: check it, and let a run that is going on follow its live values.

    Coalesced: of several that wait directly behind each other only the newest is worked on. `fresh` says that this is
    another project, not an edit: the run of the one before is given up. `again`: files that data come from are read anew, for
    they may have changed or be there again.
    """

    project: ProjectSpec
    fresh: bool = False
    again: bool = False


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
class LimitSpeed:
    """Take at most so many steps per second from now on, evenly spread, for people who want to follow. None: no limit."""

    steps_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Rewind:
    """Back to step 0 with the very same initial weights and the same order of batches."""


@dataclass(frozen=True, slots=True)
class TakeApart:
    """Record the tape of the next training step on a copy (slot "tape"); the run is not moved."""


@dataclass(frozen=True, slots=True)
class DrawGraph:
    """Lay out the autograd graph of the loss of the project's network (slot "graph")."""


@dataclass(frozen=True, slots=True, eq=False)
class ArrangeGraph:
    """Lay a graph out anew (slot "picture", a GraphPicture): these layers folded into one box each, with room for numbers."""

    graph: GraphView
    folded: frozenset[str] = frozenset()
    roomy: bool = False


@dataclass(frozen=True, slots=True)
class RunLab:
    """Evaluate Graph Lab text (slot "lab", a LabView). Of several that wait, only the newest matters."""

    source: str
    draw: bool = True
    """Whether the autograd graph is laid out."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Which live pictures a reader wants in the slot "prediction"; none when nobody looks."""

    kinds: tuple[PictureKind, ...] = ()


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
class LookThrough:
    """What is in a file of data (slot "preview", a Preview or a Refusal). Meanwhile the slot "progress" says how far it is."""

    path: str
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The answer to this question is not wanted any more."""

    slot: Literal["preview"]


@dataclass(frozen=True, slots=True)
class Close:
    """Finish the step, release everything, end the thread."""


@dataclass(frozen=True, slots=True)
class Exercise:
    """Do one part of the coming step by hand, on a copy (slot "workbench"); "reset" starts again from the run as it is.

    `retain_graph` counts for backward, `to_none` for zero_grad, `layers` are those whose output retains its gradient.
    """

    action: Literal["reset", "forward", "backward", "step", "zero_grad", "next_batch"]
    retain_graph: bool = False
    to_none: bool = True
    training: bool = True
    layers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prove:
    """Find one element of a parameter's gradient of the coming step in other ways (slot "proof").

    Without an index it is the greatest of the parameter's gradient, without a parameter the greatest of all.
    """

    parameter: str = ""
    index: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class TakeJacobian:
    """Jacobian of the outputs for one sample of the coming batch (slot "jacobian"). `of`: "input" or the id of a layer."""

    of: str = "input"
    sample: int = 0


@dataclass(frozen=True, slots=True)
class OpenLens:
    """Take the coming update of one element apart (slot "lens").

    Without a parameter it is the first one of the model, without an index its element with the greatest gradient.
    """

    parameter: str = ""
    index: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Survey:
    """The loss around the present weights (slot "landscape").

    With one or two trainable numbers over themselves, with the optimizer's path of `steps` from the initial weights; else over a plane
    of two random directions, scaled filter by filter (Li et al. 2018), `span` times the size of the weights to each side.
    """

    steps: int = 20
    points: int = 41
    span: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class LookAtDropout:
    """A Dropout layer on the coming batch: mask, survivors, eval output, mean over `draws` (slot "dropout")."""

    layer: str
    draws: int = 200


@dataclass(frozen=True, slots=True)
class WriteCode:
    """The project as plain PyTorch (slot "code", a CodeView)."""

    project: ProjectSpec


@dataclass(frozen=True, slots=True)
class LookAtSpread:
    """How activations and gradients spread in a deep chain, for every rule that draws weights (slot "spread")."""

    activation: str = "tanh"
    depth: int = 10
    width: int = 100
    seed: int = 0


@dataclass(frozen=True, slots=True)
class LookAtWeights:
    """What these parameters ("linear_1.weight") of the project begin with (slot "weights", an InitialWeights)."""

    project: ProjectSpec
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WatchWeights:
    """Which parameters of the run a reader wants in the slot "present" while it trains (a PresentWeights); none when nobody looks."""

    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeWeights:
    """Set elements of a run's parameter as it is now, between two steps; the project's initial values stay as they are.

    `changes` are (indices, value) pairs; the indices () mean the whole parameter.
    """

    parameter: str
    changes: tuple[tuple[tuple[int, ...], float], ...]


@dataclass(frozen=True, slots=True)
class LookAtTraining:
    """What the settings of the training come to: the schedule's learning rates (slot "training")."""

    project: ProjectSpec


Inquiry = (
    LookThrough
    | TakeApart
    | ArrangeGraph
    | RunLab
    | Exercise
    | Prove
    | TakeJacobian
    | OpenLens
    | Survey
    | LookAtDropout
    | WriteCode
    | LookAtSpread
    | LookAtWeights
    | LookAtTraining
)
"""Questions, most of them about the run's coming step; answering them never moves the run."""

Command = (
    ShowProject
    | Play
    | Pause
    | LimitSpeed
    | Rewind
    | TakeApart
    | DrawGraph
    | RunLab
    | Watch
    | WatchWeights
    | ChangeWeights
    | Export
    | Save
    | Open
    | Close
    | GiveUp
    | Inquiry
)
