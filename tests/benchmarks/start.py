"""Seconds from `python -m gui` to the first painted window, and to an engine that is ready.

`python -m tests.benchmarks.start` opens the window once, closes it, and prints one JSON object with points in time.
"""

from __future__ import annotations

import json
import sys
import time

from PySide6.QtCore import QTimer

from engine.views import RunStatus
from gui import app
from gui.workbench import Workbench


def main() -> int:
    """The real `gui.app.main`, with an onlooker."""
    moments: dict[str, float] = {}
    show = Workbench.show

    def show_and_watch(bench: Workbench, mode: str) -> None:
        looker = QTimer(bench)

        def painted() -> None:
            moments.setdefault("painted", time.time())

        def look() -> None:
            _, status = bench.session.mailbox.read("status")
            if isinstance(status, RunStatus) and status.state == "idle" and bench.session.mailbox.read("report")[0]:
                looker.stop()
                moments["ready"] = time.time()
                bench.close()

        bench.window.painted.connect(painted)
        looker.timeout.connect(look)
        looker.start(5)
        show(bench, mode)

    Workbench.show = show_and_watch  # type: ignore[method-assign]
    code = app.main([])
    print(json.dumps(moments))
    return code


if __name__ == "__main__":
    sys.exit(main())
