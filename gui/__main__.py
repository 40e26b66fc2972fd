"""`python3 -m gui [FILE]`: installs what is missing and opens Chainrule; without a screen, trains the ready example."""

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


def main(arguments: list[str], purpose: Purpose) -> int:
    """Open the window, or do the same job without one."""
    if purpose == "window":
        from gui.app import main as open_window

        return open_window(arguments)
    from gui.without_screen import main as train_example

    return train_example([argument for argument in arguments if argument != "--headless"])


if __name__ == "__main__":
    PURPOSE: Purpose = "window" if has_screen() and "--headless" not in sys.argv else "headless"
    set_up.ready("gui", PURPOSE)
    sys.exit(main(sys.argv[1:], PURPOSE))
