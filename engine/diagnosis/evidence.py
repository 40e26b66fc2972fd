"""Everything that a verdict may look at, as one frozen value: the project, its curves, the looks, the answers for a sample."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.catalog import LAYERS
from engine.diagnosis.values import Floats, Ints, ProbeView
from engine.spec import NodeSpec, ProjectSpec
from engine.views import Issue


def _none() -> Floats:
    return np.empty(0)


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What the network said of the sample, for classes: true class, predicted class, and how sure it was (0 to 1)."""

    true: Ints
    predicted: Ints
    confidence: Floats


@dataclass(frozen=True, eq=False)
class Evidence:
    """One run at one moment; without a run only `project` and `issues` say something.

    Without slots, so that what follows from it is computed once.
    """

    project: ProjectSpec
    issues: tuple[Issue, ...] = ()
    step: int = 0
    """Steps done."""
    steps_per_epoch: int = 1
    probes: ProbeView = field(default_factory=ProbeView)
    start: float | None = None
    """Loss of the training part before the first step."""
    train: Floats = field(default_factory=_none)
    """Loss of the training part at the end of every epoch."""
    validation: Floats = field(default_factory=_none)
    """Loss of the validation part at the end of every epoch; empty without one."""
    recent: Floats = field(default_factory=_none)
    """Losses of the last steps, at most RECENT of them."""
    baseline: float | None = None
    """Loss of the best constant answer for the training part; None where there is no formula for it."""
    training_rows: int = 0
    validation_rows: int = 0
    classes: tuple[int, ...] = ()
    """Rows of every class in the training part; empty for numbers."""
    class_names: tuple[str, ...] = ()
    answers: Answers | None = None

    @property
    def epochs(self) -> int:
        """Whole epochs that were recorded."""
        return len(self.train)

    @property
    def level(self) -> float | None:
        """Where the training loss is now: at the last epoch's end, or before there was one, in the last steps."""
        if self.epochs:
            return float(self.train[-1])
        if len(self.recent) and self.project.train.loss.get("reduction") != "sum":
            return float(np.median(self.recent))
        return None

    @property
    def reference(self) -> float | None:
        """What the loss is measured by: that of the best constant answer, else that before the first step."""
        return self.baseline or self.start

    @property
    def share(self) -> float:
        """The loss as a share of the reference: 0 is perfect, 1 no better than a constant. NaN where it is not known."""
        if self.level is None or not self.reference:
            return float("nan")
        return self.level / self.reference

    @property
    def struggles(self) -> bool:
        """Whether the run is known not to have got far: half of the reference or more is left. Who learns well is healthy."""
        return self.share >= STRUGGLES

    @property
    def rate(self) -> float:
        return self.project.train.optimizer.number("lr")

    @cached_property
    def layers(self) -> dict[str, NodeSpec]:
        return {node.id: node for node in self.project.network.nodes}

    @cached_property
    def gradients(self) -> dict[str, Floats]:
        """Layers with a gradient at the newest look, in the order of computation → (T,) its norm at every look."""
        probes = self.probes
        if not len(probes.steps):
            return {}
        table = probes.of_layers(probes.gradients)
        return {layer: row for layer, row in zip(probes.owners(), table, strict=True) if not np.isnan(row[-1])}

    @cached_property
    def last_weights(self) -> str:
        """The last layer with weights, "" when there is none."""
        owners = [layer for layer in self.probes.owners() if LAYERS[self.layers[layer].kind].weights]
        return owners[-1] if owners else ""

    @cached_property
    def hidden(self) -> frozenset[str]:
        """All layers whose result the last layer with weights gets, directly or through others."""
        sources: dict[str, list[str]] = {}
        for link in self.project.network.links:
            sources.setdefault(link.target, []).append(link.source)
        found, front = set[str](), [self.last_weights]
        while front:
            for source in sources.get(front.pop(), ()):
                if source not in found:
                    found.add(source)
                    front.append(source)
        return frozenset(found)

    @cached_property
    def ratios(self) -> Floats:
        """(T,) at every look the largest ‖update‖/‖weights‖ of any layer; NaN where no update was measured."""
        if not len(self.probes.steps):
            return np.empty(0)
        table = self.probes.ratios()
        known = ~np.isnan(table).all(axis=0)
        return np.where(known, np.max(np.where(np.isnan(table), 0.0, table), axis=0, initial=0.0), np.nan)


RECENT = 200
STRUGGLES = 0.5


def labels(values: NDArray[Any]) -> Ints:
    """The class in every row of targets, whatever form the loss wants them in."""
    if values.ndim == 1:
        return np.asarray(values, np.int64)
    if values.shape[1] == 1:
        return np.asarray(values[:, 0] > 0.5, np.int64)
    return np.asarray(values.argmax(axis=1), np.int64)


def answers(output: Floats, targets: NDArray[Any], chances: str) -> Answers | None:
    """Read outputs (N, K) as answers. `chances` as in the loss's entry; None where an output is not finite."""
    if not np.isfinite(output).all():
        return None
    values = output.astype(np.float64)
    if values.shape[1] == 1:
        p = 1 / (1 + np.exp(-np.clip(values[:, 0], -60, 60))) if chances == "sigmoid" else np.clip(values[:, 0], 0, 1)
        predicted = np.asarray(p > 0.5, np.int64)
        return Answers(labels(targets), predicted, np.where(predicted == 1, p, 1 - p))
    if chances == "softmax":
        values = np.exp(values - values.max(axis=1, keepdims=True))
        values /= values.sum(axis=1, keepdims=True)
    elif chances == "exp":
        values = np.exp(np.clip(values, -700, 0))
    elif chances == "sigmoid":
        values = 1 / (1 + np.exp(-np.clip(values, -60, 60)))
    return Answers(labels(targets), np.asarray(values.argmax(axis=1), np.int64), np.clip(values.max(axis=1), 0, 1))
