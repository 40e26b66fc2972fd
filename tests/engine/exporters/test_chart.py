"""The chart's numbers: round ticks, logarithmic axes where they help, no lost peak, gaps where values are not finite."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.exporters import chart
from engine.exporters.chart import Curve, Panel, thin
from engine.exporters.drawing import Box, Line, Scene, Text, to_png, to_svg


def curve(values: list[float], faint: bool = False) -> Curve:
    return Curve("training", "#0b6fb8", np.arange(len(values), dtype=float), np.array(values, dtype=float), faint)


def draw(values: list[float], log: bool = True, share: bool = False) -> Scene:
    return chart.chart("name", "settings", (Panel("Loss", "epoch", (curve(values),), share, log),))


def texts(scene: Scene) -> list[str]:
    return [item.text for item in scene.items if isinstance(item, Text)]


def curves(scene: Scene) -> list[Line]:
    return [
        item for item in scene.items if isinstance(item, Line) and item.stroke == "#0b6fb8" and item.thickness == 2.0
    ]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 30, [0, 5, 10, 15, 20, 25, 30]),
        (0.1, 0.3, [0.1, 0.15, 0.2, 0.25, 0.3]),
        (-5, 5, [-4, -2, 0, 2, 4]),
        (1e-6, 3e-6, [1e-6, 1.5e-6, 2e-6, 2.5e-6, 3e-6]),
        (0, 1e9, [0, 2e8, 4e8, 6e8, 8e8, 1e9]),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert chart._ticks(low, high, 6) == pytest.approx(expected, abs=0)


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=20), st.booleans(), st.booleans())
def test_any_values_lie_inside_the_picture(values: list[float], log: bool, share: bool) -> None:
    scene = draw(values, log, share)
    for item in scene.items:
        points = item.points if isinstance(item, Line) else ()
        for x, y in points:
            assert -1 <= x <= scene.width + 1 and -1 <= y <= scene.height + 1
    assert to_svg(scene).startswith(b"<?xml")


def test_a_wide_span_is_drawn_logarithmically_and_says_so() -> None:
    assert "Loss (logarithmic axis)" in texts(draw([10.0, 0.1, 0.001]))
    assert "Loss" in texts(draw([10.0, 1.0, 0.5]))
    assert "Loss" in texts(draw([10.0, 0.001, 0.0])), "zero has no logarithm"
    assert "Loss" in texts(draw([10.0, 0.1, 0.001], log=False))


def test_points_stand_where_the_axis_says() -> None:
    scene = draw([0.0, 0.5, 1.0], share=True)
    labels = {item.text: item.y - 4 for item in scene.items if isinstance(item, Text) and item.text.endswith("%")}
    (line,) = curves(scene)
    assert [y for _, y in line.points] == pytest.approx(
        [labels["0 %"], (labels["40 %"] + labels["60 %"]) / 2, labels["100 %"]]
    )


def test_values_that_are_not_finite_leave_a_gap() -> None:
    scene = draw([1.0, 2.0, float("nan"), 3.0, float("inf"), 2.0, 1.0])
    assert [len(line.points) for line in curves(scene)] == [2, 2]
    dots = [item for item in scene.items if isinstance(item, Box) and item.radius == 3]
    assert len(dots) == 1, "a lonely value becomes a dot"


def test_an_empty_panel_and_a_constant_one_can_be_drawn() -> None:
    assert to_png(chart.chart("name", "", (Panel("Loss", "epoch", ()),)), 0.5)
    assert curves(draw([2.0, 2.0, 2.0]))


@given(st.integers(1, 5000), st.integers(0, 2**32 - 1))
def test_thinning_keeps_the_extremes_and_the_order(count: int, seed: int) -> None:
    values = np.random.default_rng(seed).standard_normal(count)
    x, y = thin(np.arange(count, dtype=float), values, 100)
    assert len(x) <= max(count if count <= 100 else 0, 100)
    assert y.min() == values.min() and y.max() == values.max()
    assert (np.diff(x) > 0).all()
    assert (values[x.astype(int)] == y).all()


def test_texts_are_escaped_and_odd_signs_left_out() -> None:
    scene = Scene(100, 50, (Text(0, 10, "a<b>&\"'\x00\x0b", "#000000"),), title="</title><script>", text="]]>")
    svg = to_svg(scene).decode()
    assert "a&lt;b&gt;&amp;" in svg and "<script>" not in svg and "\x00" not in svg


def test_a_huge_picture_is_scaled_down() -> None:
    from io import BytesIO

    from PIL import Image

    scene = Scene(9_000, 4_500, (Box(10, 10, 100, 100, "#ff0000"),))
    with Image.open(BytesIO(to_png(scene))) as picture:
        assert picture.size[0] * picture.size[1] <= 40_100_000
        assert picture.size[0] / picture.size[1] == pytest.approx(2, rel=1e-3)
