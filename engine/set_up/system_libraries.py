"""The shared libraries that Qt loads from the system: which are missing, and how they come. Standard library only.

Qt's wheels bring Qt, but take fonts, OpenGL and the X protocol from the system. Windows and macOS always have these;
a small Debian or Ubuntu does not. The names were read off `ldd` of the wheel's own plugins.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from pathlib import Path

from engine.set_up.console import Purpose, SetUpError, run_quietly, say

IMPORTING = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
}
"""Without these Qt cannot even be imported. Library → Debian package."""
SHOWING = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""Without these there is no window on an X screen."""
TESTING = {"Xvfb": "xvfb", "xauth": "xauth"}
"""Programs for the tests that need a real X screen."""
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
FONTS = "fonts-dejavu-core"
ASK_NOTHING = "DEBIAN_FRONTEND=noninteractive"


def install_missing(purpose: Purpose, log: Path) -> None:
    """On Debian and its kin, install what is missing for `purpose`; elsewhere say what is.

    Raises:
        SetUpError: when something is missing that cannot be installed from here; the text has the line to run.
    """
    if not sys.platform.startswith("linux"):
        return
    missing = missing_packages(purpose)
    if not missing:
        return
    if not shutil.which("apt-get"):
        say(f"These system libraries are missing, under the names that Debian gives them: {' '.join(missing)}")
        raise SetUpError("Install them with your system's package manager, then start again.")
    say(f"Installing system libraries: {' '.join(missing)}")
    _apt_install(missing, log)


def missing_packages(purpose: Purpose) -> list[str]:
    """The Debian packages that are not there, of those that `purpose` needs."""
    libraries = IMPORTING if purpose == "headless" else {**IMPORTING, **SHOWING}
    missing = [package for library, package in libraries.items() if not _loads(library)]
    if not any(font for folder in FONT_FOLDERS for font in Path(folder).expanduser().rglob("*.[ot]tf")):
        missing.append(FONTS)
    if purpose == "tests":
        missing += [package for program, package in TESTING.items() if not shutil.which(program)]
    return missing


def install_venv_module(python: str, log: Path) -> None:
    """Debian keeps a part of Python's own `venv` in a package of its own; install that where it may be installed."""
    system_python = Path(python).resolve()
    if shutil.which("apt-get") and system_python.parent == Path("/usr/bin"):
        say(f"Installing {system_python.name}-venv")
        try:
            _apt_install([f"{system_python.name}-venv"], log)
        except SetUpError:
            say("That did not work; going on without it")


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _apt_install(packages: list[str], log: Path) -> None:
    prefix = _as_root(log)
    line = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    by_hand = f"sudo apt-get update; sudo {line}"
    if prefix is None:
        raise SetUpError(f"That needs administrator rights. Run this line, then start again:\n  {by_hand}")
    wait = ("-o", "DPkg::Lock::Timeout=300")
    run_quietly([*prefix, "apt-get", *wait, "update"], log)  # a list that is out of date may still do
    if not run_quietly([*prefix, *line.split(), *wait], log):
        raise SetUpError(
            f"apt-get could not install them; the reason is at the end of {log}. Run this line, then start again:\n  {by_hand}"
        )


def _as_root(log: Path) -> list[str] | None:
    """What to write before a command so that it runs as root and asks nothing; None when that is not possible."""
    if os.geteuid() == 0:
        return ["env", ASK_NOTHING]
    if shutil.which("sudo") and run_quietly(["sudo", "-n", "true"], log):
        return ["sudo", "-n", "env", ASK_NOTHING]
    return None
