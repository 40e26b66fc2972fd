"""Where the weights that are shown come from: the initial ones of the project, or the present ones of its run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.edits import topological_order
from engine.fields import Value
from engine.hand_weights import shape_of
from engine.inspection import InitialWeights, PresentWeights
from engine.spec import ProjectSpec
from engine.views import Array, NetworkReport, RunStatus, frozen
from engine.weight_edits import by_hand, split
from gui.pump import Update


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the network, by its name in torch ("linear_1.weight")."""

    name: str
    shape: tuple[int, ...]

    @property
    def node(self) -> str:
        return split(self.name)[0]

    @property
    def own(self) -> str:
        """Its name inside the layer."""
        return split(self.name)[1]


class WeightSource:
    """Hears of the project and the engine's news, and knows the values of every parameter, initial or present."""

    def __init__(self) -> None:
        self.project: ProjectSpec | None = None
        self.report: NetworkReport | None = None
        self.status = RunStatus()
        self.present: PresentWeights | None = None
        self._initial: InitialWeights | None = None
        self._kept: dict[str, tuple[object, Value, Array]] = {}
        """Initial values with what is set by hand in its place, and what they were made from."""

    def show_update(self, update: Update) -> None:
        self.status = update.status
        if "report" in update.changed:
            self.report = update.report
        if "weights" in update.changed:
            self._initial = update.weights
        if "present" in update.changed:
            self.present = update.present

    @property
    def live(self) -> bool:
        """Whether there is a run of this very project."""
        return self.status.has_run and not self.status.stale

    @property
    def trouble(self) -> str:
        """Why there are no initial values; "" when nothing hinders them."""
        return self._initial.trouble if self._initial is not None and self._initial.project is self.project else ""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters that the network has, in the order of computation."""
        if self.project is None or self.report is None:
            return ()
        shapes = self.report.parameter_shapes
        return tuple(
            Parameter(f"{node}.{name}", shape)
            for node in topological_order(self.project.network)
            for name, shape in shapes.get(node, ())
        )

    def table(self, parameter: Parameter) -> Value:
        """What is set by hand of its initial values; None when nothing is, or for another shape."""
        if self.project is None or not self.project.network.has(parameter.node):
            return None
        table = by_hand(self.project.network.node(parameter.node), parameter.own)
        return table if shape_of(table) == parameter.shape else None

    def values(self, parameter: Parameter, now: bool) -> Array | None:
        """The present values of the run with `now`, else the initial ones; None as long as nobody knows them."""
        if now:
            found = self.present.values.get(parameter.name) if self.live and self.present is not None else None
        else:
            found = self._initial_values(parameter)
        return found if found is not None and found.shape == parameter.shape else None

    def _initial_values(self, parameter: Parameter) -> Array | None:
        drawn = self._initial.values.get(parameter.name) if self._initial is not None else None
        if drawn is None or drawn.shape != parameter.shape or self._initial is None:
            return drawn
        table = self.table(parameter)
        if table is None or self._initial.project is self.project:
            return drawn
        # torch has not answered yet: an edit is seen at once.
        kept = self._kept.get(parameter.name)
        if kept is None or kept[0] is not drawn or kept[1] is not table:
            numbers = np.array(table, dtype=np.float64)
            merged = np.where(np.isnan(numbers), drawn, numbers.astype(drawn.dtype))
            self._kept[parameter.name] = kept = drawn, table, frozen(merged)
        return kept[2]
