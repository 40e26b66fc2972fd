"""The numbers in the graph's boxes: what a node gave, which gradient reached it, how long it took. Read from a tape."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

import numpy as np

from engine.graph_folding import results_of
from engine.views import Array, GraphNode, Tape, TapeEvent, TensorView
from gui.stepper.numbers import digits

Entry = tuple[int, TensorView | None]
"""From this event on it is so; None: there is nothing, or nothing any more."""
Texts = tuple[str, str, float]
"""Value, gradient, and the node's time as a part of the slowest one's."""
FEW = 4
"""A tensor of so many elements is written out."""
WIDEST = 20
"""Characters that fit beside the word in front of them."""


class GraphNumbers:
    """An index of one tape by the boxes of its graph. Looking something up takes a bisection."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self._values: dict[str, list[Entry]] = {}
        self._gradients: dict[str, list[Entry]] = {}
        self._seconds: dict[str, float] = {}
        self._forward: dict[str, float] = {}
        self._results = results_of(tape.graph)
        self._touched: list[tuple[str, ...]] = []
        leaves: dict[str, list[str]] = {}
        for node in tape.graph.nodes:
            if node.kind == "parameter":
                leaves.setdefault(node.parameter, []).append(node.id)
        self._leaves = {name for names in leaves.values() for name in names}
        self._loss = tuple(node.id for node in tape.graph.nodes if node.kind == "output")
        for view in tape.parameters:
            self._note(self._values, leaves.get(view.name, ()), -1, view)
        known = _moments(tape)
        for event in tape.events:
            self._read(event, leaves, known)
        self.slowest = max(self._seconds.values(), default=0.0)

    def value(self, node: GraphNode, cursor: int) -> TensorView | None:
        """What the node gave in the forward pass; a parameter as it is at the cursor."""
        return _at(self._values.get(self._of(node), []), cursor)

    def gradient(self, node: GraphNode, cursor: int) -> TensorView | None:
        """The gradient that arrived at it, once it has; of a parameter its `.grad`."""
        return _at(self._gradients.get(self._of(node), []), cursor)

    def seconds(self, node: GraphNode) -> float:
        """How long the backward pass was in the node, or in all of a folded layer's nodes."""
        return sum(self._seconds.get(each, 0.0) for each in node.members or (node.id,))

    def forward_seconds(self, node: GraphNode) -> float:
        """How long the forward pass of the node's layer took."""
        return self._forward.get(node.layer, 0.0)

    def share(self, node: GraphNode) -> float:
        """The node's time as a part of the slowest node's, at most 1."""
        return min(1.0, self.seconds(node) / self.slowest) if self.slowest else 0.0

    def changed(self, before: int, now: int) -> frozenset[str]:
        """Ids of the nodes whose numbers are others when the cursor goes from one event to another."""
        first, last = min(before, now), max(before, now)
        return frozenset(name for names in self._touched[max(0, first) : last + 1] for name in names)

    def _of(self, node: GraphNode) -> str:
        return self._results.get(node.layer, "") if node.kind == "layer" else node.id

    def _read(self, event: TapeEvent, leaves: dict[str, list[str]], known: dict[int, list[str]]) -> None:
        made = event.outputs[0] if event.outputs else None
        boxes = leaves.get(event.parameter, [])
        touched = [*boxes, *((event.node,) if event.node else ())]
        if event.phase in ("forward", "loss"):
            self._forward[event.layer] = event.seconds
            for name in known.get(event.index, ()):
                touched.append(name)
                self._note(self._values, (name,), event.index, self.tape.values[name])
            if event.phase == "loss":  # a new graph: no gradient has arrived in it
                touched += self._loss
                self._note(self._gradients, list(self._gradients.keys() - self._leaves), event.index, None)
                self._note(self._values, self._loss, event.index, made)
        if event.phase in ("backward", "accumulate") and event.name != "retain_grad":
            self._seconds[event.node] = event.seconds
            self._note(self._gradients, (event.node,), event.index, event.inputs[0] if event.inputs else None)
        if event.phase in ("accumulate", "clip", "zero_grad"):
            self._note(self._gradients, boxes, event.index, made)
        if event.phase == "update":
            self._note(self._values, boxes, event.index, made)
        self._touched.append(tuple(touched))

    @staticmethod
    def _note(where: dict[str, list[Entry]], names: Iterable[str], index: int, view: TensorView | None) -> None:
        for name in names:
            where.setdefault(name, []).append((index, view))


class Shown:
    """The numbers that the boxes ask for when they are painted: of one tape at one cursor, or none."""

    def __init__(self) -> None:
        self.at: tuple[GraphNumbers, int] | None = None
        self._texts: dict[str, Texts] = {}

    def move(self, numbers: GraphNumbers | None, cursor: int) -> frozenset[str] | None:
        """Another tape or another moment; which nodes have other numbers now, None when all may have."""
        before, self.at = self.at, None if numbers is None else (numbers, cursor)
        self._texts.clear()
        if before is None or numbers is None or before[0] is not numbers:
            return None if before is not self.at else frozenset()
        return numbers.changed(before[1], cursor)

    def texts(self, node: GraphNode) -> Texts | None:
        """What stands in the node's box."""
        if self.at is None:
            return None
        if node.id not in self._texts:
            numbers, cursor = self.at
            self._texts[node.id] = (*lines(numbers, node, cursor), numbers.share(node))
        return self._texts[node.id]


def lines(numbers: GraphNumbers, node: GraphNode, cursor: int) -> tuple[str, str]:
    """Value and gradient as they stand in the box; "" where there is none."""
    pair = (numbers.value(node, cursor), numbers.gradient(node, cursor))
    value, gradient = ("" if each is None else brief(each) for each in pair)
    return ("" if node.kind == "accumulate" else value), gradient


def brief(view: TensorView) -> str:
    """A small tensor written out, a larger one as its norm and its range. Six digits where they fit, else fewer."""
    values = view.values
    if values.size == 0:
        return "empty"
    if values.size <= FEW:
        for precision in (6, 4, 3, 2):
            text = _written(values, precision)
            if len(text) <= WIDEST:
                return text
    if not np.issubdtype(values.dtype, np.floating):
        return f"{values.min()} … {values.max()}"
    wide = values.astype(np.float64)
    with np.errstate(all="ignore"):
        norm, least, most = float(np.sqrt(np.sum(wide * wide))), float(wide.min()), float(wide.max())
    for precision in (4, 3, 2):
        text = f"‖{norm:.{precision}g}‖ {least:.{precision}g}…{most:.{precision}g}"
        if len(text) <= WIDEST:
            break
    return text


def told(view: TensorView) -> str:
    """The same for a tool tip: six digits, whatever room it takes."""
    values = view.values
    if 0 < values.size <= FEW:
        return _written(values, 6)
    if values.size == 0 or not np.issubdtype(values.dtype, np.floating):
        return brief(view)
    wide = values.astype(np.float64)
    with np.errstate(all="ignore"):
        norm = float(np.sqrt(np.sum(wide * wide)))
        return f"norm {digits(norm)}, from {digits(wide.min())} to {digits(wide.max())}, mean {digits(wide.mean())}"


def time_text(seconds: float) -> str:
    """A duration in the unit that suits it: "18 µs", "3.2 ms"."""
    for factor, unit in ((1, "s"), (1e3, "ms")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def _written(values: Array, precision: int) -> str:
    def one(value: object) -> str:
        if isinstance(value, (np.floating, float)):
            return format(float(value), f".{precision}g")
        return digits(value)

    if values.size == 1:
        return one(values.reshape(-1)[0])
    return f"[{', '.join(one(value) for value in values.reshape(-1))}]"


def _at(entries: list[Entry], cursor: int) -> TensorView | None:
    place = bisect_right(entries, cursor, key=lambda entry: entry[0])
    return entries[place - 1][1] if place else None


def _moments(tape: Tape) -> dict[int, list[str]]:
    """The event in which each known value was made: the one that shows this very array, else its layer's last one."""
    by_array: dict[int, int] = {}
    by_layer: dict[str, int] = {}
    for event in tape.events:
        if event.phase in ("forward", "loss"):
            by_layer[event.layer] = event.index
            by_array |= {id(each.values): event.index for each in event.outputs if each is not None}
    layers: dict[str, str] = {node.id: node.layer for node in tape.graph.nodes}
    moments: dict[int, list[str]] = {}
    for name, view in tape.values.items():
        index = by_array.get(id(view.values), by_layer.get(layers.get(name, ""), -1))
        if index >= 0:
            moments.setdefault(index, []).append(name)
    return moments
