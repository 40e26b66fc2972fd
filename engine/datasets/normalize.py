"""Brings features to a common scale: by mean and standard deviation, or by least and greatest value, of the training part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.datasets.dataset import DataError, Floats
from engine.datasets.space import block_rows
from engine.spec import DataSpec

Doubles = NDArray[np.float64]
LARGE = 64 * 2**20
"""Bytes of features from which they are worked on in blocks, so that no double-precision copy of them all is made."""


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """normalized = (natural − shift)/width; `numbers` are those that were found in the training part, with their names."""

    shift: Doubles
    width: Doubles
    numbers: tuple[tuple[str, Doubles], ...]


def find_scale(train: Floats, data: DataSpec) -> Scale | None:
    """The scale that the training part gives; None without normalization.

    Raises:
        DataError: min–max to a range that does not rise.
    """
    if data.normalization == "none":
        return None
    if data.normalization == "min-max":
        if not data.low < data.high:
            raise DataError(f"Min–max needs a range that rises, but it goes from {data.low:g} to {data.high:g}.")
        low, high = extremes(train)
        spread = np.where(high > low, high - low, 1.0)
        width = spread / (data.high - data.low)
        return Scale(low - data.low * width, width, (("min", low), ("max", high)))
    mean, std = moments(train, ddof=0 if data.normalization == "standardize (N)" else 1)
    return Scale(mean, std, (("μ", mean), ("σ", std)))


def _axes(features: Floats) -> tuple[int, ...]:
    return (0,) if features.ndim == 2 else (0, *range(2, features.ndim))


def _shaped(values: Doubles, features: Floats) -> Doubles:
    """One number per column or channel → a shape that meets one sample's."""
    shaped: Doubles = values.reshape((-1,) + (1,) * (features.ndim - 2))
    return shaped


def extremes(features: Floats) -> tuple[Doubles, Doubles]:
    """Least and greatest value per column, or per channel of images, in float64."""
    axes = _axes(features)
    low, high = features.min(axis=axes).astype(np.float64), features.max(axis=axes).astype(np.float64)
    return _shaped(low, features), _shaped(high, features)


def moments(features: Floats, ddof: int = 1) -> tuple[Doubles, Doubles]:
    """Mean and standard deviation (N − ddof) per column, or per channel of images, in float64.

    A standard deviation that is zero, or that one single row cannot have, is given as 1: such a feature is only shifted.
    """
    axes = _axes(features)
    count = features.size // features.shape[1]
    if features.nbytes > LARGE:
        mean, std = _moments_in_blocks(features, axes, count, ddof)
    else:
        values = features.astype(np.float64)
        mean = values.mean(axis=axes)
        std = values.std(axis=axes, ddof=ddof) if count > ddof else np.ones_like(mean)
    std = np.where(std > 0, std, 1.0)
    return _shaped(mean, features), _shaped(std, features)


def _moments_in_blocks(features: Floats, axes: tuple[int, ...], count: int, ddof: int) -> tuple[Doubles, Doubles]:
    step = block_rows(features)
    starts = range(0, len(features), step)
    mean = sum(features[at : at + step].sum(axis=axes, dtype=np.float64) for at in starts) / count
    shaped = _shaped(np.asarray(mean), features)
    squares = sum(((features[at : at + step] - shaped) ** 2).sum(axis=axes) for at in starts)
    return np.asarray(mean), np.sqrt(np.asarray(squares) / (count - ddof))


def standardize(features: Floats, shift: Doubles, width: Doubles) -> Floats:
    """(x − shift)/width, computed in float64 and given as float32 of the same shape."""
    scaled: Floats = np.empty(features.shape, np.float32)
    step = block_rows(features)
    for at in range(0, len(features), step):
        scaled[at : at + step] = (features[at : at + step].astype(np.float64) - shift) / width
    return scaled


def standardize_here(features: Floats, scale: Scale) -> None:
    """The same in place."""
    step = block_rows(features)
    for at in range(0, len(features), step):
        features[at : at + step] = (features[at : at + step].astype(np.float64) - scale.shift) / scale.width
