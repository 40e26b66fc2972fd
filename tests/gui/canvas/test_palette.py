"""The palette: every placeable layer, found by typing, appended or dragged."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from engine import edits
from engine.beginnings import BEGINNINGS, Beginning
from engine.catalog import LAYERS
from engine.example_parts import blank
from engine.examples import example
from gui.canvas.drops import kind_of
from gui.canvas.palette import PalettePanel
from gui.canvas.palette_row import plus_rect
from gui.controllers.beginning import BeginningController
from gui.empty_project import empty_project
from tests.gui.canvas.conftest import Bench, Make


def row(palette: PalettePanel, kind: str) -> int:
    layers = palette.layers
    return next(r for r in range(layers.count()) if layers.item(r).data(Qt.ItemDataRole.UserRole) == kind)


def double_click(bench: Bench, kind: str) -> None:
    layers = bench.palette_panel.layers
    item = layers.item(row(bench.palette_panel, kind))
    layers.scrollToItem(item)
    at = layers.visualItemRect(item).center()
    QTest.mouseClick(layers.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(layers.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_it_lists_every_layer_that_can_be_placed(bench: Bench) -> None:
    assert bench.palette_panel.kinds == tuple(entry.kind for entry in LAYERS if entry.placeable)


def test_double_clicks_build_a_chain_that_connects_by_itself(make: Make) -> None:
    project = example("moons")
    bench = make(blank(project.data, project.train))
    for kind in ("linear", "relu", "linear"):
        double_click(bench, kind)
    assert edits.topological_order(bench.network) == ("input", "linear_1", "relu_1", "linear_2", "output")
    assert len(bench.network.links) == 4
    assert bench.store.selection == ("linear_2",)


def test_search_button_and_enter(bench: Bench) -> None:
    palette = bench.palette_panel
    QTest.keyClicks(palette.search, "pool")
    assert palette.kinds[:2] == ("max_pool2d", "max_pool1d")
    assert set(palette.kinds) == {
        f"{kind}_pool{dimensions}d" for kind in ("max", "avg", "adaptive_avg") for dimensions in (1, 2)
    }
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert bench.network.has("max_pool2d_1")
    palette.layers.setCurrentRow(row(palette, "avg_pool2d"))
    QTest.keyClick(palette.layers, Qt.Key.Key_Return)
    assert bench.network.has("avg_pool2d_1")
    QTest.mouseClick(palette.button, Qt.MouseButton.LeftButton)
    assert bench.network.has("avg_pool2d_2")


def test_a_search_without_result_says_so(bench: Bench) -> None:
    palette = bench.palette_panel
    QTest.keyClicks(palette.search, "zzz")
    assert palette.kinds == ()
    assert not palette.button.isEnabled()
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert bench.store.undo_name == ""
    palette.search.clear()
    assert palette.button.isEnabled()


def test_rows_can_be_dragged_and_headings_cannot(bench: Bench) -> None:
    layers = bench.palette_panel.layers
    item = layers.item(row(bench.palette_panel, "conv2d"))
    assert kind_of(layers.mimeData([item])) == "conv2d"
    headings = [layers.item(r) for r in range(layers.count()) if not layers.item(r).data(Qt.ItemDataRole.UserRole)]
    assert len(headings) == len({entry.group for entry in LAYERS if entry.placeable})
    assert not any(heading.flags() & Qt.ItemFlag.ItemIsDragEnabled for heading in headings)


@pytest.mark.parametrize("entry", [entry for entry in LAYERS if entry.placeable], ids=lambda entry: entry.kind)
def test_every_tip_says_what_it_is_and_its_name_in_torch(bench: Bench, entry: object) -> None:
    item = bench.palette_panel.layers.item(row(bench.palette_panel, entry.kind))  # type: ignore[attr-defined]
    assert entry.torch_name in item.toolTip()  # type: ignore[attr-defined]
    assert entry.title in item.toolTip()  # type: ignore[attr-defined]


def test_add_joins_the_selected_layers(make: Make) -> None:
    bench = make("digits")
    bench.store.select(("linear_1", "relu_1"))
    double_click(bench, "add")
    into = {(x.source, x.port) for x in bench.network.links_into("add_1")}
    assert into == {("linear_1", 0), ("relu_1", 1)}
    assert [x.target for x in bench.network.links_out_of("add_1")] == ["dropout_1"]
    assert [x.target for x in bench.network.links_out_of("relu_1")] == ["add_1"]


def test_add_without_two_selected_layers_stands_beside_them(bench: Bench) -> None:
    bench.store.select(("relu_1",))
    before = bench.network.links
    double_click(bench, "concat")
    node, mate = bench.network.node("concat_1"), bench.network.node("relu_1")
    assert node.x > mate.x
    assert bench.network.links == before


def plus_of(bench: Bench, kind: str) -> QPoint:
    rows = bench.palette_panel.layers
    item = rows.item(row(bench.palette_panel, kind))
    rows.scrollToItem(item)
    return plus_rect(rows.visualItemRect(item)).center()


def test_the_plus_of_a_row_appends_with_one_click(bench: Bench) -> None:
    rows = bench.palette_panel.layers.viewport()
    QTest.mouseClick(rows, Qt.MouseButton.LeftButton, pos=plus_of(bench, "tanh"))
    assert bench.network.links_into("output")[0].source == "tanh_1"
    QTest.mouseDClick(rows, Qt.MouseButton.LeftButton, pos=plus_of(bench, "tanh"))
    assert bench.network.links_into("output")[0].source == "tanh_2", "a second quick click is a second layer"
    QTest.mouseClick(rows, Qt.MouseButton.LeftButton, pos=plus_of(bench, "relu") - QPoint(80, 0))
    assert len(bench.network.nodes) == 8, "beside the + a click only selects the row"


def test_an_empty_canvas_asks_for_data_and_a_first_layer(make: Make) -> None:
    bench = make(empty_project())
    hint = bench.canvas.hint
    chosen: list[Beginning] = []
    hint.dataPicked.connect(chosen.append)
    assert hint.isVisible() and [button.isChecked() for button in hint.buttons] == [True] + 5 * [False]
    QTest.mouseClick(hint.buttons[4], Qt.MouseButton.LeftButton)
    assert chosen == [BEGINNINGS[4]]
    BeginningController(bench.store, bench.canvas, bench).begin(chosen[0])
    project = bench.store.project
    assert (project.data.source.get("layout"), project.train.loss.kind) == ("image", "cross_entropy")
    assert [button.isChecked() for button in hint.buttons] == [False] * 4 + [True, False]
    assert bench.store.undo_name == "Use Digits as images"
    QTest.mouseClick(hint.button, Qt.MouseButton.LeftButton)
    assert bench.network.has("linear_1") and not hint.isVisible()
