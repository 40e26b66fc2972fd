"""Puts the diagnosis into the window: its panel, what it asks for, and the number of verdicts in its title."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDockWidget, QWidget

from gui.diagnosis.panel import DiagnosisPanel
from gui.pump import Update

if TYPE_CHECKING:
    from gui.workbench import Workbench


class Title(QObject):
    """The dock says how many verdicts stand, also while it lies behind another tab."""

    def __init__(self, dock: QDockWidget, parent: QObject) -> None:
        super().__init__(parent)
        self._dock = dock
        self._plain = dock.windowTitle()

    def show_update(self, update: Update) -> None:
        if "diagnosis" not in update.changed:
            return
        count = 0 if update.diagnosis is None else len(update.diagnosis.verdicts)
        self._dock.setWindowTitle(f"{self._plain} ({count})" if count else self._plain)


def join_diagnosis(bench: Workbench) -> dict[str, QWidget]:
    """The panel by the name of its dock."""
    panel = DiagnosisPanel()
    panel.layerPicked.connect(bench.running.go_to)
    panel.fixRequested.connect(bench.fixing.fix)
    panel.playRequested.connect(bench.running.play_or_pause)
    bench.audience.add(Title(bench.window.docks["diagnosis"], bench))
    bench.audience.add_charts(panel)
    return {"diagnosis": panel}
