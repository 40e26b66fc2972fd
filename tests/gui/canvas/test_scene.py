"""The scene shows exactly the project, whatever was edited, and touches only what differs."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPixmap

from engine import edits, placing
from engine.catalog import LAYERS
from engine.edits import EditError
from engine.examples import EXAMPLES, example
from engine.fields import FieldError
from engine.spec import INPUT_ID, OUTPUT_ID, LinkSpec, NetworkSpec, ProjectSpec
from engine.views import Issue, NetworkReport
from gui.canvas import facts, geometry
from gui.canvas.geometry import Box, Route, routes
from gui.canvas.glyphs import glyph
from gui.canvas.look import layer_colour, wrapped
from gui.canvas.node_item import NodeItem
from gui.canvas.panel import CanvasPanel
from gui.canvas.scene import NetworkScene
from gui.theme.tokens import DARK, LIGHT
from tests.gui.canvas.conftest import Bench, Make

KINDS = [entry.kind for entry in LAYERS if entry.placeable]


def assert_shows(scene: NetworkScene, network: NetworkSpec) -> None:
    """Ids, places, values and links of the picture are those of the network, and nothing else is in it."""
    assert {node_id: item.pos().toTuple() for node_id, item in scene.nodes.items()} == {
        node.id: (node.x, node.y) for node in network.nodes
    }
    assert set(scene.links) == set(network.links)
    assert set(scene.items()) == {*scene.nodes.values(), *scene.links.values()}
    for node in network.nodes:
        card = scene.nodes[node.id].card
        assert (card.id, card.kind) == (node.id, node.kind)
        assert card.used == {link.port for link in network.links_into(node.id)}
    for link, item in scene.links.items():
        assert item.arrow.link == link
        assert item.route.start == scene.nodes[link.source].output_point().toTuple()
        assert item.route.end == scene.nodes[link.target].input_point(link.port).toTuple()


def random_edit(project: ProjectSpec, chance: random.Random) -> ProjectSpec:
    """One of everything that can be done on the canvas."""
    ids = [node.id for node in project.network.nodes]
    some = tuple(chance.sample(ids, min(len(ids), chance.randint(1, 3))))
    kind, x, y = chance.choice(KINDS), chance.uniform(-400, 2000), chance.uniform(-400, 400)
    link = chance.choice(project.network.links or (LinkSpec(INPUT_ID, OUTPUT_ID),))
    doable: list[Callable[[], ProjectSpec]] = [
        lambda: edits.add_node(project, kind, x, y)[0],
        lambda: placing.append(project, kind, some)[0],
        lambda: edits.connect(project, chance.choice(ids), chance.choice(ids)),
        lambda: edits.connect(project, chance.choice(ids), chance.choice(ids)),
        lambda: edits.remove_nodes(project, some[:1]),
        lambda: edits.duplicate_nodes(project, some)[0],
        lambda: edits.move_nodes(project, dict.fromkeys(some, (x, y))),
        lambda: edits.rename_node(project, some[0], f"name_{chance.randint(0, 99)}"),
        lambda: placing.shift(project, some[0], chance.choice((-1, 1))),
        lambda: placing.tidy(project),
    ]
    if project.network.links:
        doable += [
            lambda: edits.disconnect(project, link),
            lambda: placing.insert(project, kind, link, x, y)[0],
        ]
        if some[0] not in edits.ENDS:
            doable.append(lambda: placing.reorder(project, link, some[0]))
    return chance.choice(doable)()


@pytest.mark.parametrize("seed", range(6))
def test_after_any_edits_undo_and_redo_the_scene_is_the_project(make: Make, seed: int) -> None:
    bench = make(random.Random(seed).choice(("digits", "skip", "digits-cnn")))
    chance = random.Random(seed)
    made = 0
    for _ in range(60):
        try:
            bench.store.commit(random_edit(bench.store.project, chance), "edit")
            made += 1
        except (EditError, FieldError):
            pass
        if chance.random() < 0.2:
            chance.choice((bench.store.undo, bench.store.redo))()
        assert_shows(bench.canvas.scene, bench.network)
    assert made > 20
    while bench.store.undo_name:
        bench.store.undo()
    assert_shows(bench.canvas.scene, bench.network)


def test_an_edit_keeps_every_item_that_it_does_not_touch(bench: Bench) -> None:
    scene = bench.canvas.scene
    nodes, links = dict(scene.nodes), dict(scene.links)
    bench.store.commit(edits.set_value(bench.store.project, "linear_1", "out_features", 7), "edit")
    assert scene.nodes == nodes and scene.links == links
    assert scene.nodes["linear_1"].card.values == "? → 7"
    bench.store.commit(edits.remove_nodes(bench.store.project, ["relu_1"]), "edit")
    assert {node_id for node_id, item in nodes.items() if scene.nodes.get(node_id) is not item} == {"relu_1"}
    assert [link for link in scene.links if link not in links] == [LinkSpec("linear_1", "dropout_1")]


def test_an_edit_elsewhere_does_not_touch_the_picture(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*arguments: object) -> None:
        raise AssertionError("the picture was computed again")

    monkeypatch.setattr(facts.Cards, "of", never)
    bench.store.commit(edits.set_train_value(bench.store.project, "epochs", 3), "edit")
    bench.store.commit(edits.set_optimizer_value(bench.store.project, "lr", 0.5), "edit")


def test_loss_and_data_are_shown(bench: Bench) -> None:
    cards = bench.canvas.scene.nodes
    assert (cards["output"].card.values, cards["input"].card.values) == ("Cross-entropy", "Digits")
    bench.store.commit(edits.choose_loss(bench.store.project, "mse"), "edit")
    bench.store.commit(edits.set_data(bench.store.project, example("iris").data), "edit")
    assert (cards["output"].card.values, cards["input"].card.values) == ("MSE", "Iris")


def report(project: ProjectSpec, *issues: Issue) -> NetworkReport:
    return NetworkReport(
        project,
        shapes={"input": (64,), "linear_1": (100,), "relu_1": (100,), "dropout_1": (100,), "linear_2": (10,)},
        parameters={"linear_1": 6500, "linear_2": 1010},
        settled={"linear_1": {"in_features": 64, "out_features": 100, "bias": True}},
        issues=issues,
    )


def test_shapes_stand_on_the_arrows_and_counts_on_the_cards(bench: Bench) -> None:
    bench.report(report(bench.store.project))
    scene = bench.canvas.scene
    assert [item.arrow.shape for item in scene.links.values()] == ["N×64", "N×100", "N×100", "N×100", "N×10"]
    assert (scene.nodes["linear_1"].card.values, scene.nodes["linear_1"].card.count) == ("64 → 100", "6,500")
    assert scene.nodes["relu_1"].card.count == ""
    assert scene.nodes["input"].card.line == "N×64"
    assert "Parameters: 6,500" in scene.nodes["linear_1"].toolTip()
    assert "torch.nn.Linear" in scene.nodes["linear_1"].toolTip()


def test_an_issue_marks_its_layer_and_its_arrow(bench: Bench) -> None:
    wrong = Issue("linear_2", "linear_2 expects 6 features, but 100 arrive.", link=("dropout_1", "linear_2", 0))
    odd = Issue("relu_1", "Two activations in a row <do> nothing.", severity="warning")
    bench.report(report(bench.store.project, odd, wrong))
    scene = bench.canvas.scene
    card = scene.nodes["linear_2"].card
    assert (card.severity, card.problem) == ("error", wrong.text)
    assert scene.nodes["relu_1"].card.severity == "warning"
    assert "&lt;do&gt;" in scene.nodes["relu_1"].toolTip()
    assert [link for link, item in scene.links.items() if item.arrow.wrong] == [LinkSpec("dropout_1", "linear_2")]
    bench.report(report(bench.store.project))
    assert scene.nodes["linear_2"].card.severity == ""


def test_the_sentence_of_an_error_is_told_before_that_of_a_warning() -> None:
    both = [Issue("a", "warned", "warning"), Issue("a", "wrong")]
    worst = facts.gravest(both)
    assert worst is not None and (worst.severity, worst.text) == ("error", "wrong")
    assert facts.gravest([]) is None


def test_highlight_lights_one_layer(bench: Bench) -> None:
    for direction in ("forward", "backward", "parameter"):
        bench.canvas.highlight("relu_1", direction)
        lit = {
            node_id: item.look.direction for node_id, item in bench.canvas.scene.nodes.items() if item.look.direction
        }
        assert lit == {"relu_1": direction}
    bench.canvas.highlight("", "")
    assert not any(item.look.direction for item in bench.canvas.scene.nodes.values())
    bench.canvas.highlight("gone", "forward")


def painted(item: NodeItem, scale: float) -> bytes:
    picture = QPixmap(400, 300)
    picture.fill(Qt.GlobalColor.white)
    painter = QPainter(picture)
    painter.translate(200, 150)
    painter.scale(scale, scale)
    item.paint(painter, None)  # type: ignore[arg-type]
    painter.end()
    return bytes(picture.toImage().constBits())


@pytest.mark.parametrize("scale", [0.1, 0.45, 1.0])
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_state_of_a_card_looks_different(bench: Bench, scale: float, theme: object) -> None:
    item = bench.canvas.scene.nodes["linear_1"]
    item.show_theme(theme)  # type: ignore[arg-type]
    pictures = [painted(item, scale)]
    for direction in ("forward", "backward", "parameter"):
        bench.canvas.highlight("linear_1", direction)
        pictures.append(painted(item, scale))
    bench.canvas.highlight("", "")
    for severity in ("error", "warning"):
        bench.report(report(bench.store.project, Issue("linear_1", "odd", severity)))  # type: ignore[arg-type]
        pictures.append(painted(item, scale))
    bench.report(report(bench.store.project))
    bench.store.select(("linear_1",))
    pictures.append(painted(item, scale))
    far = scale < 0.2
    assert len(set(pictures)) == len(pictures) - (2 if far else 0), "from very far only what is grave stands out"


def test_every_kind_of_layer_has_a_drawing_and_a_colour(qtbot: object) -> None:
    drawings = {entry.kind: glyph(entry.kind) for entry in LAYERS}
    plain = glyph("no such kind")
    assert all(not path.isEmpty() and path != plain for path in drawings.values())
    for theme in (LIGHT, DARK):
        assert all(layer_colour(entry.kind, theme).isValid() for entry in LAYERS)


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_arrow_of_an_example_runs_under_a_card(name: str, qtbot: object) -> None:
    project = example(name)
    for network in (project.network, placing.tidy(project).network):
        scene = NetworkScene(LIGHT)
        scene.show_project(edits.move_nodes(project, {node.id: (node.x, node.y) for node in network.nodes}))
        for link, item in scene.links.items():
            others = [node.box for node_id, node in scene.nodes.items() if node_id not in (link.source, link.target)]
            assert not [p for p in item.route.points(40) for box in others if box.holds(p)], link


def test_arrows_past_the_same_cards_keep_apart() -> None:
    boxes = {name: geometry.card_box(176.0 * index, 0.0, 1) for index, name in enumerate("abcdef")}
    ends = {
        LinkSpec("a", "e"): ((60.0, 0.0), (4 * 176 - 60.0, 0.0)),
        LinkSpec("b", "f"): ((176 + 60.0, 0.0), (5 * 176 - 60.0, 0.0)),
        LinkSpec("a", "c"): ((60.0, 0.0), (2 * 176 - 60.0, 0.0)),
    }
    lanes = sorted(route.lane for route in routes(ends, boxes).values() if route.lane is not None)
    assert len(lanes) == 3
    assert all(b - a >= geometry.LANE_GAP for a, b in pairwise(lanes))
    assert lanes[-1] <= -geometry.HEIGHT / 2 - geometry.LANE


def test_geometry_of_a_route() -> None:
    straight = Route((0.0, 0.0), (100.0, 0.0))
    assert straight.middle == (50.0, 0.0)
    assert straight.points()[0] == (0.0, 0.0) and straight.points()[-1] == (100.0, 0.0)
    assert geometry.distance((50.0, 9.0), straight.points()) == pytest.approx(9.0)
    assert geometry.distance((110.0, 0.0), straight.points()) == pytest.approx(10.0)
    assert Route((0.0, 0.0), (100.0, 0.0), -60.0).middle == (50.0, -60.0)
    assert Box(0, 0, 10, 10).holds((5, 5)) and not Box(0, 0, 10, 10).holds((5, 11))


@pytest.mark.parametrize(
    ("kind", "values", "settled", "shown"),
    [
        ("linear", {"out_features": 3}, {"in_features": 5}, "5 → 3"),
        ("linear", {"out_features": 3}, {}, "? → 3"),
        ("conv2d", {"out_channels": 16}, {"in_channels": 1}, "1 → 16, 3×3"),
        ("conv2d", {"padding": 1}, {"in_channels": 1}, "1 → 8, 3×3, padding 1"),
        ("max_pool2d", {}, {}, "2×2"),
        ("dropout", {"p": 0.25}, {}, "p = 0.25"),
        ("layer_norm", {}, {"normalized_shape": (8, 8)}, "8×8"),
        ("batch_norm2d", {}, {"num_features": 4}, "4"),
        ("relu", {}, {}, "max(0, x)"),
        ("tanh", {}, {}, ""),
        ("concat", {"dim": 2}, {}, "dim 2"),
    ],
)
def test_chief_values(kind: str, values: dict[str, int], settled: dict[str, object], shown: str) -> None:
    assert facts.chief_values(LAYERS[kind], LAYERS[kind].choose(values).as_dict(), settled) == shown


@pytest.mark.parametrize(
    ("number", "text"), [(6500, "6,500"), (99_999, "99,999"), (401_920, "402k"), (12_345_678, "12.3M")]
)
def test_counts_fit_on_a_card(number: int, text: str) -> None:
    assert facts.short_count(number) == text


def test_a_long_shape_takes_two_lines_and_a_sentence_three(qtbot: object) -> None:
    assert facts.two_lines("N×16×14×14") == ("N×16×", "14×14")
    assert facts.two_lines("N×3136") == ("N×3136",)
    lines = wrapped("a network runs in one direction only, so this arrow cannot be", 11, 80.0, 3)
    assert len(lines) == 3 and lines[-1].endswith("…")
    assert wrapped("short", 11, 80.0, 3) == ("short",)


def test_the_network_is_fitted_until_somebody_takes_the_camera(make: Make) -> None:
    bench = make("digits-cnn")
    bench.resize(700, 400)
    assert all(bench.view.rect().contains(bench.centre(node.id)) for node in bench.network.nodes)
    bench.canvas.view.camera.zoom_by(2.0)
    scale = bench.canvas.view.camera.scale
    bench.resize(1100, 700)
    assert bench.canvas.view.camera.scale == scale
    bench.store.replace(example("moons"))
    assert all(bench.view.rect().contains(bench.centre(node.id)) for node in bench.network.nodes)


def test_a_canvas_without_a_project_is_empty(qtbot: object) -> None:
    canvas = CanvasPanel()
    assert canvas.scene.items() == []
    canvas.fit()
    canvas.close()


def test_the_canvas_finds_what_is_under_a_point(make: Make) -> None:
    bench = make("skip")
    scene = bench.canvas.scene
    for node_id, item in scene.nodes.items():
        assert scene.node_at(item.pos()) == node_id
        if node_id != OUTPUT_ID:
            found = scene.port_at(item.output_point())
            assert found is not None and (found.node, found.index) == (node_id, -1)
        if node_id != INPUT_ID:
            found = scene.port_at(item.input_point(0))
            assert found is not None and (found.node, found.index) == (node_id, 0)
    for link, item in scene.links.items():
        assert scene.link_at(QPointF(*item.route.points()[12])) == link
