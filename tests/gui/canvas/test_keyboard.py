"""The canvas without a mouse: real key events."""

from __future__ import annotations

import json

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from engine import edits
from engine.example_parts import blank
from engine.examples import example
from tests.gui.canvas.conftest import Bench, Make

Key = Qt.Key
CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


def order(bench: Bench) -> tuple[str, ...]:
    return edits.topological_order(bench.network)


def test_arrow_keys_follow_the_arrows(bench: Bench) -> None:
    bench.store.select(("linear_1",))
    bench.key(Key.Key_Right)
    assert bench.store.selection == ("relu_1",)
    bench.key(Key.Key_Left)
    bench.key(Key.Key_Left)
    assert bench.store.selection == ("input",)
    bench.key(Key.Key_Escape)
    assert bench.store.selection == ()


def test_up_and_down_go_to_the_branch_beside(make: Make) -> None:
    bench = make("skip")
    bench.store.select(("relu_1",))
    bench.key(Key.Key_Down)
    below = bench.network.node(bench.store.selection[0])
    assert below.y > bench.network.node("relu_1").y


def test_tab_walks_every_layer_and_then_leaves(bench: Bench) -> None:
    visited = []
    for _ in bench.network.nodes:
        bench.key(Key.Key_Tab)
        visited.append(bench.store.selection[0])
    assert tuple(visited) == order(bench)
    assert bench.canvas.view.hasFocus()
    bench.key(Key.Key_Tab)
    assert not bench.canvas.view.hasFocus()


def test_delete_and_backspace_join_the_neighbours(bench: Bench) -> None:
    bench.store.select(("relu_1",))
    bench.key(Key.Key_Backspace)
    assert ("linear_1", "dropout_1", 0) in bench.links()
    bench.key(Key.Key_A, CTRL)
    assert len(bench.store.selection) == 5
    bench.key(Key.Key_Delete)
    assert [node.id for node in bench.network.nodes] == ["input", "output"]
    bench.store.undo()
    bench.store.undo()
    assert bench.network == example("digits").network


def test_the_ends_stay(bench: Bench) -> None:
    said: list[str] = []
    bench.canvas.view.desk.said.connect(said.append)
    bench.store.select(("output",))
    bench.key(Key.Key_Delete)
    assert "they stay" in said[-1]
    assert bench.store.undo_name == ""


def test_duplicate_copies_values_and_the_arrows_between(bench: Bench) -> None:
    bench.store.select(("linear_1", "relu_1"))
    bench.key(Key.Key_D, CTRL)
    assert bench.store.selection == ("linear_3", "relu_2")
    assert ("linear_3", "relu_2", 0) in bench.links()
    assert bench.network.node("linear_3").layer == bench.network.node("linear_1").layer


def test_copy_and_paste_go_through_the_clipboard_as_json(bench: Bench) -> None:
    bench.store.select(("linear_1", "relu_1", "output"))
    bench.key(Key.Key_C, CTRL)
    assert [node["id"] for node in json.loads(QGuiApplication.clipboard().text())["nodes"]] == ["linear_1", "relu_1"]
    bench.key(Key.Key_V, CTRL)
    assert bench.store.selection == ("linear_3", "relu_2")
    bench.store.select(("dropout_1",))
    bench.key(Key.Key_X, CTRL)
    assert not bench.network.has("dropout_1")
    bench.key(Key.Key_V, CTRL)
    assert bench.network.has("dropout_1")


def test_pasting_something_else_is_refused_in_a_sentence(bench: Bench) -> None:
    QGuiApplication.clipboard().setText("import os")
    bench.key(Key.Key_V, CTRL)
    assert bench.refusals == [
        "The clipboard holds no layers: copy some with Ctrl+C first, or copy code with an nn.Sequential."
    ]


def test_f2_renames_and_a_bad_name_is_refused(bench: Bench) -> None:
    bench.store.select(("linear_1",))
    for name in ("2nd", "hidden"):
        bench.key(Key.Key_F2)
        field = bench.canvas.name_edit
        assert field.isVisible() and field.hasFocus()
        QTest.keyClicks(field, name)
        QTest.keyClick(field, Key.Key_Return)
    assert "cannot be a name" in bench.refusals[0]
    assert bench.store.selection == ("hidden",)
    assert bench.canvas.view.hasFocus()


def test_escape_leaves_the_name_as_it_was(bench: Bench) -> None:
    bench.store.select(("linear_1",))
    bench.key(Key.Key_F2)
    QTest.keyClicks(bench.canvas.name_edit, "other")
    QTest.keyClick(bench.canvas.name_edit, Key.Key_Escape)
    assert not bench.canvas.name_edit.isVisible()
    assert bench.store.undo_name == ""


def test_a_layer_moves_along_its_chain(bench: Bench) -> None:
    before = {node.id: (node.x, node.y) for node in bench.network.nodes}
    bench.store.select(("dropout_1",))
    bench.key(Key.Key_Left, CTRL | SHIFT)
    assert order(bench) == ("input", "linear_1", "dropout_1", "relu_1", "linear_2", "output")
    assert (bench.network.node("dropout_1").x, bench.network.node("relu_1").x) == (
        before["relu_1"][0],
        before["dropout_1"][0],
    )
    bench.key(Key.Key_Right, CTRL | SHIFT)
    bench.key(Key.Key_Right, CTRL | SHIFT)
    assert order(bench) == ("input", "linear_1", "relu_1", "linear_2", "dropout_1", "output")
    bench.key(Key.Key_Right, CTRL | SHIFT)
    assert "at the end of its chain already" in bench.refusals[-1]


def test_alt_and_arrows_move_on_the_canvas(bench: Bench) -> None:
    bench.store.select(("relu_1",))
    x, y = bench.network.node("relu_1").x, bench.network.node("relu_1").y
    bench.key(Key.Key_Down, ALT)
    bench.key(Key.Key_Right, ALT)
    assert (bench.network.node("relu_1").x, bench.network.node("relu_1").y) == (x + 16, y + 16)


def test_insert_offers_a_layer_behind_the_selected_one(bench: Bench) -> None:
    for key in (Key.Key_Insert, Key.Key_Plus):
        bench.store.select(("linear_1",))
        bench.key(key)
        QTest.keyClicks(bench.canvas.popup.search, "gelu")
        QTest.keyClick(bench.canvas.popup.search, Key.Key_Return)
    assert order(bench)[:4] == ("input", "linear_1", "gelu_2", "gelu_1")


def test_an_arrow_drawn_with_keys_alone(make: Make) -> None:
    project, _ = edits.add_node(example("digits"), "add", 900, 200)
    bench = make(project)
    bench.store.select(("linear_1",))
    bench.key(Key.Key_C)
    aimed = []
    while "add_1" not in aimed:
        aimed += [i for i, item in bench.canvas.scene.nodes.items() if item.look.target == "aimed"]
        assert len(aimed) < 9
        if aimed[-1] != "add_1":
            bench.key(Key.Key_Right)
    bench.key(Key.Key_Return)
    assert ("linear_1", "add_1", 0) in bench.links()
    bench.key(Key.Key_C)
    bench.key(Key.Key_Escape)
    assert bench.canvas.view.gesture is None
    assert all(item.look.target == "" for item in bench.canvas.scene.nodes.values())


def test_a_network_is_built_with_the_keyboard_alone(make: Make) -> None:
    project = example("moons")
    bench = make(blank(project.data, project.train))
    for name in ("linear", "tanh", "linear"):
        bench.key(Key.Key_Insert)
        QTest.keyClicks(bench.canvas.popup.search, name)
        QTest.keyClick(bench.canvas.popup.search, Key.Key_Return)
    assert order(bench) == ("input", "linear_1", "tanh_1", "linear_2", "output")


def test_what_is_selected_is_told(bench: Bench) -> None:
    bench.store.select(("linear_1",))
    assert bench.canvas.view.accessibleDescription() == "Linear linear_1, ? → 100."
    bench.store.select(())
    assert bench.canvas.view.accessibleDescription() == "Nothing selected."


def test_zoom_keys(bench: Bench) -> None:
    camera = bench.canvas.view.camera
    bench.key(Key.Key_0, CTRL)
    assert camera.scale == 1.0
    bench.key(Key.Key_Plus, CTRL)
    assert camera.scale > 1.1
    bench.key(Key.Key_Minus, CTRL)
    bench.key(Key.Key_Minus, CTRL)
    assert camera.scale < 1.0
    bench.store.select(("linear_1",))
    bench.key(Key.Key_Period)
    assert bench.view.rect().contains(bench.centre("linear_1"))
    bench.key(Key.Key_F)
    assert all(bench.view.rect().contains(bench.centre(node.id)) for node in bench.network.nodes)


def test_space_alone_is_left_to_the_window(bench: Bench) -> None:
    heard: list[int] = []
    bench.keyPressEvent = lambda event: heard.append(event.key())  # type: ignore[method-assign]
    bench.key(Key.Key_Space)
    assert heard == [Key.Key_Space]
