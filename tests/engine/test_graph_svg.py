"""The graph as SVG: well-formed, complete, escaped, and drawable."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from engine.graph_boxes import KIND_TITLES, caption, sized
from engine.graph_svg import graph_svg
from engine.views import GraphEdge, GraphNode, GraphView

SVG = "{http://www.w3.org/2000/svg}"


def view() -> GraphView:
    nodes = (
        GraphNode("p1", "parameter", "a<b>.weight", "a", "a<b>.weight", (2, 1)),
        GraphNode("n1", "accumulate", "AccumulateGrad", "a", "a<b>.weight", (2, 1)),
        GraphNode("n2", "operation", "AddmmBackward0", "a", shape=(1, 2), saved=("mat1 (1, 2)",)),
        GraphNode("loss", "output", "loss", "output", shape=()),
    )
    placed = [sized(node) for node in nodes]
    from dataclasses import replace

    placed = [replace(node, x=150.0, y=40.0 + 70.0 * i) for i, node in enumerate(placed)]
    pairs = (("p1", "n1"), ("n1", "n2"), ("n2", "loss"))
    edges = tuple(GraphEdge(a, b, ((150.0, 61.0 + 70 * i), (150.0, 89.0 + 70 * i))) for i, (a, b) in enumerate(pairs))
    return GraphView(tuple(placed), edges, 300.0, 300.0, "built-in")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_well_formed_and_complete(theme: str) -> None:
    root = ElementTree.fromstring(graph_svg(view(), theme))  # type: ignore[arg-type]
    texts = [element.text for element in root.iter(f"{SVG}text")]
    for title in ("a<b>.weight", "AccumulateGrad", "AddmmBackward0", "loss", "(1, 2) · a", *KIND_TITLES.values()):
        assert title in texts
    assert {element.get("id") for element in root.iter(f"{SVG}g")} >= {"p1", "n1", "n2", "loss"}
    assert len(list(root.iter(f"{SVG}polyline"))) == len(list(root.iter(f"{SVG}polygon"))) == 3
    tips = [element.text for element in root.iter(f"{SVG}title")]
    assert any(tip and "saved mat1 (1, 2)" in tip for tip in tips)


def test_nothing_from_outside_is_needed() -> None:
    text = graph_svg(view())
    assert "<script" not in text and "href" not in text and "<style" not in text
    assert text.count("http") == 1  # the name of the SVG namespace


def test_boxes_have_room_for_their_text() -> None:
    for node in view().nodes:
        assert node.width > 6.5 * len(node.title)
        assert node.width > 6.0 * len(caption(node))


def test_qt_draws_it_in_the_colours_of_the_kinds(qtbot: object) -> None:
    from PySide6.QtGui import QColor, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    renderer = QSvgRenderer(graph_svg(view()).encode())
    assert renderer.isValid()
    image = QImage(renderer.defaultSize(), QImage.Format.Format_RGB32)
    image.fill(QColor("#000000"))
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    colours = {image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}
    assert {"#ffffff", "#efe6f8", "#fdf0e6", "#e3f4ee"} <= colours
