"""Data sets that were read from files. Reading takes its time, so they are kept, and read in pieces by whoever has a thread."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from engine.datasets.dataset import DataError, Dataset
from engine.datasets.importing.known import is_allowed
from engine.datasets.importing.plan import plan_of
from engine.datasets.importing.values import Unreadable
from engine.spec import Choice

FEW = 64 * 2**20
"""Bytes up to which several data sets are kept; of larger ones only the last."""
MOST = 4


class BeingRead(DataError):  # noqa: N818 - a state that passes
    """The file is being read on the engine thread; in a moment it is there."""


_kept: dict[Choice, Dataset | DataError] = {}
_pending: dict[Choice, float] = {}


def ready(choice: Choice) -> bool:
    """Whether the data set, or what is wrong with it, is known."""
    return choice in _kept


def begin(choice: Choice) -> Generator[float, None, None]:
    """Read the file in pieces; yields the share that was read. Until it ends, `take` raises BeingRead."""
    _pending[choice] = 0.0
    try:
        for share in _reading(choice):
            _pending[choice] = share
            yield share
    finally:
        del _pending[choice]


def take(choice: Choice) -> Dataset:
    """The data set of a file, read now where nobody began to.

    Raises:
        BeingRead: it is being read in pieces.
        DataError: the file cannot be read, or was not chosen on this computer.
    """
    if choice in _pending:
        raise BeingRead(f"{_name(choice)} is being read: {_pending[choice]:.0%}.")
    if choice not in _kept:
        for _ in _reading(choice):
            pass
    found = _kept[choice]
    if isinstance(found, DataError):
        raise DataError(str(found))
    return found


def forget() -> None:
    """Read every file again when it is wanted next."""
    _kept.clear()


def _reading(choice: Choice) -> Generator[float, None, None]:
    from engine.datasets.importing.reader import read  # Pillow comes with it, and the window starts without

    try:
        plan = plan_of(choice)
        if not is_allowed(plan.path):
            raise Unreadable(
                f"The data lies in {plan.path}, which was not chosen on this computer, so it is not opened.",
                "Choose it with Locate in the Data panel, or look at it once with: chainrule data FILE.",
            )
        if plan.targets and plan.format != "npz" and not is_allowed(plan.targets):
            raise Unreadable(
                f"The labels lie in {plan.targets}, which was not chosen on this computer.", "Import the data again."
            )
        found: Dataset | DataError = yield from read(plan)
    except DataError as problem:
        found = DataError(f"{_name(choice)}: {problem}")  # without its traceback: it is kept
    _keep(choice, found)


def _keep(choice: Choice, found: Dataset | DataError) -> None:
    size = found.features.nbytes if isinstance(found, Dataset) else 0
    held = sum(old.features.nbytes for old in _kept.values() if isinstance(old, Dataset))
    while _kept and (len(_kept) >= MOST or size + held > FEW):
        oldest = _kept.pop(next(iter(_kept)))
        held -= oldest.features.nbytes if isinstance(oldest, Dataset) else 0
    _kept[choice] = found


def _name(choice: Choice) -> str:
    return Path(str(choice.get("path"))).name or "Your file"
