"""Which layers of the graph are to be shown as one box."""

from __future__ import annotations

from typing import Literal

from engine.graph_folding import MANY_NODES, layers_of
from engine.views import GraphView


class Folds:
    """Until somebody folds or unfolds, a small graph is shown whole and a large one with all its layers folded."""

    def __init__(self) -> None:
        self._choice: Literal["auto", "all", "some"] = "auto"
        self._some: frozenset[str] = frozenset()
        self.layers: frozenset[str] = frozenset()
        """Those of the present graph that can be folded."""
        self._many = False

    @property
    def wanted(self) -> frozenset[str]:
        if self._choice == "all" or self.automatic:
            return self.layers
        return self._some & self.layers if self._choice == "some" else frozenset()

    @property
    def automatic(self) -> bool:
        """Whether the layers are folded because of the graph's size, not because somebody wanted it."""
        return self._choice == "auto" and self._many and bool(self.layers)

    def take(self, graph: GraphView) -> None:
        """Another graph: the same layers stay folded, as far as it has them."""
        self.layers = frozenset(layers_of(graph.nodes))
        self._many = len(graph.nodes) > MANY_NODES

    def toggle(self, layer: str) -> None:
        """Fold the layer, or unfold it."""
        self._some = self.wanted ^ ({layer} & self.layers)
        self._choice = "some"

    def all(self, fold: bool) -> None:
        """Fold every layer, or none."""
        self._choice = "all" if fold else "some"
        self._some = frozenset()
