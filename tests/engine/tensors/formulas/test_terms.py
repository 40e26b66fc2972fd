"""Little expressions: their text, their value, their parentheses."""

import math

import numpy as np
import pytest

from engine.tensors.formulas import terms
from engine.tensors.formulas.terms import Term, add_up, dot, show, term, total
from tests.engine.tensors.formulas.written import evaluated


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (-3.3141718, "−3.314172"),
        (0.8807971, "0.880797"),
        (1.0, "1"),
        (100.0, "100"),
        (0.0, "0"),
        (-0.0, "0"),
        (0.00292885, "0.00292885"),
        (1.25e-5, "1.25e−05"),
        (1234567.0, "1.23457e+06"),
        (-12345.678901, "−12345.678901"),
        (math.nan, "nan"),
        (-math.inf, "−inf"),
    ],
)
def test_numbers_have_six_digits(number: float, text: str) -> None:
    assert show(number) == text


def _shapes() -> list[Term]:
    a, b, c = term(-2.0), term(3.0), term(-0.5)
    return [
        a + b,
        a + c,
        a - c,
        b - (a - c),
        b - (a + c),
        a * c,
        (a + b) * (b - c),
        a / (b * c),
        a / (b / c),
        a * (b / c),
        a.squared(),
        (a + b).squared(),
        -(a + b),
        -a,
        b + (-a),
        a.times(b * (1 - b)),
        a.times((b - c).grouped()),
        a.times(c),
        (1 - term(0.9) ** 3).grouped(),
        terms.exp(a + b) * terms.log(b),
        terms.root(b) + terms.tanh(c) * terms.sigmoid(a),
        terms.magnitude(a - b) / 2,
        terms.greatest([1.0, -2.0, 3.0]),
        total([a, b, c, a * b]),
        add_up(np.array([1.0, -2.0, 3.5])),
        dot(np.array([1.0, -2.0]), np.array([-3.0, 4.0])),
    ]


@pytest.mark.parametrize("number", range(len(_shapes())))
def test_the_text_means_the_value(number: int) -> None:
    each = _shapes()[number]
    assert evaluated(each.text) == pytest.approx(each.value, rel=1e-5), each.text


def test_parentheses_only_where_needed() -> None:
    y = term(0.5)
    assert term(-3.0).times(y * (1 - y)).text == "−3 × 0.5·(1 − 0.5)"
    assert (dot(np.array([1.0, 2.0]), np.array([3.0, 4.0])) + -1.0).text == "1·3 + 2·4 + (−1)"
    assert (term(1.0) - term(0.1) * -0.25).text == "1 − 0.1·(−0.25)"


def test_long_sums_are_cut_but_counted_whole() -> None:
    values = np.arange(1.0, 101.0)
    summed, product = add_up(values), dot(values, values)
    assert (summed.text, summed.value, summed.cut) == ("1 + 2 + 3 + … (100 terms)", 5050.0, True)
    assert (product.text, product.value) == ("1·1 + 2·2 + 3·3 + … (100 terms)", 338350.0)
    assert not add_up(values[:6]).cut


def test_impossible_values_are_not_a_number() -> None:
    assert math.isnan((term(1.0) / 0.0).value)
    assert math.isnan(terms.log(term(-1.0)).value)
    assert terms.exp(term(1000.0)).value == math.inf
