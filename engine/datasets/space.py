"""Room for many numbers: in memory where they fit, else in a scratch file that is mapped and goes when it is no longer used."""

from __future__ import annotations

import math
import shutil
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.datasets.dataset import DataError, Floats

SHARE = 0.3
"""Of the memory that is free, one array may take so much: rows and their parts together take twice as much."""
DISK_SHARE = 0.8
USUAL = 4 << 30
"""Bytes that are taken to be free where the system does not say."""
SMALL = 1 << 20
"""Bytes that are never worth a file."""


def free_memory() -> int:
    """Bytes that can be had without swapping."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return USUAL


def free_disk() -> int:
    """Bytes that scratch files may take."""
    return shutil.disk_usage(tempfile.gettempdir()).free


def check_room(shape: tuple[int, ...], what: str, itemsize: int = 4) -> None:
    """Raises DataError when an array of this shape fits neither into memory nor onto the disk."""
    need, free = math.prod(shape) * itemsize, free_memory()
    if need <= max(SMALL, SHARE * free) or need <= DISK_SHARE * free_disk():
        return
    sizes = " × ".join(f"{size:,}" for size in shape)
    raise DataError(
        f"{what} would be {sizes} numbers: {size_text(need)}. {size_text(free)} of memory and {size_text(free_disk())} of disk "
        "are free. Take fewer columns or rows."
    )


def numbers(shape: tuple[int, ...], held: int = 0) -> Floats:
    """An array of float32 with this shape; what is in it is arbitrary. `held`: bytes of the same data that are in memory already.

    Raises:
        DataError: there is no room for it.
    """
    check_room(shape, "The data")
    need = math.prod(shape) * 4
    if need <= SMALL or need + held <= SHARE * (free_memory() + held):
        return np.empty(shape, np.float32)
    with tempfile.TemporaryFile(
        prefix="chainrule-"
    ) as scratch:  # the map outlives the handle, and the file has no name
        return np.memmap(scratch, np.float32, "w+", shape=shape)


def picked(features: Floats, rows: NDArray[np.int64]) -> Floats:
    """These rows, copied: into memory where they fit."""
    shape = (len(rows), *features.shape[1:])
    if math.prod(shape) * 4 <= SMALL:
        return features[rows]
    found = numbers(shape)
    step = block_rows(features)
    for at in range(0, len(rows), step):
        found[at : at + step] = features[rows[at : at + step]]
    return found


def block_rows(features: Floats) -> int:
    """Rows that make about eight megabytes."""
    return max(1, 2**23 * len(features) // max(1, features.nbytes))


def size_text(count: float) -> str:
    """Bytes as people say them: 1.5 MB."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if count < 1000 or unit == "TB":
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.3g} {unit}"
        count /= 1000
    return ""
