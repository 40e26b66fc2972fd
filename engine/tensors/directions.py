"""Directions in the space of the weights: the weights' own axes, or random ones scaled filter by filter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from engine.tensors.descent import element_names, flat
from engine.views import Array

_TRIES = 20
_PARALLEL = 0.95
"""Two directions whose cosine is beyond this span no plane worth looking at."""


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """weights = origin + Σ coordinate·direction. `directions` has a row per axis; float64, on the CPU."""

    names: tuple[str, ...]
    origin: Tensor
    directions: Tensor

    def at(self, place: Sequence[float]) -> Tensor:
        """The flat float32 weights at these coordinates."""
        return (self.origin + torch.tensor(place, dtype=torch.float64) @ self.directions).float()

    def project(self, points: Sequence[Tensor]) -> Array:
        """The coordinates of the nearest points of the plane, a row for each."""
        away = torch.stack(list(points)).double() - self.origin
        found: Array = torch.linalg.lstsq(self.directions.T, away.T).solution.T.numpy() + 0.0  # no −0
        return found


def own_axes(network: nn.Module) -> Plane:
    """Every trainable number an axis of its own; for networks of one or two."""
    names = element_names(network)
    return Plane(names, torch.zeros(len(names), dtype=torch.float64), torch.eye(len(names), dtype=torch.float64))


def random_plane(network: nn.Module, seed: int) -> Plane:
    """Two Gaussian directions through the present weights, filter-normalised: Li et al. 2018, section 4 (arXiv:1712.09913).

    Each filter (row of a weight of two or more dimensions) of a direction has the norm of the weights' own filter; biases
    and other vectors stay as they are. Where that leaves no plane, whole parameters are scaled instead of filters.
    """
    generator = torch.Generator().manual_seed(seed)
    for scaled in (_by_filter, _by_parameter, _as_drawn):
        for _ in range(_TRIES):
            pair = torch.stack([_direction(network, generator, scaled) for _ in range(2)])
            if _spans(pair):
                return Plane(("direction 1", "direction 2"), flat(network).double(), pair)
    raise AssertionError("three numbers and more always span a plane")


def _direction(network: nn.Module, generator: torch.Generator, scaled: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    pieces = []
    for parameter in network.parameters():
        weights = parameter.detach().double().cpu()
        drawn = torch.randn(weights.shape, dtype=torch.float64, generator=generator)
        pieces.append(scaled(drawn, weights).reshape(-1))
    return torch.cat(pieces)


def _by_filter(drawn: Tensor, weights: Tensor) -> Tensor:
    if weights.ndim < 2:
        return torch.zeros_like(drawn)
    rows, own = drawn.flatten(1), weights.flatten(1)
    sizes: Tensor = own.norm(dim=1) / rows.norm(dim=1)
    return rows * sizes.unsqueeze(1)


def _by_parameter(drawn: Tensor, weights: Tensor) -> Tensor:
    size: Tensor = weights.norm() / drawn.norm()
    return drawn * size


def _as_drawn(drawn: Tensor, _: Tensor) -> Tensor:
    return drawn


def _spans(pair: Tensor) -> bool:
    lengths = pair.norm(dim=1)
    if not bool((lengths > 0).all()):
        return False
    return abs(float(pair[0] @ pair[1] / lengths.prod())) < _PARALLEL


def wide_range(path: Array, here: float, span: float, points: int, widest: float) -> Array:
    """An axis that holds the path and `span` times the size of the weights to each side of its middle."""
    size = max(abs(here), abs(float(path[0])), 0.5)
    inside = path[np.isfinite(path) & (np.abs(path) <= widest * size)]
    low, high = float(min(inside.min(initial=here), here)), float(max(inside.max(initial=here), here))
    middle, half = (low + high) / 2, max(0.6 * (high - low), span * size)
    return np.linspace(middle - half, middle + half, points)
