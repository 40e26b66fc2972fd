"""Folding, numbers and following in the graph's panel, with tapes that the engine recorded, under real mouse and keys."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from engine.commands import ArrangeGraph
from engine.graph_folding import MANY_NODES, box_id
from engine.graph_picture import arrange
from engine.tensors.tape import record
from engine.views import GraphNode, GraphView, RunStatus, Tape, TensorView, frozen
from gui.graph.far import FarPiece
from gui.graph.looks import fold_place
from gui.graph.numbers import WIDEST, GraphNumbers, brief, lines, time_text
from gui.graph.panel import ROOM_FOR_LEGEND, GraphPanel
from gui.graph.tips import tip
from gui.pump import Update
from gui.theme.tokens import LIGHT
from tests.engine.tensors.projects import chain, run_of, s3
from tests.engine.tensors.zoo import linear

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture(scope="module")
def tape() -> Tape:
    return record(run_of(s3()))


@pytest.fixture(scope="module")
def deep() -> Tape:
    layers = [linear(2), ("tanh", {})] * 50
    return record(run_of(chain((*layers, linear(1)), "moons")))


@dataclass
class Answered:
    """A panel behind which every question is answered at once, as the engine would."""

    panel: GraphPanel
    asked: list[ArrangeGraph] = field(default_factory=list)
    picked: list[GraphNode] = field(default_factory=list)

    def answer(self, graph: GraphView, folded: frozenset[str], roomy: bool) -> None:
        self.asked.append(ArrangeGraph(graph, folded, roomy))
        update = Update(frozenset({"picture"}), RunStatus(), picture=arrange(self.asked[-1]))
        self.panel.show_update(update)

    def ids(self) -> set[str]:
        return set(self.panel.canvas.items_by_id)

    def pixel(self, node_id: str, corner: bool = False) -> QPoint:
        canvas = self.panel.canvas
        item = canvas.items_by_id[node_id]
        canvas.ensureVisible(item, 40, 40)
        return canvas.mapFromScene(item.pos() + fold_place(item.box).center() if corner else item.pos())

    def double_click(self, node_id: str) -> None:
        place = self.pixel(node_id)
        QTest.mouseClick(self.panel.canvas.viewport(), LEFT, NONE, place)
        QTest.mouseDClick(self.panel.canvas.viewport(), LEFT, NONE, place)


@pytest.fixture
def answered(qtbot) -> Answered:
    panel = GraphPanel()
    qtbot.addWidget(panel)
    panel.show_theme(LIGHT)
    panel.resize(900, 900)
    panel.show()
    desk = Answered(panel)
    panel.arrangeRequested.connect(desk.answer)
    panel.nodePicked.connect(desk.picked.append)
    return desk


def node_of(tape: Tape, title: str, layer: str) -> GraphNode:
    return next(node for node in tape.graph.nodes if (node.title, node.layer) == (title, layer))


# ------------------------------------------------------------------------------------------------ folding


def test_a_small_graph_is_shown_whole_and_as_it_came(answered: Answered, tape: Tape) -> None:
    answered.panel.show_tape(tape)
    assert answered.ids() == {node.id for node in tape.graph.nodes} and not answered.asked


def test_a_double_click_folds_a_layer_and_unfolds_it(answered: Answered, tape: Tape) -> None:
    answered.panel.show_tape(tape)
    answered.double_click(node_of(tape, "AddmmBackward0", "linear_1").id)
    members = {node.id for node in tape.graph.nodes if node.layer == "linear_1"}
    assert len(members) == 6
    assert answered.ids() == {node.id for node in tape.graph.nodes} - members | {box_id("linear_1")}
    assert [each.folded for each in answered.asked] == [frozenset({"linear_1"})]
    answered.double_click(box_id("linear_1"))
    assert answered.ids() == {node.id for node in tape.graph.nodes}


def test_the_mark_at_the_corner_folds_and_picks_nothing(answered: Answered, tape: Tape) -> None:
    answered.panel.show_tape(tape)
    viewport = answered.panel.canvas.viewport()
    result = node_of(tape, "AddmmBackward0", "linear_2").id
    assert answered.panel.canvas.items_by_id[result].marks.fold == "fold"
    QTest.mouseClick(viewport, LEFT, NONE, answered.pixel(result, corner=True))
    assert box_id("linear_2") in answered.ids()
    assert answered.panel.canvas.items_by_id[box_id("linear_2")].marks.fold == "unfold"
    QTest.mouseClick(viewport, LEFT, NONE, answered.pixel(box_id("linear_2"), corner=True))
    assert answered.ids() == {node.id for node in tape.graph.nodes} and not answered.picked


def test_a_layer_keeps_its_place_on_the_screen(answered: Answered, tape: Tape) -> None:
    answered.panel.show_tape(tape)
    canvas = answered.panel.canvas
    canvas.camera.zoom_by(2.0)
    result = node_of(tape, "AddmmBackward0", "linear_2").id
    before = answered.pixel(result)
    answered.panel.toggle_fold("linear_2")
    after = canvas.mapFromScene(canvas.items_by_id[box_id("linear_2")].pos())
    bars = (canvas.horizontalScrollBar(), canvas.verticalScrollBar())
    for bar, moved in zip(bars, (after.x() - before.x(), after.y() - before.y()), strict=True):
        assert abs(moved) <= 1 or bar.value() in (bar.minimum(), bar.maximum())


def test_the_switch_and_the_key(answered: Answered, tape: Tape) -> None:
    panel = answered.panel
    panel.show_tape(tape)
    QTest.mouseClick(panel.buttons["fold"], LEFT)
    assert {each for each in answered.ids() if each.startswith("fold_")} == {"fold_linear_1", "fold_linear_2"}
    assert panel.buttons["fold"].isChecked()
    panel.canvas.setFocus()
    panel.canvas.focus_node("fold_linear_1")
    QTest.keyClick(panel.canvas, Qt.Key.Key_C)
    assert "fold_linear_1" not in answered.ids() and not panel.buttons["fold"].isChecked()
    QTest.mouseClick(panel.buttons["fold"], LEFT)
    QTest.mouseClick(panel.buttons["fold"], LEFT)
    assert answered.ids() == {node.id for node in tape.graph.nodes}


def test_a_large_graph_is_folded_says_so_and_one_click_unfolds(answered: Answered, deep: Tape) -> None:
    panel = answered.panel
    assert len(deep.graph.nodes) > MANY_NODES
    panel.show_tape(deep)
    assert len(answered.ids()) < MANY_NODES
    assert f"{len(deep.graph.nodes)} nodes, folded by layer" in panel.head.notice.text()
    assert panel.head.unfold.isVisible()
    QTest.mouseClick(panel.head.unfold, LEFT)
    assert answered.ids() == {node.id for node in deep.graph.nodes}
    assert not panel.head.unfold.isVisible() and panel.head.notice.text() == ""


def test_what_is_folded_away_is_found_marked_and_picked(answered: Answered, tape: Tape) -> None:
    panel = answered.panel
    panel.show_tape(tape)
    panel.toggle_fold("linear_1")
    QTest.keyClicks(panel.search, "linear_1.bias")
    assert panel.hits.text() == "1 of 1" and panel.canvas.items_by_id["fold_linear_1"].marks.found
    inside = node_of(tape, "AddmmBackward0", "linear_1").id
    at = next(event.index for event in tape.events if event.node == inside)
    panel.show_cursor(tape, at)
    assert panel.canvas.items_by_id["fold_linear_1"].marks.current
    QTest.mouseClick(panel.canvas.viewport(), LEFT, NONE, answered.pixel("fold_linear_1"))
    assert inside in answered.picked[-1].members


def test_the_same_layers_stay_folded_in_the_next_graph(answered: Answered, tape: Tape) -> None:
    answered.panel.show_tape(tape)
    answered.panel.toggle_fold("linear_2")
    again = record(run_of(s3()))
    answered.panel.show_tape(again)
    assert "fold_linear_2" in answered.ids() and answered.asked[-1].graph is again.graph


def test_an_old_answer_is_not_shown(qtbot, tape: Tape) -> None:
    panel = GraphPanel()
    qtbot.addWidget(panel)
    panel.show_tape(tape)
    panel.toggle_fold("linear_1")
    late = arrange(ArrangeGraph(tape.graph, frozenset({"linear_1"}), True))
    panel.toggle_fold("linear_1")
    panel.show_update(Update(frozenset({"picture"}), RunStatus(), picture=late))
    assert "fold_linear_1" not in panel.canvas.items_by_id


# ------------------------------------------------------------------------------------------------ numbers


def text(tape: Tape, node: GraphNode, cursor: int) -> tuple[str, str]:
    return lines(GraphNumbers(tape), node, cursor)


def test_values_come_with_forward_and_gradients_with_backward(tape: Tape) -> None:
    sigmoid = node_of(tape, "SigmoidBackward0", "sigmoid_1")
    forward = next(event for event in tape.events if event.layer == "sigmoid_1" and event.phase == "forward")
    backward = next(event for event in tape.events if event.node == sigmoid.id)
    assert text(tape, sigmoid, forward.index - 1) == ("", "")
    assert text(tape, sigmoid, forward.index) == ("[0.880797, 0.731059]", "")
    assert text(tape, sigmoid, backward.index - 1)[1] == ""
    upstream = backward.inputs[0]
    assert upstream is not None and text(tape, sigmoid, backward.index)[1] == brief(upstream)


def test_a_parameter_shows_its_grad_its_update_and_zero_grad(tape: Tape) -> None:
    weight = next(node for node in tape.graph.nodes if node.title == "linear_2.weight")
    numbers = GraphNumbers(tape)
    moments = {event.phase: event for event in tape.events if event.parameter == "linear_2.weight"}
    start = next(each for each in tape.parameters if each.name == "linear_2.weight")
    assert numbers.value(weight, 0) is start and numbers.gradient(weight, 0) is None
    assert numbers.gradient(weight, moments["accumulate"].index) is moments["accumulate"].outputs[0]
    assert numbers.value(weight, moments["update"].index) is moments["update"].outputs[0]
    assert numbers.value(weight, moments["update"].index - 1) is start
    assert numbers.gradient(weight, moments["zero_grad"].index) is None


def test_every_box_of_the_tape_gets_its_gradient(tape: Tape) -> None:
    numbers, last = GraphNumbers(tape), max(e.index for e in tape.events if e.phase in ("backward", "accumulate"))
    for node in tape.graph.nodes:
        if node.kind in ("operation", "accumulate"):
            event = next(event for event in tape.events if event.node == node.id)
            assert numbers.gradient(node, last) is event.inputs[0]
            assert numbers.seconds(node) == event.seconds > 0


def test_a_folded_layer_shows_its_result_and_all_its_time(tape: Tape) -> None:
    folded = arrange(ArrangeGraph(tape.graph, frozenset({"linear_1"}), True)).view
    box = next(node for node in folded.nodes if node.kind == "layer")
    addmm = node_of(tape, "AddmmBackward0", "linear_1")
    numbers, last = GraphNumbers(tape), len(tape.events) - 1
    assert lines(numbers, box, last) == lines(numbers, addmm, last)
    inside = [event.seconds for event in tape.events if event.node in box.members]
    assert len(inside) == 4 and numbers.seconds(box) == pytest.approx(sum(inside))
    assert f"time in backward: {time_text(sum(inside))}" in tip(box, False, (numbers, last))


def test_what_changes_with_the_cursor_is_known(tape: Tape) -> None:
    numbers, last = GraphNumbers(tape), len(tape.events) - 1
    for before in range(last + 1):
        for now in range(last + 1):
            changed = numbers.changed(before, now)
            for node in tape.graph.nodes:
                if node.id not in changed:
                    assert lines(numbers, node, before) == lines(numbers, node, now)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.float32(0.25), "0.25"),
        ([1.0, -2.5], "[1, -2.5]"),
        ([0.123456789, -0.987654321], "[0.1235, -0.9877]"),
        ([[3, 7]], "[3, 7]"),
        ([True, False], "[True, False]"),
        (np.arange(6), "0 … 5"),
        (np.zeros((0, 3)), "empty"),
        (np.array([3.0, 4.0, 0.0, 0.0, 0.0]), "‖5‖ 0…4"),
        (np.array([1.0, np.nan, 2.0, 3.0, 4.0]), "‖nan‖ nan…nan"),
    ],
)
def test_tensors_in_few_words(values: object, expected: str) -> None:
    said = brief(TensorView("x", frozen(np.array(values))))
    assert said == expected and len(said) <= WIDEST


@pytest.mark.parametrize(("seconds", "said"), [(2.5, "2.5 s"), (0.0123, "12.3 ms"), (0.0000421, "42.1 µs")])
def test_times(seconds: float, said: str) -> None:
    assert time_text(seconds) == said


def test_without_numbers_the_boxes_are_small(answered: Answered, tape: Tape) -> None:
    panel = answered.panel
    panel.show_tape(tape)
    assert panel.shown is tape.graph and panel.shown.roomy
    QTest.mouseClick(panel.buttons["numbers"], LEFT)
    assert panel.shown is not None and not panel.shown.roomy
    assert panel.canvas.picture.numbers.at is None
    QTest.mouseClick(panel.buttons["numbers"], LEFT)
    assert panel.shown is tape.graph and panel.canvas.picture.numbers.at is not None


def test_tips_say_dtype_saved_freed_and_numbers(tape: Tape) -> None:
    addmm = node_of(tape, "AddmmBackward0", "linear_2")
    last = len(tape.events) - 1
    said = tip(addmm, True, (GraphNumbers(tape), last))
    assert "shape of the result: (1, 1) float32" in said
    assert "freed: " in said and "had saved for backward: " in said and "mat1 (1, 2)" in said
    assert "value: 1.34291" in said and "time in backward: " in said and "time of the layer in forward: " in said


# ------------------------------------------------------------------------------------------------ from afar


def test_from_afar_there_are_few_items_but_marks_stay(answered: Answered, deep: Tape) -> None:
    panel = answered.panel
    panel.folds.all(False)
    panel.show_tape(deep)
    canvas = panel.canvas
    QTest.keyClick(canvas, Qt.Key.Key_F)
    inside = deep.events[len(deep.events) // 2].node
    panel.show_cursor(deep, len(deep.events) // 2)
    visible = [item for item in canvas.scene().items() if item.isVisible()]
    assert sum(isinstance(item, FarPiece) for item in visible) == -(-len(deep.graph.nodes) // 160)
    assert [item.node.id for item in canvas.items_by_id.values() if item.isVisible()] == [inside]
    place = canvas.mapFromScene(canvas.items_by_id[inside].pos())
    assert canvas.node_at(place) is not None  # it can be picked and explained from afar too
    canvas.camera.zoom_by(1 / canvas.transform().m11())
    assert all(item.isVisible() for item in canvas.items_by_id.values())


def test_it_says_of_which_step_it_is(answered: Answered, tape: Tape) -> None:
    fresh = replace(tape.graph, step=0, fresh=True)
    answered.panel.show_update(Update(frozenset({"graph"}), RunStatus(), graph=fresh))
    assert answered.panel.head.notice.text() == "The model as it is now, at step 0 of a fresh run"
    later = replace(tape.graph, step=1200)
    answered.panel.show_update(Update(frozenset({"graph"}), RunStatus(), graph=later))
    assert answered.panel.head.notice.text() == "At step 1,200 of the run"


def test_a_low_panel_leaves_its_room_to_the_graph(answered: Answered, tape: Tape) -> None:
    panel = answered.panel
    panel.show_tape(tape)
    assert panel.legend.isVisible()
    panel.resize(600, ROOM_FOR_LEGEND - 100)
    assert not panel.legend.isVisible()
    QTest.mouseClick(panel.buttons["info"], LEFT)
    assert panel.legend.isVisible()
    panel.resize(600, ROOM_FOR_LEGEND - 120)
    assert panel.legend.isVisible()
