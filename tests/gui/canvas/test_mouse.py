"""Every gesture with real mouse events on the shown canvas."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from engine import edits
from engine.edits import NODE_STEP
from engine.example_parts import blank
from engine.examples import example
from engine.spec import LinkSpec
from engine.views import NetworkReport
from tests.gui.canvas.conftest import Bench, Make

CHAIN = [
    ("input", "linear_1", 0),
    ("linear_1", "relu_1", 0),
    ("relu_1", "dropout_1", 0),
    ("dropout_1", "linear_2", 0),
    ("linear_2", "output", 0),
]


def test_a_click_selects_and_a_click_beside_it_does_not(bench: Bench) -> None:
    bench.click(bench.centre("relu_1"))
    assert bench.store.selection == ("relu_1",)
    bench.click(bench.centre("linear_2"), Qt.KeyboardModifier.ShiftModifier)
    assert bench.store.selection == ("relu_1", "linear_2")
    bench.click(bench.centre("relu_1"), Qt.KeyboardModifier.ControlModifier)
    assert bench.store.selection == ("linear_2",)
    bench.click(bench.pixel(0, 300))
    assert bench.store.selection == ()


def test_a_drag_moves_a_layer_once_and_onto_the_grid(bench: Bench) -> None:
    old = bench.network.node("relu_1")
    bench.drag(bench.centre("relu_1"), bench.pixel(old.x + 31, old.y + 141))
    new = bench.network.node("relu_1")
    assert (new.x % 8, new.y % 8) == (0, 0)
    assert abs(new.x - old.x - 31) <= 8 and abs(new.y - old.y - 141) <= 8
    assert bench.store.undo_name == "Move relu_1"
    bench.store.undo()
    assert bench.network.node("relu_1") == old
    assert bench.canvas.scene.nodes["relu_1"].pos() == QPointF(old.x, old.y)


def test_a_drag_moves_the_whole_selection(bench: Bench) -> None:
    bench.store.select(("linear_1", "relu_1"))
    before = {node.id: (node.x, node.y) for node in bench.network.nodes}
    bench.drag(bench.centre("relu_1"), bench.pixel(before["relu_1"][0], 160))
    after = {node.id: (node.x, node.y) for node in bench.network.nodes}
    moved = {node_id for node_id in after if after[node_id] != before[node_id]}
    assert moved == {"linear_1", "relu_1"}
    assert after["linear_1"][1] == after["relu_1"][1] == 160


def test_a_layer_falls_into_the_row_of_others_also_off_the_grid(make: Make) -> None:
    project = edits.move_nodes(example("digits"), {n.id: (n.x, 3.0) for n in example("digits").network.nodes})
    project = edits.move_nodes(project, {"relu_1": (2 * NODE_STEP, 150.0)})
    bench = make(project)
    bench.drag(bench.centre("relu_1"), bench.pixel(2 * NODE_STEP, 7.0))
    assert bench.network.node("relu_1").y == 3.0


def test_escape_puts_a_dragged_layer_back(bench: Bench) -> None:
    start = bench.centre("relu_1")
    QTest.mousePress(bench.view, Qt.MouseButton.LeftButton, pos=start)
    bench.hover(start, start + QPoint(20, 120))
    assert bench.canvas.scene.nodes["relu_1"].y() > 50
    bench.key(Qt.Key.Key_Escape)
    QTest.mouseRelease(bench.view, Qt.MouseButton.LeftButton, pos=start + QPoint(20, 120))
    assert bench.canvas.scene.nodes["relu_1"].y() == 0
    assert bench.store.undo_name == ""


def test_a_report_that_arrives_while_a_layer_is_dragged_does_not_take_it_away(bench: Bench) -> None:
    start = bench.centre("relu_1")
    QTest.mousePress(bench.view, Qt.MouseButton.LeftButton, pos=start)
    bench.hover(start, start + QPoint(20, 120))
    held = bench.canvas.scene.nodes["relu_1"].pos()
    bench.report(NetworkReport(bench.store.project, {"relu_1": (100,)}, {}, {}))
    assert bench.canvas.scene.nodes["relu_1"].pos() == held
    QTest.mouseRelease(bench.view, Qt.MouseButton.LeftButton, pos=start + QPoint(20, 120))
    assert bench.network.node("relu_1").y == held.y()


def test_an_edit_from_elsewhere_ends_a_drag(bench: Bench) -> None:
    start = bench.centre("relu_1")
    QTest.mousePress(bench.view, Qt.MouseButton.LeftButton, pos=start)
    bench.hover(start, start + QPoint(20, 120))
    bench.store.commit(edits.remove_nodes(bench.store.project, ["relu_1"]), "edit")
    QTest.mouseRelease(bench.view, Qt.MouseButton.LeftButton, pos=start + QPoint(20, 120))
    assert not bench.network.has("relu_1")
    assert bench.store.undo_name == "edit"


def test_a_trembling_hand_moves_nothing(bench: Bench) -> None:
    bench.drag(bench.centre("relu_1"), bench.centre("relu_1") + QPoint(2, 1))
    assert bench.store.undo_name == ""
    assert bench.store.selection == ("relu_1",)


def test_the_rubber_band_selects_what_it_touches(bench: Bench) -> None:
    first, last = bench.network.node("linear_1"), bench.network.node("dropout_1")
    bench.drag(bench.pixel(first.x - 80, -100), bench.pixel(last.x - 40, 20))
    assert set(bench.store.selection) == {"linear_1", "relu_1", "dropout_1"}
    out = bench.network.node("output")
    bench.drag(bench.pixel(out.x - 20, -100), bench.pixel(out.x + 100, 0), Qt.KeyboardModifier.ShiftModifier)
    assert set(bench.store.selection) == {"linear_1", "relu_1", "dropout_1", "output"}


def test_an_arrow_is_drawn_from_port_to_port(make: Make) -> None:
    project, _ = edits.add_node(example("digits"), "add", 2 * NODE_STEP, 200)
    bench = make(project)
    bench.drag(bench.out("linear_1"), bench.into("add_1", 0))
    bench.drag(bench.out("relu_1"), bench.centre("add_1"))
    assert {x for x in bench.links() if x[1] == "add_1"} == {("linear_1", "add_1", 0), ("relu_1", "add_1", 1)}
    assert bench.store.undo_name == "Connect relu_1 → add_1"
    assert bench.canvas.scene.nodes["add_1"].card.ports == 3, "a free port is always left"


def test_an_arrow_onto_a_taken_port_of_add_replaces_it(make: Make) -> None:
    bench = make("skip")
    taken = next(link for link in bench.network.links if link.target == "add_1" and link.port == 0)
    assert taken.source == "relu_1"
    bench.drag(bench.out("linear_1"), bench.into("add_1", 0))
    assert {x for x in bench.links() if x[1] == "add_1"} == {("linear_1", "add_1", 0), ("relu_2", "add_1", 1)}


def test_a_refused_arrow_says_why_while_it_is_in_the_hand(bench: Bench) -> None:
    said: list[str] = []
    bench.canvas.view.desk.said.connect(said.append)
    start, end = bench.out("linear_2"), bench.centre("relu_1")
    QTest.mousePress(bench.view, Qt.MouseButton.LeftButton, pos=start)
    bench.hover(start, end)
    assert "would close a cycle" in said[-1]
    assert bench.canvas.scene.nodes["relu_1"].look.target == "closed"
    assert bench.canvas.scene.nodes["output"].look.target == "closed", "it is connected to it already"
    QTest.mouseRelease(bench.view, Qt.MouseButton.LeftButton, pos=end)
    assert said[-1] == ""
    assert bench.links() == set(CHAIN)
    assert all(item.look.target == "" for item in bench.canvas.scene.nodes.values())


def test_an_arrow_can_be_drawn_back_from_a_free_input(make: Make) -> None:
    project, _ = edits.add_node(example("digits"), "add", 2 * NODE_STEP, 200)
    bench = make(project)
    bench.drag(bench.into("add_1", 1), bench.centre("relu_1"))
    assert {x for x in bench.links() if x[1] == "add_1"} == {("relu_1", "add_1", 0)}
    bench.drag(bench.into("add_1", 1), bench.pixel(0, 250))
    assert bench.store.undo_name == "Connect relu_1 → add_1"
    assert not bench.canvas.popup.isVisible()


def test_an_arrow_let_go_over_the_empty_canvas_offers_a_layer_there(bench: Bench) -> None:
    bench.drag(bench.out("relu_1"), bench.pixel(2.5 * NODE_STEP, 160))
    popup = bench.canvas.popup
    assert popup.isVisible()
    QTest.keyClicks(popup.search, "tanh")
    QTest.keyClick(popup.search, Qt.Key.Key_Return)
    assert ("relu_1", "tanh_1", 0) in bench.links()
    assert bench.network.node("tanh_1").y == 160
    assert bench.store.selection == ("tanh_1",)


def test_the_head_of_an_arrow_pulled_off_disconnects(bench: Bench) -> None:
    bench.drag(bench.into("dropout_1"), bench.pixel(2.5 * NODE_STEP, 180))
    assert bench.links() == set(CHAIN) - {("relu_1", "dropout_1", 0)}
    assert bench.store.undo_name == "Disconnect relu_1 → dropout_1"


def test_the_head_of_an_arrow_can_be_led_elsewhere(bench: Bench) -> None:
    bench.drag(bench.into("dropout_1"), bench.centre("linear_2"))
    assert bench.links() == {*CHAIN[:2], ("relu_1", "linear_2", 0), CHAIN[4]}
    bench.store.undo()
    assert bench.links() == set(CHAIN), "one undo step"


def test_pulling_an_arrow_and_bringing_it_back_changes_nothing(bench: Bench) -> None:
    bench.drag(bench.into("dropout_1"), bench.centre("dropout_1"))
    assert bench.store.undo_name == ""


def test_a_clicked_arrow_is_deleted_with_the_delete_key(bench: Bench) -> None:
    link = LinkSpec("linear_1", "relu_1")
    bench.store.select(("output",))
    bench.click(bench.middle(link))
    assert bench.store.selection == ()
    assert bench.canvas.scene.links[link].look.selected
    bench.key(Qt.Key.Key_Delete)
    assert bench.links() == set(CHAIN) - {("linear_1", "relu_1", 0)}


def test_a_layer_dragged_onto_an_arrow_is_put_into_it(bench: Bench) -> None:
    link = LinkSpec("input", "linear_1")
    start, end = bench.centre("dropout_1"), bench.middle(link)
    QTest.mousePress(bench.view, Qt.MouseButton.LeftButton, pos=start)
    bench.hover(start, end)
    assert bench.canvas.scene.links[link].look.open
    QTest.mouseRelease(bench.view, Qt.MouseButton.LeftButton, pos=end)
    assert edits.topological_order(bench.network) == (
        "input",
        "dropout_1",
        "linear_1",
        "relu_1",
        "linear_2",
        "output",
    )
    xs = [bench.network.node(node_id).x for node_id in edits.topological_order(bench.network)]
    assert all(b - a >= NODE_STEP for a, b in pairwise(xs)), "everything behind made room"
    bench.store.undo()
    assert bench.links() == set(CHAIN)


def test_a_layer_from_the_palette_goes_where_it_is_dropped(bench: Bench) -> None:
    bench.drop("sigmoid", bench.pixel(200, 203))
    node = bench.network.node("sigmoid_1")
    assert abs(node.x - 200) <= 8 and abs(node.y - 203) <= 8
    assert bench.links() == set(CHAIN)
    assert bench.store.undo_name == "Add Sigmoid"
    assert bench.store.selection == ("sigmoid_1",)


def test_a_layer_from_the_palette_dropped_on_an_arrow_goes_into_it(bench: Bench) -> None:
    link = LinkSpec("relu_1", "dropout_1")
    from gui.canvas.drops import layer_mime

    assert bench.hold(layer_mime("tanh"), bench.middle(link))
    assert bench.canvas.scene.links[link].look.open
    bench.drag_leaves()
    assert not bench.canvas.scene.links[link].look.open
    bench.drop("tanh", bench.middle(link))
    assert {("relu_1", "tanh_1", 0), ("tanh_1", "dropout_1", 0)} <= bench.links()
    assert bench.store.undo_name == "Insert Tanh"


@pytest.mark.parametrize("kind", ["", "magic", "input", "\xff"])
def test_foreign_drags_are_not_welcome(bench: Bench, kind: str) -> None:
    data = QMimeData()
    data.setData("application/x-chainrule-layer" if kind else "text/plain", kind.encode("latin-1"))
    assert not bench.hold(data, bench.pixel(0, 100))


def test_double_click_on_the_empty_canvas_offers_layers(bench: Bench) -> None:
    QTest.mouseDClick(bench.view, Qt.MouseButton.LeftButton, pos=bench.pixel(176, 200))
    popup = bench.canvas.popup
    QTest.keyClicks(popup.search, "norm")
    assert popup.kinds == ("batch_norm1d", "batch_norm2d", "layer_norm", "dropout")
    QTest.keyClick(popup.search, Qt.Key.Key_Down)
    QTest.keyClick(popup.search, Qt.Key.Key_Enter)
    node = bench.network.node("batch_norm2d_1")
    assert (node.x, node.y) == (176, 200)
    assert not popup.isVisible()


def test_escape_closes_the_list_of_layers(bench: Bench) -> None:
    QTest.mouseDClick(bench.view, Qt.MouseButton.LeftButton, pos=bench.pixel(176, 200))
    QTest.keyClick(bench.canvas.popup.search, Qt.Key.Key_Escape)
    assert not bench.canvas.popup.isVisible()
    assert bench.store.undo_name == ""


def test_the_middle_button_pushes_the_canvas(bench: Bench) -> None:
    before = bench.centre("relu_1")
    bench.drag(bench.pixel(0, 200), bench.pixel(0, 200) + QPoint(60, -40), button=Qt.MouseButton.MiddleButton)
    assert bench.centre("relu_1") - before == QPoint(60, -40)


def test_space_and_drag_pushes_the_canvas(bench: Bench) -> None:
    before = bench.centre("relu_1")
    QTest.keyPress(bench.canvas.view, Qt.Key.Key_Space)
    bench.drag(bench.centre("linear_1"), bench.centre("linear_1") + QPoint(-50, 30))
    QTest.keyRelease(bench.canvas.view, Qt.Key.Key_Space)
    assert bench.centre("relu_1") - before == QPoint(-50, 30)
    assert bench.store.undo_name == ""


def wheel(bench: Bench, at: QPoint, turned: int) -> None:
    where = QPointF(at)
    up = QWheelEvent(
        where,
        QPointF(bench.view.mapToGlobal(at)),
        QPoint(),
        QPoint(0, turned),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(bench.view, up)


def test_the_wheel_zooms_at_the_mouse(bench: Bench) -> None:
    at, scale = bench.centre("linear_2"), bench.canvas.view.camera.scale
    wheel(bench, at, 240)
    assert bench.canvas.view.camera.scale == pytest.approx(scale * 1.44)
    assert (bench.centre("linear_2") - at).manhattanLength() <= 2
    for _ in range(60):
        wheel(bench, at, -240)
    assert bench.canvas.view.camera.scale == pytest.approx(0.05)


def test_an_edit_leaves_a_view_that_was_set_by_hand(bench: Bench) -> None:
    wheel(bench, bench.centre("linear_2"), 480)
    before, scale = bench.centre("input"), bench.canvas.view.camera.scale
    bench.canvas.intents.appendRequested.emit("relu")
    assert bench.canvas.view.camera.scale == scale
    assert bench.centre("input") == before


def test_layers_that_are_appended_stay_in_sight(bench: Bench) -> None:
    for _ in range(8):
        bench.canvas.intents.appendRequested.emit("relu")
    port = bench.view.rect()
    assert all(port.contains(bench.centre(node.id)) for node in bench.network.nodes)


def menu_texts(menu: QMenu) -> list[str]:
    return [action.text().split("\t")[0] for action in menu.actions() if not action.isSeparator()]


def context_menu(bench: Bench, at: QPoint) -> QMenu:
    from PySide6.QtGui import QContextMenuEvent

    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(bench.view, QContextMenuEvent(reason, at, bench.view.mapToGlobal(at)))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def pick(menu: QMenu, text: str) -> None:
    """Click an entry."""
    action = next(action for action in menu.actions() if action.text().startswith(text))
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())


def test_the_menu_of_a_layer(bench: Bench) -> None:
    menu = context_menu(bench, bench.centre("relu_1"))
    assert bench.store.selection == ("relu_1",)
    assert {"Duplicate", "Delete", "Rename", "Disconnect"} <= set(menu_texts(menu))
    pick(menu, "Disconnect")
    assert {x for x in bench.links() if "relu_1" in x} == set()
    assert bench.store.undo_name == "Disconnect relu_1"


def test_the_ends_cannot_be_deleted_from_their_menu(bench: Bench) -> None:
    menu = context_menu(bench, bench.centre("output"))
    assert not {"Delete", "Duplicate", "Rename"} & set(menu_texts(menu))
    menu.close()


def test_the_menu_of_an_arrow_and_of_the_canvas(bench: Bench) -> None:
    pick(context_menu(bench, bench.middle(LinkSpec("relu_1", "dropout_1"))), "Delete")
    assert ("relu_1", "dropout_1", 0) not in bench.links()
    bench.drag(bench.centre("relu_1"), bench.pixel(500, 150))
    pick(context_menu(bench, bench.pixel(-40, 180)), "Arrange")
    assert bench.store.undo_name == "Arrange"


def test_an_empty_network_says_what_to_do_first(make: Make) -> None:
    project = example("moons")
    bench = make(blank(project.data, project.train))
    button = bench.canvas.hint.button
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert bench.links() == {("input", "linear_1", 0), ("linear_1", "output", 0)}
    assert not button.isVisible()
