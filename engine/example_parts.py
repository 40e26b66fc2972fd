"""What ready projects are put together from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from engine import edits
from engine.catalog import LOSSES, OPTIMIZERS
from engine.datasets.registry import DATASETS
from engine.edits import NODE_STEP
from engine.fields import Value
from engine.spec import (
    INPUT_ID,
    OUTPUT_ID,
    Choice,
    DataSpec,
    NetworkSpec,
    NodeSpec,
    ProjectSpec,
    SplitSpec,
    TrainSpec,
)

Layer = tuple[str, dict[str, Value]]
ALL_ROWS = SplitSpec(train=1.0, validation=0.0, test=0.0)
"""No validation and no test part: where only the descent itself is looked at."""


@dataclass(frozen=True, slots=True)
class Example:
    """A ready project under a stable name. `shelf` is the heading that it stands under."""

    name: str
    title: str
    text: str
    build: Callable[[], ProjectSpec]
    shelf: Literal["Examples", "Networks to start from", "Optimizers, number by number"] = "Examples"


def blank(data: DataSpec, train: TrainSpec) -> ProjectSpec:
    """A project whose network is only its two ends, not yet joined."""
    ends = (
        NodeSpec(INPUT_ID, Choice(INPUT_ID)),
        NodeSpec(OUTPUT_ID, Choice(OUTPUT_ID), x=NODE_STEP),
    )
    return ProjectSpec("Untitled", NetworkSpec(ends), data, train)


def data_of(
    kind: str,
    values: Mapping[str, Value] | None = None,
    split: SplitSpec | None = None,
    normalization: Literal["none", "standardize"] = "standardize",
) -> DataSpec:
    return DataSpec(DATASETS[kind].choose(values), split or SplitSpec(), normalization)


def optimizer_of(kind: str, **values: Value) -> Choice:
    return OPTIMIZERS[kind].choose(values)


def loss_of(kind: str, **values: Value) -> Choice:
    return LOSSES[kind].choose(values)


def chain(project: ProjectSpec, *layers: Layer) -> ProjectSpec:
    """Append layers one after the other, from left to right."""
    for kind, values in layers:
        project, _ = edits.append_node(project, kind, values=values)
    return project


def linear(out_features: int, bias: bool = True) -> Layer:
    return "linear", {"out_features": out_features, "bias": bias}


def dense(*widths: int, activation: str) -> tuple[Layer, ...]:
    """Linear layers of these widths with the activation between them."""
    layers: list[Layer] = []
    for width in widths:
        layers += [linear(width), (activation, {})]
    return tuple(layers[:-1])
