"""What `python -m gui` does where no window can be shown: trains a project and writes everything there is to see of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from engine.cli import main as command_line
from engine.errors import AppError

FOLDER = "chainrule-output"
EXAMPLE = "digits"


def main(file: str | None) -> int:
    """Train `file`, or the digits example, into the folder `chainrule-output`. Returns the exit code."""
    sys.stderr.write(
        f"There is no window here: training {file or 'the digits example'} and writing the results to files.\n"
    )
    code = command_line(["train", file or EXAMPLE, "--out", FOLDER])
    if code != 0:
        return code
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from gui.screenshot import take

    picture = Path(FOLDER, "window.png")
    try:
        take(str(Path(FOLDER, "project.chainrule")), picture, "train", epochs=0)
    except AppError as error:
        sys.stderr.write(f"The picture of the window is missing: {error}\n")
        return 1
    sys.stdout.write(f"  {picture}\n\nEverything is in {Path(FOLDER).resolve()}\n")
    return 0
