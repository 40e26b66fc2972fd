"""Projects made to fail, each in its own way, and healthy data made sick."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine import edits
from engine.catalog import INITIALIZERS
from engine.datasets import Prepared
from engine.example_parts import ALL_ROWS, blank, chain, data_of, dense, linear, loss_of, optimizer_of
from engine.examples import example
from engine.fields import Value
from engine.spec import Choice, DataSpec, ProjectSpec, TrainSpec


def classes(
    *widths: int,
    activation: str = "relu",
    optimizer: Choice | None = None,
    data: DataSpec | None = None,
    epochs: int = 40,
) -> ProjectSpec:
    """Moons, or other data with two classes, and BCE with logits."""
    train = TrainSpec(loss_of("bce_with_logits"), optimizer or optimizer_of("adam", lr=0.01), 32, epochs)
    return chain(blank(data or data_of("moons"), train), *dense(*widths, 1, activation=activation))


def drawn(project: ProjectSpec, kind: str, bias: float | None = None, **values: Value) -> ProjectSpec:
    """All weights by another rule; with `bias` all biases that number."""
    biases = INITIALIZERS["default"].choose() if bias is None else INITIALIZERS["constant"].choose({"val": bias})
    return edits.initialize_all(project, INITIALIZERS[kind].choose(values), biases)


def deep_sigmoid() -> ProjectSpec:
    return classes(*[16] * 8, activation="sigmoid", optimizer=optimizer_of("sgd", lr=0.1), epochs=20)


def small_weights() -> ProjectSpec:
    return drawn(
        classes(*[16] * 4, activation="tanh", optimizer=optimizer_of("sgd", lr=0.1), epochs=20), "normal", std=0.01
    )


def pressed() -> ProjectSpec:
    """A penalty pulls every weight to 0."""
    project = classes(8, 8, activation="tanh", epochs=60)
    return replace(project, train=replace(project.train, l2=1.0))


def large_weights() -> ProjectSpec:
    return drawn(classes(*[64] * 6, optimizer=optimizer_of("sgd", lr=1e-9), epochs=10), "normal", std=1.0)


def diverging() -> ProjectSpec:
    train = TrainSpec(loss_of("mse"), optimizer_of("sgd", lr=2.0), 8, 50)
    return chain(blank(data_of("quadratic_noise", None, ALL_ROWS), train), *dense(16, 1, activation="relu"))


def leaping() -> ProjectSpec:
    return classes(16, 16, optimizer=optimizer_of("adam", lr=3.0), epochs=20)


def creeping() -> ProjectSpec:
    return classes(16, 16, optimizer=optimizer_of("sgd", lr=1e-6), epochs=20)


def born_dead() -> ProjectSpec:
    return drawn(classes(16, 16, epochs=10), "default", bias=-10.0)


def saturated_tanh() -> ProjectSpec:
    return drawn(
        classes(32, 32, activation="tanh", optimizer=optimizer_of("sgd", lr=1e-4), epochs=10), "normal", std=5.0
    )


def saturated_sigmoid() -> ProjectSpec:
    data = data_of("breast_cancer", normalization="none")
    return classes(16, activation="sigmoid", optimizer=optimizer_of("sgd", lr=1e-3), data=data, epochs=15)


def straight_xor() -> ProjectSpec:
    """Without a hidden layer there is nothing to learn in XOR."""
    return classes(data=data_of("xor"), epochs=40)


def by_heart() -> ProjectSpec:
    return example("random-two-class")


def big_on_little() -> ProjectSpec:
    data = data_of("breast_cancer", None, None)
    data = replace(data, split=replace(data.split, mode="counts", train=40.0, validation=200.0, test=100.0))
    return classes(64, 64, optimizer=optimizer_of("adam", lr=0.01), data=data, epochs=100)


def softmax_twice() -> ProjectSpec:
    train = TrainSpec(loss_of("cross_entropy"), optimizer_of("adam", lr=0.01), 16, 5)
    return chain(blank(data_of("iris"), train), linear(8), ("relu", {}), linear(3), ("softmax", {}))


def sigmoid_twice() -> ProjectSpec:
    return chain(classes(8, epochs=5), ("sigmoid", {}))


def broadcast() -> ProjectSpec:
    rows = tuple((x / 4, x / 2, -x / 3) for x in range(-8, 9))
    train = TrainSpec(loss_of("mse"), optimizer_of("adam", lr=0.01), 8, 5)
    return chain(
        blank(data_of("points", {"rows": rows, "targets": 2}, ALL_ROWS), train), *dense(8, 1, activation="tanh")
    )


def unscaled() -> ProjectSpec:
    train = TrainSpec(loss_of("cross_entropy"), optimizer_of("adam", lr=0.01), 16, 5)
    return chain(blank(data_of("wine", normalization="none"), train), *dense(8, 3, activation="relu"))


def all_equal() -> ProjectSpec:
    return drawn(classes(8, activation="tanh", epochs=5), "constant", bias=0.0, val=0.3)


def set_equal() -> ProjectSpec:
    project = classes(3, activation="tanh", epochs=5)
    project = edits.set_weights(project, "linear_1", {"weight": ((0.5, -0.5),) * 3, "bias": (0.1,) * 3})
    return edits.set_weights(project, "linear_2", {"weight": ((0.2, 0.2, 0.2),), "bias": (0.0,)})


def digits() -> ProjectSpec:
    return example("digits")


def flipped(prepared: Prepared, share: float = 0.25) -> Prepared:
    """So many of the training labels are another class than they should be."""
    chance = np.random.default_rng(3)
    labels = np.asarray(prepared.targets["train"], np.int64).copy()
    count = len(prepared.dataset.class_names)
    wrong = chance.random(len(labels)) < share
    labels[wrong] = (labels[wrong] + chance.integers(1, count, int(wrong.sum()))) % count
    return replace(prepared, targets={**prepared.targets, "train": labels})


def lopsided(prepared: Prepared, kept: int = 6) -> Prepared:
    """Of class 1 only a few rows are left in training and validation part."""
    features, targets = dict(prepared.features), dict(prepared.targets)
    for part in ("train", "validation"):
        labels = np.asarray(targets[part], np.int64)
        rows = np.flatnonzero((labels == 0) | (np.cumsum(labels == 1) <= kept))
        features[part], targets[part] = features[part][rows], labels[rows]
    return replace(prepared, features=features, targets=targets)
