"""Walks the statements of Python's syntax tree with an allow-list: what is not named here is refused."""

from __future__ import annotations

import ast

from engine.lab import refusals
from engine.lab.expressions import LONGEST_NAME, ExpressionReader, sign_of
from engine.lab.refusals import RefusedError
from engine.lab.syntax import (
    Assign,
    Attribute,
    Expression,
    Index,
    Literal,
    Loop,
    Name,
    NoGrad,
    Print,
    SetAttribute,
    SetItem,
    Show,
    Statement,
    Update,
)
from engine.lab.words import RESERVED, SETTABLE


class Reader:
    """Reads the statements of one text. Every method raises RefusedError for what is not in the language."""

    def __init__(self, text: str) -> None:
        self._read = ExpressionReader(text)

    def statement(self, node: ast.stmt) -> Statement:
        if isinstance(node, ast.Assign):
            return self._assign(node)
        if isinstance(node, ast.AugAssign):
            return self._update(node)
        if isinstance(node, ast.For):
            return self._loop(node)
        if isinstance(node, ast.With):
            return self._with(node)
        if isinstance(node, ast.Expr):
            return self._show(node)
        if isinstance(node, ast.Pass):
            return NoGrad(node.lineno, ())
        raise refusals.of_kind(node, node.lineno)

    def _body(self, body: list[ast.stmt]) -> tuple[Statement, ...]:
        return tuple(self.statement(each) for each in body)

    def _assign(self, node: ast.Assign) -> Statement:
        if len(node.targets) != 1:
            raise RefusedError(
                node.lineno, "Several = on one line are not part of the lab's language.", "Write one name per line."
            )
        target, line = node.targets[0], node.lineno
        value = self._read.expression(node.value)
        if isinstance(target, ast.Name):
            return Assign(line, (self._new_name(target),), value)
        if isinstance(target, ast.Tuple):
            names = [
                self._new_name(each) if isinstance(each, ast.Name) else self._no_target(each) for each in target.elts
            ]
            return Assign(line, tuple(names), value)
        if isinstance(target, ast.Attribute):
            if target.attr not in SETTABLE:
                text = f".{target.attr[:LONGEST_NAME]} cannot be set here."
                raise RefusedError(line, text, "Only x.grad = None and x.requires_grad = True can be written.")
            return SetAttribute(line, self._read.expression(target.value), target.attr, value)
        if isinstance(target, ast.Subscript):
            return SetItem(line, self._read.index(target, 1), value)
        self._no_target(target)
        raise AssertionError

    def _update(self, node: ast.AugAssign) -> Update:
        sign = sign_of(node.op, node.lineno)
        value = self._read.expression(node.value)
        target = self._read.expression(node.target)
        if isinstance(target, Name | Attribute | Index):
            return Update(node.lineno, target, sign, value)
        raise RefusedError(node.lineno, "This cannot be changed in place.", "Write name += value.")

    def _loop(self, node: ast.For) -> Loop:
        call = node.iter
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range"):
            raise RefusedError(node.lineno, "A loop runs over range(…) here.", "Write for i in range(10):.")
        if node.orelse:
            raise RefusedError(
                node.lineno, "else after a loop is not part of the lab's language.", "Write the lines below the loop."
            )
        if not isinstance(node.target, ast.Name):
            raise RefusedError(node.lineno, "A loop counts with one name.", "Write for i in range(10):.")
        if call.keywords or not 1 <= len(call.args) <= 3:
            raise RefusedError(node.lineno, "range takes one to three whole numbers.", "Write for i in range(10):.")
        bounds = tuple(self._read.expression(each) for each in call.args)
        name = self._new_name(node.target)
        return Loop(node.lineno, name, bounds, self._body(node.body))

    def _with(self, node: ast.With) -> NoGrad:
        call = node.items[0].context_expr
        plain = len(node.items) == 1 and node.items[0].optional_vars is None
        if not (
            plain
            and isinstance(call, ast.Call)
            and not call.args
            and not call.keywords
            and self._read.dotted(call.func) == "no_grad"
        ):
            raise RefusedError(
                node.lineno, "with is only for no_grad here.", "Write with no_grad(): and indent the lines below."
            )
        return NoGrad(node.lineno, self._body(node.body))

    def _show(self, node: ast.Expr) -> Statement:
        call = node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "print":
            if call.keywords:
                raise RefusedError(node.lineno, "print takes only values here.", 'Write print("w =", w).')
            return Print(node.lineno, tuple(self._printed(each) for each in call.args))
        return Show(node.lineno, self._read.expression(call))

    def _printed(self, node: ast.expr) -> Expression:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return Literal(node.value)
        return self._read.expression(node)

    def _new_name(self, node: ast.Name) -> str:
        name = node.id
        if name.startswith("_") and name != "_":
            raise RefusedError(node.lineno, f"The name {name[:LONGEST_NAME]} is closed.", "Begin names with a letter.")
        if name in RESERVED:
            raise RefusedError(node.lineno, f"The name {name} already has a meaning.", "Choose another name.")
        if len(name) > LONGEST_NAME:
            raise RefusedError(
                node.lineno, f"The name {name[:20]}… is too long.", f"Take at most {LONGEST_NAME} letters."
            )
        self._read.given.add(name)
        return name

    def _no_target(self, node: ast.expr) -> str:
        if isinstance(node, ast.Starred):
            raise refusals.of_kind(node, node.lineno)
        raise RefusedError(node.lineno, "Nothing can be given to this.", "Write name = value.")
