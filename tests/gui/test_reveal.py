"""Bringing a panel forward."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from tests.windows import workbench


def test_a_panel_brings_its_mode_with_it(qtbot: QtBot, tmp_path: Path) -> None:
    with workbench(qtbot, tmp_path) as bench:
        bench.modes.train()
        bench.modes.reveal("curves")
        assert bench.modes.mode == "train"
        bench.modes.reveal("proof")
        assert bench.modes.mode == "step"
        bench.modes.reveal("palette")
        assert bench.modes.mode == "build" and bench.window.docks["palette"].isVisible()
