"""Small projects for the tests of the torch half."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.catalog import LAYERS, LOSSES, OPTIMIZERS
from engine.datasets import DATASETS, Prepared
from engine.spec import (
    INPUT_ID,
    OUTPUT_ID,
    DataSpec,
    LinkSpec,
    NetworkSpec,
    NodeSpec,
    ProjectSpec,
    SplitSpec,
    TrainSpec,
)
from engine.tensors.check import check, prepared_or_error
from engine.tensors.train import Run

Values = Mapping[str, object]
Layer = tuple[str, Values]

ALL = SplitSpec(train=1.0, validation=0.0, test=0.0)
MLP: tuple[Layer, ...] = (("linear", {"out_features": 8}), ("tanh", {}), ("linear", {"out_features": 1}))
DROPOUT_MLP: tuple[Layer, ...] = (
    ("linear", {"out_features": 16}),
    ("relu", {}),
    ("dropout", {"p": 0.2}),
    ("linear", {"out_features": 2}),
)


def chain(
    layers: Sequence[Layer],
    data: str = "moons",
    loss: str = "bce_with_logits",
    optimizer: str = "sgd",
    *,
    rows: Values | None = None,
    loss_values: Values | None = None,
    optimizer_values: Values | None = None,
    split: SplitSpec | None = None,
    standardized: bool = True,
    **train: object,
) -> ProjectSpec:
    """A project whose layers follow each other; ids are linear_1, tanh_1, linear_2, …"""
    nodes, links, seen = [NodeSpec(INPUT_ID, LAYERS[INPUT_ID].choose())], [], dict[str, int]()
    for kind, values in layers:
        seen[kind] = seen.get(kind, 0) + 1
        node = NodeSpec(f"{kind}_{seen[kind]}", LAYERS[kind].choose(values), x=100.0 * len(nodes))
        links.append(LinkSpec(nodes[-1].id, node.id))
        nodes.append(node)
    links.append(LinkSpec(nodes[-1].id, OUTPUT_ID))
    nodes.append(NodeSpec(OUTPUT_ID, LAYERS[OUTPUT_ID].choose(), x=100.0 * len(nodes)))
    settings = TrainSpec(LOSSES[loss].choose(loss_values), OPTIMIZERS[optimizer].choose(optimizer_values), device="cpu")
    normalization = "standardize" if standardized else "none"
    source = DataSpec(DATASETS[data].choose(rows), split or SplitSpec(), normalization)
    return ProjectSpec("test", NetworkSpec(tuple(nodes), tuple(links)), source, replace(settings, **train))  # type: ignore[arg-type]


def graph(kinds: Mapping[str, tuple[str, Values]], links: Sequence[tuple[str, str]], **rest: object) -> ProjectSpec:
    """A project of named layers and arrows (source, target); arrows into one target take ports 0, 1, … in their order."""
    project = chain((), **rest)  # type: ignore[arg-type]
    nodes = (
        project.network.nodes[0],
        *(NodeSpec(name, LAYERS[kind].choose(values)) for name, (kind, values) in kinds.items()),
        project.network.nodes[1],
    )
    ports: dict[str, int] = {}
    arrows = []
    for source, target in links:
        arrows.append(LinkSpec(source, target, ports.get(target, 0)))
        ports[target] = ports.get(target, 0) + 1
    return replace(project, network=NetworkSpec(nodes, tuple(arrows)))


def s3() -> ProjectSpec:
    """The reference network of the course: its weights, one sample x = 1, y = 3, MSE, SGD with rate 0.1."""
    layers = (("linear", {"out_features": 2}), ("sigmoid", {}), ("linear", {"out_features": 1}))
    project = chain(layers, "points", "mse", rows={"rows": ((1.0, 3.0),)}, split=ALL, standardized=False)
    weights = {
        "linear_1": (("weight", ((1.0,), (-1.0,))), ("bias", (1.0, 2.0))),
        "linear_2": (("weight", ((1.0, 2.0),)), ("bias", (-1.0,))),
    }
    nodes = tuple(replace(node, weights=weights.get(node.id, ())) for node in project.network.nodes)
    return replace(project, network=replace(project.network, nodes=nodes))


def prepared_of(project: ProjectSpec) -> Prepared:
    found = prepared_or_error(project.data)
    assert isinstance(found, Prepared), found
    return found


def run_of(project: ProjectSpec, generation: int = 1) -> Run:
    """A run at step 0; the project must be without errors."""
    prepared = prepared_of(project)
    report = check(project, prepared)
    assert report.ready, report.issues
    return Run(project, report, prepared, generation)
