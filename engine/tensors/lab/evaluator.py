"""Computes expressions: one method per kind of expression, torch's functions by table, a budget before each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from engine.lab import limits
from engine.lab.expressions import small
from engine.lab.syntax import (
    Apply,
    Attribute,
    Binary,
    Call,
    Constant,
    Expression,
    Index,
    Items,
    Literal,
    Method,
    Name,
    Unary,
)
from engine.lab.words import CHANGING, CRITERIA, OPTIMIZERS
from engine.tensors.lab import optimizers
from engine.tensors.lab.attributes import attribute
from engine.tensors.lab.backward import go_back, jacobian
from engine.tensors.lab.indexing import pick
from engine.tensors.lab.notes import Notes
from engine.tensors.lab.recorder import Recorder, tensor_of_grad
from engine.tensors.lab.sizes import expected
from engine.tensors.lab.table import CALLS, DTYPES, METHOD_CALLS, OTHER_NAMES, PLAIN_METHODS, SIGNS
from engine.tensors.lab.trouble import TroubleError
from engine.tensors.lab.values import Criterion, Handle, arithmetic, describe, is_number, items

NOT_YET = "A .grad is None until a backward() has reached it."
_CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan}


class Evaluator:
    """Holds the values of the names. Every method raises TroubleError, or what torch raises."""

    def __init__(self, recorder: Recorder, notes: Notes) -> None:
        self.scope: dict[str, Any] = {}
        self.recorder, self.notes = recorder, notes
        self.root: Tensor | None = None
        """The last result that has a graph."""
        self._own_methods: dict[str, Callable[..., Any]] = {
            "backward": self._backward,
            "retain_grad": self._retain_grad,
            "requires_grad_": self._requires_grad,
        }
        self._kinds: dict[type[Any], Callable[[Any], Any]] = {
            Literal: lambda node: node.value,
            Constant: lambda node: DTYPES[node.name] if node.name in DTYPES else _CONSTANTS[node.name],
            Name: lambda node: self.named(node.name),
            Items: lambda node: items([self.value(each) for each in node.items], node.is_list),
            Unary: self._unary,
            Binary: self._binary,
            Call: self._call,
            Apply: self._apply,
            Method: self._method,
            Attribute: lambda node: attribute(self, self.value(node.owner), node.attribute, node.text),
            Index: lambda node: pick(self, node),
        }

    def value(self, node: Expression) -> Any:
        return self._kinds[type(node)](node)

    def named(self, name: str) -> Any:
        if name not in self.scope:
            raise TroubleError(f"{name} has no value yet.", f"Give it one on a line above: {name} = tensor(2.0).")
        return self.scope[name]

    def operate(
        self,
        name: str,
        text: str,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
    ) -> Any:
        """One operation: counted, measured, carried out by torch, written down."""
        name = OTHER_NAMES.get(name, name)
        budget = self.recorder.budget
        budget.operations()
        budget.elements(expected(name, arguments, keywords))
        self.notes.before(self.recorder.line, name, arguments, keywords)
        result = function(*arguments, **keywords)
        self.recorder.operation(name, text, arguments, keywords, result)
        return result

    # --------------------------------------------------------------------------------------------- operators

    def _unary(self, node: Unary) -> Any:
        value = self.value(node.operand)
        if is_number(value):
            turned = -value if node.sign == "-" else +value
            return small(turned) if isinstance(turned, int) else turned
        if not isinstance(value, Tensor):
            raise TroubleError(f"{node.sign} needs a number or a tensor, but this is {describe(value)}.")
        return value if node.sign == "+" else self.operate("neg", node.text, torch.neg, (value,), {})

    def _binary(self, node: Binary) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        return self.combine(node.sign, left, right, node.text)

    def combine(self, sign: str, left: Any, right: Any, text: str) -> Any:
        """Two values and an operator: tensors by torch, plain numbers here."""
        if is_number(left) and is_number(right):
            self.recorder.budget.operations()
            return arithmetic(sign, left, right)
        if isinstance(left, Tensor) or isinstance(right, Tensor):
            other = right if isinstance(left, Tensor) else left
            if isinstance(other, Tensor) or is_number(other):
                name, function = SIGNS[sign]
                return self.operate(name, text, function, (left, right), {})
        elif sign in ("==", "!="):
            plain = not any(isinstance(each, list) for each in (left, right))
            if plain:
                return (left == right) == (sign == "==")
        hint = NOT_YET if left is None or right is None else ""
        raise TroubleError(f"{sign} cannot combine {describe(left)} and {describe(right)}.", hint)

    # ------------------------------------------------------------------------------------------------- calls

    def _arguments(self, node: Call | Method) -> tuple[tuple[Any, ...], dict[str, Any]]:
        arguments = tuple(self.value(each) for each in node.arguments)
        return arguments, {name: self.value(each) for name, each in node.keywords}

    def _call(self, node: Call) -> Any:
        arguments, keywords = self._arguments(node)
        name = node.function
        if name in CALLS:
            return self.operate(name, node.text, CALLS[name], arguments, keywords)
        if name in OPTIMIZERS:
            return optimizers.make(name, arguments, keywords)
        if name in CRITERIA:
            if arguments:
                raise TroubleError(f"{name} takes its settings by name.", f'Write {name}(reduction="sum").')
            return Criterion(name, CRITERIA[name], keywords)
        if name == "manual_seed":
            return self._seed(*arguments, **keywords)
        return self._jacobian(node, arguments, keywords)

    def _seed(self, seed: Any) -> None:
        if not isinstance(seed, int):
            raise TroubleError("A seed is a whole number.", "Write manual_seed(0).")
        torch.default_generator.manual_seed(seed)  # of the CPU alone: a GPU's generator belongs to the run

    def _jacobian(self, node: Call, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Tensor:
        given = dict(zip(("output", "input"), arguments, strict=False)) | keywords
        output, of = given["output"], given["input"]
        if not (isinstance(output, Tensor) and isinstance(of, Tensor)):
            raise TroubleError("jacobian takes two tensors.", "Write jacobian(y, x): y computed from x.")
        result = jacobian(self.recorder, output, of)
        self.recorder.operation("jacobian", node.text, (output, of), {}, result)
        return result

    def _apply(self, node: Apply) -> Any:
        criterion = self.named(node.name)
        if not isinstance(criterion, Criterion):
            raise TroubleError(
                f"{node.name} cannot be called: it is {describe(criterion)}.", "Call a function or a loss object."
            )
        arguments = tuple(self.value(each) for each in node.arguments)
        return self.operate(criterion.function, node.text, CALLS[criterion.function], arguments, criterion.settings)

    # ----------------------------------------------------------------------------------- methods, attributes

    def _method(self, node: Method) -> Any:
        owner = self.value(node.owner)
        arguments, keywords = self._arguments(node)
        if isinstance(owner, Handle) and node.method in ("step", "zero_grad"):
            return self._optimizer_method(owner, node.method, arguments, keywords)
        if not isinstance(owner, Tensor) or node.method not in METHOD_CALLS:
            hint = NOT_YET if owner is None else ""
            raise TroubleError(f".{node.method}() cannot be asked of {describe(owner)}.", hint)
        own = self._own_methods.get(node.method)
        if own is not None:
            return own(owner, *arguments, **keywords)
        function = METHOD_CALLS[node.method]
        if node.method in CHANGING:
            return self.change(node.method, function, owner, arguments, keywords)
        if node.method in PLAIN_METHODS:
            self.recorder.budget.operations()
            if node.method == "tolist" and owner.numel() > limits.ITEMS:
                raise TroubleError(
                    f"A list holds at most {limits.ITEMS:,} numbers.", "Pick a part first: x[0:10].tolist()."
                )
            return function(owner, *arguments, **keywords)
        if node.method == "to" and not all(
            isinstance(each, (torch.dtype, Tensor)) for each in (*arguments, *keywords.values())
        ):
            raise TroubleError(
                ".to() takes a dtype.", "Write x.to(float64). The lab computes on the processor."
            )  # 0 is a GPU
        return self.operate(node.method, node.text, function, (owner, *arguments), keywords)

    def _retain_grad(self, owner: Tensor) -> None:
        owner.retain_grad()
        self.recorder.retain(owner)

    def _requires_grad(self, owner: Tensor, requires_grad: Any = True) -> Tensor:
        owner.requires_grad_(bool(requires_grad))
        self.recorder.became_parameter(owner)
        return owner

    def _backward(self, owner: Tensor, gradient: Any = None, retain_graph: Any = None) -> None:
        if not (gradient is None or isinstance(gradient, Tensor)):
            raise TroubleError("gradient is a tensor.", "Write backward(gradient=tensor([1.0, 1.0])).")
        self.root = owner if owner.grad_fn is not None else self.root
        note = go_back(self.recorder, owner, gradient, bool(retain_graph))
        self.notes.add(self.recorder.line, note)

    def _optimizer_method(
        self, owner: Handle, method: str, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> None:
        if method == "step":
            optimizers.step(self.recorder, owner)
        else:
            given = arguments[0] if arguments else keywords.get("set_to_none", True)
            optimizers.zero_grad(self.recorder, owner, bool(given))

    def change(
        self,
        name: str,
        function: Callable[..., Any],
        owner: Tensor,
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
    ) -> Tensor:
        """An operation in place, written down with the numbers before and after."""
        self.recorder.budget.operations()
        called = self.recorder.names.of(owner, "result") or "result"
        before = self.recorder.view(owner, called)
        function(owner, *arguments, **keywords)
        self.recorder.changed(name, owner, before, arguments, keywords)
        holder = tensor_of_grad(self.recorder.names, called.removesuffix(".data"))
        if holder is not None and name == "zero_":
            self.recorder.accumulations.pop(id(holder), None)
        return owner
