"""Arrays as safetensors bytes and back. The header is checked here before anything is allocated or handed to the library."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.archive import DAMAGED, parse_json
from engine.errors import ProjectError

MAX_HEADER = 1024 * 1024
MAX_TENSORS = 10_000
MAX_NAME = 200
MAX_AXES = 8

Arrays = dict[str, NDArray[np.generic]]

_DTYPES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "I64": "int64",
    "I32": "int32",
    "U8": "uint8",
    "BOOL": "bool",
}


def dump_arrays(arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    """The arrays as one safetensors block."""
    from safetensors.numpy import save

    return save({name: np.array(array, order="C", copy=True) for name, array in arrays.items()})


def parse_arrays(data: bytes, member: str) -> Arrays:
    """The arrays of a safetensors block, read-only views of `data`.

    Raises:
        engine.errors.ProjectError: header too large or not sound, a dtype or shape that is not allowed, gaps or overlaps.
    """
    if len(data) < 8:
        raise ProjectError(member, "The list of tensors is cut off.", DAMAGED)
    size = int.from_bytes(data[:8], "little")
    if size > min(MAX_HEADER, len(data) - 8):
        raise ProjectError(member, "The list of tensors is cut off or larger than 1 MiB.", DAMAGED)
    header = parse_json(data[8 : 8 + size], member)
    if not isinstance(header, dict) or len(header) > MAX_TENSORS:
        raise ProjectError(member, f"A list of at most {MAX_TENSORS:,} tensors is expected.", DAMAGED)
    body = memoryview(data)[8 + size :]
    found: list[tuple[int, int, str, NDArray[np.generic]]] = []
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end, array = _array(name, entry, body, member)
            found.append((begin, end, name, array))
    expected = 0
    for begin, end, name, _ in sorted(found, key=lambda row: row[:2]):
        if begin != expected:
            raise ProjectError(member, f"The tensor {name!r} is not where it should be.", DAMAGED)
        expected = end
    if expected != len(body):
        raise ProjectError(member, "Bytes are left over that belong to no tensor.", DAMAGED)
    return {name: array for _, _, name, array in found}


def check_shapes(arrays: Arrays, expected: Mapping[str, tuple[tuple[int, ...], str]], member: str) -> None:
    """Compare names, shapes and dtypes ("float32") with what the network needs, before any of them is used.

    Raises:
        engine.errors.ProjectError: the first difference.
    """
    for name in sorted(set(arrays) ^ set(expected)):
        text = f"The tensor {name!r} is missing." if name in expected else f"The network has no tensor {name!r}."
        raise ProjectError(member, text, DAMAGED)
    for name, (shape, dtype) in expected.items():
        array = arrays[name]
        if array.shape != shape or str(array.dtype) != dtype:
            text = f"The tensor {name!r} is {array.dtype} {array.shape}, but the network needs {dtype} {shape}."
            raise ProjectError(member, text, DAMAGED)


def _array(name: str, entry: object, body: memoryview, member: str) -> tuple[int, int, NDArray[np.generic]]:
    known: dict[str, Any] = entry if isinstance(entry, dict) else {}
    dtype, shape, offsets = known.get("dtype"), _sizes(known.get("shape")), _sizes(known.get("data_offsets"))
    sound = len(name) <= MAX_NAME and set(known) == {"dtype", "shape", "data_offsets"} and dtype in _DTYPES
    if not sound or shape is None or len(shape) > MAX_AXES or offsets is None or len(offsets) != 2:
        raise ProjectError(member, f"The tensor {name[:60]!r} is not described as it should be.", DAMAGED)
    kind = np.dtype(_DTYPES[str(dtype)])
    begin, end = offsets
    if not 0 <= begin <= end <= len(body) or math.prod(shape) * kind.itemsize != end - begin:
        raise ProjectError(member, f"The tensor {name[:60]!r} does not have the size that its shape says.", DAMAGED)
    array = np.frombuffer(body[begin:end], dtype=kind).reshape(shape)
    return begin, end, array


def _sizes(value: object) -> list[int] | None:
    """The value if it is a list of sizes."""
    if isinstance(value, list) and all(type(size) is int and 0 <= size < 2**40 for size in value):
        return value
    return None
