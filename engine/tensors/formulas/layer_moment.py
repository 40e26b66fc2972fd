"""What a layer at work offers to its formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.tensors.formulas.terms import Index, Numbers, Term


@dataclass(frozen=True, slots=True)
class LayerMoment:
    """One layer at work: its arguments as its module has them, its parameters and buffers, what came in and out."""

    arguments: Mapping[str, object]
    parameters: Mapping[str, Numbers]
    inputs: tuple[Numbers, ...]
    output: Numbers
    training: bool = True

    def number(self, name: str) -> float:
        value = self.arguments[name]
        return float(value[0]) if isinstance(value, tuple) else float(value)  # type: ignore[arg-type]

    def pair(self, name: str) -> tuple[int, int]:
        """A setting of a sliding window, which torch keeps as one number or one per axis."""
        value = self.arguments[name]
        first, second = value if isinstance(value, tuple) else (value, value)
        return int(first), int(second)


Compute = Callable[[LayerMoment, Index], Term | None]
