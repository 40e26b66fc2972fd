"""The course's own networks, on its own data."""

from __future__ import annotations

from engine import edits
from engine.example_parts import ALL_ROWS, Example, Layer, blank, chain, data_of, dense, linear, loss_of, optimizer_of
from engine.spec import (
    ProjectSpec,
    SplitSpec,
    TrainSpec,
)


def _s3() -> ProjectSpec:
    project = blank(
        data_of("points", {"rows": ((1.0, 3.0),)}, SplitSpec("counts", 1, 0, 0), "none"),
        TrainSpec(loss_of("mse"), optimizer_of("sgd", lr=0.1), 1, 10),
    )
    project = chain(project, *dense(2, 1, activation="sigmoid"))
    project = edits.set_weights(project, "linear_1", {"weight": ((1.0,), (-1.0,)), "bias": (1.0, 2.0)})
    return edits.set_weights(project, "linear_2", {"weight": ((1.0, 2.0),), "bias": (-1.0,)})


def _torch_basics() -> ProjectSpec:
    project = blank(
        data_of("three_feature_linear", None, ALL_ROWS, "none"),
        TrainSpec(loss_of("mse", reduction="sum"), optimizer_of("adam", lr=0.08), 100, 200),
    )
    return chain(project, *dense(32, 1, activation="relu"))


def _random_two_class() -> ProjectSpec:
    project = blank(
        data_of("random_two_class", None, SplitSpec("counts", 700, 150, 150), "none"),
        TrainSpec(loss_of("bce_with_logits"), optimizer_of("adam", lr=0.01), 50, 60),
    )
    return chain(project, *dense(32, 1, activation="relu"))


def _regression_40() -> ProjectSpec:
    project = blank(
        data_of("quadratic_noise", None, ALL_ROWS, "none"),
        TrainSpec(loss_of("mse"), optimizer_of("adam", lr=0.02), 8, 200),
    )
    return chain(project, *dense(32, 1, activation="sigmoid"))


def _network_342() -> ProjectSpec:
    """The weights are those of torch.manual_seed(0): randn(4, 3), then randn(2, 4); the biases are 0."""
    first = (
        (1.5409961, -0.2934289, -2.1787894),
        (0.56843126, -1.0845224, -1.3985955),
        (0.40334684, 0.83802634, -0.7192576),
        (-0.40334353, -0.59663534, 0.18203649),
    )
    second = ((-0.8566746, 1.1006042, -1.0711874, 0.12270124), (-0.5663175, 0.37311465, -0.8919953, -1.5091077))
    data = data_of(
        "points", {"rows": ((1.0, 0.5, -1.0, 0.0, 0.0),), "targets": 2}, SplitSpec("counts", 1, 0, 0), "none"
    )
    project = blank(data, TrainSpec(loss_of("mse"), optimizer_of("sgd", lr=0.01), 1, 10))
    project = chain(project, *dense(4, 2, activation="relu"))
    project = edits.set_weights(project, "linear_1", {"weight": first, "bias": (0.0,) * 4})
    return edits.set_weights(project, "linear_2", {"weight": second, "bias": (0.0, 0.0)})


def _two_convolutions() -> ProjectSpec:
    """28 × 28 → 24 × 24 → 20 × 20 pixels with 20 channels each; their means are the scores of the 20 classes."""
    data = data_of("shapes", {"n": 600, "classes": 20, "layout": "image"}, None, "standardize")
    project = blank(data, TrainSpec(loss_of("cross_entropy"), optimizer_of("adam", lr=0.003), 32, 8))
    convolution: Layer = ("conv2d", {"out_channels": 20, "kernel_size": 5})
    return chain(
        project,
        convolution,
        ("relu", {}),
        convolution,
        ("relu", {}),
        ("adaptive_avg_pool2d", {"output_size": 1}),
        ("flatten", {}),
    )


MEAN_OF_40 = 3.23561
"""The mean of the 40 targets, 129.4244/40."""


def _mean_of_batches() -> ProjectSpec:
    """A constant answer, the mean of all targets: 40 rows in their own order, in batches of 32 and 8."""
    in_order = SplitSpec(train=1.0, validation=0.0, test=0.0, shuffle=False)
    train = TrainSpec(loss_of("mse"), optimizer_of("sgd", lr=1e-12), 32, 10, shuffle=False)
    project = chain(blank(data_of("quadratic_noise", None, in_order, "none"), train), linear(1))
    return edits.set_weights(project, "linear_1", {"weight": ((0.0,),), "bias": (MEAN_OF_40,)})


COURSE = (
    Example("regression-40", "Regression, 40 points", "Fits a curve to the course's noisy parabola.", _regression_40),
    Example(
        "s3", "Backward pass by hand", "One sample, two hidden neurons: every gradient can be checked on paper.", _s3
    ),
    Example("torch-basics", "Torch basics", "The course's 3-32-1 network, all 100 points in one batch.", _torch_basics),
    Example(
        "random-two-class",
        "Learning by heart",
        "Classes by chance: the training loss falls, the validation loss does not.",
        _random_two_class,
    ),
    Example(
        "network-342", "3-4-2 by hand", "The course's matrices, drawn with seed 0: z, ŷ and the Jacobian.", _network_342
    ),
    Example(
        "two-conv",
        "Two convolutions",
        "28 → 24 → 20 pixels with 10,540 parameters, and nothing but convolutions learns.",
        _two_convolutions,
    ),
    Example(
        "batch-means",
        "Mean of batch means",
        "Batches of 32 and 8: the mean of their two losses is not the loss of the data set.",
        _mean_of_batches,
    ),
)
