"""Where this computer keeps what is no part of a project."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def base(variable: str, usual: str) -> Path:
    """The user's folder for such things: from the environment variable, or the system's usual one."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home())))
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(os.environ.get(variable) or Path.home() / usual)


def state_dir() -> Path:
    """Where logs and other traces of work are kept; made when missing."""
    folder = base("XDG_STATE_HOME", ".local/state") / "chainrule"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
