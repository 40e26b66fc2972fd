"""Walks the expressions of Python's syntax tree with an allow-list: what has no reader here is refused."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import Any

from engine.lab import limits, refusals
from engine.lab.refusals import RefusedError
from engine.lab.syntax import (
    Apply,
    Attribute,
    Binary,
    Call,
    Constant,
    Cut,
    Dots,
    Expression,
    Index,
    Items,
    Literal,
    Method,
    Name,
    Unary,
)
from engine.lab.words import ATTRIBUTES, CONSTANTS, FUNCTIONS, METHODS, MODULES, RESERVED, Word

_SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.UAdd: "+",
    ast.USub: "-",
}
_TEXT_ARGUMENTS = ("reduction", "approximate")
LONGEST_NAME = 40


class ExpressionReader:
    """Reads one text. Every method raises RefusedError for what is not in the language."""

    def __init__(self, text: str) -> None:
        self._lines = [line.encode() for line in text.split("\n")]
        self.given: set[str] = set()
        """Names that have got a value in the text so far."""
        self._nodes = 0
        self._readers: dict[type[ast.expr], Callable[[Any, int], Expression]] = {
            ast.Constant: self._literal,
            ast.Name: self._name,
            ast.List: self._items,
            ast.Tuple: self._items,
            ast.UnaryOp: self._unary,
            ast.BinOp: self._binary,
            ast.Compare: self._comparison,
            ast.Call: self._call,
            ast.Attribute: self._attribute,
            ast.Subscript: self.index,
        }

    def expression(self, node: ast.expr, depth: int = 1) -> Expression:
        self._nodes += 1
        if depth > limits.DEPTH:
            raise RefusedError(node.lineno, "This line is nested too deeply.", "Give its parts names of their own.")
        if self._nodes > limits.SYNTAX_NODES:
            raise RefusedError(node.lineno, "The text has too many parts.", "Shorten it.")
        read = self._readers.get(type(node))
        if read is None:
            raise refusals.of_kind(node, node.lineno)
        return read(node, depth)

    def _items(self, node: ast.List | ast.Tuple, depth: int) -> Items:
        values = tuple(self.expression(each, depth + 1) for each in node.elts)
        return Items(values, isinstance(node, ast.List), self._text(node))

    def _unary(self, node: ast.UnaryOp, depth: int) -> Unary:
        return Unary(sign_of(node.op, node.lineno), self.expression(node.operand, depth + 1), self._text(node))

    def _binary(self, node: ast.BinOp, depth: int) -> Binary:
        left, right = self.expression(node.left, depth + 1), self.expression(node.right, depth + 1)
        return Binary(sign_of(node.op, node.lineno), left, right, self._text(node))

    def _literal(self, node: ast.Constant, _: int) -> Literal:
        value = node.value
        if value is None or isinstance(value, bool):
            return Literal(value, str(value))
        if isinstance(value, int):
            return Literal(small(value), self._text(node))
        if isinstance(value, float):
            return Literal(value, self._text(node))
        if isinstance(value, str):
            raise RefusedError(
                node.lineno,
                "A text can only stand in print(…) or as reduction=“sum”.",
                "Give tensors names, not texts.",
            )
        raise RefusedError(node.lineno, "This kind of value is not part of the lab's language.", "Write plain numbers.")

    def _name(self, node: ast.Name, _: int) -> Expression:
        name = node.id
        if name in self.given:
            return Name(name, name)
        if name in CONSTANTS:
            return Constant(name, name)
        if name.startswith("_"):
            raise RefusedError(node.lineno, f"The name {name[:LONGEST_NAME]} is closed.", "Begin names with a letter.")
        if name in FUNCTIONS or name in RESERVED:
            raise RefusedError(node.lineno, f"{name} cannot stand alone.", f"Write {self._example(name)}.")
        return Name(name, name)

    @staticmethod
    def _example(name: str) -> str:
        examples = {
            "torch": "torch.tensor(2.0)",
            "F": "F.relu(x)",
            "nn": "nn.MSELoss()",
            "optim": "optim.SGD([w], lr=0.1)",
        }
        others = {
            "print": "print(x) on a line of its own",
            "range": "for i in range(10):",
            "no_grad": "with no_grad():",
        }
        return {**examples, **others}.get(name) or FUNCTIONS[name].shown

    def _comparison(self, node: ast.Compare, depth: int) -> Binary:
        if len(node.ops) != 1:
            raise RefusedError(
                node.lineno, "Two comparisons in one are not part of the lab's language.", "Write (a < b) * (b < c)."
            )
        left, right = self.expression(node.left, depth + 1), self.expression(node.comparators[0], depth + 1)
        return Binary(sign_of(node.ops[0], node.lineno), left, right, self._text(node))

    def _call(self, node: ast.Call, depth: int) -> Expression:
        function = node.func
        name = self.dotted(function)
        if name is None and isinstance(function, ast.Attribute):
            owner = self.expression(function.value, depth + 1)
            if function.attr not in METHODS:
                raise refusals.of_method(function.attr, node.lineno)
            arguments, keywords = self._arguments(node, METHODS[function.attr], depth)
            return Method(owner, function.attr, arguments, keywords, self._text(node))
        if name is None:
            raise RefusedError(
                node.lineno, "Only functions that have a name can be called.", "Write relu(x) or x.sum()."
            )
        if name in ("print", "range"):
            raise RefusedError(
                node.lineno, f"{name} cannot stand inside an expression.", f"Write {self._example(name)}."
            )
        if name in FUNCTIONS:
            arguments, keywords = self._arguments(node, FUNCTIONS[name], depth)
            return Call(name, arguments, keywords, self._text(node))
        if isinstance(function, ast.Name) and name in self.given:
            if node.keywords:
                raise RefusedError(
                    node.lineno, "A loss object takes no named arguments.", f"Write {name}(prediction, y)."
                )
            return Apply(name, tuple(self.expression(each, depth + 1) for each in node.args), self._text(node))
        raise refusals.of_function(name, node.lineno)

    def _arguments(
        self, node: ast.Call, word: Word, depth: int
    ) -> tuple[tuple[Expression, ...], tuple[tuple[str, Expression], ...]]:
        keywords: list[tuple[str, Expression]] = []
        for keyword in node.keywords:
            if keyword.arg is None:
                raise RefusedError(
                    node.lineno, "Two stars that unpack are not part of the lab's language.", "Write the arguments out."
                )
            value = keyword.value
            if keyword.arg in _TEXT_ARGUMENTS and isinstance(value, ast.Constant) and isinstance(value.value, str):
                keywords.append((keyword.arg, Literal(value.value, repr(value.value))))
            else:
                keywords.append((keyword.arg, self.expression(value, depth + 1)))
        arguments = tuple(self.expression(each, depth + 1) for each in node.args)
        complaint = word.complaint(len(arguments), tuple(name for name, _ in keywords))
        if complaint:
            raise RefusedError(node.lineno, f"{complaint}.", f"It is called as {word.shown}.")
        return arguments, tuple(keywords)

    def _attribute(self, node: ast.Attribute, depth: int) -> Expression:
        name = self.dotted(node)
        if name is not None:
            if name in CONSTANTS:
                return Constant(name, self._text(node))
            if name in FUNCTIONS:
                raise RefusedError(node.lineno, f"{name} cannot stand alone.", f"Write {FUNCTIONS[name].shown}.")
            raise refusals.of_function(name, node.lineno)
        owner = self.expression(node.value, depth + 1)
        if node.attr not in ATTRIBUTES:
            raise refusals.of_attribute(node.attr, node.lineno)
        return Attribute(owner, node.attr, self._text(node))

    def dotted(self, node: ast.expr) -> str | None:
        """The last part of a plain name or of a name behind one of torch's modules; None for anything else."""
        if isinstance(node, ast.Name):
            return node.id
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id in self.given:
            return None
        module = ".".join((node.id, *reversed(parts[1:])))
        return parts[0] if module in MODULES else None

    def index(self, node: ast.Subscript, depth: int) -> Index:
        owner = self.expression(node.value, depth + 1)
        inside = node.slice
        parts = inside.elts if isinstance(inside, ast.Tuple) else [inside]
        return Index(owner, tuple(self._part(each, depth + 1) for each in parts), self._text(node))

    def _part(self, node: ast.expr, depth: int) -> Expression | Cut | Dots:
        if isinstance(node, ast.Slice):
            ends = [
                None if end is None else self.expression(end, depth + 1) for end in (node.lower, node.upper, node.step)
            ]
            return Cut(*ends)
        if isinstance(node, ast.Constant) and node.value is Ellipsis:
            return Dots()
        return self.expression(node, depth)

    def _text(self, node: ast.expr) -> str:
        """The piece of the text that the node was read from; "" when it is long."""
        if node.end_lineno != node.lineno or node.end_col_offset is None:
            return ""
        text = self._lines[node.lineno - 1][node.col_offset : node.end_col_offset].decode(errors="replace")
        return text if len(text) <= LONGEST_NAME else ""


def sign_of(operator: ast.AST, line: int) -> str:
    """The operator as it is written. Raises RefusedError for one that is not in the language."""
    sign = _SIGNS.get(type(operator))
    if sign is None:
        raise refusals.of_kind(operator, line)
    return sign


def small(number: int) -> int | float:
    """A whole number that fits into 64 bits; a greater one as a decimal number at once."""
    if -(2**63) <= number < 2**63:
        return number
    try:
        return float(number)
    except OverflowError:
        return math.copysign(math.inf, number)
