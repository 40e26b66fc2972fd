"""The one place that reads and writes people's files: whole or not at all, and durable when it says so.

The routine was tested against `kill -9` and cut power (reliability.md 2.6 and 4.4): temporary file in the same folder, data
fsync, read-back, rename over the target, folder fsync. Whatever fails, the file that stood there before stays as it was.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
from pathlib import Path

from engine.errors import FileProblem
from engine.views import Failure

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_KEPT = "Nothing was changed."
_FULL = (errno.ENOSPC, errno.EDQUOT) if hasattr(errno, "EDQUOT") else (errno.ENOSPC,)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


def _read_umask() -> int:
    """The process's mask for new files. Read once at import: reading means setting it, which other threads would see."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


_UMASK = _read_umask()


def atomic_write(path: str | Path, data: bytes) -> None:
    """Make `path` hold `data`, or leave it as it was. Returns when the disk has confirmed file and folder.

    A symbolic link is followed; the mode of an existing file is kept; no temporary file stays behind.

    Raises:
        engine.errors.FileProblem: full disk, read-only, missing folder, a folder with that name, or another refusal.
    """
    target = Path(os.path.realpath(path))
    try:
        mode = _mode_for(target)
        _write_and_swap(target, data, mode)
    except OSError as error:
        raise FileProblem(_write_failure(target, len(data), error)) from error
    try:
        _sync_folder(target.parent)
    except OSError as error:
        why = f"The file is in place, but the system reported: {error.strerror}."
        todo = "Save once more, or to another disk, before you rely on it."
        raise FileProblem(Failure(f"The disk did not confirm {target.name}.", why, todo)) from error


def read_file(path: str | Path, limit: int) -> bytes:
    """The bytes of a regular file of at most `limit` bytes, read whole (never mapped).

    Raises:
        engine.errors.FileProblem: missing, a folder or a device, too large, or not readable.
    """
    source = Path(os.path.realpath(path))
    try:
        about = source.stat()
        if not stat.S_ISREG(about.st_mode):
            noun = "a folder" if stat.S_ISDIR(about.st_mode) else "not a regular file"
            raise FileProblem(Failure(f"{source} cannot be read: it is {noun}.", todo="Choose a file.", kept=_KEPT))
        if about.st_size > limit:
            raise FileProblem(_too_large(source, limit))
        with source.open("rb") as file:
            data = file.read(limit + 1)  # it may have grown meanwhile
    except OSError as error:
        raise FileProblem(_read_failure(source, error)) from error
    if len(data) > limit:
        raise FileProblem(_too_large(source, limit))
    return data


def _mode_for(target: Path) -> int:
    """The mode that the file shall have. Raises OSError when the target is not a file that may be replaced."""
    try:
        about = os.stat(target)  # noqa: PTH116
    except FileNotFoundError:
        return 0o666 & ~_UMASK
    if stat.S_ISDIR(about.st_mode):
        raise IsADirectoryError(errno.EISDIR, "is a folder")
    if not stat.S_ISREG(about.st_mode):
        raise OSError(errno.EINVAL, "it is a device or a pipe, not a file")
    if not about.st_mode & 0o222:
        raise PermissionError(errno.EACCES, "the file is read-only")
    return stat.S_IMODE(about.st_mode)


def _write_and_swap(target: Path, data: bytes, mode: int) -> None:
    name = target.name.encode("utf-8", "ignore")[:80].decode("utf-8", "ignore")  # file names are limited in bytes
    temporary = target.parent / f".{name}.{os.getpid()}.{secrets.token_hex(4)}.tmp"
    descriptor = os.open(temporary, _FLAGS, 0o600)
    try:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]  # a write may be short
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, mode)
            os.fsync(descriptor)  # never retried: after a failure the kernel forgets what was not written
        finally:
            os.close(descriptor)
        _verify(temporary, data)
        os.replace(temporary, target)  # noqa: PTH105 - through `os`, as every call here, so that tests can make it fail
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise


def _verify(temporary: Path, data: bytes) -> None:
    descriptor = os.open(temporary, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        place = 0
        while piece := os.read(descriptor, 1 << 20):
            if piece != data[place : place + len(piece)]:
                break
            place += len(piece)
    finally:
        os.close(descriptor)
    if place != len(data):
        raise OSError(errno.EIO, "what was written could not be read back")


def _sync_folder(folder: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):
        return  # Windows: a folder cannot be opened; the rename itself is journalled
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network folders know no such thing
            raise
    finally:
        os.close(descriptor)


def _write_failure(target: Path, size: int, error: OSError) -> Failure:
    what = f"{target.name} could not be written"
    code = error.errno
    if code in _FULL:
        free = shutil.disk_usage(target.parent).free
        why = f"It needs {_amount(size)}; {_amount(free)} are free in {target.parent}."
        return Failure(f"{what}: the disk is full.", why, "Free some space or choose another place.", _KEPT)
    if code in (errno.ENOENT, errno.ENOTDIR):
        todo = "Make the folder first or choose another place."
        return Failure(f"{what}: the folder {target.parent} does not exist.", todo=todo, kept=_KEPT)
    if code == errno.EISDIR:
        return Failure(f"{what}: {target} is a folder.", todo="Add a file name.", kept=_KEPT)
    if code in _REFUSED:
        why = f"{target} cannot be written to: {error.strerror}."
        return Failure(f"{what}: writing is not allowed there.", why, "Choose another place.", _KEPT)
    why = f"The system reported: {error.strerror or error}."
    return Failure(f"{what} to {target.parent}.", why, "Choose another place or name.", _KEPT)


def _read_failure(source: Path, error: OSError) -> Failure:
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return Failure(f"There is no file {source}.", todo="Check the name and the folder.")
    if isinstance(error, PermissionError):
        return Failure(f"{source} may not be read.", todo="Ask for the right to read it, or copy it elsewhere.")
    return Failure(f"{source} could not be read.", f"The system reported: {error.strerror or error}.", "Try once more.")


def _too_large(source: Path, limit: int) -> Failure:
    return Failure(f"{source} is larger than {_amount(limit)}.", todo="Choose a smaller file.", kept=_KEPT)


def _amount(size: int) -> str:
    number = float(size)
    for unit in ("bytes", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"
