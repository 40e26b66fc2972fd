"""A panel of weights with project and controller behind it, and torch's answers brought by hand."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from engine.commands import ChangeWeights, LookAtWeights, WatchWeights
from engine.inspection import PresentWeights
from engine.spec import ProjectSpec
from engine.tensors.check import check
from engine.tensors.train import Run
from engine.tensors.weights import change, look, present
from engine.views import NetworkReport, RunStatus
from gui.controllers.weights import WeightsController
from gui.pump import Update
from gui.store import Store
from gui.theme.tokens import LIGHT
from tests.engine.tensors.projects import prepared_of


class Desk:
    """What the window and the engine do for one panel."""

    def __init__(self, qtbot: QtBot, project: ProjectSpec, panel: QWidget) -> None:
        self.store = Store(project)
        self.sent: list[object] = []
        self.panel = panel
        self.controller = WeightsController(self.store, self.sent.append)
        self.run: Run | None = None
        self.report: NetworkReport | None = None
        qtbot.addWidget(panel)
        self.store.changed.connect(panel.show_project)
        self.store.selectionChanged.connect(panel.show_selection)
        panel.show_theme(LIGHT)
        panel.show_project(None, project)

    def show(self, qtbot: QtBot, width: int = 700, height: int = 360) -> None:
        self.panel.resize(width, height)
        self.panel.show()
        qtbot.waitExposed(self.panel)
        self.answer()

    def answer(self, **rest: object) -> None:
        """All that the engine says next."""
        self.report = check(self.store.project)
        self._update(frozenset({"report", "status"}))
        asked = [one for one in self.sent if isinstance(one, LookAtWeights)]
        if asked:
            self._update(frozenset({"weights"}), weights=look(asked[-1]))

    def train(self, steps: int) -> None:
        self.run = Run(self.store.project, check(self.store.project), prepared_of(self.store.project))
        for _ in range(steps):
            self.run.take_step()
        self._update(frozenset({"status"}))
        self.show_present()

    def show_present(self) -> PresentWeights:
        """What the engine tells of the run to who watches it, after the changes that were sent."""
        assert self.run is not None
        for one in [one for one in self.sent if isinstance(one, ChangeWeights)]:
            self.sent.remove(one)
            change(self.run, one)
        watched = [one.parameters for one in self.sent if isinstance(one, WatchWeights)]
        view = present(self.run, watched[-1] if watched else ())
        self._update(frozenset({"present"}), present=view)
        return view

    def _update(self, changed: frozenset, **rest: object) -> None:
        status = RunStatus("paused", has_run=True, step=self.run.step) if self.run is not None else RunStatus("idle")
        self.panel.show_update(Update(changed, status, report=self.report, **rest))  # type: ignore[attr-defined,arg-type]

    @property
    def project(self) -> ProjectSpec:
        return self.store.project


def type_text(widget: QWidget, text: str, end: Qt.Key | None = Qt.Key.Key_Return) -> None:
    """Type over what stands there."""
    QTest.keyClicks(widget, text)
    if end is not None:
        QTest.keyClick(widget, end)
        QCoreApplication.processEvents()  # a cell takes its text a moment after Enter
