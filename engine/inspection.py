"""What the window may see of questions asked about a step: lab, workbench, proofs, Jacobian, updates, landscapes.

Like views.py: frozen values and read-only numpy arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engine.diagnosis.values import Verdict
from engine.spec import Choice, ProjectSpec
from engine.views import Array, GraphView, Tape, TensorView


@dataclass(frozen=True, slots=True)
class LabError:
    """A line of Graph Lab text that was refused or that torch refused. `node` names the autograd node, if one did."""

    line: int
    text: str
    why: str = ""
    node: str = ""
    details: str = ""
    """torch's own words, where torch refused."""


@dataclass(frozen=True, slots=True, eq=False)
class LabTensor:
    """A name of the lab after the last line that ran. `grad` None means `.grad is None`."""

    name: str
    value: TensorView
    grad: TensorView | None = None
    accumulations: int = 0
    retains_grad: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class LabView:
    """The result of one evaluation of Graph Lab text. Lines count from 1.

    `tape` has an event for every operation, every autograd node and every accumulation, in the order in which they ran;
    `graph` is the autograd graph of the last result that has one.
    """

    source: str
    tensors: tuple[LabTensor, ...]
    printed: tuple[tuple[int, str], ...] = ()
    errors: tuple[LabError, ...] = ()
    notes: tuple[tuple[int, str], ...] = ()
    """(line, sentence): where torch lets something pass that a learner would not expect, and why it does."""
    tape: Tape | None = None
    graph: GraphView | None = None
    values: tuple[tuple[str, str], ...] = ()
    """Names that are no tensors (numbers, shapes, optimizers …), as print shows them."""


@dataclass(frozen=True, slots=True, eq=False)
class WorkbenchView:
    """The step taken by hand: every action so far on a copy of the run's model, as one growing tape.

    `can` names the buttons that make sense now ("forward", "backward", "step", "zero_grad"); `freed` holds the ids of the graph
    nodes whose saved tensors are gone; `error` is the card of the last action that torch refused.
    """

    tape: Tape
    can: frozenset[str]
    training: bool
    retained: tuple[str, ...] = ()
    """Layers whose output keeps its `.grad` (retain_grad)."""
    freed: frozenset[str] = frozenset()
    error: LabError | None = None
    note: str = ""
    verdicts: tuple[Verdict, ...] = ()
    """What the last action did that a training loop should not (engine/diagnosis/by_hand.py)."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One element of a gradient, found in other ways. All in float64 but `autograd`, which is the number that was shown.

    `numerical` is the central difference D(h) = (f(θ+h) − f(θ−h))/2h with its error in h² taken out: (4·D(h/2) − D(h))/3.
    `exact` is autograd repeated in float64; `hand` is the chain rule written out, `by_hand` its value; `snippet` is plain torch
    that prints the same number; `kink` names a point without derivative. `step` and `generation` say of which step it is.
    """

    parameter: str
    index: tuple[int, ...]
    autograd: float
    exact: float
    numerical: float
    h: float
    hand: str
    snippet: str
    kink: str = ""
    by_hand: float = float("nan")
    noise: float = 0.0
    """As much as float64's own rounding of the loss can move `numerical`: two numbers closer than this are equal."""
    step: int = 0
    generation: int = 0

    @property
    def difference(self) -> float:
        """|numerical − exact|/max(|numerical|, |exact|), 0 when both are 0."""
        size = max(abs(self.numerical), abs(self.exact))
        return abs(self.numerical - self.exact) / size if size else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class JacobianView:
    """∂(outputs of one sample)/∂(its input, or the output of a layer): rows are outputs, columns what they depend on."""

    of: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: Array
    note: str = ""
    """In which mode the network was, and why all numbers are zeros where they are."""
    sample: int = 0
    samples: int = 1
    """So many samples are in the batch."""
    layers: tuple[str, ...] = ()
    """What else it can be taken of, in the order of computation."""
    step: int = 0
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One term of an update: its name, the formula with numbers put in, and its value."""

    name: str
    formula: str
    value: float


@dataclass(frozen=True, slots=True)
class UpdateLens:
    """The update of one element taken apart: new = old + Σ parts (float64 of torch's own float32 numbers).

    `state` is the optimizer's state of this element after the step (exp_avg, step …), `derived` what follows from it (m̂, v̂).
    `decay_share` is |decay part|/Σ|parts|; `ratio` is ‖update‖/‖θ‖ of the whole parameter.
    """

    parameter: str
    index: tuple[int, ...]
    optimizer: str
    formula: str
    old: float
    new: float
    gradient: float
    parts: tuple[Part, ...]
    state: tuple[tuple[str, float], ...] = ()
    derived: tuple[tuple[str, float], ...] = ()
    decay_share: float = 0.0
    ratio: float = 0.0
    data_loss: float = 0.0
    penalty: float = 0.0
    """(weight_decay/2)·Σθ² over all parameters, what weight decay adds to the loss as torch's coupled form means it, and the explicit
    L1 and L2 penalties."""
    note: str = ""
    """What can be split exactly and what cannot, or why nothing moves."""
    penalty_note: str = ""
    """What the penalty means with this optimizer."""
    generation: int = 0
    step: int = 0
    """Steps that the run had done: it is the update of step `step` + 1."""
    parameters: tuple[str, ...] = ()
    """Every parameter that could be asked about, in the model's order."""
    values: TensorView | None = None
    """The whole parameter before the step."""


@dataclass(frozen=True, slots=True, eq=False)
class Landscape:
    """Loss over one or two directions in the space of the weights, and the path of an optimizer on it.

    `axes` names the directions; `y` is empty for a line. `z` has shape (len(y), len(x)) or (len(x),). `path` has one row per step:
    coordinates along the axes and the loss; row 0 is the start.
    """

    title: str
    axes: tuple[str, ...]
    x: Array
    y: Array
    z: Array
    path: Array
    names: tuple[str, ...] = ()
    """Every trainable number by name, "linear_1.weight[0, 0]", where there are few; else empty."""
    weights: Array = field(default_factory=lambda: np.empty((0, 0)))
    """Those numbers along the path: a row per row of `path`."""
    note: str = ""
    """What was left out or made coarser, and how to read the path."""
    generation: int = 0
    step: int = 0
    """Steps that the run had done when it was asked for."""


@dataclass(frozen=True, slots=True)
class Code:
    """A text of Python. `lines` maps a node id to the lines, from 1 on, that are about the layer."""

    text: str
    lines: dict[str, tuple[int, ...]]

    def node_at(self, line: int) -> str:
        """The layer that a line is about; "" for none."""
        return next((node_id for node_id, lines in self.lines.items() if line in lines), "")


@dataclass(frozen=True, slots=True)
class SpreadRow:
    """One rule for weights in a deep chain: standard deviations layer by layer, from the data to the loss.

    `gradients` are those of the loss with respect to the layers' outputs, `weight_gradients` with respect to their weights.
    """

    title: str
    rule: Choice
    variance: float
    """Of the weights, as the rule has it."""
    activations: tuple[float, ...]
    gradients: tuple[float, ...]
    weight_gradients: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SpreadView:
    """The Init Lab's answer for one activation, depth and width."""

    activation: str
    depth: int
    width: int
    seed: int
    rows: tuple[SpreadRow, ...]


@dataclass(frozen=True, slots=True)
class CodeView:
    """A project as plain PyTorch: the model alone, and the script that trains it. `script` None: it cannot be trained yet."""

    project: ProjectSpec
    model: Code
    script: Code | None


@dataclass(frozen=True, slots=True, eq=False)
class TrainingView:
    """What the settings of a training come to before it begins: the learning rate at every move of the schedule.

    `rates[i]` is the rate after `moves[i]` epochs (or steps, as `unit` says); both are empty where the rate is constant.
    """

    project: ProjectSpec
    unit: str = "epochs"
    moves: Array = field(default_factory=lambda: np.empty(0))
    rates: Array = field(default_factory=lambda: np.empty(0))
    note: str = ""
    weights: str = ""
    """How much every class counts, in a sentence, where classes have weights."""


@dataclass(frozen=True, slots=True, eq=False)
class InitialWeights:
    """What the parameters of a project begin with: as torch draws them from its seed, with what is set by hand in its place.

    `values` maps "linear_1.weight" → float32 array. Empty when the network cannot be built; `trouble` says why then.
    """

    project: ProjectSpec
    values: dict[str, Array]
    trouble: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class PresentWeights:
    """Parameters of the run as they are after `step` steps, those that are watched (WatchWeights)."""

    generation: int
    step: int
    values: dict[str, Array]


@dataclass(frozen=True, slots=True, eq=False)
class DropoutView:
    """One Dropout layer on the coming batch: input, mask, the scaled survivors, eval output, and the mean over `draws`."""

    layer: str
    p: float
    scale: float
    given: TensorView
    mask: TensorView
    train: TensorView
    eval: TensorView
    mean: TensorView
    draws: int
    generation: int = 0
    step: int = 0
    """Steps that the run had done: it is the mask of step `step` + 1."""
