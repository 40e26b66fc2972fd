"""Which networks can be drawn as neurons, and the sentence for those that cannot."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from engine import edits
from engine.examples import example
from engine.tensors.check import check
from gui.neurons.picture import LEVELS, MOST_LINES, Pick, Picture
from gui.neurons.plan import Column, plan
from gui.weights.source import Parameter
from tests.engine.session_reader import moons
from tests.engine.tensors.projects import chain, graph


def planned(project):
    return plan(project, check(project))


def test_a_chain_of_linear_layers() -> None:
    found = planned(moons())
    assert [(column.node, column.units, column.then) for column in found] == [
        ("input", 2, ()),
        ("linear_1", 16, ("ReLU", "Dropout")),
        ("linear_2", 2, ()),
    ]
    assert found[1].weight == Parameter("linear_1.weight", (16, 2)) and found[1].bias.name == "linear_1.bias"
    without = edits.set_value(moons(), "linear_2", "bias", False)
    assert planned(without)[2].bias is None


def test_images_that_are_flattened() -> None:
    layers = (("flatten", {}), ("linear", {"out_features": 10}))
    found = planned(chain(layers, "digits", "cross_entropy", rows={"layout": "image"}))
    assert [column.units for column in found] == [64, 10]


def test_logistic_regression_has_two_columns() -> None:
    assert len(planned(chain((("linear", {"out_features": 1}),)))) == 2


@pytest.mark.parametrize(
    ("project", "words"),
    [
        (example("digits-cnn"), "conv2d_1 is not a Linear layer but Conv2d"),
        (edits.remove_nodes(moons(), ("linear_1", "linear_2")), "There is no Linear layer yet"),
        (edits.set_value(moons(), "linear_2", "in_features", 5), "linear_2"),
        (edits.disconnect(moons(), moons().network.links[-1]), "Nothing follows linear_2 yet"),
        (
            chain((("linear", {"out_features": 10}),), "digits", "cross_entropy", rows={"layout": "image"}),
            "linear_1 works along the last axis of 1×8×8 values: put a Flatten in front",
        ),
        (
            graph(
                {"a": ("linear", {"out_features": 2}), "add": ("add", {})},
                [("input", "a"), ("input", "add"), ("a", "add"), ("add", "output")],
            ),
            "2 arrows leave input",
        ),
        (chain((("linear", {"out_features": 2}),) * 18), "There are 18 Linear layers"),
    ],
)
def test_what_cannot_be_drawn_says_why(project, words: str) -> None:
    found = planned(project)
    assert isinstance(found, str) and words in found


def columns(*sizes: int):
    made = [Column("input", sizes[0])]
    for number, (before, after) in enumerate(pairwise(sizes), start=1):
        weight = Parameter(f"linear_{number}.weight", (after, before))
        made.append(Column(f"linear_{number}", after, weight, Parameter(f"linear_{number}.bias", (after,))))
    return tuple(made)


def test_large_columns_leave_units_out() -> None:
    large = columns(784, 100, 10)
    assert len(large[0].shown) == 63 and large[0].elided == 721
    assert large[0].shown[:2] == (0, 1) and large[0].shown[-1] == 783 and large[2].elided == 0
    picture = Picture(large, 500, 400)
    assert picture.place(0, 783) is not None and picture.place(0, 400) is None
    gap = picture.ys[0][32] - picture.ys[0][31]
    assert gap > 2.5 * (picture.ys[0][1] - picture.ys[0][0])


def test_every_line_has_the_weight_of_its_two_ends() -> None:
    picture = Picture(columns(3, 4, 2), 500, 400)
    values = {
        "linear_1.weight": np.arange(12, dtype=np.float32).reshape(4, 3) - 6,
        "linear_2.weight": np.zeros((2, 4), np.float32),
        "linear_1.bias": np.array([0, 1, 2, -3], np.float32),
    }
    picture.show_values(values)
    assert picture.largest == 6.0 and picture.lines == 20
    drawn = picture.batches()
    assert sum(map(len, drawn.values())) == 20 and [abs(level) for level in drawn] == sorted(map(abs, drawn))
    # The line of weight[i, j] goes from input j to unit i, its level is its share of the largest.
    for i in range(4):
        for j in range(3):
            line = picture.line(Pick(1, i, j))
            value = values["linear_1.weight"][i, j]
            (level,) = [level for level, lines in drawn.items() if line in lines]
            assert level == np.sign(value) * np.ceil(abs(value) / 6 * LEVELS)
            assert (line.x1(), line.y1()) == picture.place(0, j) and (line.x2(), line.y2()) == picture.place(1, i)


def test_the_mouse_finds_dots_and_lines() -> None:
    picture = Picture(columns(3, 4, 2), 500, 400)
    picture.show_values({"linear_1.weight": np.ones((4, 3), np.float32)})
    for column, units in enumerate((3, 4, 2)):
        for unit in range(units):
            assert picture.at(*picture.place(column, unit)) == Pick(column, unit)
    for i in range(4):
        for j in range(3):
            point = picture.line(Pick(1, i, j)).pointAt(0.12)  # near the inputs no other line is as near
            assert picture.at(point.x(), point.y()) == Pick(1, i, j)
    assert picture.at(5, 5) is None


def test_of_very_many_lines_the_strongest_are_drawn() -> None:
    picture = Picture(columns(64, 64, 64), 500, 400)
    weight = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    picture.show_values({"linear_1.weight": weight, "linear_2.weight": 9 * weight})
    drawn = [line for lines in picture.batches().values() for line in lines]
    assert len(drawn) == MOST_LINES and picture.lines == 8192
    strongest = np.argsort(-np.abs(weight).ravel())[: MOST_LINES // 2]
    expected = {(int(n) // 64, int(n) % 64) for n in strongest}
    assert {(i, j) for i in range(64) for j in range(64) if picture.line(Pick(1, i, j)) in drawn} == expected
    # A unit has all of its own.
    assert sum(map(len, picture.lines_of(1, 5).values())) == 128


def test_the_mouse_finds_the_lines_of_the_unit_that_is_picked_too() -> None:
    picture = Picture(columns(64, 64), 500, 400)
    weight = np.full((64, 64), 0.01, np.float32)
    weight[:40, :40] = 1.0  # more than are drawn, all in the upper half
    picture.show_values({"linear_1.weight": weight})
    point = picture.line(Pick(1, 63, 63)).pointAt(0.5)
    assert picture.at(point.x(), point.y()) is None
    for unit in (Pick(0, 63), Pick(1, 63)):
        assert picture.at(point.x(), point.y(), unit) == Pick(1, 63, 63)


def test_values_that_are_no_numbers_are_drawn_and_harmless() -> None:
    picture = Picture(columns(2, 2), 500, 400)
    picture.show_values({"linear_1.weight": np.array([[np.nan, np.inf], [-np.inf, 2]], np.float32)})
    assert sorted(picture.batches()) == [-LEVELS, 0, LEVELS]
