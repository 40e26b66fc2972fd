"""From a dropped file to a run: the real window with the real engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from engine import edits
from engine.datasets.importing import shelf
from engine.examples import example
from engine.spec import SplitSpec
from gui.controllers.importing import with_plan
from gui.importing.dialog import ImportDialog
from gui.workbench import Workbench
from tests.engine.datasets.importing.looking import found_in, plan_with
from tests.windows import until, workbench


def table(folder: Path, name: str = "points.csv") -> Path:
    rng = np.random.default_rng(0)
    lines = [f"{a:.5f},{b:.5f},{'high' if a > b else 'low'}" for a, b in rng.normal(size=(300, 2))]
    (folder / name).write_text("a,b,label\n" + "\n".join(lines) + "\n")
    return folder / name


def dialog(qtbot: QtBot, bench: Workbench) -> ImportDialog:
    """The dialog, once it shows its page."""
    until(qtbot, lambda: any(one.button_ready for one in dialogs(bench)))
    return next(one for one in dialogs(bench) if one.button_ready)


def dialogs(bench: Workbench) -> list[ImportDialog]:
    return bench.window.findChildren(ImportDialog)


def drop(bench: Workbench, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    none, left, copy = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
    QApplication.sendEvent(bench.window, QDragEnterEvent(QPoint(300, 300), copy, data, left, none))
    QApplication.sendEvent(bench.window, QDropEvent(QPointF(300, 300), copy, data, left, none))


def press(qtbot: QtBot, parent: object, text: str) -> None:
    button = next(one for one in parent.findChildren(QPushButton) if one.text() == text)  # type: ignore[attr-defined]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def ready(bench: Workbench) -> bool:
    report = bench.running.report
    return report is not None and report.project is bench.store.project and report.ready


def test_a_dropped_table_is_imported_trained_on_and_undone(qtbot: QtBot, tmp_path: Path) -> None:
    shelf.forget()
    with workbench(qtbot, tmp_path, engine=True, mode="start") as bench:
        before = bench.store.project
        drop(bench, table(tmp_path))
        press(qtbot, dialog(qtbot, bench), "&Import")
        assert bench.store.undo_name == "Import points.csv"
        assert bench.modes.mode == "build"
        until(qtbot, lambda: ready(bench))
        assert bench.running.report is not None
        assert bench.running.report.shapes["input"] == (2,)
        assert sum(bench.running.report.sizes) == 300
        bench.running.step()
        until(qtbot, lambda: bench.running.status.step == 1)
        bench.store.undo()
        assert bench.store.project == before


def test_a_moved_file_is_located_and_its_page_is_opened_again(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.forget()
    path = table(tmp_path)
    with workbench(qtbot, tmp_path, engine=True) as bench:
        monkeypatch.setattr(QFileDialog, "getOpenFileName", staticmethod(lambda *_: (str(path), "")))
        bench.actions["file.import"].trigger()
        press(qtbot, dialog(qtbot, bench), "&Import")
        until(qtbot, lambda: ready(bench))
        moved = path.rename(tmp_path / "moved.csv")
        panel = bench.panels["data"]
        bench.modes.reveal("data")
        press(qtbot, panel, "Read again")
        until(qtbot, lambda: not ready(bench))
        assert bench.running.report is not None
        assert "not there any more" in bench.running.report.issues[0].text
        monkeypatch.setattr(QFileDialog, "getOpenFileName", staticmethod(lambda *_: (str(moved), "")))
        press(qtbot, panel, "Locate…")
        assert bench.store.undo_name == "Locate moved.csv"
        until(qtbot, lambda: ready(bench))
        press(qtbot, panel, "Change…")
        again = dialog(qtbot, bench)
        press(qtbot, again, "ignored")
        again.reject()
        assert bench.store.undo_name == "Locate moved.csv"


def test_file_among_the_data_sets_asks_for_one(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    with workbench(qtbot, tmp_path, engine=True) as bench:
        monkeypatch.setattr(QFileDialog, "getOpenFileName", staticmethod(lambda *_: (asked.append("file") or "", "")))
        bench.modes.reveal("data")
        panel = bench.panels["data"]
        box = next(one for one in panel.findChildren(QComboBox) if one.accessibleName() == "Data set")
        box.setCurrentIndex(box.findData("file"))
        assert asked == ["file"]
        assert box.currentData() == bench.store.project.data.source.kind
        assert bench.store.undo_name == ""


def test_counts_of_other_rows_are_not_kept(tmp_path: Path) -> None:
    project = example("moons")
    counted = edits.set_data(project, replace(project.data, split=SplitSpec("counts", 100, 10, 10, 7, stratify=True)))
    made = with_plan(counted, plan_with(found_in(table(tmp_path))), None)
    assert made.data.split == SplitSpec(seed=7, stratify=True)
