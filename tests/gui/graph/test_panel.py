"""The autograd graph under real mouse and keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.views import GraphEdge, GraphNode, GraphView, RunStatus
from gui.graph.panel import GraphPanel
from gui.graph.tips import tip
from gui.pump import Update
from gui.theme.tokens import THEMES, Theme
from tests.gui.stepper import s3
from tests.gui.stepper.conftest import Desk, desk, stepped

__all__ = ["desk", "stepped"]
BOXES = {1: {"n6"}, 2: {"n3"}, 3: {"n1"}, 4: {"out"}} | {
    15 + i: {leaf} for i, leaf in enumerate(("pn9", "pn7", "pn5", "pn2") * 2)
}
"""Events without an autograd node: layers (what made their result), the loss, then per parameter the update and zero_grad."""
LEFT = Qt.MouseButton.LeftButton


def click(panel: GraphPanel, node_id: str) -> None:
    item = panel.canvas.items_by_id[node_id]
    panel.canvas.ensureVisible(item, 24, 24)
    place = panel.canvas.mapFromScene(item.pos())
    QTest.mouseClick(panel.canvas.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, place)


def marked(panel: GraphPanel, mark: str) -> set[str]:
    return {name for name, item in panel.canvas.items_by_id.items() if getattr(item.marks, mark)}


def test_a_click_selects_the_layer_and_jumps_to_the_moment(stepped: Desk) -> None:
    click(stepped.graph, "n3")
    assert stepped.stepping.cursor == 10 and stepped.store.selection == ("sigmoid_1",)
    assert marked(stepped.graph, "current") == {"n3"} and marked(stepped.graph, "selected") == {"n3"}
    click(stepped.graph, "pn9")
    assert stepped.stepping.cursor == 14  # a leaf: the accumulation into it
    assert stepped.store.selection == ("linear_1",)
    assert marked(stepped.graph, "selected") == {"n6", "n7", "n8", "n9", "pn7", "pn9"}
    click(stepped.graph, "out")
    assert stepped.stepping.cursor == 4


def test_the_current_node_follows_the_cursor(stepped: Desk) -> None:
    for event in stepped.tape.events:
        stepped.stepping.move_to(event.index)
        assert marked(stepped.graph, "current") == ({event.node} if event.node else BOXES.get(event.index, set()))


def test_dragging_pans_and_picks_nothing(stepped: Desk) -> None:
    canvas = stepped.graph.canvas
    QTest.mouseClick(stepped.graph.buttons["zoom-in"], LEFT)
    picked: list[object] = []
    canvas.nodePicked.connect(picked.append)
    middle, bar = canvas.viewport().rect().center(), canvas.verticalScrollBar()
    bar.setValue((bar.minimum() + bar.maximum()) // 2)
    before = bar.value()
    QTest.mousePress(canvas.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, middle)
    QTest.mouseMove(canvas.viewport(), middle - QPoint(0, 60))
    QTest.mouseRelease(canvas.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, middle - QPoint(0, 60))
    assert bar.value() - before == 60 and not picked


def test_zoom_by_wheel_buttons_and_keys_and_fit(stepped: Desk) -> None:
    canvas = stepped.graph.canvas
    zoom = canvas.transform().m11()
    middle = QPointF(canvas.viewport().rect().center())
    none = (Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase)
    up = QWheelEvent(middle, canvas.viewport().mapToGlobal(middle), QPoint(), QPoint(0, 120), *none, False)
    QApplication.sendEvent(canvas.viewport(), up)
    assert canvas.transform().m11() == pytest.approx(1.25 * zoom)
    QTest.keyClick(canvas, Qt.Key.Key_Plus)
    assert canvas.transform().m11() == pytest.approx(1.25**2 * zoom)
    QTest.mouseClick(stepped.graph.buttons["zoom-out"], LEFT)
    QTest.keyClick(canvas, Qt.Key.Key_Minus)
    assert canvas.transform().m11() == pytest.approx(zoom)
    QTest.keyClick(canvas, Qt.Key.Key_Plus)
    QTest.keyClick(canvas, Qt.Key.Key_F)
    seen = canvas.mapToScene(canvas.viewport().rect()).boundingRect()
    assert all(seen.contains(item.sceneBoundingRect().center()) for item in canvas.items_by_id.values())


def test_search_finds_centres_and_goes_on(stepped: Desk) -> None:
    panel = stepped.graph
    panel.canvas.setFocus()
    QTest.keyClick(panel.canvas, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert panel.search.hasFocus()
    QTest.keyClicks(panel.search, "addmm")
    assert panel.hits.text() == "1 of 2" and marked(panel, "found") == {"n1"}
    QTest.keyClick(panel.search, Qt.Key.Key_Return)
    assert panel.hits.text() == "2 of 2" and marked(panel, "found") == {"n6"}
    seen = panel.canvas.mapToScene(panel.canvas.viewport().rect()).boundingRect()
    assert seen.contains(panel.canvas.items_by_id["n6"].pos())
    QTest.keyClicks(panel.search, "zzz")
    assert panel.hits.text() == "not found" and marked(panel, "found") == set()
    panel.search.clear()
    assert panel.hits.text() == ""


def test_the_keyboard_walks_and_picks(stepped: Desk) -> None:
    canvas = stepped.graph.canvas
    stepped.stepping.move_to(5)
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Up)
    assert marked(stepped.graph, "found") == {"n1"}
    QTest.keyClick(canvas, Qt.Key.Key_Up)
    QTest.keyClick(canvas, Qt.Key.Key_Left)
    assert marked(stepped.graph, "found") == {"n2"}
    assert "linear_2" in canvas.accessibleName()
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert stepped.stepping.cursor == 7 and stepped.store.selection == ("linear_2",)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert marked(stepped.graph, "found") == set()


def test_the_empty_panel_offers_to_draw(desk: Desk) -> None:
    panel = desk.graph
    assert panel.empty.isVisible()
    QTest.mouseClick(panel.empty.button, LEFT)
    assert [type(command).__name__ for command in desk.sent] == ["DrawGraph"]
    drawn = Update(frozenset({"graph"}), RunStatus(), graph=s3.graph())
    panel.show_update(drawn)
    assert panel.canvas.isVisible() and len(panel.canvas.items_by_id) == 15
    desk.stepping.show_tape(desk.tape)
    panel.show_update(drawn)  # told again when the panel comes into sight
    assert panel.graph is desk.tape.graph


def test_it_says_who_placed_it(stepped: Desk) -> None:
    assert stepped.graph.engine.text() == "Own layout"
    assert "own layers" in stepped.graph.engine.toolTip()


def test_tips_say_what_is_saved() -> None:
    by_id = {node.id: node for node in s3.graph().nodes}
    assert "saved for backward: result (1, 2)" in tip(by_id["n3"])
    assert "saved nothing" in tip(by_id["n4"])
    assert "leaf tensor, shape (2, 1)" in tip(by_id["pn9"])


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_three_thousand_nodes_are_shown_and_walked(qtbot, theme: Theme) -> None:
    count = 3000
    nodes = tuple(GraphNode(f"n{i}", "operation", "AddBackward0", x=60 + i % 50 * 140, y=30 + i // 50 * 60, width=116, height=36)
                  for i in range(count))  # fmt: skip
    edges = tuple(GraphEdge(a.id, b.id, ((a.x, a.y), (b.x, b.y))) for a, b in zip(nodes, nodes[50:], strict=False))
    panel = GraphPanel()
    qtbot.addWidget(panel)
    panel.show_theme(theme)
    panel.resize(700, 500)
    panel.show()
    panel.show_graph(GraphView(nodes, edges, 7100, 3700, "built-in"))
    QTest.keyClick(panel.canvas, Qt.Key.Key_F)
    assert not panel.grab().isNull()
    small = panel.canvas.transform().m11()
    assert small < 0.22  # texts and outlines are left out here
    QTest.keyClicks(panel.search, "addback")
    assert panel.hits.text() == f"1 of {count}"
