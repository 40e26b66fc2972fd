"""Which files may be read without asking: those that somebody on this computer chose.

A project that comes from elsewhere names files too. Reading what it names would open network shares and other people's files,
so nothing is read until the file was chosen here, in the window or on the command line.
"""

from __future__ import annotations

import json
import os
import threading

from engine.errors import AppError
from engine.files import atomic_write, read_file
from engine.places import state_dir

MOST = 500
_lock = threading.Lock()
_chosen: dict[str, None] = {}
"""Chosen since the program started; the list on disk holds those of before."""


def allow(path: str) -> None:
    """Somebody chose this file, or folder. It is remembered; where that cannot be written down, until the program ends."""
    full = os.path.realpath(path)
    with _lock:
        _chosen[full] = None
        listed = _listed()
        if full in listed:
            return
        try:
            atomic_write(state_dir() / "data-files.json", json.dumps([*listed, full][-MOST:]).encode())
        except (AppError, OSError):
            return


def is_allowed(path: str) -> bool:
    """Whether the file was chosen on this computer."""
    full = os.path.realpath(path)
    with _lock:
        return full in _chosen or full in _listed()


def _listed() -> list[str]:
    try:
        value = json.loads(read_file(state_dir() / "data-files.json", 4_000_000))
    except (AppError, OSError, ValueError):
        return []
    return [path for path in value if isinstance(path, str)] if isinstance(value, list) else []
