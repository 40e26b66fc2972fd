"""What the live curves cost: steps per second with and without them in sight, once a million points are recorded.

`python -m tests.benchmarks.live CORES` trains W1 in the real window on one or two cores and prints one JSON object.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import tempfile

from PySide6.QtCore import QSettings

from gui.app import SWITCH_INTERVAL, make_application
from tests.benchmarks.window import Window, project_of, summary

POINTS = 1_000_000
TURNS = 5
SECONDS = 3.0


def resident() -> int:
    """The most bytes that the process had in memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measure(cores: int) -> dict[str, object]:
    """Everything about one number of cores."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[-cores:]))
    sys.setswitchinterval(SWITCH_INTERVAL)
    with tempfile.TemporaryDirectory() as folder:
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
        window = Window(make_application(), project_of("W1"))
        window.play()
        window.run_for(2.0)
        begun, before = window.steps, resident()
        window.bench.modes.build()  # nobody looks at the curves
        while window.steps < POINTS:
            window.run_for(1.0)
        recorded, grown = window.steps - begun, resident() - before
        turns = [(speed(window, "build"), speed(window, "train")) for _ in range(TURNS)]
        window.bench.modes.train()
        late = window.lateness(8.0)
        window.pause_latency()
        window.close()
    return {
        "points": window.steps,
        "bytes_per_step": grown / recorded,
        "unseen": statistics.median(unseen for unseen, _ in turns),
        "seen": statistics.median(seen for _, seen in turns),
        "kept": statistics.median(seen / unseen for unseen, seen in turns),
        "late": summary(late),
    }


def speed(window: Window, mode: str) -> float:
    """Steps per second in a mode of the window."""
    window.bench.modes.show(mode)
    window.run_for(0.5)
    before = window.steps
    window.run_for(SECONDS)
    return (window.steps - before) / SECONDS


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
