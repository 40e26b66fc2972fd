"""How late the window's thread is while training runs, and how soon Pause takes effect, in the real window.

`python -m tests.benchmarks.window NAME` measures one ready project and prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from PySide6.QtCore import QEventLoop, QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication

from engine.examples import example
from engine.metrics import STEP_LOSS, MetricLog
from engine.spec import ProjectSpec
from engine.views import RunStatus
from gui.app import SWITCH_INTERVAL, make_application
from gui.settings import Settings
from gui.workbench import Workbench
from tests.benchmarks.workloads import workloads

PERIOD = 16
"""Milliseconds of the timer whose lateness is measured."""
SECONDS = 8.0
PAUSES = 20
PATIENCE = 60.0


class Window:
    """The real window on a ready project that trains for ever."""

    def __init__(self, app: QApplication, project: ProjectSpec) -> None:
        project = replace(project, train=replace(project.train, epochs=1_000_000))
        self.bench = Workbench(app, project, Settings())
        self.bench.show("train")
        self.bench.finish()
        self.until(lambda: self.status.state == "idle" and self.bench.session.mailbox.read("report")[0] > 0)
        self.run_for(1.0)

    @property
    def status(self) -> RunStatus:
        """What the engine last said of itself."""
        _, status = self.bench.session.mailbox.read("status")
        assert isinstance(status, RunStatus)
        return status

    @property
    def steps(self) -> int:
        """Steps recorded so far."""
        _, log = self.bench.session.mailbox.read("metrics")
        return log.since(STEP_LOSS)[2] if isinstance(log, MetricLog) else 0

    def run_for(self, seconds: float) -> None:
        """Let the window live."""
        loop = QEventLoop()
        QTimer.singleShot(int(seconds * 1000), loop.quit)
        loop.exec()

    def until(self, condition: Callable[[], bool]) -> float:
        """Let the window live until it is so, looked at every millisecond; the seconds it took."""
        timer, loop, begin = QTimer(), QEventLoop(), time.perf_counter()

        def look() -> None:
            if condition() or time.perf_counter() - begin > PATIENCE:
                loop.quit()

        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(look)
        timer.start(1)
        loop.exec()
        timer.stop()
        assert condition(), f"waited {PATIENCE} s in vain; the engine says {self.status}"
        return time.perf_counter() - begin

    def lateness(self, seconds: float) -> list[float]:
        """How many milliseconds each tick of a 16 ms timer came after its time, sorted."""
        ticks: list[float] = []
        timer = QTimer()
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
        timer.start(PERIOD)
        self.run_for(seconds)
        timer.stop()
        return sorted(1000 * (b - a) - PERIOD for a, b in pairwise(ticks))

    def pause_latency(self) -> float:
        """Milliseconds from the command to the engine's word that it stands."""
        self.until(lambda: self.bench.running.status.state == "running")
        begin = time.perf_counter()
        self.bench.running.play_or_pause()
        self.until(lambda: self.status.state == "paused")
        return 1000 * (time.perf_counter() - begin)

    def play(self) -> None:
        """Start, and wait until steps are done and the window has heard of it."""
        done = self.steps
        self.until(lambda: self.bench.running.status.state != "running")  # the button is one toggle
        self.bench.running.play_or_pause()
        self.until(lambda: self.status.state == "running" and self.steps > done)
        self.run_for(0.3)

    def close(self) -> None:
        """As the user would."""
        self.bench.close()
        self.until(lambda: not self.bench.session.alive)


def summary(values: list[float]) -> dict[str, float]:
    """Median, 99th percentile and greatest of sorted values."""
    last = len(values) - 1
    return {"p50": values[last // 2], "p99": values[round(0.99 * last)], "max": values[last], "count": len(values)}


def project_of(name: str) -> ProjectSpec:
    """A ready project, or a workload of the measurements of steps."""
    found = next((workload.project for workload in workloads() if workload.name == name), None)
    return example(name) if found is None else found


def measure(name: str) -> dict[str, object]:
    """Everything about one ready project."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    with tempfile.TemporaryDirectory() as folder:
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
        window = Window(make_application(), project_of(name))
        idle = window.lateness(2.0)
        window.play()
        before, begin = window.steps, time.perf_counter()
        late = window.lateness(SECONDS)
        speed = (window.steps - before) / (time.perf_counter() - begin)
        pauses = []
        for _ in range(PAUSES):
            pauses.append(window.pause_latency())
            window.play()
        window.pause_latency()
        window.close()
    return {
        "idle": summary(idle),
        "training": summary(late),
        "pause": summary(sorted(pauses)),
        "steps_per_second": speed,
    }


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1])))
