"""Blocks with real mouse and key events: make one, fold and unfold it, move, rename, copy and delete it, take it apart."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from engine.edits import NODE_STEP
from engine.spec import GroupSpec, LinkSpec
from tests.gui.canvas.conftest import Bench

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
MEMBERS = ("linear_1", "relu_1", "dropout_1")
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def folded(bench: Bench) -> Bench:
    """linear_1, relu_1 and dropout_1 in a folded block, made with the mouse and Ctrl+G."""
    bench.click(bench.centre(MEMBERS[0]))
    for member in MEMBERS[1:]:
        bench.click(bench.centre(member), SHIFT)
    bench.key(Qt.Key.Key_G, CTRL)
    return bench


def card_centre(bench: Bench, name: str = "block_1") -> QPoint:
    return bench.canvas.view.mapFromScene(bench.canvas.scene.groups.cards[name].pos())


def tab(bench: Bench, name: str = "block_1") -> QPoint:
    return bench.canvas.view.mapFromScene(bench.canvas.scene.groups.frames[name].tab().center())


def double_click(bench: Bench, at: QPoint) -> None:
    QTest.mouseClick(bench.view, LEFT, NONE, at)
    QTest.mouseDClick(bench.view, LEFT, NONE, at)


def visible(bench: Bench) -> set[str]:
    return {node_id for node_id, item in bench.canvas.scene.nodes.items() if item.isVisible()}


def test_selected_layers_become_one_card(folded: Bench) -> None:
    assert folded.network.groups == (GroupSpec("block_1", MEMBERS, folded=True),)
    assert folded.store.undo_name == "Group 3 layers"
    assert folded.store.selection == MEMBERS
    assert visible(folded) == {"input", "linear_2", "output"}
    card = folded.canvas.scene.groups.cards["block_1"].card
    assert (card.title, card.line, card.values) == ("block_1", "3 layers", "Linear, ReLU, Dropout")
    assert card.feeds and card.used == {0}
    arrows = set(folded.canvas.scene.links)
    assert arrows == {
        LinkSpec("input", "linear_1"),
        LinkSpec("dropout_1", "linear_2"),
        LinkSpec("linear_2", "output"),
    }
    out = folded.canvas.scene.groups.cards["block_1"].output_point()
    assert folded.canvas.scene.links[LinkSpec("dropout_1", "linear_2")].route.start == out.toTuple()


def test_a_double_click_unfolds_and_one_on_the_tab_folds(folded: Bench) -> None:
    double_click(folded, card_centre(folded))
    assert folded.network.groups[0].folded is False
    assert visible(folded) == set(folded.canvas.scene.nodes)
    frame = folded.canvas.scene.groups.frames["block_1"]
    for member in MEMBERS:
        assert frame.rect.contains(folded.canvas.scene.nodes[member].pos())
    assert not frame.rect.contains(folded.canvas.scene.nodes["linear_2"].pos())
    assert folded.network.node("linear_2").x == folded.network.node("dropout_1").x + NODE_STEP
    folded.canvas.fit()
    double_click(folded, tab(folded))
    assert folded.network.groups[0].folded is True
    for _ in range(3):
        folded.store.undo()
    assert folded.network.groups == () and not folded.canvas.scene.groups.cards
    assert visible(folded) == set(folded.canvas.scene.nodes)


def test_the_card_of_a_block_moves_all_its_layers(folded: Bench) -> None:
    before = {node.id: (node.x, node.y) for node in folded.network.nodes}
    start = card_centre(folded)
    folded.drag(start, start + QPoint(0, 90))
    moved = {node.id for node in folded.network.nodes if (node.x, node.y) != before[node.id]}
    assert moved == set(MEMBERS)
    steps = {folded.network.node(member).y - before[member][1] for member in MEMBERS}
    assert len(steps) == 1
    places = folded.canvas.scene.groups.cards["block_1"].pos()
    assert places.y() == folded.network.node("linear_1").y


def test_the_tab_of_a_frame_moves_and_selects_all_its_layers(folded: Bench) -> None:
    folded.key(Qt.Key.Key_E, CTRL)
    folded.canvas.fit()
    folded.click(folded.pixel(0, 300))
    folded.click(tab(folded))
    assert folded.store.selection == MEMBERS
    folded.click(folded.centre("relu_1"))
    assert folded.store.selection == ("relu_1",), "a layer in a frame is still a layer"
    before = {node.id: node.y for node in folded.network.nodes}
    folded.drag(tab(folded), tab(folded) + QPoint(0, 80))
    assert {node.id for node in folded.network.nodes if node.y != before[node.id]} == set(MEMBERS)


def test_a_block_is_renamed_with_f2(folded: Bench) -> None:
    folded.key(Qt.Key.Key_F2)
    edit = folded.canvas.name_edit
    assert edit.isVisible() and edit.text() == "block_1"
    edit.setText("the front")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert folded.network.groups[0].name == "the front"
    assert folded.store.undo_name == "Rename block_1"
    assert set(folded.canvas.scene.groups.cards) == {"the front"}
    folded.key(Qt.Key.Key_F2)
    edit.setText(" ")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert "needs a name" in folded.refusals[-1]


def test_delete_copy_paste_and_duplicate_take_the_whole_block(folded: Bench) -> None:
    folded.key(Qt.Key.Key_D, CTRL)
    assert [group.name for group in folded.network.groups] == ["block_1", "block_2"]
    assert folded.store.selection == folded.network.groups[1].members
    folded.key(Qt.Key.Key_Delete)
    assert [group.name for group in folded.network.groups] == ["block_1"]
    folded.click(card_centre(folded))
    folded.key(Qt.Key.Key_X, CTRL)
    assert folded.network.groups == () and len(folded.network.nodes) == 3
    folded.key(Qt.Key.Key_V, CTRL)
    assert len(folded.network.groups) == 1 and len(folded.network.nodes) == 6


def test_ungroup_gives_back_what_was_there(folded: Bench) -> None:
    places = {node.id: node.x for node in folded.network.nodes}
    folded.key(Qt.Key.Key_G, CTRL | SHIFT)
    assert folded.network.groups == ()
    assert folded.network.node("linear_2").x == places["linear_2"] + 2 * NODE_STEP
    assert visible(folded) == set(folded.canvas.scene.nodes)


def test_the_keyboard_walks_over_a_folded_block_as_over_one_card(folded: Bench) -> None:
    folded.store.select(("input",))
    folded.key(Qt.Key.Key_Right)
    assert folded.store.selection == MEMBERS
    assert "Block block_1, folded: linear_1, relu_1, dropout_1." in folded.canvas.view.accessibleDescription()
    folded.key(Qt.Key.Key_Right)
    assert folded.store.selection == ("linear_2",)
    folded.key(Qt.Key.Key_Left)
    folded.key(Qt.Key.Key_Left)
    assert folded.store.selection == ("input",)
    folded.key(Qt.Key.Key_Tab)
    assert folded.store.selection == MEMBERS
    folded.key(Qt.Key.Key_Tab)
    assert folded.store.selection == ("linear_2",)


def test_a_rubber_band_over_the_card_selects_all_its_layers(folded: Bench) -> None:
    at = card_centre(folded)
    folded.click(folded.pixel(0, 300))
    folded.drag(at + QPoint(-20, -90), at + QPoint(20, 60))
    assert folded.store.selection == MEMBERS


def test_what_cannot_be_a_block_is_said(bench: Bench) -> None:
    bench.store.select(("linear_1", "linear_2"))
    bench.key(Qt.Key.Key_G, CTRL)
    assert "lies between layers of the block" in bench.refusals[-1]
    bench.store.select(("input",))
    bench.key(Qt.Key.Key_G, CTRL)
    bench.key(Qt.Key.Key_E, CTRL)
    bench.key(Qt.Key.Key_G, CTRL | SHIFT)
    assert bench.network.groups == ()


def menu_texts(bench: Bench, at: QPoint) -> list[str]:
    QTest.mouseClick(bench.view, Qt.MouseButton.RightButton, NONE, at)
    QApplication.sendEvent(bench.view, _context(bench, at))
    menu = next(widget for widget in bench.canvas.view.findChildren(QMenu) if widget.isVisible())
    texts = [action.text().split("\t")[0] for action in menu.actions() if action.text()]
    menu.close()
    return texts


def _context(bench: Bench, at: QPoint) -> object:
    from PySide6.QtGui import QContextMenuEvent

    return QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, bench.view.mapToGlobal(at))


def test_the_menu_offers_what_can_be_done(folded: Bench) -> None:
    texts = menu_texts(folded, card_centre(folded))
    assert "Unfold the block" in texts and "Ungroup" in texts and "Group into a block" not in texts
    folded.key(Qt.Key.Key_E, CTRL)
    folded.canvas.fit()
    folded.store.select(("linear_1", "relu_1"))
    texts = menu_texts(folded, folded.centre("relu_1"))
    assert "Fold the block" in texts and "Stand in one row" in texts


def test_cards_line_up_and_spread(bench: Bench) -> None:
    places = {"linear_1": (200.0, 8.0), "relu_1": (300.0, 96.0), "dropout_1": (648.0, -80.0)}
    bench.controller.move(places)
    bench.store.select(("relu_1", "linear_1", "dropout_1"))
    bench.canvas.commands.line_up.in_row()
    assert {bench.network.node(member).y for member in MEMBERS} == {96.0}
    bench.canvas.commands.line_up.spread_across()
    assert [bench.network.node(member).x for member in MEMBERS] == [200.0, 424.0, 648.0]
    assert bench.store.undo_name == "Move linear_1, relu_1, dropout_1"
    bench.canvas.commands.line_up.in_column()
    assert {bench.network.node(member).x for member in MEMBERS} == {424.0}
    bench.controller.move({"linear_1": (0.0, 0.0), "relu_1": (0.0, 240.0), "dropout_1": (0.0, 80.0)})
    bench.canvas.commands.line_up.spread_down()
    assert bench.network.node("dropout_1").y == 120.0
    bench.store.select(("relu_1",))
    before = bench.network
    bench.canvas.commands.line_up.spread_down()
    bench.canvas.commands.line_up.in_row()
    assert bench.network is before
