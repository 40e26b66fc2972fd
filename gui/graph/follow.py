"""The graph follows the model: after an edit it is drawn again by itself, a moment later, and never beside a running training."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from engine.spec import ProjectSpec
from engine.views import NetworkReport
from gui.pump import Update

SOON_MS = 250
"""So long after an edit, and so long between two pictures while edits go on."""


class Follower(QObject):
    """Says when a graph of the project as it is should be drawn. It is told only what a visible panel is told."""

    due = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._report: NetworkReport | None = None
        self._done: object = None
        self._busy = True
        self.on = True
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SOON_MS)
        self._timer.timeout.connect(self._fire)

    def show_update(self, update: Update) -> None:
        """Look whether the model is another one, and whether the engine has time."""
        self._busy = update.status.state in ("boot", "running", "closed")
        if update.report is not None:
            self._report = update.report
        if self._wanted() and not self._timer.isActive():
            self._timer.start()

    def shown(self) -> None:
        """A graph of the project as it is has just been drawn in another way: on a tape."""
        if self._report is not None:
            self._done = _what_matters(self._report.project)

    def forget(self) -> None:
        """Nothing is drawn any more."""
        self._done = None
        if self._wanted():
            self._timer.start()

    def rest(self) -> None:
        """Nobody looks any more."""
        self._timer.stop()

    def _wanted(self) -> bool:
        report = self._report
        return self.on and not self._busy and report is not None and report.ready and not self._is_done(report)

    def _is_done(self, report: NetworkReport) -> bool:
        return bool(_what_matters(report.project) == self._done)

    def _fire(self) -> None:
        if self._wanted():
            self.shown()
            self.due.emit()


def _what_matters(project: ProjectSpec) -> object:
    """All that the graph depends on; not where the layers lie on the canvas, nor the learning rate."""
    network, train = project.network, project.train
    layers = tuple((node.id, node.layer) for node in network.nodes)
    return layers, network.links, train.loss, train.batch_size, project.data
