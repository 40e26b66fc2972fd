"""What an empty network can learn from: a few data sets to begin with, each with the loss and optimizer that suit it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.catalog import LOSSES, OPTIMIZERS
from engine.datasets.registry import DATASETS
from engine.fields import Value
from engine.spec import DataSpec, ProjectSpec


@dataclass(frozen=True, slots=True)
class Beginning:
    """Data under a title, with the loss for what is to be found in them."""

    title: str
    text: str
    source: str
    values: tuple[tuple[str, Value], ...]
    loss: str
    lr: float
    epochs: int


BEGINNINGS: tuple[Beginning, ...] = (
    Beginning("Moons", "Points in a plane, two classes", "moons", (), "bce_with_logits", 0.02, 60),
    Beginning("Iris", "Four lengths of a flower, three classes", "iris", (), "cross_entropy", 0.02, 60),
    Beginning("Curve", "y from one x, with noise", "quadratic_noise", (), "mse", 0.02, 100),
    Beginning("Digits", "64 pixels in a row, ten classes: for Linear layers", "digits", (), "cross_entropy", 0.002, 20),
    Beginning(
        "Digits as images",
        "Images 1 × 8 × 8, ten classes: for Conv2d",
        "digits",
        (("layout", "image"),),
        "cross_entropy",
        0.002,
        20,
    ),
    Beginning("Waves", "Sequences, for Conv1d and RNN", "waves", (), "mse", 0.005, 30),
)


def begin_with(project: ProjectSpec, beginning: Beginning) -> ProjectSpec:
    """The project with these data, and loss, optimizer and number of epochs for them. The network stays."""
    source = DATASETS[beginning.source].choose(dict(beginning.values))
    train = replace(
        project.train,
        loss=LOSSES[beginning.loss].choose(),
        optimizer=OPTIMIZERS["adam"].choose({"lr": beginning.lr}),
        epochs=beginning.epochs,
    )
    return replace(project, data=DataSpec(source), train=train)


def begun_with(project: ProjectSpec) -> Beginning | None:
    """The one whose data the project has."""
    source = project.data.source
    return next((one for one in BEGINNINGS if DATASETS[one.source].choose(dict(one.values)) == source), None)
