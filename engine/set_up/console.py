"""Sentences for the person in front of the terminal, and commands whose output goes to a log file. Standard library only."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

Purpose = Literal["window", "headless", "tests"]
"""What a checkout is set up for."""


class SetUpError(Exception):
    """Set-up cannot go on; the text says what failed and what to do."""


def say(text: str) -> None:
    """One line on standard error, at once: standard output belongs to the program that is started."""
    sys.stderr.write(f"chainrule: {text}\n")
    sys.stderr.flush()


def run_quietly(command: Sequence[str | Path], log: Path) -> bool:
    """Run a command with its output appended to `log`; whether it ended with exit code 0."""
    import subprocess

    with log.open("a", encoding="utf-8") as file:
        file.write(f"\n$ {' '.join(map(str, command))}\n")
        file.flush()
        try:
            finished = subprocess.run(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                check=False,
            )
        except OSError as error:
            file.write(f"{error}\n")
            return False
    return finished.returncode == 0
