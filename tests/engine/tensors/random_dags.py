"""Random directed graphs of layers for the property test of the tape: every layer, every loss, Add and Concat anywhere."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

from engine import edits
from engine.catalog import INITIALIZERS, LAYERS, LOSSES, OPTIMIZERS
from engine.spec import INPUT_ID, OUTPUT_ID, ProjectSpec
from tests.engine.tensors.projects import Layer, graph

Shape = tuple[int, ...]
DATA: dict[str, tuple[str, dict[str, object], Shape, int]] = {
    "moons": ("moons", {}, (2,), 2),
    "iris": ("iris", {}, (4,), 3),
    "diabetes": ("diabetes", {}, (10,), 1),
    "digits": ("digits", {"layout": "image"}, (1, 8, 8), 10),
}
"""Name → data set, its values, the shape of a sample, the outputs for one-hot targets."""
MOST_NUMBERS = 600
"""No value of a sample is larger, so that a network is recorded in milliseconds."""


@dataclass
class Builder:
    """Grows a network value by value. Shapes leave out the batch."""

    draw: random.Random
    batch: int
    shapes: dict[str, Shape]
    kinds: dict[str, Layer] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)

    def add(self, layer: Layer, sources: tuple[str, ...], shape: Shape) -> str:
        name = f"{layer[0]}_{len(self.kinds)}"
        self.kinds[name] = layer
        self.links += [(source, name) for source in sources]
        self.shapes[name] = shape
        self.unread -= set(sources)
        self.unread.add(name)
        return name

    def grow(self) -> None:
        """One more layer, on a value that is there."""
        there = list(self.shapes)
        source = there[-1] if self.draw.random() < 0.5 else self.draw.choice(there)
        shape = self.shapes[source]
        joining = self.draw.random() < 0.35 and len(self.shapes) > 1
        if joining:
            self.join(source)
        elif len(shape) == 3 and self.draw.random() < 0.5:
            self.slide(source)
        elif len(shape) == 1 and self.draw.random() < 0.4:
            self.linear(source, self.draw.randint(1, 5))
        elif len(shape) == 1 and shape[0] > 2 and self.draw.random() < 0.4:
            self.signal(source)
        else:
            self.bend(source)

    def linear(self, source: str, width: int) -> str:
        return self.add(("linear", {"out_features": width, "bias": self.draw.random() < 0.8}), (source,), (width,))

    def bend(self, source: str) -> None:
        """A layer that keeps the shape."""
        shape = self.shapes[source]
        dims = len(shape)
        choices: list[Layer] = [
            ("relu", {}),
            ("leaky_relu", {"negative_slope": self.draw.choice((0.01, 0.3))}),
            ("gelu", {"approximate": self.draw.choice(("none", "tanh"))}),
            ("elu", {"alpha": self.draw.choice((1.0, 0.4))}),
            ("silu", {}),
            ("identity", {}),
            ("log_softmax", {"dim": self.draw.randint(1, dims)}),
            ("tanh", {}),
            ("sigmoid", {}),
            ("softmax", {"dim": self.draw.randint(1, dims)}),
            ("dropout", {"p": self.draw.choice((0.0, 0.3, 0.7))}),
        ]
        if shape != (1,):  # a feature that is standardized by itself is 0, and its gradient is noise
            choices.append(("layer_norm", {"elementwise_affine": self.draw.random() < 0.7}))
        affine = {"affine": self.draw.random() < 0.7}
        if dims == 3 and self.batch * shape[1] * shape[2] > 3:
            choices.append(("batch_norm2d", affine))
        if dims == 1 and self.batch > 3:
            choices.append(("batch_norm1d", affine))
        self.add(self.draw.choice(choices), (source,), shape)

    def signal(self, source: str) -> None:
        """A vector as a signal, or as a sequence of steps, through a layer that reads those."""
        length = self.shapes[source][0]
        kind = self.draw.choice(("conv1d", "max_pool1d", "avg_pool1d", "adaptive_avg_pool1d", "rnn", "gru"))
        if kind in ("rnn", "gru"):
            steps = self.add(("reshape", {"shape": (length, 1)}), (source,), (length, 1))
            output, hidden = self.draw.choice(("last step", "all steps")), self.draw.randint(1, 3)
            shape = (hidden,) if output == "last step" else (length, hidden)
            self.add((kind, {"hidden_size": hidden, "output": output}), (steps,), shape)
            return
        signal = self.add(("reshape", {"shape": (1, length)}), (source,), (1, length))
        if kind == "adaptive_avg_pool1d":
            parts = self.draw.randint(1, length)
            self.add((kind, {"output_size": parts}), (signal,), (1, parts))
            return
        size, stride, padding = self.draw.randint(2, 3), self.draw.randint(1, 2), self.draw.randint(0, 1)
        window: dict[str, object] = {"kernel_size": size, "stride": stride, "padding": padding}
        leaving = self.draw.randint(1, 3) if kind == "conv1d" else 1
        window |= {"out_channels": leaving} if kind == "conv1d" else {}
        self.add((kind, window), (signal,), (leaving, (length + 2 * padding - size) // stride + 1))

    def slide(self, source: str) -> None:
        """A window over an image, or flatten."""
        channels, high, wide = self.shapes[source]
        kind = self.draw.choice(("conv2d", "conv2d", "max_pool2d", "avg_pool2d", "flatten"))
        size, stride = self.draw.randint(1, 3), self.draw.randint(1, 2)
        padding = self.draw.randint(0, 1) if size > 1 else 0
        places = [(side + 2 * padding - size) // stride + 1 for side in (high, wide)]
        if kind == "flatten" or min(places) < 1:
            self.add(("flatten", {}), (source,), (channels * high * wide,))
            return
        window: dict[str, object] = {"kernel_size": size, "stride": stride, "padding": padding}
        if kind != "conv2d":
            self.add((kind, window), (source,), (channels, *places))
            return
        groups = self.draw.choice([each for each in (1, 2) if channels % each == 0])
        leaving = groups * self.draw.randint(1, 2)
        window |= {"out_channels": leaving, "groups": groups, "bias": self.draw.random() < 0.7}
        self.add(("conv2d", window), (source,), (leaving, *places))

    def join(self, source: str) -> None:
        """Add what has the same shape, or put side by side what differs in its first axis only; also a value with itself."""
        shape = self.shapes[source]
        if self.draw.random() < 0.5:
            partners = [name for name, each in self.shapes.items() if each == shape]
            others = tuple(self.draw.choice(partners) for _ in range(self.draw.randint(1, 2)))
            self.add(("add", {}), (source, *others), shape)
            return
        partners = [name for name, each in self.shapes.items() if each[1:] == shape[1:]]
        other = self.draw.choice(partners)
        width = shape[0] + self.shapes[other][0]
        if width * math.prod(shape[1:]) <= MOST_NUMBERS:
            self.add(("concat", {"dim": 1}), (source, other), (width, *shape[1:]))

    def finish(self, outputs: int, needs: tuple[str, ...]) -> None:
        """Everything that nobody reads yet goes, flat and side by side, through a last linear layer and what the loss needs."""
        loose = sorted(self.unread) or [INPUT_ID]
        flat = [name if len(self.shapes[name]) == 1 else self._flat(name) for name in loose]
        last = flat[0]
        if len(flat) > 1:
            last = self.add(("concat", {"dim": 1}), tuple(flat), (sum(self.shapes[name][0] for name in flat),))
        last = self.linear(last, outputs)
        if needs:  # what the loss is defined for comes from one of these layers
            last = self.add((needs[0], {}), (last,), (outputs,))
        self.links.append((last, OUTPUT_ID))

    def _flat(self, name: str) -> str:
        return self.add(("flatten", {}), (name,), (math.prod(self.shapes[name]),))


def random_dag(draw: random.Random) -> ProjectSpec:
    """A network with up to a dozen layers and their joints on real data, a loss that suits them, and a batch of one to eight."""
    loss = draw.choice([entry.kind for entry in LOSSES])
    allowed = [name for name in DATA if not (name == "diabetes" and LOSSES[loss].target != "numbers")]
    data, rows, shape, outputs = DATA["digits" if draw.random() < 0.3 else draw.choice(allowed)]
    if LOSSES[loss].target == "probabilities" and data == "moons":
        outputs = draw.randint(1, 2)
    batch = draw.randint(1, 8)
    builder = Builder(draw, batch, {INPUT_ID: shape})
    if len(shape) == 3:
        builder.slide(INPUT_ID)
    elif draw.random() < 0.9:  # else what comes next works on the data themselves, and has no gradient
        builder.linear(INPUT_ID, draw.randint(1, 5))
    for _ in range(draw.randint(1, 10)):
        builder.grow()
    builder.finish(outputs, LOSSES[loss].needs)
    values: dict[str, object] = {"reduction": draw.choice(LOSSES[loss].field("reduction").choices)}
    if loss == "cross_entropy":
        values["label_smoothing"] = draw.choice((0.0, 0.2))
    if loss == "huber":
        values["delta"] = draw.choice((0.3, 2.0))
    return graph(
        builder.kinds,
        builder.links,
        data=data,
        rows=rows,
        loss=loss,
        loss_values=values,
        optimizer=draw.choice([entry.kind for entry in OPTIMIZERS if not entry.closure]),
        batch_size=batch,
        seed=draw.randint(0, 999),
    )


def dressed(project: ProjectSpec, draw: random.Random) -> ProjectSpec:
    """The same network with rules that draw its weights, layers that are frozen, and rates of their own, here and there."""
    learning = [node.id for node in project.network.nodes if LAYERS[node.kind].learns]
    for node_id in learning:
        if LAYERS[project.network.node(node_id).kind].weights and draw.random() < 0.6:
            project = edits.choose_initializer(project, node_id, draw.choice(INITIALIZERS.kinds))
        if draw.random() < 0.3:
            kinds = [entry.kind for entry in INITIALIZERS if entry.for_bias]
            project = edits.choose_initializer(project, node_id, draw.choice(kinds), bias=True)
        if draw.random() < 0.2 and node_id != learning[-1]:
            project = edits.set_node_value(project, node_id, "frozen", True)
        for name, value in (("lr", 0.03), ("weight_decay", 0.2)):
            if draw.random() < 0.25:
                project = edits.set_node_value(project, node_id, name, value)
    return project
