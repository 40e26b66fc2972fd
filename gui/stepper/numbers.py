"""Numbers as people read them: six significant digits on screen, the exact value in tool tips and copies."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.views import Array, TensorView


def digits(value: object) -> str:
    """A number with at most six significant digits; whole numbers and booleans as they are."""
    if isinstance(value, (bool, np.bool_, int, np.integer)):
        return str(value)
    return format(float(value), ".6g")  # type: ignore[arg-type]


def exact(value: object) -> str:
    """The value as Python prints it after torch's `.item()`: every digit that is needed to get the same bits back."""
    return repr(value.item() if isinstance(value, np.generic) else value)


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as torch writes it, "()" for a scalar."""
    return str(tuple(int(size) for size in shape))


def about(tensor: TensorView) -> str:
    """Shape, dtype, a device that is not the processor, and where the tensor stands in autograd: its grad_fn, or a leaf."""
    parts = [shape_text(tensor.shape), tensor.dtype]
    if tensor.device != "cpu":
        parts.append(tensor.device)
    if tensor.grad_fn:
        parts.append(tensor.grad_fn.strip("<>"))
    elif tensor.requires_grad:
        parts.append("leaf")
    return " · ".join(parts)


def facts(tensor: TensorView) -> str:
    """Everything torch says of a tensor besides its numbers, a line each, under torch's names."""
    count = int(tensor.values.size)
    return "\n".join(
        (
            f"shape: {shape_text(tensor.shape)}, {count} number{'' if count == 1 else 's'}, {tensor.values.nbytes} bytes",
            f"dtype: {tensor.dtype}",
            f"device: {tensor.device}",
            f"is_leaf: {tensor.is_leaf}",
            f"requires_grad: {tensor.requires_grad}",
            f"grad_fn: {tensor.grad_fn.strip('<>') or None}",
        )
    )


def grid(values: Array, leading: tuple[int, ...] = ()) -> Array:
    """The part of an array that a table can show, as 2-D: a scalar as one cell, a vector as one row.

    `leading` picks the indices of all axes before the last two.
    """
    part = values[leading] if leading else values
    return part.reshape(1, -1) if part.ndim < 2 else part


def tab_separated(values: Array) -> str:
    """Exact values of a 2-D array, a line per row: what spreadsheets and `numpy.loadtxt` take."""
    return "\n".join("\t".join(exact(value) for value in row) for row in values)


def csv_text(values: Array) -> str:
    """A whole tensor as CSV with exact values, one line per last axis; above two axes the line starts with its indices."""
    if values.ndim <= 2:
        return "".join(",".join(exact(value) for value in row) + "\n" for row in grid(values))
    axes = [f"index_{axis}" for axis in range(values.ndim - 1)] + [
        f"value_{column}" for column in range(values.shape[-1])
    ]
    lines = [",".join(axes)]
    for index in np.ndindex(values.shape[:-1]):
        lines.append(",".join([*(str(number) for number in index), *(exact(value) for value in values[index])]))
    return "\n".join(lines) + "\n"


def npy_bytes(values: Array) -> bytes:
    """A whole tensor as a NumPy file, bit for bit, with shape and dtype: `numpy.load` reads it."""
    file = BytesIO()
    np.save(file, values, allow_pickle=False)
    return file.getvalue()


@dataclass(frozen=True, slots=True)
class Statistics:
    """What one line says of a tensor. Not-a-number entries are counted and left out of the rest; infinities stay in."""

    size: int
    low: float
    mean: float
    high: float
    std: float | None
    """With N − 1 in the denominator, as `torch.Tensor.std`; None below two values."""
    zeros: int
    nans: int


def statistics(values: Array) -> Statistics | None:
    """The statistics of all entries, summed in float64; None when there is no number among them."""
    flat: NDArray[Any] = values.ravel()
    nans = int(np.count_nonzero(np.isnan(flat))) if flat.dtype.kind == "f" else 0
    good = flat[~np.isnan(flat)] if nans else flat
    if good.size == 0:
        return None
    with np.errstate(all="ignore"):
        std = float(np.std(good, ddof=1, dtype=np.float64)) if good.size > 1 else None
        mean = float(np.mean(good, dtype=np.float64))
    zeros = good.size - int(np.count_nonzero(good))
    return Statistics(flat.size, float(good.min()), mean, float(good.max()), std, zeros, nans)


def statistics_text(values: Array) -> str:
    """One line: min, mean, max, std, zeros, and how many are not a number."""
    found = statistics(values)
    if found is None:
        return "no numbers" if values.size == 0 else f"all {values.size} values are nan"
    parts = [f"min {digits(found.low)}", f"mean {digits(found.mean)}", f"max {digits(found.high)}"]
    if found.std is not None:
        parts.append(f"std {digits(found.std)}")
    parts.append(f"zeros {found.zeros} of {found.size}")
    if found.nans:
        parts.append(f"nan {found.nans}")
    return "   ".join(parts)


def summary(values: Array, room: int = 4) -> str:
    """A tensor in one line: every number when there are at most `room`, else its Euclidean norm and its range."""
    if values.size <= room:
        return _nested(values)
    found = statistics(values)
    if found is None:
        return "nan" if values.size else "empty"
    norm = float(np.linalg.norm(np.asarray(values, dtype=np.float64).ravel()))
    return f"norm {digits(norm)}, {digits(found.low)} … {digits(found.high)}"


def _nested(values: Array) -> str:
    if values.ndim == 0:
        return digits(values[()])
    return "[" + ", ".join(_nested(np.asarray(part)) for part in values) + "]"
