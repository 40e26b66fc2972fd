"""What a field accepts, and how it says no."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.fields import Field, FieldError, Value, check_values

WHOLE = Field("n", "Rows", "int", 5, "", low=1, high=1_000_000)
RATE = Field("lr", "Rate", "float", 0.1, "", low=0.0, low_open=True, high=1.0, high_open=True)
MODE = Field("mode", "Mode", "choice", "a", "", choices=("a", "b"))
AUTO = Field("size", "Size", "int", None, "", low=1, optional=True)
SWITCH = Field("bias", "Bias", "bool", True, "")
TEXT = Field("title", "Title", "text", "", "")
TABLE = Field("rows", "Rows", "table", ((1.0,),), "")


@pytest.mark.parametrize(
    ("field", "rule"),
    [
        (WHOLE, "a whole number at least 1 and at most 1000000"),
        (RATE, "a number above 0 and below 1"),
        (Field("e", "e", "float", 0.0, "", low=1e-05), "a number at least 1e-05"),
        (Field("e", "e", "int", 0, "", high=2**31 - 1), "a whole number at most 2147483647"),
        (Field("e", "e", "float", 0.0, ""), "a number"),
        (MODE, "one of a, b"),
        (AUTO, "a whole number at least 1, or auto"),
        (SWITCH, "true or false"),
        (TEXT, "a text"),
        (TABLE, "a table of numbers"),
    ],
)
def test_the_rule_in_words(field: Field, rule: str) -> None:
    assert field.rule == rule


@pytest.mark.parametrize(
    ("field", "given_value", "kept"),
    [
        (WHOLE, 1, 1),
        (WHOLE, 1_000_000, 1_000_000),
        (WHOLE, 3.0, 3),
        (RATE, 0.5, 0.5),
        (Field("x", "x", "float", 0.0, ""), 2, 2.0),
        (MODE, "b", "b"),
        (AUTO, None, None),
        (SWITCH, False, False),
        (TEXT, "é", "é"),
        (TABLE, [[1, 2], (3, 4.5)], ((1.0, 2.0), (3.0, 4.5))),
    ],
)
def test_accepted_values_come_back_in_the_fields_type(field: Field, given_value: object, kept: Value) -> None:
    found = field.check(given_value)
    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(
    ("field", "refused"),
    [
        *(
            (WHOLE, value)
            for value in (0, 1_000_001, 2.5, True, "3", None, math.nan, math.inf, -math.inf, 10**400, 1e300)
        ),
        *((RATE, value) for value in (0.0, 1.0, -0.1, math.nan, math.inf, "0.1", True, None, 10**400, 1j)),
        *((MODE, value) for value in ("c", "", None, 1, ["a"])),
        *((AUTO, value) for value in (0, "auto")),
        *((SWITCH, value) for value in (0, 1, "true", None)),
        *((TEXT, value) for value in (1, None, b"x")),
        *(
            (TABLE, value)
            for value in (
                (),
                ((),),
                ((1.0,), (1.0, 2.0)),
                ((math.nan,),),
                ((math.inf,),),
                ((True,),),
                (("1",),),
                ((10**400,),),
                (1.0,),
                "12",
                None,
                {1: 2},
            )
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Field) else repr(value)[:20],
)
def test_refused_values_are_quoted_with_the_rule(field: Field, refused: object) -> None:
    with pytest.raises(FieldError) as caught:
        field.check(refused)
    text = str(caught.value)
    assert text.startswith(f"{field.label} must be {field.rule}, but is {repr(refused)[:50]}")
    assert len(text) < 160


def test_a_number_too_long_to_print_is_refused_all_the_same() -> None:
    with pytest.raises(FieldError, match="but is a number of thousands of digits"):
        WHOLE.check(10**5000)


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_float_field_lets_through_exactly_what_is_inside(value: float) -> None:
    inside = 0 < value < 1
    try:
        assert RATE.check(value) == value
        assert inside
    except FieldError:
        assert not inside


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=8))
def test_any_value_is_either_kept_or_refused_in_words(value: object) -> None:
    for field in (WHOLE, RATE, MODE, AUTO, SWITCH, TEXT, TABLE):
        try:
            kept = field.check(value)
        except FieldError:
            continue
        assert field.check(kept) == kept


def test_values_are_filled_up_in_the_fields_order() -> None:
    assert check_values((WHOLE, RATE), {"lr": 0.5}) == (("n", 5), ("lr", 0.5))
    assert check_values((), {}) == ()


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(FieldError, match="no parameter “rate” here; the known ones are: n, lr"):
        check_values((WHOLE, RATE), {"rate": 1})
    with pytest.raises(FieldError, match="the known ones are: none"):
        check_values((), {"rate": 1})
