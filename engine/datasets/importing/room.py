"""Whether what a file claims to hold fits into memory: asked before anything is allocated."""

from __future__ import annotations

import math
from pathlib import Path

from engine.datasets.importing.values import Unreadable

SHARE = 0.6
"""Of the memory that is free, data may take so much."""
USUAL = 4 << 30
"""Bytes that are taken to be free where the system does not say."""


def free_memory() -> int:
    """Bytes that can be had without swapping."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return USUAL


def check_room(shape: tuple[int, ...], what: str, itemsize: int = 4) -> None:
    """Raises Unreadable when an array of this shape does not fit into the free memory."""
    need, free = math.prod(shape) * itemsize, free_memory()
    if need > SHARE * free:
        sizes = " × ".join(f"{size:,}" for size in shape)
        raise Unreadable(
            f"{what} would be {sizes} numbers: {size_text(need)}, and {size_text(free)} of memory are free.",
            "Take fewer columns or rows.",
        )


def size_text(count: float) -> str:
    """Bytes as people say them: 1.5 MB."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if count < 1000 or unit == "TB":
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.3g} {unit}"
        count /= 1000
    return ""
