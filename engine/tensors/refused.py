"""What torch refused during a backward pass, as a card: which node, why, what to do. Its own words stay with it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.inspection import LabError
from engine.spec import OUTPUT_ID

_MOST = 600
"""Characters of torch's own words that are kept."""


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of refusal, known by a piece of torch's text. `at` is put in where the node is known."""

    sign: str
    text: str
    why: str


CASES: tuple[Case, ...] = (
    Case(
        "backward through the graph a second time",
        "This graph was gone through before{at}: its saved tensors are freed.",
        "backward() frees what the nodes have saved as it passes, unless it is told retain_graph=True. Run Forward for a new "
        "graph, or tick “retain graph” before the first Backward.",
    ),
    Case(
        "modified by an inplace operation",
        "A tensor that backward needs was changed in place after the forward pass{at}.",
        "The node needs the values of the forward pass, and its version counter says that they are no longer there: "
        "optimizer.step() wrote new weights into the same tensors. Run Forward again after a step.",
    ),
    Case(
        "does not require grad",
        "There is nothing that backward could go through: the loss has no grad_fn.",
        "No tensor on the way to the loss requires a gradient. Add a layer with parameters, for example Linear.",
    ),
    Case(
        "only for scalar outputs",
        "backward() needs one number to start from.",
        "Only a loss of one number has a gradient of 1 towards itself. Reduce it first, with sum() or mean().",
    ),
)
_OTHERWISE = Case(
    "", "torch refused this{at}.", "The part of the step was not done, or only half; see torch's own words."
)


def refused(error: RuntimeError, node: str = "", layer: str = "", line: int = 0) -> LabError:
    """The card for an error that torch raised; `node` is the autograd node that raised it, made by `layer`."""
    words = str(error).strip()
    case = next((each for each in CASES if each.sign in words), _OTHERWISE)
    place = named(node, layer)
    return LabError(
        line,
        case.text.format(at=f" at {place}" if place else ""),
        why=case.why,
        node=node,
        details=words if len(words) <= _MOST else words[: _MOST - 1] + "…",
    )


def named(node: str, layer: str) -> str:
    """ "SigmoidBackward0 of sigmoid_1", "MseLossBackward0 of the loss"."""
    if not node or not layer:
        return node
    return f"{node} of {'the loss' if layer == OUTPUT_ID else layer}"
