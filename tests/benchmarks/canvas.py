"""Milliseconds from an edit to its painted picture, on a network of 200 layers.

`python -m tests.benchmarks.canvas` opens a canvas, edits, and prints one JSON object: median and worst per kind of edit.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from engine import edits, placing
from engine.examples import example
from engine.spec import LinkSpec, ProjectSpec
from engine.views import NetworkReport, RunStatus
from gui.app import make_application
from gui.canvas.panel import CanvasPanel
from gui.pump import Update
from gui.settings import Settings
from gui.store import Store
from gui.theme.style import apply
from gui.theme.tokens import LIGHT
from gui.workbench import Workbench

LAYERS = 200
TIMES = 30


def large(seed: int = 0) -> ProjectSpec:
    """A long chain with a skip connection over every tenth pair of layers."""
    chance = random.Random(seed)
    project, last = example("digits"), "linear_1"
    while len(project.network.nodes) < LAYERS:
        kind = chance.choice(("linear", "relu", "dropout", "batch_norm1d"))
        project, last = edits.append_node(project, kind, last)
    chain = edits.topological_order(project.network)
    for start in range(5, LAYERS - 10, 10):
        link = next(x for x in project.network.links if x.source == chain[start + 3])
        project, joint = edits.insert_on_link(project, link, "add", 0.0, 0.0)
        project = edits.connect(project, chain[start], joint)
    return placing.tidy(project)


def report(project: ProjectSpec) -> NetworkReport:
    """Made-up shapes; the picture does not ask where they come from."""
    shapes = {node.id: (100,) for node in project.network.nodes}
    return NetworkReport(project, shapes, dict.fromkeys(shapes, 1010), {node_id: {} for node_id in shapes})


def measure(app: QApplication) -> dict[str, dict[str, float]]:
    """Each edit is made, shown and painted before the next."""
    project = large()
    store, canvas = Store(project), CanvasPanel()
    store.changed.connect(canvas.show_project)
    canvas.show_theme(LIGHT)
    canvas.show_project(None, project)
    canvas.resize(1280, 800)
    canvas.show()
    app.processEvents()
    middle = project.network.nodes[LAYERS // 2]
    link: LinkSpec = project.network.links_into(middle.id)[0]
    base = report(project)

    def moved(step: int) -> None:
        store.commit(edits.move_nodes(store.project, {middle.id: (middle.x, step % 2 * 40.0)}), "move")

    def inserted(step: int) -> None:
        store.commit(placing.insert(project, "relu", link, 0.0, 60.0 + step % 2 * 60.0)[0], "insert")

    def dragged(step: int) -> None:
        canvas.scene.move_node(middle.id, middle.x, float(step))
        canvas.scene.reroute()

    def reported(step: int) -> None:
        told = NetworkReport(project, {**base.shapes, middle.id: (step,)}, base.parameters, base.settled)
        canvas.show_update(Update(frozenset({"report"}), RunStatus(), report=told))

    def selected(step: int) -> None:
        canvas.show_selection((project.network.nodes[step].id,))

    def zoomed(step: int) -> None:
        canvas.view.camera.zoom_by(1.2 if step % 2 else 1 / 1.2)

    found: dict[str, dict[str, float]] = {}
    for scale, view in ((0.0, "fitted"), (1.0, "at 100 %")):
        if scale:
            canvas.view.camera.zoom_to(scale)
            canvas.view.centerOn(middle.x, middle.y)
        for act in (selected, reported, dragged, moved, inserted, zoomed):
            found[f"{act.__name__}, {view}"] = timed(app, canvas, act)
    canvas.close()
    return found


def measure_window(app: QApplication) -> dict[str, dict[str, float]]:
    """The same in the whole window, with every panel in its place and the engine checking each edit meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        project = large()
        bench = Workbench(app, project, Settings(Path(folder) / "window.ini"), "light")
        bench.window.resize(1280, 800)
        bench.show("build")
        bench.finish()
        _let_live(2.0, lambda: bench.running.report is not None)
        middle = project.network.nodes[LAYERS // 2]

        def moved(step: int) -> None:
            project = bench.store.project
            bench.store.commit(edits.move_nodes(project, {middle.id: (middle.x, step % 2 * 40.0)}), "move")

        def inserted(step: int) -> None:
            project = bench.store.project
            link = project.network.links_into(middle.id)[0]
            bench.store.commit(placing.insert(project, "relu", link, 0.0, 60.0 + step % 2 * 60.0)[0], "insert")

        def removed(step: int) -> None:
            project = bench.store.project
            last = project.network.links_into(middle.id)[0].source
            bench.store.commit(edits.remove_nodes(project, (last,)), "remove")

        def undone(step: int) -> None:
            bench.store.undo()

        found: dict[str, dict[str, float]] = {}
        for act in (moved, inserted, removed, undone):
            found[f"{act.__name__}, whole window"] = timed(app, bench.canvas, act)
        bench.end()
        _let_live(10.0, lambda: not bench.closer.closing)
        bench.dispose()
    return found


def _let_live(seconds: float, done: Callable[[], bool]) -> None:
    """Give the event loop its turn until it is done, at least a quarter of a second."""
    loop, end = QEventLoop(), time.monotonic() + 10 * seconds
    QTimer.singleShot(250, loop.quit)
    loop.exec()
    while not done() and time.monotonic() < end:
        QTimer.singleShot(20, loop.quit)
        loop.exec()


def timed(app: QApplication, canvas: CanvasPanel, act: Callable[[int], None]) -> dict[str, float]:
    times = []
    for step in range(TIMES):
        begin = time.perf_counter()
        act(step)
        canvas.view.viewport().repaint()
        times.append(1000 * (time.perf_counter() - begin))
        app.processEvents()
    return {"median_ms": round(statistics.median(times), 2), "worst_ms": round(max(times), 2)}


def main() -> int:
    app = make_application()
    apply(app, LIGHT)
    print(json.dumps(measure(app) | measure_window(app), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
