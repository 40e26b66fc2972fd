"""Dropout's mask by a quicker way to the same bits: torch's bernoulli_ on the CPU compares uniform numbers of float64 with p."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor, fx


def is_mask(node: fx.Node) -> bool:
    """Whether an operation draws a mask that `mask_lines` can draw as well."""
    if node.target is not torch.ops.aten.bernoulli_.float or not isinstance(node.args[0], fx.Node):
        return False
    like = node.args[0].meta.get("val")
    return isinstance(like, Tensor) and like.device.type == "cpu" and like.dtype == torch.float32 and drawn_alike()


def chance_of(node: fx.Node) -> object:
    """The probability of a 1; an operation leaves out what is torch's default."""
    return node.args[1] if len(node.args) > 1 else 0.5


def room_for(node: fx.Node) -> Tensor:
    """Room for the uniform numbers of a mask."""
    like: Tensor = node.args[0].meta["val"]  # type: ignore[union-attr]
    return torch.empty(tuple(like.shape), dtype=torch.float64)


def mask_lines(mask: str, p: object, room: str) -> list[str]:
    """Source lines that fill the variable `mask` with 1 (probability `p`) and 0."""
    return [f"torch.ops.aten.uniform_({room})", f"torch.ops.aten.lt({room}, {p!r}, out={mask})"]


@cache
def drawn_alike() -> bool:
    """Whether both ways give the same mask here and leave the same random state: some builds of torch draw masks with MKL."""
    for p in (0.0, 0.3, 0.8, 1.0):
        one, other = torch.Generator().manual_seed(7), torch.Generator().manual_seed(7)
        mask = torch.empty(37, 5).bernoulli_(p, generator=one)
        uniform = torch.empty(37, 5, dtype=torch.float64).uniform_(generator=other)
        if not torch.equal(mask, (uniform < p).float()) or not torch.equal(one.get_state(), other.get_state()):
            return False
    return True
