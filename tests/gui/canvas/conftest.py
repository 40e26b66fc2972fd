"""A shown canvas with palette, store and controller, and hands that use the mouse as people do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from engine.examples import example
from engine.spec import LinkSpec, NetworkSpec, ProjectSpec
from engine.views import NetworkReport, RunStatus
from gui.canvas.drops import layer_mime
from gui.canvas.palette import PalettePanel
from gui.canvas.panel import CanvasPanel
from gui.controllers.editing import EditingController
from gui.controllers.grouping import GroupingController
from gui.pump import Update
from gui.store import Store
from gui.theme.tokens import LIGHT

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


class Bench(QWidget):
    """Canvas and palette wired to a store as the window does it."""

    def __init__(self, project: ProjectSpec) -> None:
        super().__init__()
        self.store = Store(project, self)
        self.canvas = CanvasPanel()
        self.palette_panel = PalettePanel()
        self.controller = EditingController(self.store, self.canvas, self.palette_panel, self)
        self.refusals: list[str] = []
        self.controller.refused.connect(self.refusals.append)
        self.grouping = GroupingController(self.store, self.canvas, self)
        self.grouping.refused.connect(self.refusals.append)
        self.store.changed.connect(self.canvas.show_project)
        self.store.selectionChanged.connect(self.canvas.show_selection)
        layout = QHBoxLayout(self)
        layout.addWidget(self.palette_panel)
        layout.addWidget(self.canvas, 1)
        for panel in (self.canvas, self.palette_panel):
            panel.show_theme(LIGHT)
        self.canvas.show_project(None, project)
        self.resize(1200, 700)

    @property
    def network(self) -> NetworkSpec:
        return self.store.project.network

    @property
    def view(self) -> QWidget:
        return self.canvas.view.viewport()

    def report(self, report: NetworkReport) -> None:
        self.canvas.show_update(Update(frozenset({"report"}), RunStatus(), report=report))

    def pixel(self, x: float, y: float) -> QPoint:
        """Where a scene point is in the view."""
        return self.canvas.view.mapFromScene(QPointF(x, y))

    def centre(self, node_id: str) -> QPoint:
        node = self.network.node(node_id)
        return self.pixel(node.x, node.y)

    def out(self, node_id: str) -> QPoint:
        return self.canvas.view.mapFromScene(self.canvas.scene.nodes[node_id].output_point())

    def into(self, node_id: str, port: int = 0) -> QPoint:
        return self.canvas.view.mapFromScene(self.canvas.scene.nodes[node_id].input_point(port))

    def middle(self, link: LinkSpec) -> QPoint:
        return self.pixel(*self.canvas.scene.links[link].route.middle)

    def drag(self, start: QPoint, end: QPoint, keys: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT) -> None:
        """Press, move in three steps, release."""
        QTest.mousePress(self.view, button, keys, start)
        self.hover(start, end)
        QTest.mouseRelease(self.view, button, keys, end)

    def hover(self, start: QPoint, end: QPoint) -> None:
        for share in (0.3, 0.7, 1.0):
            QTest.mouseMove(self.view, start + (end - start) * share)

    def click(self, at: QPoint, keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.mouseClick(self.view, LEFT, keys, at)

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.canvas.view, key, keys)

    def drop(self, kind: str, at: QPoint) -> None:
        """A layer dragged in from the palette and let go."""
        self.hold(layer_mime(kind), at)
        action, buttons = Qt.DropAction.CopyAction, LEFT
        data = layer_mime(kind)
        QApplication.sendEvent(self.view, QDropEvent(QPointF(at), action, data, buttons, NONE))

    def hold(self, data: QMimeData, at: QPoint) -> bool:
        """Drag something over the canvas; whether it is welcome."""
        action = Qt.DropAction.CopyAction
        enter = QDragEnterEvent(at, action, data, LEFT, NONE)
        QApplication.sendEvent(self.view, enter)
        QApplication.sendEvent(self.view, QDragMoveEvent(at, action, data, LEFT, NONE))
        return enter.isAccepted()

    def drag_leaves(self) -> None:
        QApplication.sendEvent(self.view, QDragLeaveEvent())

    def links(self) -> set[tuple[str, str, int]]:
        return {(link.source, link.target, link.port) for link in self.network.links}


Make = Callable[..., Bench]


@pytest.fixture
def make(qtbot: QtBot) -> Iterator[Make]:
    """Build and show a bench for an example or a project."""
    kept: list[Bench] = []
    """Python must not collect a window while Qt paints it, which happens after a test's last line as well."""

    def made(project: ProjectSpec | str = "digits") -> Bench:
        bench = Bench(example(project) if isinstance(project, str) else project)
        kept.append(bench)
        qtbot.addWidget(bench)
        bench.show()
        qtbot.waitExposed(bench)
        bench.canvas.view.setFocus()
        return bench

    yield made
    kept.clear()


@pytest.fixture
def bench(make: Make) -> Bench:
    """The digits network: input, linear_1, relu_1, dropout_1, linear_2, output."""
    return make()
