"""A run that cannot learn is diagnosed while it trains, the remedy is clicked, and the next run is well."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.diagnosis.panel import DiagnosisPanel
from gui.diagnosis.verdicts import VerdictRow
from tests.engine.diagnosis.broken import born_dead
from tests.windows import until, workbench


def test_dead_units_are_found_selected_and_mended(qtbot: QtBot, tmp_path: Path) -> None:
    project = born_dead()
    with workbench(qtbot, tmp_path, project, engine=True, mode="train") as bench:
        panel, dock = bench.panels["diagnosis"], bench.window.docks["diagnosis"]
        assert isinstance(panel, DiagnosisPanel) and dock.windowTitle() == "Diagnosis"
        bench.actions["run.play"].trigger()
        until(qtbot, lambda: bench.running.status.state == "paused" and bench.running.status.step == 70)
        until(qtbot, lambda: dock.windowTitle() == "Diagnosis (1)")
        bench.modes.reveal("diagnosis")
        until(qtbot, lambda: bool(panel.verdicts.rows) and panel.verdicts.rows[0].isVisible())
        row: VerdictRow = panel.verdicts.rows[0]
        assert row.title.text() == "!  Dead units · relu_1, relu_2"
        inside = panel.verdicts._list
        corner = inside.visualItemRect(inside.item(0)).topLeft()
        QTest.mouseClick(inside.viewport(), Qt.MouseButton.LeftButton, pos=corner)
        assert bench.store.selection == ("relu_1",)
        leaky = next(button for button in row.fixes.buttons if "LeakyReLU" in button.accessibleName())
        QTest.mouseClick(leaky, Qt.MouseButton.LeftButton)
        kinds = [node.kind for node in bench.store.project.network.nodes]
        assert kinds.count("leaky_relu") == 2 and "relu" not in kinds
        until(qtbot, lambda: bench.running.status.stale)
        bench.actions["run.play"].trigger()
        until(qtbot, lambda: bench.running.status.state == "paused" and not bench.running.status.stale)
        until(qtbot, lambda: bench.running.status.step == 70 and dock.windowTitle() == "Diagnosis")
        assert panel.verdicts.fine.isVisible()
        bench.store.undo()
        assert bench.store.project == project
