"""Ready projects: each shows one thing, learns it within its own epochs, and is a place to start from."""

from __future__ import annotations

from dataclasses import replace

from engine import edits
from engine.arrange import ROW_STEP
from engine.catalog.entry import UnknownKindError
from engine.edits import NODE_STEP
from engine.example_parts import Example, Layer, blank, chain, data_of, dense, linear, loss_of, optimizer_of
from engine.examples_course import COURSE
from engine.examples_descent import DESCENTS
from engine.examples_templates import TEMPLATES
from engine.spec import (
    INPUT_ID,
    OUTPUT_ID,
    LinkSpec,
    ProjectSpec,
    TrainSpec,
)


def example(name: str) -> ProjectSpec:
    """The ready project with this name.

    Raises:
        UnknownKindError: there is none; the text names the known ones.
    """
    if name not in EXAMPLES:
        raise UnknownKindError(f"There is no example “{name}”; the known ones are: {', '.join(EXAMPLES)}.")
    built = EXAMPLES[name]
    return replace(built.build(), name=built.title)


def _digits() -> ProjectSpec:
    project = blank(data_of("digits"), TrainSpec(loss_of("cross_entropy"), optimizer_of("adam", lr=1e-3), 32, 30))
    return chain(project, linear(100), ("relu", {}), ("dropout", {"p": 0.2}), linear(10))


def _digits_cnn() -> ProjectSpec:
    project = blank(
        data_of("digits", {"layout": "image"}),
        TrainSpec(loss_of("cross_entropy"), optimizer_of("adam", lr=2e-3), 32, 20),
    )
    block: tuple[Layer, ...] = (("relu", {}), ("max_pool2d", {"kernel_size": 2}))
    first: Layer = ("conv2d", {"out_channels": 8, "kernel_size": 3, "padding": 1})
    second: Layer = ("conv2d", {"out_channels": 16, "kernel_size": 3, "padding": 1})
    return chain(project, first, *block, second, *block, ("flatten", {}), linear(10))


def _moons() -> ProjectSpec:
    project = blank(data_of("moons"), TrainSpec(loss_of("bce_with_logits"), optimizer_of("adam", lr=0.02), 32, 60))
    return chain(project, *dense(8, 8, 1, activation="tanh"))


def _circles() -> ProjectSpec:
    project = blank(data_of("circles"), TrainSpec(loss_of("bce_with_logits"), optimizer_of("adam", lr=0.02), 32, 100))
    return chain(project, *dense(8, 1, activation="tanh"))


def _xor() -> ProjectSpec:
    project = blank(data_of("xor"), TrainSpec(loss_of("bce_with_logits"), optimizer_of("adam", lr=0.03), 32, 80))
    return chain(project, *dense(8, 1, activation="tanh"))


def _spiral() -> ProjectSpec:
    project = blank(data_of("spiral"), TrainSpec(loss_of("bce_with_logits"), optimizer_of("adam", lr=0.01), 32, 150))
    return chain(project, *dense(32, 32, 1, activation="relu"))


def _iris() -> ProjectSpec:
    project = blank(data_of("iris"), TrainSpec(loss_of("cross_entropy"), optimizer_of("adam", lr=0.01), 16, 40))
    return chain(project, *dense(16, 3, activation="relu"))


def _wine() -> ProjectSpec:
    project = blank(data_of("wine"), TrainSpec(loss_of("cross_entropy"), optimizer_of("adam", lr=0.005), 16, 20))
    return chain(project, *dense(16, 3, activation="relu"))


def _breast_cancer() -> ProjectSpec:
    project = blank(
        data_of("breast_cancer"),
        TrainSpec(loss_of("bce_with_logits"), optimizer_of("adamw", lr=0.002, weight_decay=0.1), 32, 40),
    )
    return chain(project, *dense(16, 1, activation="relu"))


def _diabetes() -> ProjectSpec:
    project = blank(data_of("diabetes"), TrainSpec(loss_of("mse"), optimizer_of("adam", lr=0.02), 32, 60))
    return chain(project, *dense(32, 1, activation="relu"))


def _skip() -> ProjectSpec:
    """The data reach the last layer on three ways: through both hidden layers, past the second, and past both."""
    project = blank(data_of("spiral"), TrainSpec(loss_of("bce_with_logits"), optimizer_of("adam", lr=0.01), 32, 150))
    # One row per way, so that the arrows past a layer run straight through free space.
    rows = (1, 1, 2, 2, 1, 0, 0)
    layers: tuple[Layer, ...] = (
        linear(24),
        ("relu", {}),
        linear(24),
        ("relu", {}),
        ("add", {}),
        ("concat", {}),
        linear(1),
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
        *COURSE,
        *TEMPLATES,
        *DESCENTS,
    )
}
