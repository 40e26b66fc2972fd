"""Editing a layer where it stands, the map in the corner, and the canvas that follows a drag."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from engine import edits
from gui.canvas.minimap import Minimap
from gui.forms.number_edit import NumberEdit
from tests.gui.canvas.conftest import NONE, Bench


def double_click(bench: Bench, node_id: str) -> None:
    bench.click(bench.centre(node_id))
    QTest.mouseDClick(bench.view, Qt.MouseButton.LeftButton, pos=bench.centre(node_id))


def test_double_click_on_a_layer_edits_it_in_place(bench: Bench) -> None:
    edited: list[tuple[str, str, object]] = []
    bench.canvas.intents.valueRequested.connect(lambda *values: edited.append(values))
    double_click(bench, "linear_1")
    editor = bench.canvas.editor
    assert editor.isVisible() and editor.name.text() == "linear_1"
    card = bench.canvas.scene.nodes["linear_1"].box
    assert editor.y() > bench.view.mapToGlobal(bench.pixel(card.left, card.bottom)).y(), "the card stays in sight"
    assert editor.form is not None
    field = editor.form.editors["out_features"].findChild(NumberEdit)
    assert field is not None and field.text() == "100"
    field.selectAll()
    QTest.keyClicks(field, "32")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert edited[-1] == ("linear_1", "out_features", 32)
    bench.store.commit(edits.set_value(bench.store.project, "linear_1", "out_features", 48), "elsewhere")
    assert field.text() == "48", "it shows what the layer is now"
    bench.controller.remove(("linear_1",))
    assert not editor.isVisible()


def test_the_editor_renames_and_what_is_refused_changes_nothing(bench: Bench) -> None:
    for name in ("2nd", "hidden"):
        double_click(bench, "linear_1")
        name_field = bench.canvas.editor.name
        name_field.selectAll()
        QTest.keyClicks(name_field, name)
        QTest.keyClick(name_field, Qt.Key.Key_Return)
    assert "cannot be a name" in bench.refusals[0]
    assert bench.network.has("hidden") and bench.store.selection == ("hidden",)


def test_double_click_on_the_ends_asks_for_their_panels(bench: Bench) -> None:
    asked: list[str] = []
    bench.canvas.intents.panelRequested.connect(asked.append)
    double_click(bench, "input")
    double_click(bench, "output")
    assert asked == ["data", "training"]
    double_click(bench, "relu_1")
    more = next(button for button in bench.canvas.editor.findChildren(QPushButton) if "All" in button.text())
    QTest.mouseClick(more, Qt.MouseButton.LeftButton)
    assert asked[-1] == "layer" and not bench.canvas.editor.isVisible()


def test_the_map_is_there_while_not_all_is_seen_and_leads_elsewhere(bench: Bench, qtbot: QtBot) -> None:
    minimap = bench.canvas.findChild(Minimap)
    assert minimap is not None
    qtbot.wait(30)
    assert not minimap.isVisible()
    bench.canvas.view.camera.zoom_to(3.0)
    qtbot.waitUntil(minimap.isVisible)
    loss = bench.canvas.scene.nodes["output"].sceneBoundingRect()
    assert not bench.canvas.view.camera.sees(loss)
    QTest.mouseClick(minimap, Qt.MouseButton.LeftButton, pos=QPoint(minimap.width() - 14, minimap.height() // 2))
    seen = bench.canvas.view.mapToScene(bench.canvas.view.viewport().rect()).boundingRect()
    assert seen.contains(bench.canvas.scene.nodes["output"].pos())
    bench.canvas.fit()
    qtbot.waitUntil(minimap.isHidden)


def test_the_canvas_follows_a_layer_that_is_dragged_to_its_edge(bench: Bench, qtbot: QtBot) -> None:
    old = bench.network.node("linear_2")
    start = bench.centre("linear_2")
    edge = QPoint(bench.view.width() - 3, start.y() + 60)
    QTest.mousePress(bench.view, Qt.MouseButton.LeftButton, NONE, start)
    bench.hover(start, edge)
    before = bench.canvas.view.mapToScene(0, 0).x()
    qtbot.waitUntil(lambda: bench.canvas.view.mapToScene(0, 0).x() > before + 200)
    QTest.mouseRelease(bench.view, Qt.MouseButton.LeftButton, NONE, edge)
    new = bench.network.node("linear_2")
    at = bench.canvas.view.mapToScene(edge)
    assert abs(new.x - at.x()) <= 8 + 60 and new.x > old.x + 200
    still = bench.canvas.view.mapToScene(0, 0).x()
    qtbot.wait(60)
    assert bench.canvas.view.mapToScene(0, 0).x() == still, "it stops with the drag"
