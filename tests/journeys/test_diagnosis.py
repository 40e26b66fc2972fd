"""A run that cannot learn is diagnosed while it trains, the remedy is clicked, and the next run is well."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from torch import nn

from engine import edits
from engine.examples import example
from engine.views import Failure
from gui.cards import Card
from gui.diagnosis.panel import DiagnosisPanel
from gui.diagnosis.verdicts import VerdictRow
from gui.workbench import Workbench
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


def _paused_at(bench: Workbench, step: int) -> bool:
    status = bench.running.status
    return status.state == "paused" and status.step == step


def test_a_training_out_of_memory_is_a_card_and_the_work_goes_on(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: nn.Module, __: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("out of memory")

    with workbench(qtbot, tmp_path, example("moons"), engine=True, mode="train") as bench:
        for done in (1, 2, 3):
            bench.actions["run.step"].trigger()
            until(qtbot, partial(_paused_at, bench, done))
        with monkeypatch.context() as patch:
            patch.setattr(nn.Tanh, "forward", full)
            bench.actions["run.play"].trigger()
            until(qtbot, lambda: bench.running.status.state == "failed")
            until(qtbot, lambda: bool(bench.cards.findChildren(Card)))
        (card,) = bench.cards.findChildren(Card)
        assert isinstance(card.message, Failure) and card.isVisible()
        assert card.message.what == "Training stopped at step 4: there is not enough memory."
        assert "tanh_1" in card.message.why and "smaller" in card.message.todo and "after step 3" in card.message.kept
        bench.store.commit(edits.set_optimizer_value(bench.store.project, "lr", 0.01), "slower")
        bench.actions["run.play"].trigger()
        until(qtbot, lambda: bench.running.status.state == "paused" and bench.running.status.step == 420)
        diagnosis = bench.panels["diagnosis"]
        assert isinstance(diagnosis, DiagnosisPanel)
        bench.modes.reveal("diagnosis")
        until(qtbot, lambda: diagnosis.view is not None and int(diagnosis.view.probes.steps[-1]) == 420)
        assert not diagnosis.trouble.isVisible()
