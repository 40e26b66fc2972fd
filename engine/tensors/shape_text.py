"""How shapes are written in sentences, and the types of the rules that judge them. Shapes leave out the batch axis."""

from __future__ import annotations

from collections.abc import Mapping

Shape = tuple[int, ...]
Arguments = Mapping[str, object]
# What is wrong and what to change, without the layer's name in front; None when nothing is.
Sentence = str | None


def shape_text(shape: Shape) -> str:
    """A shape as people read it, N for the batch: (N, 1, 8, 8)."""
    return "(" + ", ".join(("N", *(str(size) for size in shape))) + ")"
