"""The autograd graph of about 3,000 nodes: seconds from the model to the picture, milliseconds for a frame.

`python -m tests.benchmarks.graph` draws a deep network without and with skip connections, whole and with its layers folded, pans and
zooms, and prints one JSON object. Where the program `dot` is installed, all of it once with and once without it.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtWidgets import QApplication

from engine import edits
from engine.commands import ArrangeGraph
from engine.graph_folding import layers_of
from engine.graph_picture import arrange
from engine.layout import lay_out, warm_up
from engine.spec import ProjectSpec
from engine.tensors.autograd_graph import draw
from engine.tensors.tape import record
from engine.views import GraphView, Tape
from gui.graph.panel import GraphPanel
from gui.theme.style import apply
from gui.theme.tokens import LIGHT
from tests.engine.tensors.projects import chain, run_of

PAIRS = 415
FRAMES = 30
SIZE = (1880, 1000)
Result = dict[str, float]


def deep(skips: bool) -> ProjectSpec:
    """So many pairs of Linear and Tanh; with an Add over every sixth pair and far back when there are skips."""
    layers = [("linear", {"out_features": 2}), ("tanh", {})] * (PAIRS - 45 * skips)
    project = chain((*layers, ("linear", {"out_features": 1})), "moons")
    chain_of_ids = edits.topological_order(project.network)
    for start in range(2, len(chain_of_ids) - 100 if skips else 0, 12):
        link = next(link for link in project.network.links if link.source == chain_of_ids[start + 8])
        project, joint = edits.insert_on_link(project, link, "add", 0.0, 0.0)
        project = edits.connect(project, chain_of_ids[max(2, start - start % 60)], joint)
    return project


def measure(app: QApplication) -> dict[str, Result]:
    """A row per network and layout."""
    warm_up()
    found: dict[str, Result] = {}
    for name, skips in (("chain", False), ("with skips", True)):
        run = run_of(deep(skips))
        begin = time.perf_counter()
        tape = record(run)
        found[f"{name}: tape"] = {"nodes": len(tape.graph.nodes), "engine_s": time.perf_counter() - begin}
        for label, there in (("dot", True), ("no dot", False)) if shutil.which("dot") else (("no dot", True),):
            with path_as_it_is() if there else without_programs():
                lay_out.cache_clear()
                begin = time.perf_counter()
                drawn = draw(run)
                seconds = time.perf_counter() - begin
                found[f"{name}: whole, {label}"] = shown(app, drawn, None, seconds)
                lay_out.cache_clear()
                begin = time.perf_counter()
                folded = arrange(ArrangeGraph(drawn, frozenset(layers_of(drawn.nodes)))).view
                seconds = time.perf_counter() - begin
                found[f"{name}: folded, {label}"] = shown(app, folded, None, seconds)
        found[f"{name}: with numbers"] = shown(app, tape.graph, tape, 0.0)
    return found


def shown(app: QApplication, graph: GraphView, tape: Tape | None, seconds: float) -> Result:
    """Seconds that the engine took and until the picture is painted, and median and worst frames."""
    panel = GraphPanel()
    panel.show_theme(LIGHT)
    panel.folds.all(False)
    panel.resize(*SIZE)
    panel.show()
    app.processEvents()
    canvas = panel.canvas
    begin = time.perf_counter()
    if tape is not None:
        panel.show_tape(tape)
    else:
        panel.folds.layers = graph.folded
        panel.folds.all(bool(graph.folded))
        panel.show_graph(graph)
    canvas.viewport().repaint()
    paint = time.perf_counter() - begin
    result: Result = {"nodes": len(graph.nodes), "engine_s": seconds, "window_s": paint}

    def pan(step: int) -> None:
        for bar in (canvas.verticalScrollBar(), canvas.horizontalScrollBar()):
            bar.setValue(bar.value() + (13 if step % 2 else -9))

    def zoom(step: int) -> None:
        canvas.camera.zoom_by(1.25 if step % 2 else 0.8)

    canvas.camera.fit()
    result["fitted"] = frames(app, panel, pan)
    middle = graph.nodes[len(graph.nodes) // 2]
    for percent in (25, 51, 70, 100):
        canvas.camera.zoom_by(percent / 100 / canvas.transform().m11())
        canvas.centerOn(middle.x, middle.y)
        app.processEvents()
        result[f"pan_{percent}"] = frames(app, panel, pan)
    canvas.camera.zoom_by(0.5)
    result["zoom"] = frames(app, panel, zoom)
    if tape is not None:
        begin_at = len(tape.events) // 2
        canvas.camera.zoom_by(1 / canvas.transform().m11())
        result["step"] = frames(app, panel, lambda step: panel.show_cursor(tape, begin_at + step))
    panel.close()
    panel.deleteLater()
    app.processEvents()
    return {key: round(value, 3) for key, value in result.items()}


def frames(app: QApplication, panel: GraphPanel, act: Callable[[int], None]) -> float:
    """Median milliseconds from an act to its painted picture."""
    times = []
    for step in range(FRAMES):
        begin = time.perf_counter()
        act(step)
        panel.canvas.viewport().repaint()
        times.append(1000 * (time.perf_counter() - begin))
        app.processEvents()
    return statistics.median(times)


@contextmanager
def path_as_it_is() -> Iterator[None]:
    yield


@contextmanager
def without_programs() -> Iterator[None]:
    """Inside, no program is found."""
    before = os.environ["PATH"]
    with tempfile.TemporaryDirectory() as empty:
        os.environ["PATH"] = empty
        try:
            yield
        finally:
            os.environ["PATH"] = before


def main() -> int:
    app = QApplication(sys.argv)
    apply(app, LIGHT)
    print(json.dumps(measure(app)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
