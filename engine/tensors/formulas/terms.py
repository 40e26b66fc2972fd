"""Little expressions that know their text and their value together, so that what is written is what was computed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]
Index = tuple[int, ...]

ALL_TERMS = 6
"""A sum of at most this many terms is written out; of a longer one, the first SOME_TERMS are shown."""
SOME_TERMS = 3

_SUM, _PRODUCT, _NEGATIVE, _ATOM = 1, 2, 3, 4


def show(number: float) -> str:
    """Six decimals from 1 on, six significant digits below and for huge numbers; a true minus sign.

    >>> show(-3.3141718), show(1.0), show(0.00292885), show(0.0000125)
    ('−3.314172', '1', '0.00292885', '1.25e−05')
    """
    if math.isfinite(number) and 1 <= abs(number) < 1e6:
        text = f"{number:.6f}".rstrip("0").rstrip(".")
    else:
        text = f"{number:.6g}"
    return "0" if text == "-0" else text.replace("-", "−")


@dataclass(frozen=True, slots=True)
class Term:
    """An expression: its text, its value in double precision, and `size`, the greatest magnitude that went into it.

    Rounding in torch's float32 is measured against `size`. `cut` says that the text leaves terms out ("…").
    """

    text: str
    value: float
    size: float
    rank: int = _ATOM
    cut: bool = False

    def __add__(self, other: Term | float) -> Term:
        right = term(other)
        text = f"{self.text} + {_inside(right, _SUM)}"
        return self._joined(right, text, self.value + right.value, _SUM)

    def __radd__(self, other: float) -> Term:
        return term(other) + self

    def __sub__(self, other: Term | float) -> Term:
        right = term(other)
        text = f"{self.text} − {_inside(right, _PRODUCT)}"
        return self._joined(right, text, self.value - right.value, _SUM)

    def __rsub__(self, other: float) -> Term:
        return term(other) - self

    def __mul__(self, other: Term | float) -> Term:
        right = term(other)
        text = f"{_left(self)}·{_inside(right, _ATOM)}"
        return self._joined(right, text, self.value * right.value, _PRODUCT)

    def __truediv__(self, other: Term | float) -> Term:
        right = term(other)
        value = self.value / right.value if right.value else math.nan
        return self._joined(right, f"{_left(self)}/{_inside(right, _ATOM)}", value, _PRODUCT)

    def __pow__(self, exponent: int) -> Term:
        text = f"{_inside(self, _ATOM)}^{exponent}"
        return Term(text, self.value**exponent, self.size, _ATOM, self.cut)

    def times(self, other: Term | float) -> Term:
        """The chain rule's product: upstream × local derivative, with a sign of its own."""
        right = term(other)
        text = f"{_left(self)} × {_inside(right, _PRODUCT)}"
        return self._joined(right, text, self.value * right.value, _PRODUCT)

    def squared(self) -> Term:
        text = f"{_inside(self, _ATOM)}²"
        return Term(text, self.value**2, max(self.size, self.size**2), _ATOM, self.cut)

    def __neg__(self) -> Term:
        return Term(f"−{_inside(self, _ATOM)}", -self.value, self.size, _NEGATIVE, self.cut)

    def grouped(self) -> Term:
        """The same in parentheses, ready to be multiplied or divided."""
        return self if self.rank == _ATOM else Term(f"({self.text})", self.value, self.size, _ATOM, self.cut)

    def _joined(self, right: Term, text: str, value: float, rank: int) -> Term:
        return Term(text, value, max(self.size, right.size, abs(value)), rank, self.cut or right.cut)


def term(number: Term | float) -> Term:
    """A number as an expression; an expression stays what it is."""
    if isinstance(number, Term):
        return number
    value = float(number)
    return Term(show(value), value, abs(value), _NEGATIVE if show(value).startswith("−") else _ATOM)


def call(name: str, value: float, *arguments: Term) -> Term:
    """A named function of its arguments, written `name(…)`; `value` is what it comes to."""
    inside = ", ".join(argument.text for argument in arguments)
    size = max(abs(value), *(argument.size for argument in arguments))
    return Term(f"{name}({inside})", value, size, _ATOM, any(argument.cut for argument in arguments))


def exp(argument: Term) -> Term:
    value = math.exp(argument.value) if argument.value < 700 else math.inf
    return call("exp", value, argument)


def log(argument: Term) -> Term:
    return call("log", math.log(argument.value) if argument.value > 0 else math.nan, argument)


def root(argument: Term) -> Term:
    return call("√", math.sqrt(argument.value) if argument.value >= 0 else math.nan, argument)


def tanh(argument: Term) -> Term:
    return call("tanh", math.tanh(argument.value), argument)


def sigmoid(argument: Term) -> Term:
    x = argument.value
    value = 1 / (1 + math.exp(-x)) if x > -700 else 0.0
    return call("σ", value, argument)


def magnitude(argument: Term) -> Term:
    return Term(f"|{argument.text}|", abs(argument.value), argument.size, _ATOM, argument.cut)


def greatest(values: Sequence[float]) -> Term:
    """max(…) of some numbers."""
    shown = values if len(values) <= 9 else values[:SOME_TERMS]
    tail = f", … ({len(values)} values)" if len(shown) < len(values) else ""
    text = f"max({', '.join(show(value) for value in shown)}{tail})"
    return Term(text, max(values), max(abs(value) for value in values), _ATOM, bool(tail))


def total(terms: Sequence[Term]) -> Term:
    """The sum of some terms; of a long one only the head is written."""
    shown = terms if len(terms) <= ALL_TERMS else terms[:SOME_TERMS]
    if not terms:
        return term(0.0)
    text = " + ".join([shown[0].text, *(_inside(each, _SUM) for each in shown[1:])])
    cut = len(shown) < len(terms)
    text += f" + … ({len(terms)} terms)" if cut else ""
    value, size = (_sum(numbers) for numbers in zip(*((each.value, each.size) for each in terms), strict=True))
    rank = _SUM if len(terms) > 1 else terms[0].rank
    return Term(text, value, size, rank, cut or any(each.cut for each in shown))


def _sum(numbers: Sequence[float]) -> float:
    """Exact to the last digit; infinities that cancel each other are not a number, as for torch."""
    try:
        return math.fsum(numbers)
    except (ValueError, OverflowError):
        return float(sum(numbers))


def add_up(values: Numbers) -> Term:
    """The sum of all numbers of an array."""
    flat = np.asarray(values, dtype=np.float64).ravel()
    if flat.size <= ALL_TERMS:
        return total([term(float(value)) for value in flat])
    head = total([term(float(value)) for value in flat[:SOME_TERMS]])
    return _cut_sum(head.text, float(flat.sum()), float(np.abs(flat).sum()), flat.size)


def dot(left: Numbers, right: Numbers) -> Term:
    """The sum of products of two arrays of one length."""
    a = np.asarray(left, dtype=np.float64).ravel()
    b = np.asarray(right, dtype=np.float64).ravel()
    count = a.size if a.size <= ALL_TERMS else SOME_TERMS
    head = total([term(float(x)) * term(float(y)) for x, y in zip(a[:count], b[:count], strict=True)])
    if count == a.size:
        return head
    return _cut_sum(head.text, float(a @ b), float(np.abs(a) @ np.abs(b)), a.size)


def _cut_sum(head: str, value: float, size: float, count: int) -> Term:
    return Term(f"{head} + … ({count} terms)", value, size, _SUM, True)


def _inside(inner: Term, rank: int) -> str:
    """The text of an operand on the right: in parentheses unless it binds tightly enough and has no sign of its own."""
    if inner.rank == _NEGATIVE or inner.text.startswith("−"):
        return f"({inner.text})"
    return inner.text if inner.rank >= rank and not (rank == _SUM == inner.rank) else f"({inner.text})"


def _left(inner: Term) -> str:
    """The text of a factor that comes first."""
    return f"({inner.text})" if inner.rank == _SUM else inner.text
