"""What one tensor operation of the Graph Lab offers to its formula."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from engine.tensors.formulas.terms import Index, Numbers, Term, term


@dataclass(frozen=True, slots=True)
class OperationMoment:
    """One operation: its arguments, tensors as arrays, and its result."""

    name: str
    arguments: tuple[object, ...]
    keywords: Mapping[str, object]
    output: Numbers

    def get(self, place: int, name: str, otherwise: object = None) -> object:
        """An argument, given in its place or by its name."""
        return self.arguments[place] if place < len(self.arguments) else self.keywords.get(name, otherwise)

    def array(self, place: int, name: str = "") -> Numbers:
        """A tensor (or a number) among the arguments."""
        return np.asarray(self.get(place, name))

    def number(self, place: int, name: str, otherwise: float) -> float:
        value = self.get(place, name, otherwise)
        return float(value) if isinstance(value, (int, float)) else math.nan

    def at(self, place: int, name: str, index: Index) -> Term:
        """The element of an argument that belongs to an element of the result, as torch broadcasts."""
        return term(np.broadcast_to(self.array(place, name), self.output.shape)[index])


Compute = Callable[[OperationMoment, Index], Term | None]
