"""Mean, spread, dead and saturated share of many layers' outputs: those of equal shape at once, one transfer for all."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from engine.diagnosis import SLOPE
from engine.diagnosis.values import Floats

TOGETHER = 65_536
"""Outputs of more numbers than this are not copied to be looked at together."""

Key = tuple[tuple[int, ...], str, int, int]
"""Shape, kind, axis of the units, and a number that keeps large outputs apart."""


def layer_facts(outputs: Mapping[str, Tensor], kinds: Mapping[str, str], axes: Mapping[str, int]) -> Floats:
    """(L, 4) in the order of `outputs`: mean and standard deviation of all numbers, share of a ReLU's units that are 0 in every
    row, share of a Sigmoid's or Tanh's numbers where the slope is below SLOPE of its greatest; NaN where that is no question.
    The standard deviation of numbers that are not all finite is infinite.

    `axes` says along which axis the units of a ReLU lie.
    """
    groups: dict[Key, list[str]] = {}
    for index, (layer, output) in enumerate(outputs.items()):
        kind = kinds[layer] if kinds[layer] in _SHARES else ""
        axis = axes[layer] % output.ndim if kind == "relu" else 0
        groups.setdefault((tuple(output.shape), kind, axis, index if output.numel() > TOGETHER else -1), []).append(
            layer
        )
    found = torch.cat([_group([outputs[layer] for layer in layers], key) for key, layers in groups.items()])
    values = found.cpu().numpy().astype(np.float64)
    rows = {layer: row for row, layer in enumerate(layer for layers in groups.values() for layer in layers)}
    facts = values[[rows[layer] for layer in outputs]]
    for row, output in enumerate(outputs.values()):
        if not np.isfinite(facts[row, 1]):  # squares leave float32 before the numbers do
            std, mean = torch.std_mean(output.cpu().double(), correction=0)
            facts[row, :2] = float(mean), float(std) if bool(torch.isfinite(std)) else np.inf
    return facts


def _group(outputs: list[Tensor], key: Key) -> Tensor:
    """(layers, 4)"""
    block = torch.stack(outputs) if len(outputs) > 1 else outputs[0][None]
    flat = block.flatten(1)
    mean = flat.mean(1)
    # torch.std goes through the numbers one by one (Welford): ten times as long for large outputs.
    std = torch.linalg.vector_norm(flat - mean[:, None], dim=1) / math.sqrt(flat.shape[1])
    dead = saturated = torch.full_like(mean, float("nan"))
    _, kind, axis, _ = key
    if kind == "relu":
        dead = (_greatest(block, axis + 1) <= 0).to(block.dtype).mean(1)
    elif kind:
        slope = 4 * flat * (1 - flat) if kind == "sigmoid" else 1 - flat * flat
        saturated = (slope < SLOPE).to(block.dtype).mean(1)
    return torch.stack([mean, std, dead, saturated], dim=1)


def _greatest(block: Tensor, axis: int) -> Tensor:
    """(layers, units) the greatest number of every unit. What lies behind the units first: it is contiguous."""
    if axis < block.ndim - 1:
        block = block.flatten(axis + 1).amax(-1)
    return block.flatten(1, axis - 1).amax(1)


_SHARES = frozenset({"relu", "sigmoid", "tanh"})
