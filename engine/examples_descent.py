"""Problems of one or two numbers: what an optimizer does can be followed on paper."""

from __future__ import annotations

from collections.abc import Callable

from engine import edits
from engine.example_parts import Example, blank, chain, data_of, linear, loss_of, optimizer_of
from engine.fields import Value
from engine.spec import (
    Choice,
    ProjectSpec,
    SplitSpec,
    TrainSpec,
)


def _points(
    rows: tuple[tuple[float, ...], ...], optimizer: Choice, weights: dict[str, Value], epochs: int = 10
) -> ProjectSpec:
    """One linear neuron with weights set by hand, all rows in one batch."""
    count = len(rows)
    project = blank(
        data_of("points", {"rows": rows}, SplitSpec("counts", count, 0, 0), "none"),
        TrainSpec(loss_of("mse"), optimizer, count, epochs),
    )
    project = chain(project, linear(1, bias="bias" in weights))
    return edits.set_weights(project, "linear_1", weights)


def _parabola(optimizer: Choice, epochs: int = 10) -> ProjectSpec:
    """One weight, from 2 on, and the loss (w − 1)²."""
    return _points(((1.0, 1.0),), optimizer, {"weight": ((2.0,),)}, epochs)


def _quadratic() -> ProjectSpec:
    return _parabola(optimizer_of("sgd", lr=0.1))


def _decay_alone(optimizer: Choice) -> ProjectSpec:
    """x = 0 and y = 1: the data say nothing of the weight, and in the first step nothing of the bias."""
    return _points(((0.0, 1.0),), optimizer, {"weight": ((2.0,),), "bias": (1.0,)})


def _first_adam_step() -> ProjectSpec:
    """The signs of the gradient are those of the features, for the prediction is above the target."""
    weights: dict[str, Value] = {"weight": ((-0.0385, 0.1412, -0.5436),), "bias": (-0.195,)}
    return _points(((-1.0, 0.5, 2.0, -3.0),), optimizer_of("adam", lr=0.01), weights)


def _valley() -> ProjectSpec:
    """Features far from 0 tie weight and bias together: steep across, flat along."""
    rows = ((1.0, 1.5), (2.0, 2.5), (3.0, 3.5))
    return _points(rows, optimizer_of("sgd", lr=0.17), {"weight": ((2.5,),), "bias": (-2.0,)}, 40)


def _descent(name: str, title: str, text: str, build: Callable[[], ProjectSpec]) -> Example:
    return Example(name, title, text, build, "Optimizers, number by number")


DESCENTS = (
    _descent("quadratic", "Gradient descent on (w − 1)²", "One weight walks down a parabola.", _quadratic),
    _descent(
        "quadratic-half",
        "Learning rate 0.5",
        "On (w − 1)² this one is exact: a single step to the bottom.",
        lambda: _parabola(optimizer_of("sgd", lr=0.5)),
    ),
    _descent(
        "quadratic-one",
        "Learning rate 1",
        "From side to side for ever: 2, 0, 2, 0.",
        lambda: _parabola(optimizer_of("sgd", lr=1.0)),
    ),
    _descent(
        "quadratic-large",
        "Learning rate 1.1",
        "Every step ends further away than the one before.",
        lambda: _parabola(optimizer_of("sgd", lr=1.1)),
    ),
    _descent(
        "quadratic-momentum",
        "Momentum on (w − 1)²",
        "It keeps 0.9 of its speed, rolls past the bottom and comes back.",
        lambda: _parabola(optimizer_of("sgd", lr=0.1, momentum=0.9), 30),
    ),
    _descent(
        "quadratic-adam",
        "Adam on (w − 1)²",
        "Overshoots, because it remembers where it was going.",
        lambda: _parabola(optimizer_of("adam", lr=0.3)),
    ),
    _descent(
        "quadratic-decay",
        "Weight decay 0.01",
        "The first step ends at 1.798: gradient and decay both pull.",
        lambda: _parabola(optimizer_of("sgd", lr=0.1, weight_decay=0.01)),
    ),
    _descent(
        "quadratic-balance",
        "Where data and decay balance",
        "With weight decay 0.5 the weight comes to rest at 0.8 instead of 1.",
        lambda: _parabola(optimizer_of("sgd", lr=0.1, weight_decay=0.5), 60),
    ),
    _descent(
        "quadratic-balance-twice",
        "The balance of λΣw²",
        "Texts that write λ where torch means λ/2 come to rest at 0.6667: torch's weight decay is then 1.",
        lambda: _parabola(optimizer_of("sgd", lr=0.1, weight_decay=1.0), 60),
    ),
    _descent(
        "decay-sgd",
        "Decay alone, SGD",
        "Without a gradient from the data a weight shrinks by 1 % a step.",
        lambda: _decay_alone(optimizer_of("sgd", lr=0.1, weight_decay=0.1)),
    ),
    _descent(
        "decay-adamw",
        "Decay alone, AdamW",
        "The same shrinking as SGD: its decay stays out of the moments.",
        lambda: _decay_alone(optimizer_of("adamw", lr=0.1, weight_decay=0.1)),
    ),
    _descent(
        "decay-adam",
        "Decay alone, Adam",
        "Here decay goes through the moments, and the weight falls by the learning rate.",
        lambda: _decay_alone(optimizer_of("adam", lr=0.1, weight_decay=0.1)),
    ),
    _descent(
        "first-adam-step",
        "Adam's first step",
        "Every weight moves by exactly the learning rate, whatever its gradient.",
        _first_adam_step,
    ),
    _descent("valley", "A narrow valley", "Weight and bias of one neuron: steep across, flat along.", _valley),
)
