"""Milliseconds to record the tape of a step, and from a move of the cursor to the painted frame, in the real window.

`python -m tests.benchmarks.stepping` measures S3 and the digits' network and prints one JSON object.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from engine.commands import TakeApart
from engine.examples import example
from engine.tensors.check import check, prepared_or_error
from engine.tensors.tape import record
from engine.tensors.train import Run
from gui.app import make_application
from gui.settings import Settings
from gui.workbench import Workbench

NAMES = ("s3", "digits")
RECORDINGS = 9
ROUNDS = 3
PATIENCE = 60.0


def recording(name: str) -> list[float]:
    """How long `record` takes, without the first time, which loads what it needs."""
    project = example(name)
    prepared = prepared_or_error(project.data)
    run = Run(project, check(project, prepared), prepared)  # type: ignore[arg-type]
    times = []
    for _ in range(RECORDINGS + 1):
        begin = time.perf_counter()
        record(run)
        times.append(1000 * (time.perf_counter() - begin))
    return times[1:]


def wait(ready: object) -> None:
    """Let the window live until it is so."""
    begin = time.perf_counter()
    while not ready():  # type: ignore[operator]
        if time.perf_counter() - begin > PATIENCE:
            raise SystemExit("the window did not answer")
        loop = QEventLoop()
        QTimer.singleShot(20, loop.quit)
        loop.exec()


def moving(app: QApplication, name: str, folder: Path) -> list[float]:
    """Every move along the tape, forth and back, until nothing is left to be painted."""
    bench = Workbench(app, example(name), Settings(folder / f"{name}.ini"), "light")
    bench.window.resize(1280, 800)
    bench.show("step")
    bench.finish()
    wait(lambda: bench.running.report is not None and bench.running.status.state != "boot")
    bench.session.send(TakeApart())
    wait(lambda: bench.stepping.tape is not None)
    tape = bench.stepping.tape
    assert tape is not None
    app.processEvents()
    places = list(range(1, len(tape.events))) + list(range(len(tape.events) - 2, -1, -1))
    times = []
    for place in places * ROUNDS:
        begin = time.perf_counter()
        bench.stepping.move_to(place)
        app.processEvents()
        times.append(1000 * (time.perf_counter() - begin))
    bench.end()
    wait(lambda: not bench.session.alive)
    return times


def summary(times: list[float]) -> dict[str, float]:
    """Median, 95th percentile and worst."""
    ordered = sorted(times)
    return {
        "median_ms": round(statistics.median(ordered), 2),
        "p95_ms": round(ordered[int(0.95 * (len(ordered) - 1))], 2),
        "worst_ms": round(ordered[-1], 2),
    }


def main() -> int:
    app = make_application()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in NAMES:
            found[f"{name}, tape"] = summary(recording(name))
            found[f"{name}, move"] = summary(moving(app, name, Path(folder)))
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
