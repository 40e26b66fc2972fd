"""The workloads of the measurements, each as a Chainrule project and as the course notes would write it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from engine import edits
from engine.catalog import LOSSES, OPTIMIZERS
from engine.datasets import DATASETS, prepare
from engine.datasets.dataset import DatasetEntry
from engine.example_parts import ALL_ROWS, blank
from engine.fields import Value
from engine.spec import OUTPUT_ID, DataSpec, ProjectSpec, TrainSpec
from engine.tensors.check import check
from engine.tensors.data import load_rows

FOR_EVER = 1_000_000
MNIST_SIZE, SMALL_IMAGES = "benchmark_mnist_size", "benchmark_small_images"


@dataclass(frozen=True, slots=True)
class Workload:
    """`project` trains for ever; `notes` makes what the notes' loop needs: model, loss function, optimizer."""

    name: str
    what: str
    project: ProjectSpec
    notes: Callable[[], tuple[nn.Module, nn.Module, torch.optim.Optimizer]]


def _random_images(*shape: int) -> Callable[[int], tuple[object, object]]:
    """Numbers without a meaning in this shape, rows first, and a class of ten for every row."""

    def make(seed: int) -> tuple[object, object]:
        random = np.random.default_rng(seed)
        return random.random(shape, dtype=np.float32), random.integers(0, 10, shape[0])

    return make


def register_images() -> None:
    """Data sets of the benchmark's own, put into a table that the product keeps closed."""
    for kind, shape in ((MNIST_SIZE, (60_000, 784)), (SMALL_IMAGES, (6_400, 1, 28, 28))):
        DATASETS._entries[kind] = DatasetEntry(
            kind=kind,
            title="Random images",
            torch_name="",
            fields=DATASETS["quadratic_noise"].fields,  # a seed
            help="As large as MNIST.",
            make=_random_images(*shape),
            class_names=tuple("0123456789"),
        )


def _project(
    data: tuple[str, dict[str, Value]],
    layers: tuple[tuple[str, dict[str, Value]], ...],
    loss: tuple[str, dict[str, Value]],
    optimizer: tuple[str, dict[str, Value]],
    batch: int,
) -> ProjectSpec:
    source = DATASETS[data[0]].choose(data[1])
    train = TrainSpec(LOSSES[loss[0]].choose(loss[1]), OPTIMIZERS[optimizer[0]].choose(optimizer[1]), batch, FOR_EVER)
    project = blank(DataSpec(source, ALL_ROWS, "none"), train)
    for kind, values in layers:
        project, _ = edits.append_node(project, kind, values=values)
    return project


def _linear(width: int) -> tuple[str, dict[str, Value]]:
    return "linear", {"out_features": width}


def _convolution(channels: int) -> tuple[tuple[str, dict[str, Value]], ...]:
    return (("conv2d", {"out_channels": channels, "kernel_size": 3, "padding": 1}),)


def _adam(**values: Value) -> tuple[str, dict[str, Value]]:
    return "adam", values


def workloads() -> tuple[Workload, ...]:
    """W1 to W6 as performance.md names them."""
    register_images()
    tanh, sigmoid, relu = ("tanh", {}), ("sigmoid", {}), ("relu", {})
    mse, entropy = ("mse", {}), ("cross_entropy", {})
    curve = (_linear(32), sigmoid, _linear(1))

    def playground() -> tuple[nn.Module, nn.Module, torch.optim.Optimizer]:
        model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1))
        return model, nn.MSELoss(), torch.optim.SGD(model.parameters(), lr=0.03)

    def regression() -> tuple[nn.Module, nn.Module, torch.optim.Optimizer]:
        model = nn.Sequential(nn.Linear(1, 32), nn.Sigmoid(), nn.Linear(32, 1))
        return model, nn.MSELoss(), torch.optim.Adam(model.parameters(), lr=0.02)

    def basics() -> tuple[nn.Module, nn.Module, torch.optim.Optimizer]:
        model = nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 1))
        return model, nn.MSELoss(reduction="sum"), torch.optim.Adam(model.parameters(), lr=0.08)

    def digits() -> tuple[nn.Module, nn.Module, torch.optim.Optimizer]:
        model = nn.Sequential(nn.Linear(64, 100), nn.ReLU(), nn.Dropout(0.2), nn.Linear(100, 10))
        return model, nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-4)

    def mnist_size() -> tuple[nn.Module, nn.Module, torch.optim.Optimizer]:
        model = nn.Sequential(nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10))
        return model, nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters(), lr=1e-3)

    def small_cnn() -> tuple[nn.Module, nn.Module, torch.optim.Optimizer]:
        convolutions = (nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        deeper = (nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(784, 10))
        model = nn.Sequential(*convolutions, *deeper)
        return model, nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters(), lr=1e-3)

    two_eights = (_linear(8), tanh, _linear(8), tanh, _linear(1))
    dropped = (_linear(100), relu, ("dropout", {"p": 0.2}), _linear(10))
    pool = ("max_pool2d", {"kernel_size": 2})
    cnn = (*_convolution(8), relu, pool, *_convolution(16), relu, pool, ("flatten", {}), _linear(10))
    sgd = ("sgd", {"lr": 0.03})
    decayed = _adam(lr=1e-3, weight_decay=1e-4)
    return (
        Workload("W1", "playground 2-8-8-1", _project(("moons", {"n": 500}), two_eights, mse, sgd, 10), playground),
        Workload(
            "W2a", "40 points, batch 1", _project(("quadratic_noise", {}), curve, mse, _adam(lr=0.02), 1), regression
        ),
        Workload(
            "W2b", "40 points, batch 8", _project(("quadratic_noise", {}), curve, mse, _adam(lr=0.02), 8), regression
        ),
        Workload(
            "W3",
            "torch basics, full batch",
            _project(
                ("three_feature_linear", {}),
                (_linear(32), relu, _linear(1)),
                ("mse", {"reduction": "sum"}),
                _adam(lr=0.08),
                100,
            ),
            basics,
        ),
        Workload("W4", "digits 64-100-10", _project(("digits", {}), dropped, entropy, decayed, 64), digits),
        Workload(
            "W5",
            "MNIST size 784-100-10",
            _project((MNIST_SIZE, {}), (_linear(100), relu, _linear(10)), entropy, _adam(lr=1e-3), 64),
            mnist_size,
        ),
        Workload(
            "W6", "small CNN on 1×28×28", _project((SMALL_IMAGES, {}), cnn, entropy, _adam(lr=1e-3), 64), small_cnn
        ),
    )


def notes_loader(project: ProjectSpec) -> DataLoader[tuple[torch.Tensor, ...]]:
    """The very rows of the project's training part, as the notes load them."""
    outputs = check(project).shapes[OUTPUT_ID][0]
    rows = load_rows(prepare(project.data), project.train, outputs, torch.device("cpu"))["train"]
    return DataLoader(TensorDataset(rows.features, rows.targets), batch_size=project.train.batch_size, shuffle=True)
