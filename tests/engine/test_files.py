"""atomic_write: old file or new file, never neither, whatever fails and wherever."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from engine import files
from engine.errors import FileProblem

OLD, NEW = b"the old content", b"the new content, " * 5000


class FaultyOs:
    """Stands in for `os` inside engine.files; its N-th input or output call fails with the given code."""

    CALLS = ("stat", "open", "write", "fchmod", "fsync", "close", "read", "replace")

    def __init__(self, fail_at: int, code: int) -> None:
        self.calls = 0
        self.fail_at = fail_at
        self.code = code

    def __getattr__(self, name: str) -> object:
        real = getattr(os, name)
        if name not in self.CALLS:
            return real

        def counted(*args: object, **kwargs: object) -> object:
            self.calls += 1
            if self.calls == self.fail_at:
                if name == "close":
                    real(*args)  # the descriptor is gone even when close reports an error
                raise OSError(self.code, os.strerror(self.code))
            return real(*args, **kwargs)

        return counted


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_writes_new_and_replaces_old(tmp_path: Path) -> None:
    target = tmp_path / "a.bin"
    files.atomic_write(target, OLD)
    assert target.read_bytes() == OLD
    files.atomic_write(target, NEW)
    assert target.read_bytes() == NEW
    files.atomic_write(str(target), b"")
    assert target.read_bytes() == b""
    assert leftovers(tmp_path) == ["a.bin"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_keeps_the_mode_and_gives_new_files_the_usual_one(tmp_path: Path) -> None:
    target = tmp_path / "a.bin"
    files.atomic_write(target, OLD)
    assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~files._UMASK
    target.chmod(0o640)
    files.atomic_write(target, NEW)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_follows_a_symbolic_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target = tmp_path / "real" / "a.bin"
    target.write_bytes(OLD)
    link = tmp_path / "link.bin"
    link.symlink_to(target)
    files.atomic_write(link, NEW)
    assert link.is_symlink()
    assert target.read_bytes() == NEW


def test_a_name_as_long_as_the_system_allows(tmp_path: Path) -> None:
    target = tmp_path / ("網" * 80 + ".chainrule")
    files.atomic_write(target, NEW)
    assert target.read_bytes() == NEW


def calls_of_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    counter = FaultyOs(0, 0)
    with monkeypatch.context() as patch:
        patch.setattr(files, "os", counter)
        files.atomic_write(tmp_path / "count.bin", NEW)
    (tmp_path / "count.bin").unlink()
    return counter.calls


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES])
def test_every_single_call_may_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    total = calls_of_one_write(tmp_path, monkeypatch)
    assert total >= 10
    target = tmp_path / "a.bin"
    outcomes = []
    for fail_at in range(1, total + 1):
        target.write_bytes(OLD)
        with monkeypatch.context() as patch:
            patch.setattr(files, "os", FaultyOs(fail_at, code))
            with pytest.raises(FileProblem) as caught:
                files.atomic_write(target, NEW)
        assert caught.value.failure.what.endswith(".") and len(caught.value.failure.what) < 200
        assert caught.value.failure.todo
        outcomes.append(target.read_bytes())
        assert leftovers(tmp_path) == ["a.bin"], f"call {fail_at} left something behind"
    # Only the three calls on the folder (open, fsync, close) come after the swap.
    assert outcomes == [OLD] * (total - 3) + [NEW] * 3


def test_short_writes_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(files.os, "write", lambda fd, data: real(fd, data[:1000]))
    files.atomic_write(tmp_path / "a.bin", NEW)
    assert (tmp_path / "a.bin").read_bytes() == NEW


def test_a_disk_that_lies_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a.bin"
    target.write_bytes(OLD)
    monkeypatch.setattr(files.os, "write", lambda fd, data: len(data))
    with pytest.raises(FileProblem, match="read back"):
        files.atomic_write(target, NEW)
    assert target.read_bytes() == OLD
    assert leftovers(tmp_path) == ["a.bin"]


def test_refusals_say_what_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="does not exist") as missing:
        files.atomic_write(tmp_path / "no" / "a.bin", NEW)
    assert str(tmp_path / "no") in str(missing.value)
    with pytest.raises(FileProblem, match="is a folder"):
        files.atomic_write(tmp_path, NEW)
    locked = tmp_path / "locked.bin"
    locked.write_bytes(OLD)
    locked.chmod(0o444)
    with pytest.raises(FileProblem, match="read-only"):
        files.atomic_write(locked, NEW)
    assert locked.read_bytes() == OLD


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_devices_are_never_replaced() -> None:
    with pytest.raises(FileProblem, match="device"):
        files.atomic_write("/dev/full", NEW)
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_reading(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(OLD)
    assert files.read_file(tmp_path / "a.bin", len(OLD)) == OLD
    with pytest.raises(FileProblem, match="larger"):
        files.read_file(tmp_path / "a.bin", len(OLD) - 1)
    with pytest.raises(FileProblem, match="no file"):
        files.read_file(tmp_path / "b.bin", 10)
    with pytest.raises(FileProblem, match="folder"):
        files.read_file(tmp_path, 10)
