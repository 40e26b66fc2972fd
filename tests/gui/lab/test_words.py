"""Lab text cut into words; numbers that move keep their form."""

from __future__ import annotations

import pytest

from gui.lab.words import help_of, moved, number_at, numbers, tokens


@pytest.mark.parametrize(
    ("text", "steps", "expected"),
    [
        ("2.0", 1, "2.1"),
        ("2.0", -21, "-0.1"),
        ("0.1", -1, "0.0"),
        ("-0.1", 1, "0.0"),
        ("- 0.1", 1, "0.0"),
        ("3", 1, "4"),
        ("0", -2, "-2"),
        ("2.", 1, "2.1"),
        (".5", 1, "0.6"),
        ("0.25", -1, "0.24"),
        ("0.99", 1, "1.00"),
        ("1e-3", 1, "2e-3"),
        ("1.5E2", 1, "1.6E2"),
        ("1_000", 1, "1001"),
        ("0.1", 2, "0.3"),
    ],
)
def test_a_moved_number_keeps_its_form(text: str, steps: int, expected: str) -> None:
    assert moved(text, steps) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x = tensor(-2.0, requires_grad=True)", ["-2.0"]),
        ("y = 3*x**2 + 1", ["3", "2", "1"]),
        ("y = x-1", ["1"]),
        ("y = x**-1", ["-1"]),
        ("y = (x) - 1", ["1"]),
        ("y = x[0, -1] # not 7", ["0", "-1"]),
        ('print("5 is", 6)', ["6"]),
        ("x2 = float32", []),
        ("-1 * x", ["-1"]),
        ("a = [1.5, .5, 1e-3, 2.]", ["1.5", ".5", "1e-3", "2."]),
    ],
)
def test_which_numbers_can_be_moved(line: str, expected: list[str]) -> None:
    found = numbers(line)
    assert [one.text for one in found] == expected
    assert [line[one.start : one.end] for one in found] == expected


def test_the_number_at_a_place() -> None:
    line = "y = 3*x**2"
    assert number_at(line, 4).text == "3" and number_at(line, 5).text == "3"
    assert number_at(line, 7) is None
    assert number_at(line, 7, nearest=True).text in ("3", "2")
    assert number_at(line, 10).text == "2"
    assert number_at("x = y", 2, nearest=True) is None


def test_words_get_their_meaning() -> None:
    kinds = {token.text: token.kind for token in tokens('y = relu(x).sum(); y.backward()  # "go"')}
    assert kinds["relu"] == kinds["sum"] == "forward"
    assert kinds["backward"] == "backward"
    assert kinds["x"] is None
    assert kinds['# "go"'] == "comment"
    assert {token.text: token.kind for token in tokens('print("a # b", 2)')} == {
        "print": "keyword",
        "(": None,
        '"a # b"': "text",
        ",": None,
        "2": "number",
        ")": None,
    }


def test_help_of_words() -> None:
    assert "max(0, x)" in help_of("relu")
    assert "backward" in help_of("grad")
    assert help_of("x") == ""
