"""Everything that a verdict may look at, as one frozen value: the project, its curves, the looks, the answers for a sample."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.catalog import LAYERS
from engine.diagnosis.values import Floats, Ints, ProbeView
from engine.spec import INPUT_ID, NodeSpec, ProjectSpec
from engine.views import Issue


def _none() -> Floats:
    return np.empty(0)


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What the network said of the sample, for classes: true class, predicted class, and how sure it was (0 to 1)."""

    true: Ints
    predicted: Ints
    confidence: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """One run at one moment; without a run only `project` and `issues` say something."""

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

    @property
    def layers(self) -> dict[str, NodeSpec]:
        return {node.id: node for node in self.project.network.nodes}

    def learning(self) -> tuple[str, ...]:
        """Layers with a gradient at the newest look, in the order of computation."""
        probes = self.probes
        return tuple(
            layer
            for layer in probes.owners()
            if probes.gradients.shape[1] and not np.isnan(probes.of_layer(probes.gradients, layer)[-1])
        )

    def last_weights(self) -> str:
        """The last layer with weights, "" when there is none."""
        owners = [layer for layer in self.probes.owners() if LAYERS[self.layers[layer].kind].weights]
        return owners[-1] if owners else ""

    def behind(self, layer: str) -> set[str]:
        """All layers that a layer's result reaches."""
        network, found, front = self.project.network, set[str](), [layer]
        while front:
            here = front.pop()
            for link in network.links_out_of(here):
                if link.target not in found and link.target != INPUT_ID:
                    found.add(link.target)
                    front.append(link.target)
        return found

    def ratios(self) -> Floats:
        """(T,) at every look the largest ‖update‖/‖weights‖ of any learning layer; NaN where no update was measured."""
        rows = [self.probes.ratio(layer) for layer in self.learning()]
        if not rows:
            return np.full(len(self.probes.steps), np.nan)
        table = np.stack(rows)
        known = ~np.isnan(table).all(axis=0)
        return np.where(known, np.nanmax(np.where(known, table, 0.0), axis=0), np.nan)


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
