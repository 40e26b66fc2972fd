"""Tables of what is set by hand: one element, a part, all; equal rows are shared; words for every edit."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import edits, hand_weights, weight_edits
from engine.examples import example
from engine.fields import FieldError
from engine.json_reader import JsonObject
from engine.network_json import network_to_json, read_network

SHAPE = (100, 64)


def linear(project):
    return project.network.node("linear_1")


def test_one_element_of_a_large_parameter_makes_one_new_row() -> None:
    one = hand_weights.changed(None, (100, 784), {(3, 5): 0.5})
    two = hand_weights.changed(one, (100, 784), {(4, 0): -1.0})
    assert hand_weights.at(two, (3, 5)) == 0.5 and hand_weights.at(two, (4, 0)) == -1.0
    assert hand_weights.at(two, (0, 0)) is None
    assert [row for row in range(100) if one[row] is not two[row]] == [4]
    assert list(hand_weights.given(two)) == [((3, 5), 0.5), ((4, 0), -1.0)]
    assert hand_weights.count(two) == 2 and not hand_weights.is_full(two)


def test_the_last_one_drawn_again_leaves_nothing() -> None:
    table = hand_weights.changed(None, (2, 3), {(1, 2): 4.0})
    assert hand_weights.changed(table, (2, 3), {(1, 2): None}) is None
    assert hand_weights.changed(table, (2, 3), {(): None}) is None


def test_a_part_and_the_whole() -> None:
    table = hand_weights.changed(None, (2, 3), {(1,): 7.0})
    assert table == ((None, None, None), (7.0, 7.0, 7.0))
    table = hand_weights.changed(table, (2, 3), {(): 0.0, (0, 1): 1.0})
    assert table == ((0.0, 1.0, 0.0), (0.0, 0.0, 0.0))
    assert hand_weights.is_full(table) and hand_weights.uniform(table) is None
    assert hand_weights.uniform(hand_weights.filled((2, 3), 0.5)) == 0.5


def test_a_table_of_another_shape_is_left_behind() -> None:
    old = hand_weights.filled((2, 2), 1.0)
    assert hand_weights.changed(old, (3,), {(1,): 2.0}) == (None, 2.0, None)


@pytest.mark.parametrize("place", [(2, 0), (0, 3), (0, 0, 0), (-1, 0)])
def test_places_that_are_not_there(place) -> None:
    with pytest.raises(IndexError):
        hand_weights.changed(None, (2, 3), {place: 1.0})


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.tuples(st.integers(0, 2), st.integers(0, 3)),
            st.none() | st.floats(-1e6, 1e6),
            min_size=1,
            max_size=6,
        ),
        max_size=6,
    )
)
def test_any_row_of_changes_equals_a_plain_dictionary(steps) -> None:
    table, plain = None, {}
    for changes in steps:
        table = hand_weights.changed(table, (3, 4), changes)
        plain |= changes
    kept = {place: value for place, value in plain.items() if value is not None}
    assert dict(hand_weights.given(table)) == kept
    assert hand_weights.count(table) == len(kept)


def test_the_project_keeps_only_what_is_set() -> None:
    project = example("digits")
    changed = weight_edits.change_weights(project, "linear_1.weight", SHAPE, {(3, 5): 0.5})
    assert dict(linear(changed).weights).keys() == {"weight"}
    assert weight_edits.change_weights(changed, "linear_1.weight", SHAPE, {(3, 5): None}) == project
    # A table survives the file with its gaps.
    written = json.loads(json.dumps(network_to_json(changed.network)))
    assert read_network(JsonObject(written, "network", lenient=False)) == changed.network


def test_old_tables_without_gaps_can_be_edited() -> None:
    project = edits.set_weights(example("digits"), "linear_1", {"bias": (1.0,) * 32})
    project = weight_edits.change_weights(project, "linear_1.bias", (32,), {(0,): None})
    assert dict(linear(project).weights)["bias"] == (None, *[1.0] * 31)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e39])
def test_values_that_a_weight_cannot_have(value) -> None:
    with pytest.raises(FieldError, match=r"finite|largest float32"):
        weight_edits.change_weights(example("digits"), "linear_1.weight", SHAPE, {(0, 0): value})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "A number is missing"),
        ("abc", "“abc” is not a number: type one such as 0.5"),
        ("0,5", "type one with a point"),
        ("nan", "must be a finite number, but is nan"),
        ("-inf", "must be a finite number, but is -inf"),
        ("1e39", "the largest float32"),
    ],
)
def test_texts_that_are_refused(text, words) -> None:
    with pytest.raises(FieldError, match=words):
        hand_weights.parsed(text)


def test_texts_that_are_taken() -> None:
    assert hand_weights.parsed(" −0.25 ") == -0.25
    assert hand_weights.parsed("1e-3") == 0.001


def test_words() -> None:
    name = "linear_1.weight"
    assert weight_edits.edit_name(name, {(0, 1): 0.5}) == "Set linear_1.weight[0, 1] to 0.5"
    assert weight_edits.edit_name(name, {(): 0.0}) == "Set all of linear_1.weight to 0"
    assert weight_edits.edit_name(name, {(): None}) == "Draw linear_1.weight again"
    assert weight_edits.edit_name(name, {(0, 1): 1.0, (0, 2): 2.0}) == "Set 2 values of linear_1.weight"
    assert weight_edits.edit_name(name, {(0, 1): None, (0, 2): None}) == "Draw 2 values of linear_1.weight again"
    assert weight_edits.change_sentence(name, {(0, 1): 0.5}) == "linear_1.weight[0, 1] set to 0.5"
    assert weight_edits.change_sentence(name, {(): 0.5}) == "all of linear_1.weight set to 0.5"
    assert weight_edits.change_sentence(name, {(0, 1): 0.5, (1, 1): 1}) == "2 values of linear_1.weight set by hand"


def test_settings_as_text() -> None:
    assert weight_edits.parse_setting("linear_1.weight[0, 1] = 0.5") == ("linear_1.weight", (0, 1), 0.5)
    assert weight_edits.parse_setting("linear_1.bias=-1") == ("linear_1.bias", (), -1.0)
    for text in ("linear_1.weight[0, 1]", "weight[0]=1", "linear_1.weight[a]=1", "linear_1.weight[0=1", "a.b[]=1"):
        with pytest.raises(FieldError, match="write it as"):
            weight_edits.parse_setting(text)
