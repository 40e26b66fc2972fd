"""Opens files for reading: regular files only, counted and hashed on the way."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from pathlib import Path
from typing import BinaryIO

from engine.datasets.importing.values import Unreadable


def open_regular(path: str) -> BinaryIO:
    """The file, opened. Folders, devices and pipes are refused before anything is read.

    Raises:
        Unreadable: it is not there, not readable, or no regular file.
    """
    name = Path(path).name or path
    try:
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
        if Path(path).is_dir():
            raise Unreadable(
                f"{name} is a folder, not a file.", "Choose a file, or a folder with one folder per class."
            )
        handle = os.open(path, flags)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise Unreadable(f"{name} is no ordinary file.", "Choose a data file.")
        return os.fdopen(handle, "rb")
    except (OSError, ValueError) as problem:
        raise cannot_open(name, problem) from problem


def cannot_open(name: str, problem: Exception) -> Unreadable:
    """What the system said, in words."""
    if isinstance(problem, FileNotFoundError):
        return Unreadable(f"{name} is not there any more.", "Look where it was moved to, and choose it there.")
    if isinstance(problem, PermissionError):
        return Unreadable(f"{name} may not be read.", "Ask for the right to read it, or copy it to your own folder.")
    reason = getattr(problem, "strerror", None) or str(problem)
    return Unreadable(f"{name} cannot be read ({reason}).", "Check the disk, then choose the file again.")


class Hashed(io.RawIOBase):
    """A file that hashes what is read from it, from its beginning to its end, once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.size = os.fstat(file.fileno()).st_size
        self.done = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        got = self._file.readinto(view)  # type: ignore[attr-defined]
        self._hash.update(view[:got])
        self.done += got
        return int(got)

    def finish(self) -> str:
        """The SHA-256 of the whole file, in hexadecimal digits; what was not read yet is read now."""
        buffer = bytearray(1 << 18)
        while self.readinto(buffer):
            pass
        return self._hash.hexdigest()

    @property
    def share(self) -> float:
        """How much of the file was read, 0 to 1."""
        return min(1.0, self.done / self.size) if self.size else 1.0

    def close(self) -> None:
        self._file.close()
        super().close()


def hash_file(path: str) -> tuple[int, str]:
    """Size in bytes and SHA-256 of a file. Raises Unreadable."""
    with Hashed(open_regular(path)) as stream:
        return stream.size, stream.finish()
