"""What Graph Lab text means once it is read: a small tree of frozen values. There is nothing in it that could run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, True, False, None, or a text."""

    value: float | int | bool | str | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Constant:
    """A name with a fixed meaning: pi, inf, float64 …"""

    name: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A list or a tuple."""

    items: tuple[Expression, ...]
    is_list: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Unary:
    """`sign` is "-" or "+"."""

    sign: str
    operand: Expression
    text: str = ""


@dataclass(frozen=True, slots=True)
class Binary:
    """`sign` is one of + - * / ** @ or a comparison."""

    sign: str
    left: Expression
    right: Expression
    text: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the table."""

    function: str
    arguments: tuple[Expression, ...]
    keywords: tuple[tuple[str, Expression], ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Apply:
    """A name of the text that is called: a loss made before, such as `criterion(prediction, y)`."""

    name: str
    arguments: tuple[Expression, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the table."""

    owner: Expression
    method: str
    arguments: tuple[Expression, ...]
    keywords: tuple[tuple[str, Expression], ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of the table."""

    owner: Expression
    attribute: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Cut:
    """start:stop:step inside square brackets."""

    start: Expression | None
    stop: Expression | None
    step: Expression | None


@dataclass(frozen=True, slots=True)
class Dots:
    """The three dots inside square brackets: all axes between."""


@dataclass(frozen=True, slots=True)
class Index:
    owner: Expression
    parts: tuple[Expression | Cut | Dots, ...]
    text: str = ""


Expression = Literal | Constant | Name | Items | Unary | Binary | Call | Apply | Method | Attribute | Index


@dataclass(frozen=True, slots=True)
class Assign:
    """One name, or several that share out the items of a tuple."""

    line: int
    names: tuple[str, ...]
    value: Expression


@dataclass(frozen=True, slots=True)
class SetAttribute:
    """`x.grad = None`, `x.requires_grad = False`."""

    line: int
    owner: Expression
    attribute: str
    value: Expression


@dataclass(frozen=True, slots=True)
class SetItem:
    """`x[0] = 5`."""

    line: int
    target: Index
    value: Expression


@dataclass(frozen=True, slots=True)
class Update:
    """`x += 1` and its relatives: in place for a tensor."""

    line: int
    target: Name | Attribute | Index
    sign: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Show:
    """An expression on a line of its own."""

    line: int
    value: Expression


@dataclass(frozen=True, slots=True)
class Print:
    line: int
    values: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Loop:
    """`for variable in range(…):`"""

    line: int
    variable: str
    bounds: tuple[Expression, ...]
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class NoGrad:
    line: int
    body: tuple[Statement, ...]


Statement = Assign | SetAttribute | SetItem | Update | Show | Print | Loop | NoGrad


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that is not part of the language: what, and what to write instead."""

    line: int
    text: str
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """The statements up to the first refused one, and every refusal."""

    statements: tuple[Statement, ...]
    refusals: tuple[Refusal, ...] = ()
