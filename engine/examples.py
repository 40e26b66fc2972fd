"""Ready projects: each shows one thing, learns it within its own epochs, and is a place to start from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from engine import edits
from engine.arrange import ROW_STEP
from engine.catalog import LOSSES, OPTIMIZERS
from engine.catalog.entry import UnknownKindError
from engine.datasets.registry import DATASETS
from engine.edits import NODE_STEP
from engine.fields import Value
from engine.spec import (
    INPUT_ID,
    OUTPUT_ID,
    Choice,
    DataSpec,
    LinkSpec,
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
    shelf: Literal["Examples", "Optimizers, number by number"] = "Examples"


def example(name: str) -> ProjectSpec:
    """The ready project with this name.

    Raises:
        UnknownKindError: there is none; the text names the known ones.
    """
    if name not in EXAMPLES:
        raise UnknownKindError(f"There is no example “{name}”; the known ones are: {', '.join(EXAMPLES)}.")
    built = EXAMPLES[name]
    return replace(built.build(), name=built.title)


def blank(data: DataSpec, train: TrainSpec) -> ProjectSpec:
    """A project whose network is only its two ends, not yet joined."""
    ends = (
        NodeSpec(INPUT_ID, Choice(INPUT_ID)),
        NodeSpec(OUTPUT_ID, Choice(OUTPUT_ID), x=NODE_STEP),
    )
    return ProjectSpec("Untitled", NetworkSpec(ends), data, train)


def _data(
    kind: str,
    values: Mapping[str, Value] | None = None,
    split: SplitSpec | None = None,
    normalization: Literal["none", "standardize"] = "standardize",
) -> DataSpec:
    return DataSpec(DATASETS[kind].choose(values), split or SplitSpec(), normalization)


def _optimizer(kind: str, **values: Value) -> Choice:
    return OPTIMIZERS[kind].choose(values)


def _loss(kind: str, **values: Value) -> Choice:
    return LOSSES[kind].choose(values)


def _chain(project: ProjectSpec, *layers: Layer) -> ProjectSpec:
    """Append layers one after the other, from left to right."""
    for kind, values in layers:
        project, _ = edits.append_node(project, kind, values=values)
    return project


def _linear(out_features: int, bias: bool = True) -> Layer:
    return "linear", {"out_features": out_features, "bias": bias}


def _dense(*widths: int, activation: str) -> tuple[Layer, ...]:
    """Linear layers of these widths with the activation between them."""
    layers: list[Layer] = []
    for width in widths:
        layers += [_linear(width), (activation, {})]
    return tuple(layers[:-1])


def _digits() -> ProjectSpec:
    project = blank(_data("digits"), TrainSpec(_loss("cross_entropy"), _optimizer("adam", lr=1e-3), 32, 30))
    return _chain(project, _linear(100), ("relu", {}), ("dropout", {"p": 0.2}), _linear(10))


def _digits_cnn() -> ProjectSpec:
    project = blank(
        _data("digits", {"layout": "image"}), TrainSpec(_loss("cross_entropy"), _optimizer("adam", lr=2e-3), 32, 20)
    )
    block: tuple[Layer, ...] = (("relu", {}), ("max_pool2d", {"kernel_size": 2}))
    first: Layer = ("conv2d", {"out_channels": 8, "kernel_size": 3, "padding": 1})
    second: Layer = ("conv2d", {"out_channels": 16, "kernel_size": 3, "padding": 1})
    return _chain(project, first, *block, second, *block, ("flatten", {}), _linear(10))


def _moons() -> ProjectSpec:
    project = blank(_data("moons"), TrainSpec(_loss("bce_with_logits"), _optimizer("adam", lr=0.02), 32, 60))
    return _chain(project, *_dense(8, 8, 1, activation="tanh"))


def _circles() -> ProjectSpec:
    project = blank(_data("circles"), TrainSpec(_loss("bce_with_logits"), _optimizer("adam", lr=0.02), 32, 100))
    return _chain(project, *_dense(8, 1, activation="tanh"))


def _xor() -> ProjectSpec:
    project = blank(_data("xor"), TrainSpec(_loss("bce_with_logits"), _optimizer("adam", lr=0.03), 32, 80))
    return _chain(project, *_dense(8, 1, activation="tanh"))


def _spiral() -> ProjectSpec:
    project = blank(_data("spiral"), TrainSpec(_loss("bce_with_logits"), _optimizer("adam", lr=0.01), 32, 150))
    return _chain(project, *_dense(32, 32, 1, activation="relu"))


def _iris() -> ProjectSpec:
    project = blank(_data("iris"), TrainSpec(_loss("cross_entropy"), _optimizer("adam", lr=0.01), 16, 40))
    return _chain(project, *_dense(16, 3, activation="relu"))


def _wine() -> ProjectSpec:
    project = blank(_data("wine"), TrainSpec(_loss("cross_entropy"), _optimizer("adam", lr=0.005), 16, 20))
    return _chain(project, *_dense(16, 3, activation="relu"))


def _breast_cancer() -> ProjectSpec:
    project = blank(
        _data("breast_cancer"),
        TrainSpec(_loss("bce_with_logits"), _optimizer("adamw", lr=0.002, weight_decay=0.1), 32, 40),
    )
    return _chain(project, *_dense(16, 1, activation="relu"))


def _diabetes() -> ProjectSpec:
    project = blank(_data("diabetes"), TrainSpec(_loss("mse"), _optimizer("adam", lr=0.02), 32, 60))
    return _chain(project, *_dense(32, 1, activation="relu"))


def _s3() -> ProjectSpec:
    project = blank(
        _data("points", {"rows": ((1.0, 3.0),)}, SplitSpec("counts", 1, 0, 0), "none"),
        TrainSpec(_loss("mse"), _optimizer("sgd", lr=0.1), 1, 10),
    )
    project = _chain(project, *_dense(2, 1, activation="sigmoid"))
    project = edits.set_weights(project, "linear_1", {"weight": ((1.0,), (-1.0,)), "bias": (1.0, 2.0)})
    return edits.set_weights(project, "linear_2", {"weight": ((1.0, 2.0),), "bias": (-1.0,)})


def _points(
    rows: tuple[tuple[float, ...], ...], optimizer: Choice, weights: dict[str, Value], epochs: int = 10
) -> ProjectSpec:
    """One linear neuron with weights set by hand, all rows in one batch."""
    count = len(rows)
    project = blank(
        _data("points", {"rows": rows}, SplitSpec("counts", count, 0, 0), "none"),
        TrainSpec(_loss("mse"), optimizer, count, epochs),
    )
    project = _chain(project, _linear(1, bias="bias" in weights))
    return edits.set_weights(project, "linear_1", weights)


def _parabola(optimizer: Choice, epochs: int = 10) -> ProjectSpec:
    """One weight, from 2 on, and the loss (w − 1)²."""
    return _points(((1.0, 1.0),), optimizer, {"weight": ((2.0,),)}, epochs)


def _quadratic() -> ProjectSpec:
    return _parabola(_optimizer("sgd", lr=0.1))


def _decay_alone(optimizer: Choice) -> ProjectSpec:
    """x = 0 and y = 1: the data say nothing of the weight, and in the first step nothing of the bias."""
    return _points(((0.0, 1.0),), optimizer, {"weight": ((2.0,),), "bias": (1.0,)})


def _first_adam_step() -> ProjectSpec:
    """The signs of the gradient are those of the features, for the prediction is above the target."""
    weights: dict[str, Value] = {"weight": ((-0.0385, 0.1412, -0.5436),), "bias": (-0.195,)}
    return _points(((-1.0, 0.5, 2.0, -3.0),), _optimizer("adam", lr=0.01), weights)


def _valley() -> ProjectSpec:
    """Features far from 0 tie weight and bias together: steep across, flat along."""
    rows = ((1.0, 1.5), (2.0, 2.5), (3.0, 3.5))
    return _points(rows, _optimizer("sgd", lr=0.17), {"weight": ((2.5,),), "bias": (-2.0,)}, 40)


def _torch_basics() -> ProjectSpec:
    project = blank(
        _data("three_feature_linear", None, ALL_ROWS, "none"),
        TrainSpec(_loss("mse", reduction="sum"), _optimizer("adam", lr=0.08), 100, 200),
    )
    return _chain(project, *_dense(32, 1, activation="relu"))


def _random_two_class() -> ProjectSpec:
    project = blank(
        _data("random_two_class", None, SplitSpec("counts", 700, 150, 150), "none"),
        TrainSpec(_loss("bce_with_logits"), _optimizer("adam", lr=0.01), 50, 60),
    )
    return _chain(project, *_dense(32, 1, activation="relu"))


def _regression_40() -> ProjectSpec:
    project = blank(
        _data("quadratic_noise", None, ALL_ROWS, "none"), TrainSpec(_loss("mse"), _optimizer("adam", lr=0.02), 8, 200)
    )
    return _chain(project, *_dense(32, 1, activation="sigmoid"))


def _skip() -> ProjectSpec:
    """The data reach the last layer on three ways: through both hidden layers, past the second, and past both."""
    project = blank(_data("spiral"), TrainSpec(_loss("bce_with_logits"), _optimizer("adam", lr=0.01), 32, 150))
    # One row per way, so that the arrows past a layer run straight through free space.
    rows = (1, 1, 2, 2, 1, 0, 0)
    layers: tuple[Layer, ...] = (
        _linear(24),
        ("relu", {}),
        _linear(24),
        ("relu", {}),
        ("add", {}),
        ("concat", {}),
        _linear(1),
    )
    for column, (row, (kind, values)) in enumerate(zip(rows, layers, strict=True), start=1):
        project, _ = edits.add_node(project, kind, column * NODE_STEP, row * ROW_STEP, values)
    arrows = (
        LinkSpec(INPUT_ID, "linear_1"),
        LinkSpec("linear_1", "relu_1"),
        LinkSpec("relu_1", "linear_2"),
        LinkSpec("linear_2", "relu_2"),
        LinkSpec("relu_1", "add_1", 0),
        LinkSpec("relu_2", "add_1", 1),
        LinkSpec("add_1", "concat_1", 0),
        LinkSpec(INPUT_ID, "concat_1", 1),
        LinkSpec("concat_1", "linear_3"),
        LinkSpec("linear_3", OUTPUT_ID),
    )
    for arrow in arrows:
        project = edits.connect(project, arrow.source, arrow.target, arrow.port)
    return edits.move_nodes(project, {OUTPUT_ID: (8 * NODE_STEP, 0.0)})


def _descent(name: str, title: str, text: str, build: Callable[[], ProjectSpec]) -> Example:
    return Example(name, title, text, build, "Optimizers, number by number")


_DESCENTS = (
    _descent("quadratic", "Gradient descent on (w − 1)²", "One weight walks down a parabola.", _quadratic),
    _descent(
        "quadratic-half",
        "Learning rate 0.5",
        "On (w − 1)² this one is exact: a single step to the bottom.",
        lambda: _parabola(_optimizer("sgd", lr=0.5)),
    ),
    _descent(
        "quadratic-one",
        "Learning rate 1",
        "From side to side for ever: 2, 0, 2, 0.",
        lambda: _parabola(_optimizer("sgd", lr=1.0)),
    ),
    _descent(
        "quadratic-large",
        "Learning rate 1.1",
        "Every step ends further away than the one before.",
        lambda: _parabola(_optimizer("sgd", lr=1.1)),
    ),
    _descent(
        "quadratic-momentum",
        "Momentum on (w − 1)²",
        "It keeps 0.9 of its speed, rolls past the bottom and comes back.",
        lambda: _parabola(_optimizer("sgd", lr=0.1, momentum=0.9), 30),
    ),
    _descent(
        "quadratic-adam",
        "Adam on (w − 1)²",
        "Overshoots, because it remembers where it was going.",
        lambda: _parabola(_optimizer("adam", lr=0.3)),
    ),
    _descent(
        "quadratic-decay",
        "Weight decay 0.01",
        "The first step ends at 1.798: gradient and decay both pull.",
        lambda: _parabola(_optimizer("sgd", lr=0.1, weight_decay=0.01)),
    ),
    _descent(
        "quadratic-balance",
        "Where data and decay balance",
        "With weight decay 0.5 the weight comes to rest at 0.8 instead of 1.",
        lambda: _parabola(_optimizer("sgd", lr=0.1, weight_decay=0.5), 60),
    ),
    _descent(
        "quadratic-balance-twice",
        "The balance of λΣw²",
        "Texts that write λ where torch means λ/2 come to rest at 0.6667: torch's weight decay is then 1.",
        lambda: _parabola(_optimizer("sgd", lr=0.1, weight_decay=1.0), 60),
    ),
    _descent(
        "decay-sgd",
        "Decay alone, SGD",
        "Without a gradient from the data a weight shrinks by 1 % a step.",
        lambda: _decay_alone(_optimizer("sgd", lr=0.1, weight_decay=0.1)),
    ),
    _descent(
        "decay-adamw",
        "Decay alone, AdamW",
        "The same shrinking as SGD: its decay stays out of the moments.",
        lambda: _decay_alone(_optimizer("adamw", lr=0.1, weight_decay=0.1)),
    ),
    _descent(
        "decay-adam",
        "Decay alone, Adam",
        "Here decay goes through the moments, and the weight falls by the learning rate.",
        lambda: _decay_alone(_optimizer("adam", lr=0.1, weight_decay=0.1)),
    ),
    _descent(
        "first-adam-step",
        "Adam's first step",
        "Every weight moves by exactly the learning rate, whatever its gradient.",
        _first_adam_step,
    ),
    _descent("valley", "A narrow valley", "Weight and bias of one neuron: steep across, flat along.", _valley),
)

EXAMPLES: dict[str, Example] = {
    entry.name: entry
    for entry in (
        Example("digits", "Digits", "Reads handwritten digits with one hidden layer.", _digits),
        Example("digits-cnn", "Digits, convolutional", "Reads handwritten digits with small filters.", _digits_cnn),
        Example("moons", "Moons", "Parts two half circles with two hidden layers of eight neurons.", _moons),
        Example("circles", "Circles", "Closes a ring around the inner circle.", _circles),
        Example("xor", "XOR", "Learns what one neuron cannot.", _xor),
        Example("spiral", "Spiral", "Follows two arms that wind around each other.", _spiral),
        Example("skip", "Skip connections", "The spiral again, with an Add and a Concat past the hidden layer.", _skip),
        Example("iris", "Iris", "Tells three kinds of iris by four lengths.", _iris),
        Example("wine", "Wine", "Tells three growers by the chemistry of their wine.", _wine),
        Example("breast-cancer", "Breast cancer", "Tells benign from malignant tumours.", _breast_cancer),
        Example("diabetes", "Diabetes", "Predicts a number: how far the illness gets in a year.", _diabetes),
        Example(
            "regression-40", "Regression, 40 points", "Fits a curve to the course's noisy parabola.", _regression_40
        ),
        Example(
            "s3",
            "Backward pass by hand",
            "One sample, two hidden neurons: every gradient can be checked on paper.",
            _s3,
        ),
        Example(
            "torch-basics", "Torch basics", "The course's 3-32-1 network, all 100 points in one batch.", _torch_basics
        ),
        Example(
            "random-two-class",
            "Learning by heart",
            "Classes by chance: the training loss falls, the validation loss does not.",
            _random_two_class,
        ),
        *_DESCENTS,
    )
}
