"""What torch says of a project before it is trained: shapes, counts, memory, and every mistake as an `Issue`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import torch

from engine.catalog import LAYERS
from engine.datasets import DataError, Prepared, prepare
from engine.datasets.importing.shelf import BeingRead
from engine.datasets.normalize import LARGE
from engine.edits import topological_order
from engine.hand_weights import shape_of
from engine.spec import INPUT_ID, OUTPUT_ID, DataSpec, LinkSpec, NetworkSpec, NodeSpec, ProjectSpec
from engine.tensors import remedies_ends
from engine.tensors.advice import advise
from engine.tensors.build import make_module, settled_arguments
from engine.tensors.cost import memory, multiply_adds
from engine.tensors.helping import helping
from engine.tensors.mismatch import Shape, foresee, shape_text, shortened
from engine.tensors.remedies import candidates
from engine.views import Fix, Issue, Memory, NetworkReport, Step

_BATCH = 2
"""Rows of the meta tensors that run through the network; BatchNorm needs at least two."""

# What torch raises for a layer that does not fit; anything else is a bug of ours and must not be hidden.
_REFUSALS = (RuntimeError, ValueError, TypeError, IndexError, NotImplementedError, OverflowError)


@dataclass(frozen=True, slots=True)
class Probe:
    """A layer that ran on meta tensors: shape of its output, shapes of its parameters, or why it cannot run."""

    shape: Shape = ()
    parameters: tuple[tuple[str, Shape], ...] = ()
    trouble: str = ""
    multiply_adds: int = 0
    """For one sample."""

    @property
    def count(self) -> int:
        return sum(_product(shape) for _, shape in self.parameters)


class Wiring:
    """The arrows of a network by their ends: asking NetworkSpec at every node takes a quarter of a second at 1,000 layers."""

    def __init__(self, network: NetworkSpec) -> None:
        self.nodes = {node.id: node for node in network.nodes}
        self.order = topological_order(network)
        self.used = {link.source for link in network.links}
        self._into: dict[str, list[LinkSpec]] = {}
        for link in network.links:
            self._into.setdefault(link.target, []).append(link)

    def into(self, node_id: str) -> tuple[LinkSpec, ...]:
        """The arrows that end at the node, in the order of its ports."""
        return tuple(sorted(self._into.get(node_id, ()), key=lambda link: link.port))


@dataclass(slots=True)
class Walk:
    """What was found so far on the way through the network."""

    shapes: dict[str, Shape] = field(default_factory=dict)
    probes: dict[str, Probe] = field(default_factory=dict)
    settled: dict[str, dict[str, object]] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)


def check(project: ProjectSpec, prepared: Prepared | None = None) -> NetworkReport:
    """Run the network on meta tensors and say everything that is wrong with the project, with fixes that help.

    `prepared` is the project's data; when it is not given it is prepared here, and what is wrong with it becomes an issue
    at the node "input". Nothing is allocated and no random number is drawn: the report of a huge network costs nothing.
    """
    report = examine(project, prepared)
    found = prepared if prepared is not None else prepared_or_error(project.data)
    prepared = found if isinstance(found, Prepared) else None
    return replace(report, issues=helping(report, lambda fixed: examine(fixed, prepared, project.data)))


def examine(project: ProjectSpec, prepared: Prepared | None = None, data: DataSpec | None = None) -> NetworkReport:
    """The report with every fix that somebody thought of, tried or not. `prepared` belongs to `data` where that is given."""
    if data is not None and project.data != data and not _large(prepared):
        prepared = None  # of large data no second preparation is made only to try a fix
    walk = Walk()
    reading = False
    if prepared is None:
        found = prepared_or_error(project.data)
        reading = isinstance(found, BeingRead)
        if isinstance(found, DataError):
            walk.issues.append(Issue(INPUT_ID, str(found)))
        else:
            prepared = found
    wiring = Wiring(project.network)
    walk.issues += structure_issues(project.network, wiring)
    needed: dict[str, Memory] = {}
    if prepared is not None:
        walk.issues += [Issue(INPUT_ID, text, "warning") for text in prepared.remarks]
        walk.shapes[INPUT_ID] = prepared.dataset.sample_shape
        _walk_through(project, wiring, walk)
        needed = memory(project, walk.shapes, _counts(walk))
        total = sum(needed.values(), Memory()).total
        walk.issues += advise(project, prepared, walk.shapes, _counts(walk), total)
    return NetworkReport(
        project,
        shapes=walk.shapes,
        parameters=_counts(walk),
        settled=walk.settled,
        issues=tuple(walk.issues),
        bytes=sum(needed.values(), Memory()).total,
        sizes=prepared.sizes if prepared is not None else (0, 0, 0),
        parameter_shapes={node_id: probe.parameters for node_id, probe in walk.probes.items() if probe.parameters},
        multiply_adds={node_id: probe.multiply_adds for node_id, probe in walk.probes.items() if probe.multiply_adds},
        memory=needed,
        reading=reading,
    )


def prepared_or_error(data: DataSpec) -> Prepared | DataError:
    """The prepared data, or what is wrong with it; the last ones are remembered."""
    try:
        return _prepared(data)
    except BeingRead as passing:
        return BeingRead(str(passing))


def _prepared(data: DataSpec) -> Prepared | DataError:
    if data in _last:
        return _last[data]
    if any(_large(held) for held in _last.values()):
        _last.clear()  # two of them would not fit beside each other
    try:
        found: Prepared | DataError = prepare(data)
    except BeingRead:
        raise  # not to be remembered
    except DataError as problem:
        found = DataError(str(problem))  # without its traceback: it is kept
    while len(_last) > 1:
        del _last[next(iter(_last))]
    _last[data] = found
    return found


_last: dict[DataSpec, Prepared | DataError] = {}


def _large(prepared: Prepared | DataError | None) -> bool:
    return isinstance(prepared, Prepared) and prepared.dataset.features.nbytes > LARGE


def forget_prepared() -> None:
    """Files that data come from may have changed."""
    _last.clear()


def structure_issues(network: NetworkSpec, wiring: Wiring) -> Iterator[Issue]:
    """What is wrong with the arrows, whatever the layers are."""
    cyclic = set(wiring.nodes) - set(wiring.order)
    for node in wiring.nodes.values():
        incoming, outgoing = wiring.into(node.id), node.id in wiring.used
        if node.id in cyclic:
            yield Issue(node.id, f"{node.id} is part of a circle of arrows: remove one of them.")
        elif node.id == OUTPUT_ID:
            if not incoming:
                text = "Nothing is connected to the loss: draw an arrow from the last layer to it."
                yield Issue(OUTPUT_ID, text, fixes=remedies_ends.nothing_to_loss(network))
        elif node.id == INPUT_ID:
            continue
        elif not incoming and not outgoing:
            text = f"{node.id} is not connected: draw an arrow into it and one out of it, or remove it."
            yield Issue(node.id, text, fixes=remedies_ends.not_connected(network, node))
        else:
            yield from _port_issues(network, node, incoming)
            if not outgoing:
                text = (
                    f"The result of {node.id} is used nowhere: draw an arrow from it to the next layer, or remove it."
                )
                yield Issue(node.id, text, fixes=remedies_ends.used_nowhere(network, node))


def _port_issues(network: NetworkSpec, node: NodeSpec, incoming: tuple[LinkSpec, ...]) -> Iterator[Issue]:
    title = LAYERS[node.kind].title
    if LAYERS[node.kind].ports is None:
        if len(incoming) < 2:
            missing = "two more arrows" if not incoming else "one more arrow"
            text = f"{node.id} joins at least two inputs: draw {missing} into it, or remove it."
            yield Issue(node.id, text, fixes=remedies_ends.lone_join(node))
        elif [link.port for link in incoming] != list(range(len(incoming))):
            yield Issue(node.id, f"The inputs of {node.id} leave one out: remove its arrows and draw them again.")
    elif not incoming:
        text = f"Nothing arrives at {node.id}: draw an arrow into it, or remove it."
        yield Issue(node.id, text, fixes=remedies_ends.nothing_arrives(network, node))
    elif len(incoming) > 1 or incoming[0].port != 0:
        yield Issue(node.id, f"{title} takes one input, but {len(incoming)} arrows end at {node.id}: keep one.")


def _walk_through(project: ProjectSpec, wiring: Wiring, walk: Walk) -> None:
    """Let every layer run whose inputs are known, in the order of computation."""
    for node_id in wiring.order:
        incoming = wiring.into(node_id)
        if node_id == INPUT_ID or not incoming or any(link.source not in walk.shapes for link in incoming):
            continue
        node = wiring.nodes[node_id]
        shapes = tuple(walk.shapes[link.source] for link in incoming)
        if node_id == OUTPUT_ID:
            walk.shapes[OUTPUT_ID] = shapes[0]
        elif len(shapes) == 1 if LAYERS[node.kind].ports == 1 else len(shapes) > 1:
            _visit(project, node, incoming, shapes, walk)


def _visit(
    project: ProjectSpec, node: NodeSpec, incoming: tuple[LinkSpec, ...], shapes: tuple[Shape, ...], walk: Walk
) -> None:
    arguments = settled_arguments(node, shapes[0])
    probe = probe_layer(node.kind, tuple(arguments.items()), shapes)
    if probe.trouble:
        # The arrow whose tensor differs is the one to look at; with one input it is that one.
        odd = next((link for link, shape in zip(incoming, shapes, strict=True) if shape != shapes[0]), incoming[0])
        fixes = tuple(candidates(project, node, incoming, shapes, arguments))
        place = (odd.source, odd.target, odd.port)
        walk.issues.append(Issue(node.id, f"{node.id} {probe.trouble}", link=place, fixes=fixes))
        return
    walk.settled[node.id] = arguments
    walk.probes[node.id] = probe
    walk.shapes[node.id] = probe.shape
    walk.issues += _weight_issues(node, dict(probe.parameters))


@lru_cache(maxsize=4096)
def probe_layer(kind: str, arguments: tuple[tuple[str, object], ...], shapes: tuple[Shape, ...]) -> Probe:
    """Build one layer on the meta device and send a batch of two through it. Pure, so answers are remembered."""
    values = dict(arguments)
    if sentence := foresee(kind, values, shapes):
        return Probe(trouble=sentence)
    try:
        with torch.device("meta"), torch.no_grad():
            module = make_module(kind, values)
            # Shapes are the same; in training, a mean of all batches reads a counter, which a meta tensor has not.
            module.train(not kind.startswith("batch_norm"))
            batch = tuple(torch.empty((_BATCH, *shape)) for shape in shapes)
            output = module(*batch)
            products = multiply_adds(lambda: module(*batch), _BATCH) if LAYERS[kind].weights else 0
    except _REFUSALS as refusal:
        listed = " and ".join(shape_text(shape) for shape in shapes)
        return Probe(trouble=f"cannot take {listed}. PyTorch says: {shortened(str(refusal))}")
    parameters = tuple((name, tuple(value.shape)) for name, value in module.named_parameters())
    return Probe(tuple(output.shape[1:]), parameters, multiply_adds=products)


def parameter_shapes(kind: str, arguments: Mapping[str, object]) -> dict[str, Shape]:
    """Names and shapes of the parameters that a layer with these arguments has, in its order. Nothing is allocated."""
    with torch.device("meta"):
        module = make_module(kind, arguments)
    return {name: tuple(value.shape) for name, value in module.named_parameters()}


def _weight_issues(node: NodeSpec, wanted: dict[str, Shape]) -> Iterator[Issue]:
    """Weights set by hand must have the shape of the parameter that they replace."""
    for name, value in node.weights:
        if name not in wanted:
            known = " and ".join(wanted) or "none"
            text = f"{node.id} has no parameter {name} that could be set by hand; it has {known}."
            yield Issue(node.id, text, fixes=(_drawn_again(node),))
        elif (given := shape_of(value)) != wanted[name]:
            yield Issue(
                node.id,
                f"{name} of {node.id} was set by hand with shape {_plain(given)}, but it has {_plain(wanted[name])}: "
                "set it again or let it be drawn.",
                fixes=(_drawn_again(node),),
            )


def _drawn_again(node: NodeSpec) -> Fix:
    return Fix(f"Draw the weights of {node.id} again", (Step("drawn", node.id),))


def _plain(shape: Shape | None) -> str:
    return "(" + ", ".join(map(str, shape or ())) + ")"


def _counts(walk: Walk) -> dict[str, int]:
    return {node_id: probe.count for node_id, probe in walk.probes.items() if probe.parameters}


def _product(shape: Shape) -> int:
    product = 1
    for size in shape:
        product *= size
    return product
