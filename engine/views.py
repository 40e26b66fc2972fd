"""What the window may see of the torch side: plain frozen values and read-only numpy arrays, never a tensor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.fields import Value
from engine.spec import ProjectSpec

Array = NDArray[np.generic]
State = Literal["boot", "idle", "running", "paused", "failed", "closed"]
Phase = Literal["batch", "forward", "loss", "backward", "accumulate", "clip", "update", "zero_grad"]
PHASES: tuple[Phase, ...] = ("batch", "forward", "loss", "backward", "accumulate", "clip", "update", "zero_grad")


def frozen(array: Array) -> Array:
    """The same array, made read-only."""
    array.setflags(write=False)
    return array


@dataclass(frozen=True, slots=True)
class Step:
    """One edit of a fix, as engine/fixes.py knows it: what to do, at which layer, with which name and value."""

    do: str
    node: str = ""
    name: str = ""
    value: Value = None


@dataclass(frozen=True, slots=True)
class Fix:
    """A named edit that removes an issue: "Insert Flatten before linear_2". Its steps are one undoable edit."""

    text: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """A learner's mistake: where it is, what is wrong, what to change. `node` is "" when it is not about one layer.

    `fixes` are edits that remove it (engine.fixes.apply), the likeliest first.
    """

    node: str
    text: str
    severity: Literal["error", "warning"] = "error"
    link: tuple[str, str, int] | None = None
    fixes: tuple[Fix, ...] = ()
    kind: str = ""
    """The verdict (engine/diagnosis) that it gives reason for; "" for none."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that training takes, float32: estimated from shapes. Activations are every layer's output for one batch."""

    parameters: int = 0
    gradients: int = 0
    optimizer: int = 0
    activations: int = 0

    @property
    def total(self) -> int:
        return self.parameters + self.gradients + self.optimizer + self.activations

    def __add__(self, other: Memory) -> Memory:
        return Memory(
            self.parameters + other.parameters,
            self.gradients + other.gradients,
            self.optimizer + other.optimizer,
            self.activations + other.activations,
        )


@dataclass(frozen=True, slots=True)
class NetworkReport:
    """What torch says of a network that ran on meta tensors. Shapes leave out the batch axis.

    `shapes` maps node id → shape of its output; a node that could not run is missing. `settled` maps node id → the
    constructor arguments with every "auto" filled in. Training stays off while an issue with severity "error" stands.
    """

    project: ProjectSpec
    shapes: dict[str, tuple[int, ...]]
    parameters: dict[str, int]
    settled: dict[str, dict[str, object]]
    issues: tuple[Issue, ...] = ()
    bytes: int = 0
    sizes: tuple[int, int, int] = (0, 0, 0)
    """Rows in the training, validation and test part."""
    parameter_shapes: dict[str, tuple[tuple[str, tuple[int, ...]], ...]] = field(default_factory=dict)
    """Node id → names and shapes of its parameters, in the layer's order."""
    multiply_adds: dict[str, int] = field(default_factory=dict)
    """Node id → multiply-adds of its matrix products and convolutions, for one sample, forward; without those of no such product."""
    memory: dict[str, Memory] = field(default_factory=dict)
    """Node id → what it takes while training."""
    reading: bool = False
    """The file with the data is still being read: another report follows."""

    @property
    def total_multiply_adds(self) -> int:
        """Multiply-adds of the whole network for one sample, forward. Backward takes about twice as many."""
        return sum(self.multiply_adds.values())

    @property
    def total_memory(self) -> Memory:
        return sum(self.memory.values(), Memory())

    @property
    def total(self) -> int:
        """All trainable numbers of the network."""
        return sum(self.parameters.values())

    @property
    def ready(self) -> bool:
        return not any(issue.severity == "error" for issue in self.issues)


@dataclass(frozen=True, slots=True)
class RunStatus:
    """Where the engine and its run stand. `stale`: the project was edited so that the next play starts a new run."""

    state: State = "boot"
    generation: int = 0
    device: str = ""
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps_per_epoch: int = 0
    loss: float | None = None
    steps_per_second: float = 0.0
    seed: int = 0
    stale: bool = False
    has_run: bool = False
    message: str = ""
    stopped: str = ""
    """Why training ended before the planned epochs were done; "" where it did not."""
    lr: float | None = None
    """The learning rate of the coming step, where the schedule has brought it; layers with an own one aside."""
    path: Literal["", "textbook", "traced"] = ""
    """How the coming steps are taken; every number is the same on both paths."""
    path_reason: str = ""
    traced_steps: int = 0
    """Steps of the run that the traced path took."""


@dataclass(frozen=True, slots=True, eq=False)
class TensorView:
    """One tensor, copied. `values` is exact and in the tensor's own dtype and shape."""

    name: str
    values: Array
    requires_grad: bool = False
    is_leaf: bool = True
    grad_fn: str = ""
    device: str = "cpu"
    """Where torch has the tensor; `values` is a copy in memory."""

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.values.shape)

    @property
    def dtype(self) -> str:
        return str(self.values.dtype)


@dataclass(frozen=True, slots=True, eq=False)
class TapeEvent:
    """One moment of a training step.

    forward: `name` is the layer's title, `layer` its node id, inputs and outputs its tensors.
    backward: `name` is the autograd node's ("AddmmBackward0"), inputs the upstream gradients, outputs the outgoing ones in the
    order of its `next_functions`; None where autograd gives none. `node` is its id in the autograd graph.
    accumulate: name "AccumulateGrad"; `parameter` names the leaf, inputs the arriving gradient, outputs `.grad` afterwards.
    With the name "retain_grad" it is an intermediate's `.grad` that took the gradient, and `parameter` is the name of that value.
    loss: inputs ŷ and y, outputs the loss. With the name "penalty": inputs the loss of the data, the penalty and the weights that it is
    about, outputs their sum. clip: inputs a parameter's `.grad` before, outputs the clipped one.
    update: inputs the parameter before and its `.grad`, outputs the parameter after. zero_grad: inputs `.grad` before if there was
    one, outputs nothing (`.grad` is None) or zeros.
    """

    index: int
    phase: Phase
    name: str
    layer: str = ""
    parameter: str = ""
    node: str = ""
    inputs: tuple[TensorView | None, ...] = ()
    outputs: tuple[TensorView | None, ...] = ()
    formula: str = ""
    text: str = ""
    line: int = 0
    """The line of Graph Lab text that made it happen; 0 where there is no text."""
    saved: tuple[TensorView, ...] = ()
    """backward: the tensors that the node kept from the forward pass, under autograd's names for them; a dropout's mask is one."""
    frees: bool = False
    """backward: afterwards the node's saved tensors are gone, so that no second pass can go through it."""
    seconds: float = 0.0
    """forward, loss, backward and accumulate: how long torch computed, once, measured while recording; 0 where it was not."""


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A box of the autograd graph, laid out: centre (x, y) and size, in points, y downwards."""

    id: str
    kind: Literal["operation", "accumulate", "parameter", "output", "layer"]
    """"layer": all nodes of one layer in one box."""
    title: str
    layer: str = ""
    parameter: str = ""
    shape: tuple[int, ...] | None = None
    saved: tuple[str, ...] = ()
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0
    freed: bool = False
    """Its saved tensors are gone: a backward pass went through it and did not retain the graph."""
    dtype: str = ""
    members: tuple[str, ...] = ()
    """layer: ids of the nodes that are in the box."""


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """An arrow as gradients flow backwards reversed, drawn as torchviz draws it: from operand to result."""

    source: str
    target: str
    points: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class GraphView:
    """The autograd graph of the loss with coordinates. `layout` names the engine that placed it, `dot` is its DOT text."""

    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    width: float
    height: float
    layout: str
    dot: str = ""
    folded: frozenset[str] = frozenset()
    """Layers that are shown as one box."""
    roomy: bool = False
    """The boxes have room for numbers."""
    step: int | None = None
    """Steps that the run had done, where the graph was drawn by itself (DrawGraph)."""
    fresh: bool = False
    """Drawn of a fresh run: the project has none of its own, or was edited since."""


@dataclass(frozen=True, slots=True, eq=False)
class GraphPicture:
    """A graph as somebody wants to see it (ArrangeGraph): layers folded, room for numbers."""

    of: GraphView
    view: GraphView


@dataclass(frozen=True, slots=True, eq=False)
class Tape:
    """One whole training step, recorded on a copy of the run's model with the run's next batch; the run itself is unmoved.

    `graph` is the autograd graph of that very step: its node ids are the events' `node`.
    """

    generation: int
    step: int
    events: tuple[TapeEvent, ...]
    parameters: tuple[TensorView, ...]
    """Every parameter before the step, in the model's order."""
    graph: GraphView
    loss: float
    training: bool = True
    retained: tuple[str, ...] = ()
    """Names of the intermediate values whose `.grad` is kept (retain_grad)."""
    by_hand: bool = False
    """Not one whole step, but what somebody did one action after the other (Exercise)."""
    values: dict[str, TensorView] = field(default_factory=dict)
    """What a node of `graph` gave in the forward pass, by its id, where torch shows it: layers' outputs and all that was saved."""
    operations: dict[int, tuple[TapeEvent, ...]] = field(default_factory=dict)
    """What a forward event comes down to, by its index: every ATen operation in the order in which they ran (engine/grain.py)."""


@dataclass(frozen=True, slots=True, eq=False)
class LedgerRow:
    """One tensor at one moment of the tape. `grad` None means `.grad is None`; zeros are an array of zeros."""

    name: str
    layer: str
    value: TensorView
    grad: TensorView | None
    accumulations: int
    retained: bool = False
    """An intermediate value that keeps its `.grad`, not a parameter."""


@dataclass(frozen=True, slots=True, eq=False)
class DataView:
    """The prepared data of a project, for pictures. Arrays are in natural units, before normalization."""

    task: Literal["regression", "classes"]
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    features: dict[str, Array]
    """Part ("train", "validation", "test") → features (N, …), float32. Of very many only the first rows."""
    targets: dict[str, Array]
    rows: int = 0
    """Rows of all parts, also where they are not all here."""
    numbers: tuple[tuple[str, Array], ...] = ()
    """What the normalization found in the training part: μ and σ, or min and max, one number per column or channel."""


PictureKind = Literal["surface", "curve", "confusion", "scatter", "scores", "mistakes"]


@dataclass(frozen=True, slots=True)
class Score:
    """One number that says how good the answers are, for the training and the validation part; None where it is not defined."""

    name: str
    formula: str
    train: float | None
    validation: float | None


@dataclass(frozen=True, slots=True, eq=False)
class PredictionView:
    """What the network answers now. Kind "surface": two inputs on a grid; "curve": one input; "confusion": class counts.

    surface: `x`, `y` are the axes (natural units), `z` (len(y), len(x)) the class index or output, `p` the confidence or None.
    curve: `x` and `z` (len(x), outputs). confusion: `z` (classes, classes), row true class, column predicted, validation part.
    scores: `scores`. mistakes, of the validation part, the surest first: `x` the rows in natural units, `y` their numbers in the
    data, `z` (n, 2) true and predicted class, `p` how sure the network is; `wrong` of `looked_at` rows are mistakes.
    """

    kind: PictureKind
    generation: int
    step: int
    x: Array = field(default_factory=lambda: np.empty(0))
    y: Array = field(default_factory=lambda: np.empty(0))
    z: Array = field(default_factory=lambda: np.empty(0))
    p: Array | None = None
    scores: tuple[Score, ...] = ()
    wrong: int = 0
    looked_at: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that went wrong, told as people need it (reliability.md 4.6): what, why, what to do, what is kept."""

    what: str
    why: str = ""
    todo: str = ""
    kept: str = ""
    details: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file was read, 0 to 1: for its preview, or as the data of the project."""

    what: Literal["preview", "data"]
    name: str
    share: float


@dataclass(frozen=True, slots=True)
class Notice:
    """Good news that is worth a line: "Exported the curves to curves.csv"."""

    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A project file was read, checked and is ready to be shown. `ui` is the layout saved with it, possibly empty."""

    path: str
    project: ProjectSpec
    ui: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Saved:
    """A project was written and is safe on disk."""

    path: str
    project: ProjectSpec
