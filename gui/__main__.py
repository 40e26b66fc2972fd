"""`python3 -m gui [FILE]`: installs what is missing and opens Chainrule; without a screen, trains the ready example."""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # before the current folder, which may hold another `engine`

from engine import set_up  # noqa: E402
from engine.set_up.console import Purpose  # noqa: E402


def has_screen() -> bool:
    """Whether a window can be shown: always on Windows and macOS, elsewhere where a display is named."""
    if os.name == "nt" or sys.platform == "darwin":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def read_arguments(arguments: list[str]) -> argparse.Namespace:
    """FILE and --headless; ends the process with exit code 2 on anything else."""
    parser = argparse.ArgumentParser(
        "python3 -m gui", description="Opens Chainrule. The first start installs what is missing."
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="a project (.chainrule) to open")
    parser.add_argument(
        "--headless",
        action="store_true",
        help="open no window: train the digits example, or FILE, and write model, curves, graph and a picture of the window "
        "to chainrule-output. That is also what happens where there is no screen.",
    )
    return parser.parse_args(arguments)


def main(arguments: argparse.Namespace, purpose: Purpose) -> int:
    """Open the window, or do the same job without one."""
    if purpose == "window":
        from gui.app import main as open_window

        return open_window([arguments.file] if arguments.file else [])
    from gui.without_screen import main as train

    return train(arguments.file)


if __name__ == "__main__":
    ARGUMENTS = read_arguments(sys.argv[1:])
    PURPOSE: Purpose = "window" if has_screen() and not ARGUMENTS.headless else "headless"
    set_up.ready("gui", PURPOSE)
    sys.exit(main(ARGUMENTS, PURPOSE))
