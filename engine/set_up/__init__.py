"""Makes a fresh checkout ready to run: its own `.venv`, the Python packages, the system libraries that the window needs.

`gui/__main__.py` and `tests/__main__.py` call `ready` before anything else, with whatever Python the user typed. So this
package uses the standard library only. When nothing changed since the last start, all that happens is one hash and the
reading of one small file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path

from engine.set_up import packages, system_libraries
from engine.set_up.console import Purpose, SetUpError, run_quietly, say

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
STAMP = VENV / "chainrule-stamp.json"
LOG = ROOT / ".venv-set-up.log"
LOCK = ROOT / ".venv-set-up.lock"
OLDEST = (3, 11)
NEWEST = (3, 14)
"""The newest Python for which the pinned PySide6 and torch have wheels."""
PURPOSES: tuple[Purpose, ...] = ("headless", "window", "tests")
"""Each needs all that the ones before it need."""
CHECK = "import PySide6.QtWidgets, PySide6.QtSvg, pyqtgraph, safetensors, torch, torchviz"
"""What must be importable after an installation. For the tests, pytest and its kin too."""


def ready(module: str, purpose: Purpose) -> None:
    """Return only inside the checkout's `.venv` with everything there that `purpose` needs.

    Otherwise sets that up and starts `python -m MODULE` again in the `.venv`, with the same arguments. Ends the process
    with a plain sentence and exit code 1 when something cannot be set up.
    """
    try:
        _tell_of_a_foreign_engine()
        if not _is_current(purpose):
            _set_up(purpose)
        if not inside_venv():
            _start_again(module)
    except (SetUpError, OSError) as error:
        say(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        say("Stopped. The next start goes on from here.")
        sys.exit(130)


def inside_venv() -> bool:
    """Whether this very Python is the checkout's own."""
    return Path(sys.prefix).resolve() == VENV.resolve()


def venv_python() -> Path:
    """The Python of the checkout's `.venv`."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def wanted() -> str:
    """A hash over all that decides what `.venv` must hold: pyproject.toml, and where the checkout lies."""
    return hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + os.fsencode(ROOT)).hexdigest()


def _tell_of_a_foreign_engine() -> None:
    """`python -m` looks for modules in the current folder too; one called like ours there is worth a word."""
    for name in ("engine", "gui"):
        found = PathFinder.find_spec(name, [str(Path.cwd())])
        if found is not None and found.origin and Path(found.origin).resolve().parent != ROOT / name:
            say(f"Note: {found.origin} has the name of a part of Chainrule, but is not Chainrule's. It is not used.")


def _is_current(purpose: Purpose) -> bool:
    enough = PURPOSES[PURPOSES.index(purpose) :]
    return venv_python().exists() and any(one in enough for one in _stamped())


def _stamped() -> list[str]:
    """What the `.venv` was completely set up for; nothing when pyproject.toml or the place changed since."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
        return list(stamp["ready"]) if stamp["wanted"] == wanted() else []
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _set_up(purpose: Purpose) -> None:
    with _alone():
        if _is_current(purpose):  # another start did it while this one waited
            return
        done = {*_stamped(), purpose}
        say("Setting up Chainrule. The first time this takes a few minutes.")
        LOG.write_text("", encoding="utf-8")
        python = _suitable_python()
        system_libraries.install_missing(purpose, LOG)
        _make_venv(python)
        STAMP.unlink(missing_ok=True)  # an interruption from here on leaves no stamp: the next start repairs
        packages.install(venv_python(), ROOT, purpose, LOG)
        _try_out(purpose)
        fresh = STAMP.with_suffix(".new")
        fresh.write_text(json.dumps({"wanted": wanted(), "ready": sorted(done)}), encoding="utf-8")
        fresh.replace(STAMP)
        say("Everything is in place.")


def _suitable_python() -> str:
    """The running Python if it fits, else one on PATH that does."""
    running = sys.version_info[:2]
    if OLDEST <= running <= NEWEST:
        return sys.executable
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            say(f"This Python is {running[0]}.{running[1]}; using {found}.")
            return found
    raise SetUpError(
        f"Chainrule needs Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}, and this is {running[0]}.{running[1]} "
        f"({sys.executable}). Install one of those and start again with it."
    )


def _make_venv(python: str) -> None:
    """A `.venv` whose Python runs and has pip; one that does not is made anew."""
    if venv_python().exists() and run_quietly([venv_python(), "-m", "pip", "--version"], LOG):
        return
    if inside_venv():
        raise SetUpError(
            f"The Python environment {VENV} is damaged. Leave it (`deactivate`), delete it, and start again."
        )
    if VENV.exists():
        say("The Python environment in .venv is incomplete; making it anew")
        shutil.rmtree(VENV)
    else:
        say("Making a Python environment in .venv")
    if not _has_ensurepip(python):
        system_libraries.install_venv_module(python, LOG)
    if _has_ensurepip(python) and run_quietly([python, "-m", "venv", VENV], LOG):
        return
    say("This Python comes without pip; fetching pip")
    if not run_quietly([python, "-m", "venv", "--clear", "--without-pip", VENV], LOG):
        raise SetUpError(f"Python could not make the environment {VENV}. The reason is at the end of {LOG}.")
    packages.install_pip(venv_python(), LOG)


def _has_ensurepip(python: str) -> bool:
    return run_quietly([python, "-c", "import ensurepip"], LOG)


def _try_out(purpose: Purpose) -> None:
    say("Trying the packages out")
    if not run_quietly(
        [venv_python(), "-c", CHECK + (", hypothesis, pytest, pytestqt" if purpose == "tests" else "")], LOG
    ):
        raise SetUpError(
            f"The packages were installed but do not start; the reason is at the end of {LOG}. "
            f"If that is not a missing system library, delete {VENV} and start again."
        )


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One set-up at a time. The system frees the lock when its process dies."""
    with LOCK.open("w") as file:
        if os.name == "nt":
            _lock_on_windows(file.fileno())
        else:
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Another start is setting Chainrule up; waiting for it")
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _lock_on_windows(descriptor: int) -> None:
    import msvcrt

    while True:
        with contextlib.suppress(OSError):  # raised after ten seconds of waiting
            msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined, unused-ignore]
            return


def _start_again(module: str) -> None:
    command = [str(venv_python()), "-m", module, *sys.argv[1:]]
    sys.stdout.flush()
    if os.name != "nt":
        os.execv(command[0], command)
    import subprocess

    sys.exit(subprocess.call(command))  # Windows has no exec that keeps the console
