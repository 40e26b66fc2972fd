"""The loss over one or two directions in the space of the weights, and the optimizer's way across it."""

from __future__ import annotations

import copy
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import torch
from torch import Tensor, nn

from engine.commands import Survey
from engine.errors import AppError
from engine.inspection import Landscape
from engine.spec import TrainSpec
from engine.tensors.descent import Path, element_names, flat, from_the_start, twin, walk
from engine.tensors.directions import Plane, own_axes, random_plane, wide_range
from engine.tensors.objective import penalty_of
from engine.tensors.train import Run
from engine.views import Array, Failure, frozen

MOST_ROWS = 2000
"""So many training rows at most are evaluated at every point of a plane."""
SURFACE_SECONDS, PATH_SECONDS = 1.0, 2.0
FEWEST_POINTS, FEWEST_ROWS = 21, 64
LINE_POINTS = 201
FEW_NUMBERS = 64
"""Up to so many trainable numbers the path tells every one of them by name."""
WIDEST = 100.0
"""A path that runs away is followed up to so many times the size of the weights."""
ON_A_PLANE = "Loss on a plane through the present weights, two random directions, filter-normalised (Li et al. 2018)"


def survey(command: Survey, run: Run) -> Generator[None, None, Landscape]:
    """Find the loss around the weights, in small pieces: between two of them the run may do what it likes.

    With one or two trainable numbers the axes are these themselves, and the path starts at the initial weights. Otherwise
    they are the coefficients of two random directions through the present weights, each filter scaled to the norm of the
    weights' own (Li et al. 2018, arXiv:1712.09913), and the path is the projection of the run's coming steps. The loss is
    that of the training part in eval mode; the run is not moved.

    Raises:
        AppError: the network has no trainable number.
    """
    here = [parameter.numel() for parameter in run.network.parameters()]
    if not here:
        raise AppError(
            Failure("There is no loss surface.", "The network has no weights.", "Add a layer that has some.")
        )
    return (yield from (_over_numbers if sum(here) <= 2 else _over_plane)(command, run))


def _over_numbers(command: Survey, run: Run) -> Generator[None, None, Landscape]:
    """One or two numbers: the loss over themselves, and the path from the initial weights."""
    scene = Scene.of(run, own_axes(run.network), None)
    here, count = flat(run.network), len(scene.plane.names)
    scene.path = yield from walk(from_the_start(run), command.steps, PATH_SECONDS)
    wanted = scene.affordable(here, max(command.points, LINE_POINTS) if count == 1 else command.points, count)
    along = np.stack([point.double().numpy() for point in scene.path.points])
    axes = [wide_range(along[:, each], float(here[each]), command.span, wanted, WIDEST) for each in range(count)]
    told = "from the initial weights, with the optimizer as it is set now"
    return (yield from scene.drawn(axes, f"Loss over {' and '.join(scene.plane.names)}", told))


def _over_plane(command: Survey, run: Run) -> Generator[None, None, Landscape]:
    """Many numbers: a plane through the present weights, and the coming steps projected onto it."""
    scene, walker = Scene.of(run, random_plane(run.network, command.seed), MOST_ROWS), twin(run)
    wanted = scene.affordable(flat(run.network), command.points, 2)
    scene.path = yield from walk(walker, command.steps, PATH_SECONDS)
    line = np.linspace(-command.span, command.span, wanted)
    told = "from the present weights on, projected onto the plane. They lead out of it: their losses are the true ones"
    return (yield from scene.drawn([line, line], ON_A_PLANE, told))


@dataclass(slots=True, eq=False)
class Scene:
    """A copy of the network in eval mode, the rows that its loss is taken over, and what was found so far."""

    plane: Plane
    network: nn.Module
    loss_fn: nn.Module
    train: TrainSpec
    features: Tensor
    targets: Tensor
    known: int
    """Rows of the training part; the features are the first of them."""
    generation: int
    step: int
    path: Path = field(default_factory=Path)
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, run: Run, plane: Plane, most: int | None) -> Scene:
        rows, network = run.rows["train"], copy.deepcopy(run.network).eval()
        features, targets = rows.features[:most], rows.targets[:most]
        return cls(
            plane, network, run.loss_fn, run.project.train, features, targets, len(rows), run.generation, run.step
        )

    def loss_at(self, weights: Tensor) -> float:
        """The loss, with the penalty where there is one, with all weights set to this flat vector."""
        with torch.no_grad():
            nn.utils.vector_to_parameters(weights.to(self.features.device), self.network.parameters())
            loss = self.loss_fn(self.network(self.features), self.targets)
            penalty = penalty_of(self.network, self.train)
            return float(loss if penalty is None else loss + penalty)

    def affordable(self, weights: Tensor, wanted: int, power: int) -> int:
        """How many points each way there is time for; where even few are too many, rows are left out."""
        each = self._seconds(weights)
        while each * FEWEST_POINTS**power > SURFACE_SECONDS and len(self.features) > FEWEST_ROWS:
            half = max(FEWEST_ROWS, len(self.features) // 2)
            self.features, self.targets = self.features[:half], self.targets[:half]
            each = self._seconds(weights)
        points = min(wanted, max(FEWEST_POINTS, int((SURFACE_SECONDS / each) ** (1 / power))))
        if points < wanted:
            self.notes.append(f"{points} instead of {wanted} points each way, for the network is large.")
        return points

    def drawn(self, axes: Sequence[Array], title: str, told: str) -> Generator[None, None, Landscape]:
        """Take the loss at every point of the grid and along the path. `told` says what the path is."""
        heights = []
        for place in product(*reversed(axes)):
            heights.append(self.loss_at(self.plane.at(place[::-1])))
            yield
        losses = []
        for point in self.path.points:
            losses.append(self.loss_at(point))
            yield
        points = self.path.points
        if self.train.l1 or self.train.l2:
            self.notes.append("The loss is that of the data with the penalty, which is what the optimizer makes small.")
        few = len(points[0]) <= FEW_NUMBERS
        x, y = axes[0], axes[1] if len(axes) == 2 else np.empty(0)
        return Landscape(
            title=f"{title}; {self._rows()}",
            axes=self.plane.names,
            x=frozen(x),
            y=frozen(y.copy()),
            z=frozen(np.array(heights).reshape((len(y), len(x)) if len(y) else len(x))),
            path=frozen(np.column_stack([self.plane.project(points), losses])),
            names=element_names(self.network) if few else (),
            weights=frozen(torch.stack(points).numpy() if few else np.empty((0, 0))),
            note=" ".join([f"Path: {len(points) - 1:,} steps {told}.", *self.notes, self.path.end]).strip(),
            generation=self.generation,
            step=self.step,
        )

    def _seconds(self, weights: Tensor) -> float:
        """What one point costs; the first one warms up."""
        self.loss_at(weights)
        start = time.perf_counter()
        self.loss_at(weights)
        return max(time.perf_counter() - start, 1e-7)

    def _rows(self) -> str:
        if len(self.features) == self.known:
            return "the one training row" if self.known == 1 else f"all {self.known:,} training rows"
        return f"{len(self.features):,} of {self.known:,} training rows"
