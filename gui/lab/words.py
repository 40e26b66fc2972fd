"""Lab text cut into coloured words, and the numbers in it that can be moved. Text only, no Qt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from engine.lab.words import ATTRIBUTES, FUNCTIONS, METHODS, OPTIMIZERS, Word

Kind = Literal["comment", "text", "number", "keyword", "forward", "backward", "parameter", "constant"]

_TOKEN = re.compile(
    r"(?P<comment>#.*)|(?P<text>\"[^\"]*\"?|'[^']*'?)"
    r"|(?P<number>(?<![\w.])(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))"
    r"|(?P<name>[A-Za-z_]\w*)|(?P<sign>\S)"
)
_PLAIN = re.compile(r"(\d+)(?:\.(\d*))?|\.(\d+)")
_KEYWORDS = frozenset(("with", "for", "in", "range", "print", "no_grad", "torch", "nn", "optim", "F", "manual_seed"))
_CONSTANTS = frozenset(("True", "False", "None", "pi", "inf", "nan", "float32", "float64", "int64", "bool"))
_BACKWARD = frozenset(("backward", "grad", "retain_grad", "retain_graph", "retains_grad", "grad_fn", "jacobian"))
_PARAMETER = frozenset(
    ("requires_grad", "requires_grad_", "detach", "data", "step", "zero_grad", "is_leaf", *OPTIMIZERS)
)
_BEFORE_SIGN = frozenset("([{,=+-*/@<>:%")
"""A minus behind one of these belongs to the number that follows."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of one line, from `start` up to `end`."""

    start: int
    end: int
    text: str
    kind: Kind | None


def tokens(line: str) -> list[Token]:
    """All words and signs of one line; `kind` None is plain text."""
    found = []
    for match in _TOKEN.finditer(line):
        group = match.lastgroup
        kind: Kind | None = None
        if group == "name":
            kind = _kind(match.group())
        elif group == "comment":
            kind = "comment"
        elif group == "text":
            kind = "text"
        elif group == "number":
            kind = "number"
        found.append(Token(match.start(), match.end(), match.group(), kind))
    return found


def _kind(name: str) -> Kind | None:
    if name in _KEYWORDS:
        return "keyword"
    if name in _CONSTANTS:
        return "constant"
    if name in _BACKWARD:
        return "backward"
    if name in _PARAMETER:
        return "parameter"
    return "forward" if name in FUNCTIONS or name in METHODS else None


@dataclass(frozen=True, slots=True)
class Number:
    """A number of one line with the minus that belongs to it, from `start` up to `end`."""

    start: int
    end: int
    text: str


def numbers(line: str) -> list[Number]:
    """The numbers that can be moved, left to right; not those in comments and texts."""
    every = tokens(line)
    found = []
    for place, token in enumerate(every):
        if token.kind != "number":
            continue
        start = token.start
        if place and every[place - 1].text == "-":
            before = every[place - 2].text if place > 1 else "("
            if before in _BEFORE_SIGN:
                start = every[place - 1].start
        found.append(Number(start, token.end, line[start : token.end]))
    return found


def number_at(line: str, column: int, nearest: bool = False) -> Number | None:
    """The number that a place in a line is in or touches; with `nearest` else the closest one of the line."""
    every = numbers(line)
    if not every:
        return None
    closest = min(every, key=lambda one: max(one.start - column, column - one.end, 0))
    touches = closest.start <= column <= closest.end
    return closest if touches or nearest else None


def moved(text: str, steps: int) -> str:
    """The number moved by so many units: 1 for a whole number, else 0.1 or, with more decimals, one in the last of them.

    It keeps its form: 2.0 up is 2.1, 0.25 down is 0.24, 1e-3 up is 2e-3, 3 down is 2.
    """
    sign = -1 if text.startswith("-") else 1
    body = text.lstrip("- ").replace("_", "")
    mantissa, mark, exponent = body.partition("e" if "e" in body else "E")
    match = _PLAIN.fullmatch(mantissa)
    assert match is not None, text
    decimals = len(match.group(2) or match.group(3) or "")
    has_point = "." in mantissa
    if has_point and not mark:
        decimals = max(decimals, 1)
    unit = Decimal(1).scaleb(-decimals)
    value = Decimal(mantissa) * sign + steps * unit
    shown = f"{value.copy_abs():f}"
    if has_point and "." not in shown:
        shown += "."
    return f"{'-' if value < 0 else ''}{shown}{mark}{exponent}"


def help_of(name: str) -> str:
    """What a word of the language is: how it is called, and a sentence; "" for other names."""
    word: Word | None = FUNCTIONS.get(name) or METHODS.get(name)
    if word is not None:
        return f"{word.shown}\n{word.help}"
    return f".{name}\n{ATTRIBUTES[name]}" if name in ATTRIBUTES else ""
