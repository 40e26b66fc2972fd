"""Runs that look odd and are well: all optimizers, deep nets, overlapping classes, single rows, schedules, clipping, penalties."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from engine import edits
from engine.example_parts import blank, chain, data_of, dense, linear, loss_of, optimizer_of
from engine.examples import example
from engine.fields import Value
from engine.spec import ProjectSpec, TrainSpec
from tests.engine.diagnosis.broken import classes


def with_optimizer(kind: str, **values: Value) -> ProjectSpec:
    return classes(16, 16, activation="tanh", optimizer=optimizer_of(kind, **values), epochs=25)


def deep_normed() -> ProjectSpec:
    layers = [layer for _ in range(6) for layer in (linear(32), ("batch_norm1d", {}), ("relu", {}))]
    train = TrainSpec(loss_of("bce_with_logits"), optimizer_of("adam", lr=0.01), 32, 40)
    return chain(blank(data_of("spiral"), train), *layers, linear(1))  # type: ignore[arg-type]


def row_by_row() -> ProjectSpec:
    train = TrainSpec(loss_of("cross_entropy"), optimizer_of("adam", lr=0.01), 1, 2)
    return chain(blank(data_of("iris"), train), *dense(16, 3, activation="relu"))


def overlapping(noise: float) -> ProjectSpec:
    train = TrainSpec(loss_of("cross_entropy"), optimizer_of("adam", lr=0.01), 32, 40)
    return chain(blank(data_of("blobs", {"noise": noise}), train), *dense(8, 3, activation="relu"))


def penalized() -> ProjectSpec:
    project = example("moons")
    return replace(project, train=replace(project.train, l1=1e-4, l2=1e-3))


WELL: dict[str, Callable[[], ProjectSpec]] = {
    "sgd": partial(with_optimizer, "sgd", lr=0.1),
    "momentum": partial(with_optimizer, "sgd", lr=0.05, momentum=0.9),
    "rmsprop": partial(with_optimizer, "rmsprop", lr=0.005),
    "adagrad": partial(with_optimizer, "adagrad", lr=0.05),
    "nadam": partial(with_optimizer, "nadam", lr=0.01),
    "radam": partial(with_optimizer, "radam", lr=0.01),
    "deep, normed": deep_normed,
    "row by row": row_by_row,
    "overlapping": partial(overlapping, 0.6),
    "hardly to be told apart": partial(overlapping, 1.0),
    "one-cycle": lambda: edits.choose_part(example("moons"), "schedule", "one_cycle"),
    "clipped": lambda: edits.choose_part(example("circles"), "clipping", "norm"),
    "penalized": penalized,
    "stopped early": lambda: edits.choose_part(example("breast-cancer"), "stopping", "early"),
}
