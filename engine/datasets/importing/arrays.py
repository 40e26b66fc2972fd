"""Arrays in files, opened without reading them: .npy, .npz and IDX (plain and gzipped). Nothing is ever unpickled."""

from __future__ import annotations

import gzip
import math
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from engine.datasets.importing.streams import open_regular
from engine.datasets.importing.values import PIECE, Unreadable

Opener = Callable[[], Any]
"""Gives a binary stream that is a context manager."""
MOST_HEADER = 10_000
MOST_MEMBERS = 256
_IDX_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
DAMAGED = "Fetch the file again."
_BROKEN = (
    OSError,
    EOFError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    RuntimeError,
    NotImplementedError,
)


@dataclass(frozen=True, slots=True, eq=False)
class StoredArray:
    """An array that lies in a file. `open` gives a stream of the file; the numbers begin `offset` bytes behind its start."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool
    offset: int
    open: Opener

    @property
    def rows(self) -> int:
        return self.shape[0] if self.shape else 0

    def pieces(self) -> Iterator[NDArray[Any]]:
        """The array in its order in the file, some slices along the first axis (Fortran order: along the last) at a time.

        Raises:
            Unreadable: there are fewer numbers than the head of the file says, or more.
        """
        shape = self.shape[::-1] if self.fortran else self.shape
        row = math.prod(shape[1:]) * self.dtype.itemsize
        count = max(1, PIECE // max(1, row))
        try:
            with self.open() as stream:
                _skip(stream, self.offset)
                for first in range(0, shape[0], count):
                    many = min(count, shape[0] - first)
                    raw = _exactly(stream, many * row)
                    if len(raw) < many * row:
                        raise Unreadable(
                            f"{self.name} is cut off: its numbers end in row {first + len(raw) // max(1, row) + 1:,} of {shape[0]:,}.",
                            DAMAGED,
                        )
                    yield np.frombuffer(raw, self.dtype).reshape((many, *shape[1:]))
                if stream.read(1):
                    raise Unreadable(f"{self.name} holds more numbers than its head says.", DAMAGED)
        except Unreadable:
            raise
        except _BROKEN as problem:
            raise broken(self.name, problem) from problem


def broken(name: str, problem: Exception) -> Unreadable:
    """What is wrong with a damaged file."""
    return Unreadable(f"{name} is damaged ({type(problem).__name__}: {str(problem)[:80]}).", DAMAGED)


def _skip(stream: IO[bytes], count: int) -> None:
    while count > 0:
        got = len(stream.read(min(count, PIECE)))
        if not got:
            return
        count -= got


def _exactly(stream: IO[bytes], count: int) -> bytes:
    parts = []
    while count > 0:
        part = stream.read(count)
        if not part:
            break
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def npy_file(path: str) -> StoredArray:
    """The array of an .npy file. Raises Unreadable."""
    name = Path(path).name
    with open_regular(path) as stream:
        found = _npy_head(stream, name, lambda: open_regular(path))
        stream.seek(0, 2)
        size = stream.tell()
    _check_size(found, size)
    return found


def npz_file(path: str) -> tuple[StoredArray, ...]:
    """The arrays of an .npz file that hold numbers or texts. Raises Unreadable."""
    name = Path(path).name
    try:
        with open_regular(path) as stream, zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
            if not members or len(members) > MOST_MEMBERS:
                raise Unreadable(f"{name} holds {len(members):,} parts; 1 to {MOST_MEMBERS} are read.")
            return tuple(_member(path, archive, member) for member in members)
    except Unreadable:
        raise
    except _BROKEN as problem:
        raise broken(name, problem) from problem


def _member(path: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> StoredArray:
    name = member.filename.removesuffix(".npy")
    if not member.filename.endswith(".npy"):
        raise Unreadable(f"The part “{name[:60]}” of the .npz file is no array.", "Save it with numpy.savez.")
    if member.flag_bits & 1:
        raise Unreadable("The .npz file is encrypted.", "Save it without a password.")

    def again() -> Any:
        return _Member(path, member.filename)

    with archive.open(member) as stream:
        found = _npy_head(stream, name, again)
    _check_size(found, member.file_size)
    return found


class _Member:
    """A part of an archive as a stream that closes the archive with itself."""

    def __init__(self, path: str, name: str) -> None:
        self._file = open_regular(path)
        try:
            self._archive = zipfile.ZipFile(self._file)
            self._stream = self._archive.open(name)
        except BaseException:
            self._file.close()
            raise
        self.read = self._stream.read

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._archive.close()
        self._file.close()


def _npy_head(stream: IO[bytes], name: str, again: Callable[[], Any]) -> StoredArray:
    counted = _Counted(stream)
    try:
        version = npy.read_magic(counted)
        read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
        if read is None:
            raise Unreadable(
                f"{name} is of version {version[0]}.{version[1]}, which is not known.", "Save it with numpy.save."
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of heads that Python 2 wrote
            shape, fortran, dtype = read(counted, max_header_size=MOST_HEADER)
    except Unreadable:
        raise
    except Exception as problem:  # of a damaged head numpy raises what Python's own tokenizer does
        raise Unreadable(f"{name} is no NumPy array: its head is not one.", "Save it with numpy.save.") from problem
    _check_dtype(name, dtype)
    if 0 in shape or not shape:
        raise Unreadable(f"{name} holds no rows: its shape is {shape}.", "Choose another array.")
    return StoredArray(
        name, tuple(int(size) for size in shape), dtype, bool(fortran) and len(shape) > 1, counted.done, again
    )


def _check_dtype(name: str, dtype: np.dtype[Any]) -> None:
    if dtype.hasobject:
        raise Unreadable(
            f"{name} holds Python objects, which can contain program code: it is not opened.",
            "Save it as numbers: numpy.save(path, array.astype(float)).",
        )
    if dtype.kind not in "biufSU" or dtype.names:
        raise Unreadable(
            f"{name} holds values of the type {str(dtype)[:60]}, not plain numbers.", "Save it as numbers."
        )


def _check_size(array: StoredArray, size: int) -> None:
    need = array.offset + math.prod(array.shape) * array.dtype.itemsize
    if size != need:
        state = "cut off" if size < need else "longer than it should be"
        raise Unreadable(
            f"{array.name} is {state}: {need:,} bytes are expected for its shape {array.shape}, and {size:,} are there.",
            DAMAGED,
        )


class _Counted:
    """Counts what numpy reads of the head."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self.done = stream, 0

    def read(self, count: int = -1, /) -> bytes:
        data = self._stream.read(count)
        self.done += len(data)
        return data


def idx_file(path: str) -> StoredArray:
    """The array of an IDX file, gzipped or not. Raises Unreadable."""
    name = Path(path).name

    def again() -> Any:
        file = open_regular(path)
        start = file.read(2)
        file.seek(0)
        return _Gzip(file) if start == b"\x1f\x8b" else file

    try:
        with again() as stream:
            packed = isinstance(stream, gzip.GzipFile)
            head = _exactly(stream, 4)
            if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in _IDX_TYPES or not 1 <= head[3] <= 4:
                if packed:
                    what = f"{name} is packed, and what is inside is no IDX file."
                    raise Unreadable(what, "Unpack it first: of packed files only IDX is read.")
                raise Unreadable(
                    f"{name} is no IDX file: it begins with {head.hex(' ') or 'nothing'}, not with 00 00, a type and a number of axes.",
                    "Choose a file such as train-images-idx3-ubyte.",
                )
            sizes = _exactly(stream, 4 * head[3])
            if len(sizes) < 4 * head[3]:
                raise Unreadable(f"{name} is cut off in its head.", DAMAGED)
            shape = tuple(int(size) for size in np.frombuffer(sizes, ">u4"))
            if 0 in shape:
                raise Unreadable(f"{name} holds no rows: its shape is {shape}.", "Choose another file.")
            found = StoredArray(name, shape, np.dtype(_IDX_TYPES[head[2]]), False, 4 + 4 * head[3], again)
            if not packed:
                stream.seek(0, 2)
                _check_size(found, stream.tell())
    except Unreadable:
        raise
    except _BROKEN as problem:
        raise broken(name, problem) from problem
    return found


class _Gzip(gzip.GzipFile):
    """Closes the file below with itself."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(fileobj=file)
        self._below = file

    def close(self) -> None:
        super().close()
        self._below.close()
