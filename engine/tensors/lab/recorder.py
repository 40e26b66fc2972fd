"""Writes the lab's tape: every operation, change in place, backward node and accumulation, in the order they ran."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from torch import Tensor
from torch.autograd.graph import Node

from engine.lab.words import ATTRIBUTES, FUNCTIONS, METHODS
from engine.tensors.formulas.operation_moment import OperationMoment
from engine.tensors.formulas.operations import operation_formula
from engine.tensors.graph_walk import title
from engine.tensors.lab.budget import Budget
from engine.tensors.lab.names import Names, called
from engine.tensors.lab.sizes import tensors_in
from engine.tensors.passages import numbers
from engine.views import Phase, TapeEvent, TensorView, frozen

T = TypeVar("T")
_LONGEST_TEXT = 24
"""Of an expression that is the name of its result."""
_LARGE = 100_000
"""Elements; of a larger operation no numbers are put into its formula."""


logger = logging.getLogger("chainrule.lab")


def worked_out(name: str, formula: Callable[[], T], otherwise: T) -> T:
    """A formula with its numbers. A mistake of ours in one is written to the log and never spoils the learner's text."""
    try:
        with np.errstate(all="ignore"):
            return formula()
    except (ArithmeticError, LookupError, TypeError, ValueError, AssertionError, AttributeError):
        logger.exception("the formula of %s failed", name)
        return otherwise


class Recorder:
    """The growing tape of one evaluation. `line` and `variable` say where the text stands."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.names = Names()
        self.events: list[TapeEvent] = []
        self.line = 0
        self.variable = ""
        self.leaves: dict[str, TensorView] = {}
        """The first value of every leaf that requires grad, by name."""
        self.accumulations: dict[int, int] = {}
        self.retained: list[Tensor] = []
        self.results: list[tuple[Node, TensorView]] = []
        """What the autograd nodes of operations gave, in the order in which they ran."""
        self.over = False
        """The text has come to its end: what is left is looked at without a budget."""
        self._arrays: dict[int, tuple[int, np.ndarray[Any, Any]]] = {}

    # ------------------------------------------------------------------------------------------------- views

    def array(self, tensor: Tensor) -> np.ndarray[Any, Any]:
        """A read-only copy of the numbers; the same copy as long as nothing changed them."""
        known = self._arrays.get(id(tensor))
        if known is not None and known[0] == tensor._version:
            return known[1]
        if not self.over:
            self.budget.elements(tensor.numel(), of_one=False)
        copied = frozen(numbers(tensor))
        self._arrays[id(tensor)] = (tensor._version, copied)
        self.names.tensors.setdefault(id(tensor), (tensor, ""))
        return copied

    def forget_arrays(self) -> None:
        """Numbers were changed in place: tensors that share memory do not know of it."""
        self._arrays.clear()

    def view(self, tensor: Tensor, name: str = "") -> TensorView:
        function = title(tensor.grad_fn) if tensor.grad_fn is not None else ""
        shown = name or self.names.of(tensor) or "constant"
        return TensorView(shown, self.array(tensor), tensor.requires_grad, tensor.is_leaf, function)

    def _plain(self, values: tuple[Any, ...]) -> tuple[object, ...]:
        """Arguments as formulas take them."""
        return tuple(self.array(value) if isinstance(value, Tensor) else value for value in values)

    # ------------------------------------------------------------------------------------------------ events

    def add(self, phase: Phase, name: str, **parts: Any) -> None:
        layer = parts.pop("layer", self.variable)
        self.events.append(TapeEvent(len(self.events), phase, name, layer, line=self.line, **parts))

    def operation(
        self, name: str, text: str, arguments: tuple[Any, ...], keywords: Mapping[str, Any], result: Any
    ) -> None:
        """One forward operation with its result: a tensor, or several."""
        made = list(tensors_in((result,)))
        shown = called(text) if 0 < len(text) <= _LONGEST_TEXT else f"{name}(…)"
        for each in made:
            self.names.made(each, shown, self.variable)
        given = tuple(tensors_in((*arguments, *keywords.values())))
        if sum(each.numel() for each in (*given, *made)) > _LARGE or len(made) != 1:
            formula = ""
        else:
            formula = self._formula(name, shown, arguments, keywords, made[0])
        outputs = tuple(self.view(each) for each in made)
        self.results += [
            (each.grad_fn, view) for each, view in zip(made, outputs, strict=True) if each.grad_fn is not None
        ]
        inputs = tuple(self.view(each) for each in given)
        self.add("forward", name, inputs=inputs, outputs=outputs, formula=formula, text=_help(name))

    def _formula(
        self, name: str, left: str, arguments: tuple[Any, ...], keywords: Mapping[str, Any], result: Tensor
    ) -> str:
        if name in ("max", "min") and len(arguments) > 1 and isinstance(arguments[1], Tensor):
            name += "imum"
        plain = dict(zip(keywords, self._plain(tuple(keywords.values())), strict=True))
        moment = OperationMoment(name, self._plain(arguments), plain, self.array(result))
        return worked_out(name, lambda: operation_formula(moment, left), "")

    def assigned(self, name: str, tensor: Tensor) -> None:
        """A variable has got the tensor."""
        known = self.names.of(tensor)
        if known and known in self.leaves and known != name:
            return  # a second name for a parameter
        self.names.give(tensor, name)
        last = self.events[-1] if self.events else None
        if last is not None and last.phase == "forward" and last.line == self.line and len(last.outputs) == 1:
            output = last.outputs[0]
            array = self._arrays.get(id(tensor))
            if output is not None and array is not None and output.values is array[1]:
                parameter = name if tensor.is_leaf and tensor.requires_grad else ""
                formula = _renamed(last.formula, output.name, name)
                self.events[-1] = replace(last, outputs=(self.view(tensor),), parameter=parameter, formula=formula)
        if tensor.is_leaf and tensor.requires_grad:
            self.leaves[name] = self.view(tensor)

    def became_parameter(self, tensor: Tensor) -> None:
        """requires_grad was switched on for a leaf that has a name already."""
        name = self.names.of(tensor)
        if name:
            self.leaves[name] = self.view(tensor)

    def retain(self, tensor: Tensor) -> None:
        self.retained.append(tensor)

    def changed(
        self, name: str, owner: Tensor, before: TensorView, arguments: tuple[Any, ...], keywords: Mapping[str, Any]
    ) -> None:
        """The numbers of `owner` were changed in place."""
        self.forget_arrays()
        shown = before.name
        self.names.claim(owner.grad_fn, shown)
        if owner.grad_fn is not None:
            self.names.results[owner.grad_fn] = shown
        after = self.view(owner, shown)
        parameter = shown.removesuffix(".data")
        if name == "zero_" and parameter.endswith(".grad"):
            self.zeroed(parameter.removesuffix(".grad"), after)
            return
        inputs = (before, *(self.view(each) for each in tensors_in((*arguments, *keywords.values()))))
        formula = ""
        if after.values.size <= _LARGE:
            moment = OperationMoment(name.strip("_"), (before.values, *self._plain(arguments)), {}, after.values)
            formula = worked_out(name, lambda: operation_formula(moment, shown), "")
        text = f"{shown} is changed in place: the same tensor holds new numbers, and its version counter goes up."
        if parameter != shown:
            text = (
                f"The numbers of {parameter} are changed behind autograd's back: its version counter stays as it was."
            )
        self.add(
            "update",
            name,
            layer=parameter,
            parameter=parameter,
            inputs=inputs,
            outputs=(after,),
            formula=formula,
            text=text,
        )

    def zeroed(self, parameter: str, zeros: TensorView | None) -> None:
        """`.grad` became None, or a tensor of zeros."""
        if zeros is None:
            formula = f"{parameter}.grad = None"
            text = f"{parameter}.grad becomes None: the next backward pass starts afresh."
        else:
            formula = f"{parameter}.grad = 0"
            text = f"{parameter}.grad becomes 0, not None: a tensor is there, and an optimizer will still use it."
        outputs = () if zeros is None else (zeros,)
        self.add(
            "zero_grad", "zero_grad", layer=parameter, parameter=parameter, outputs=outputs, formula=formula, text=text
        )

    def gave_grad(self, parameter: str, grad: Tensor) -> None:
        """`.grad` was set to a tensor by hand."""
        name = f"{parameter}.grad"
        self.names.give(grad, name)
        self.add(
            "update",
            "set_grad",
            layer=parameter,
            parameter=name,
            outputs=(self.view(grad),),
            text=f"{name} is set by hand.",
        )

    def counted(self, tensor: Tensor) -> int:
        """How often autograd added to `.grad` since it was None or 0."""
        return self.accumulations.get(id(tensor), 0)


def _renamed(formula: str, old: str, new: str) -> str:
    """The same lines with another name on their left."""
    return "\n".join(new + line[len(old) :] if line.startswith(old) else line for line in formula.split("\n"))


def tensor_of_grad(names: Names, grad: str) -> Tensor | None:
    """The tensor whose `.grad` is called so."""
    wanted = grad.removesuffix(".grad")
    found = [tensor for tensor, name in names.tensors.values() if name == wanted]
    return found[-1] if found and grad.endswith(".grad") else None


def _help(name: str) -> str:
    if name in FUNCTIONS:
        return FUNCTIONS[name].help
    if name in METHODS:
        return METHODS[name].help
    return {**ATTRIBUTES, "index": "The elements at these places."}.get(name, "")
