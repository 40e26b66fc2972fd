"""A newcomer: from the start page to a CNN that learns the digits, with the mouse alone."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from engine.examples import example
from gui.canvas.node_paint import fix_rect
from gui.canvas.palette import PalettePanel
from gui.canvas.palette_row import plus_rect
from gui.start_page import ExampleCard
from gui.workbench import Workbench
from tests.windows import workbench

LEFT = Qt.MouseButton.LeftButton


def test_from_the_empty_start_to_the_digits_cnn(qtbot: QtBot, tmp_path: Path) -> None:
    """Under 12 clicks and no typing, as the issue of building asks."""
    with workbench(qtbot, tmp_path, example("moons"), engine=True) as bench:
        bench.window.resize(QSize(1280, 800))
        bench.modes.start()
        clicks, layers = 0, ("conv2d", "relu", "max_pool2d", "conv2d", "relu")

        def click(widget: QWidget, at: QPoint | None = None) -> None:
            nonlocal clicks
            clicks += 1
            assert widget.isVisible() and widget.isEnabled()
            QTest.mouseClick(widget, LEFT, pos=widget.rect().center() if at is None else at)

        def plus(kind: str) -> None:
            rows = palette.layers
            item = next(
                rows.item(row) for row in range(rows.count()) if rows.item(row).data(Qt.ItemDataRole.UserRole) == kind
            )
            place = plus_rect(rows.visualItemRect(item)).center()
            assert rows.viewport().rect().contains(place), "no scrolling"
            click(rows.viewport(), place)

        def fixed() -> QPoint | None:
            """Where the fix at the marked card is, once the engine has said what is wrong."""
            for item in bench.canvas.scene.nodes.values():
                rect = fix_rect(item.card, bench.canvas.view.camera.scale)
                if not rect.isEmpty():
                    return bench.canvas.view.mapFromScene(rect.center() + item.pos())
            return None

        cards = bench.start.findChildren(ExampleCard)
        empty = next(card for card in cards if card.accessibleName() == "Empty network")
        qtbot.waitUntil(empty.isVisible)
        click(empty)
        palette = bench.panels["palette"]
        assert isinstance(palette, PalettePanel)
        qtbot.waitUntil(lambda: bench.canvas.hint.isVisible() and bench.canvas.hint.width() > 400)  # laid out
        click(next(button for button in bench.canvas.hint.findChildren(QPushButton) if "images" in button.text()))
        for kind in layers:
            plus(kind)
        qtbot.waitUntil(lambda: fixed() is not None and _known(bench), timeout=20_000)
        place = fixed()
        assert place is not None
        click(bench.canvas.view.viewport(), place)
        network = bench.store.project.network
        kinds = [node.kind for node in network.nodes if node.id not in ("input", "output")]
        qtbot.waitUntil(lambda: _ready(bench), timeout=20_000)
        click(bench.window.run_bar.buttons["run.play"])
        qtbot.waitUntil(lambda: bench.running.status.epoch >= 2, timeout=60_000)
        bench.running.play_or_pause()
        assert kinds == [*layers, "flatten", "linear"]
        assert clicks < 12, clicks


def _known(bench: Workbench) -> bool:
    """Whether the engine has looked at the project as it is."""
    report = bench.running.report
    return report is not None and report.project is bench.store.project


def _ready(bench: Workbench) -> bool:
    report = bench.running.report
    return _known(bench) and report is not None and report.ready
