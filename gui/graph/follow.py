"""The graph follows the model: after an edit it is drawn again by itself, a moment later, and never beside a running training."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from engine.spec import ProjectSpec
from engine.views import NetworkReport
from gui.pump import Update

SOON_MS = 250
"""So long after an edit, and so long between two pictures while edits go on."""


class Follower(QObject):
    """Says when a graph of the project as it is should be drawn, while its panel is in sight."""

    due = Signal()

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel = panel
        self._report: NetworkReport | None = None
        self._project: object = None
        self._done: object = None
        self._busy = True
        self.on = True
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SOON_MS)
        self._timer.timeout.connect(self._fire)

    def show_project(self, project: ProjectSpec) -> None:
        """The project as it is. A panel hears this also while it is hidden."""
        self._project = _what_matters(project)

    def show_update(self, update: Update) -> None:
        """Look whether the model is another one, and whether the engine has time."""
        self._busy = update.status.state in ("boot", "running", "closed")
        if update.report is not None:
            self._report = update.report
        if self._wanted() and not self._timer.isActive():
            self._timer.start()

    def shown(self) -> None:
        """A graph of the project as it is has been asked for, or has come with a tape."""
        self._done = self._project

    def forget(self) -> None:
        """Nothing is drawn any more."""
        self._done = None
        if self._wanted():
            self._timer.start()

    def _wanted(self) -> bool:
        """Whether the project is not drawn yet, and the engine has found it ready and has time."""
        if not self.on or self._busy or self._report is None or not self._report.ready or self._project is None:
            return False
        return self._project != self._done and _what_matters(self._report.project) == self._project

    def _fire(self) -> None:
        if self._wanted() and self._panel.isVisible():
            self.shown()
            self.due.emit()


def _what_matters(project: ProjectSpec) -> object:
    """All that the graph depends on; not where the layers lie on the canvas, nor the learning rate."""
    network, train = project.network, project.train
    layers = tuple((node.id, node.layer) for node in network.nodes)
    return layers, network.links, train.loss, train.batch_size, project.data
