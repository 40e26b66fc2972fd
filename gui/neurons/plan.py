"""Which neurons a network has, as columns from the data to the output; or why they cannot be drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

from engine.catalog import LAYERS
from engine.spec import INPUT_ID, OUTPUT_ID, NodeSpec, ProjectSpec
from engine.views import NetworkReport
from gui.weights.source import Parameter

MOST_SHOWN = 64
"""Units of a column that are drawn; of a larger one its first and its last."""
MOST_COLUMNS = 17
_PASSING = ("dropout", "identity", "flatten")


@dataclass(frozen=True, slots=True)
class Column:
    """The inputs, or the units of one Linear layer with what follows it up to the next."""

    node: str
    units: int
    weight: Parameter | None = None
    bias: Parameter | None = None
    then: tuple[str, ...] = ()
    """Titles of the activations and the like behind it."""

    @property
    def shown(self) -> tuple[int, ...]:
        """The units that are drawn."""
        if self.units <= MOST_SHOWN:
            return tuple(range(self.units))
        half = MOST_SHOWN // 2
        return (*range(half), *range(self.units - half + 1, self.units))

    @property
    def elided(self) -> int:
        """How many units are left out, in the middle of the column."""
        return self.units - len(self.shown)


Plan = tuple[Column, ...]


class _NotDrawnError(Exception):
    """Why not, as a sentence."""


def plan(project: ProjectSpec, report: NetworkReport) -> Plan | str:
    """The columns, or a sentence that says why there is no such picture of this network."""
    try:
        columns = _columns(project, report)
    except _NotDrawnError as why:
        return str(why)
    if len(columns) == 1:
        return "There is no Linear layer yet whose neurons could be drawn."
    if len(columns) > MOST_COLUMNS:
        return f"There are {len(columns) - 1} Linear layers; neurons are drawn of at most {MOST_COLUMNS - 1}."
    return tuple(columns)


def _columns(project: ProjectSpec, report: NetworkReport) -> list[Column]:
    arriving = report.shapes.get(INPUT_ID, ())
    columns, source, flat = [Column(INPUT_ID, prod(arriving))], INPUT_ID, len(arriving) == 1
    while (node := _next(project, report, source)).id != OUTPUT_ID:
        title = LAYERS[node.kind].title
        if node.kind == "linear":
            if not flat:
                shape = "×".join(map(str, report.shapes[source]))
                raise _NotDrawnError(
                    f"{node.id} works along the last axis of {shape} values: put a Flatten in front of it to see its neurons."
                )
            columns.append(_column(node, report))
        elif node.kind in _PASSING or LAYERS[node.kind].group == "Activation":
            flat = flat or (node.kind == "flatten" and len(report.shapes[node.id]) == 1)
            columns[-1] = replace(columns[-1], then=(*columns[-1].then, title))
        else:
            raise _NotDrawnError(
                f"{node.id} is not a Linear layer but {title}: neurons are drawn of Linear layers, activations and Dropout."
            )
        source = node.id
    return columns


def _next(project: ProjectSpec, report: NetworkReport, source: str) -> NodeSpec:
    """The one layer that follows, with nothing else arriving at it."""
    network = project.network
    links = network.links_out_of(source)
    if not links:
        raise _NotDrawnError(f"Nothing follows {source} yet: neurons are drawn of a chain from the data to the loss.")
    if len(links) > 1:
        raise _NotDrawnError(f"{len(links)} arrows leave {source}; neurons are drawn of one chain of layers only.")
    node = network.node(links[0].target)
    if len(network.links_into(node.id)) != 1:
        raise _NotDrawnError(f"{node.id} joins several arrows; neurons are drawn of one chain of layers only.")
    if node.id not in report.shapes:
        wrong = [issue.text for issue in report.issues if issue.node == node.id and issue.severity == "error"]
        raise _NotDrawnError(wrong[0] if wrong else f"{node.id} does not fit yet.")
    return node


def _column(node: NodeSpec, report: NetworkReport) -> Column:
    shapes = dict(report.parameter_shapes.get(node.id, ()))
    bias = Parameter(f"{node.id}.bias", shapes["bias"]) if "bias" in shapes else None
    return Column(node.id, shapes["weight"][0], Parameter(f"{node.id}.weight", shapes["weight"]), bias)
