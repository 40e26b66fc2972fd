"""The project as one frozen value: network, data, training. Edits are pure functions (edits.py) from project to project."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from engine.fields import Value

INPUT_ID = "input"
OUTPUT_ID = "output"

Weights = tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a catalog (its `kind`) with the values of its fields, all of them, in the entry's order."""

    kind: str
    values: tuple[tuple[str, Value], ...] = ()

    def get(self, name: str) -> Value:
        """The value of the field `name`. Raises KeyError when the entry has no such field."""
        return self.as_dict()[name]

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.values)

    def number(self, name: str) -> float:
        """The value of a numeric field as float."""
        value = self.get(name)
        assert isinstance(value, (int, float)), name
        return float(value)

    def as_dict(self) -> dict[str, Value]:
        return dict(self.values)

    def with_value(self, name: str, value: Value) -> Choice:
        """A copy in which the existing field `name` holds `value`."""
        if not self.has(name):
            raise KeyError(name)
        return replace(self, values=tuple((key, value if key == name else old) for key, old in self.values))


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One layer on the canvas. `id` is a Python identifier: it names the layer in code, files and the autograd graph.

    `weights` holds initial parameter values set by hand, as nested tuples by parameter name ("weight", "bias"), None where
    an element is drawn (engine/hand_weights.py); they win over `initializer`, which is for the parameters with two axes or more, and `bias_initializer`, which is for biases
    (kinds of engine.catalog.initializers; "default": as torch draws them). A `frozen` layer is not trained. `lr` and
    `weight_decay` are the layer's own; None: the optimizer's.
    """

    id: str
    layer: Choice
    x: float = 0.0
    y: float = 0.0
    weights: Weights = ()
    initializer: Choice = Choice("default")
    bias_initializer: Choice = Choice("default")
    frozen: bool = False
    lr: float | None = None
    weight_decay: float | None = None

    @property
    def kind(self) -> str:
        return self.layer.kind


@dataclass(frozen=True, slots=True)
class LinkSpec:
    """An arrow: the output of `source` goes into input port `port` of `target`."""

    source: str
    target: str
    port: int = 0


@dataclass(frozen=True, slots=True)
class GroupSpec:
    """Layers that were put together into one named block of the canvas; `folded` blocks are drawn as one box."""

    name: str
    members: tuple[str, ...]
    folded: bool = True


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """A directed acyclic graph of layers between the node "input" (the features) and the node "output" (into the loss).

    A layer is in one group at most; the two ends are in none.
    """

    nodes: tuple[NodeSpec, ...] = ()
    links: tuple[LinkSpec, ...] = ()
    groups: tuple[GroupSpec, ...] = ()

    def node(self, node_id: str) -> NodeSpec:
        """The node with this id. Raises KeyError when there is none."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)

    def has(self, node_id: str) -> bool:
        return any(node.id == node_id for node in self.nodes)

    def links_into(self, node_id: str) -> tuple[LinkSpec, ...]:
        """The arrows that end at the node, in the order of its ports."""
        return tuple(sorted((link for link in self.links if link.target == node_id), key=lambda link: link.port))

    def links_out_of(self, node_id: str) -> tuple[LinkSpec, ...]:
        return tuple(link for link in self.links if link.source == node_id)


@dataclass(frozen=True, slots=True)
class SplitSpec:
    """How rows are divided. With mode "shares" the three numbers are fractions that sum to 1, with "counts" rows.

    Without `shuffle` the rows stay in their own order: the first ones train. With `stratify` every part has its share of every class.
    """

    mode: Literal["shares", "counts"] = "shares"
    train: float = 0.7
    validation: float = 0.15
    test: float = 0.15
    seed: int = 0
    shuffle: bool = True
    stratify: bool = False


@dataclass(frozen=True, slots=True)
class DataSpec:
    """Where the rows come from, how they are divided, and how the features are normalized: min-max to `low` … `high`."""

    source: Choice
    split: SplitSpec = field(default_factory=SplitSpec)
    normalization: Literal["none", "standardize", "standardize (N)", "min-max"] = "standardize"
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True, slots=True)
class TrainSpec:
    """Loss, optimizer and the numbers of the training loop. A step is one batch, an epoch one pass over the training part.

    `schedule` moves the learning rate (engine.catalog.schedules), `clipping` shortens gradients (engine.catalog.clipping). The
    penalties l1·Σ|w| + l2·Σw² are added to the loss, over the weights, or over biases too (`penalize_all`). `stopping` may end the training before its epochs are done (engine.catalog.stopping).
    """

    loss: Choice
    optimizer: Choice
    batch_size: int = 32
    epochs: int = 20
    seed: int = 0
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    shuffle: bool = True
    schedule: Choice = Choice("constant")
    clipping: Choice = Choice("none")
    l1: float = 0.0
    l2: float = 0.0
    penalize_all: bool = False
    stopping: Choice = Choice("none")


@dataclass(frozen=True, slots=True)
class ProjectSpec:
    """All that undo covers. Weights that training changed are not here: they belong to a run."""

    name: str
    network: NetworkSpec
    data: DataSpec
    train: TrainSpec
