"""Carries out statements one after the other until the end, or until a line cannot be carried out."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from engine.inspection import LabError
from engine.lab import limits
from engine.lab.syntax import (
    Assign,
    Attribute,
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
from engine.tensors.lab.evaluator import NOT_YET, Evaluator
from engine.tensors.lab.indexing import where_of
from engine.tensors.lab.notes import Notes
from engine.tensors.lab.recorder import Recorder
from engine.tensors.lab.table import IN_PLACE, SIGNS
from engine.tensors.lab.trouble import TroubleError, explain
from engine.tensors.lab.values import describe, is_number, printed


class Interpreter:
    """One evaluation. `run` never raises."""

    def __init__(self, recorder: Recorder, notes: Notes) -> None:
        self.evaluator = Evaluator(recorder, notes)
        self.printed: list[tuple[int, str]] = []
        self._characters = 0
        self._recorder, self._notes = recorder, notes
        self._kinds: dict[type[Any], Callable[[Any], None]] = {
            Assign: self._assign,
            SetAttribute: self._set_attribute,
            SetItem: self._set_item,
            Update: self._update,
            Show: self._show,
            Print: self._print,
            Loop: self._loop,
            NoGrad: self._no_grad,
        }

    def run(self, statements: tuple[Statement, ...]) -> LabError | None:
        """Carry them out; the error of the line that stopped it, or None."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                self._body(statements, caught)
            except Exception as error:  # noqa: BLE001 - the boundary: whatever torch raises becomes a card of this line
                trouble = explain(error)
                return LabError(self._recorder.line, trouble.text, trouble.why, trouble.node, trouble.details)
            finally:
                self._notes.warned(self._recorder.line, caught)
        return None

    def _body(self, statements: tuple[Statement, ...], caught: list[warnings.WarningMessage] | None = None) -> None:
        for statement in statements:
            self._recorder.line = statement.line
            self._recorder.variable = ""
            self._kinds[type(statement)](statement)
            if caught:
                self._notes.warned(statement.line, caught)

    # -------------------------------------------------------------------------------------------- statements

    def _assign(self, statement: Assign) -> None:
        self._recorder.variable = statement.names[0]
        value = self.evaluator.value(statement.value)
        if len(statement.names) == 1:
            self._give(statement.names[0], value)
            return
        if not isinstance(value, (tuple, list)) or len(value) != len(statement.names):
            raise TroubleError(
                f"{len(statement.names)} names need {len(statement.names)} values, but this is {describe(value)}.",
                "Write one name per line.",
            )
        for name, each in zip(statement.names, value, strict=True):
            self._give(name, each)

    def _give(self, name: str, value: Any) -> None:
        self.evaluator.scope.pop(name, None)  # the newest name stands last
        self.evaluator.scope[name] = value
        if isinstance(value, Tensor):
            self._recorder.assigned(name, value)
            if value.grad_fn is not None:
                self.evaluator.root = value

    def _set_attribute(self, statement: SetAttribute) -> None:
        owner = self.evaluator.value(statement.owner)
        value = self.evaluator.value(statement.value)
        if not isinstance(owner, Tensor):
            raise TroubleError(f".{statement.attribute} cannot be set on {describe(owner)}.")
        name = self._recorder.names.of(owner, "result")
        if statement.attribute == "requires_grad":
            owner.requires_grad_(bool(value))
            self._recorder.became_parameter(owner)
            return
        if not (value is None or isinstance(value, Tensor)):
            raise TroubleError("A .grad is None or a tensor.", "Write x.grad = None.")
        owner.grad = value
        self._recorder.accumulations.pop(id(owner), None)
        if value is None:
            self._recorder.zeroed(name, None)
        else:
            self._recorder.gave_grad(name, value)

    def _set_item(self, statement: SetItem) -> None:
        value = self.evaluator.value(statement.value)
        owner = self.evaluator.value(statement.target.owner)
        if not isinstance(owner, Tensor):
            raise TroubleError(f"Elements of {describe(owner)} cannot be set.", "Make it a tensor.")
        if not (isinstance(value, Tensor) or is_number(value)):
            raise TroubleError(f"An element cannot become {describe(value)}.", "Write a number or a tensor.")
        self._put(statement.target, owner, value)

    def _put(self, target: Index, owner: Tensor, value: Any) -> None:
        where = where_of(self.evaluator, target)

        def put(tensor: Tensor, new: Any) -> None:
            tensor[where] = new

        self.evaluator.change("set_item", put, owner, (value,), {})

    def _update(self, statement: Update) -> None:
        target, sign = statement.target, statement.sign
        value = self.evaluator.value(statement.value)
        held = self.evaluator.value(target)
        if not isinstance(held, Tensor):
            if not isinstance(target, Name):
                hint = NOT_YET if held is None else ""
                raise TroubleError(f"{sign}= cannot change {describe(held)}.", hint)
            text = f"{target.name} {sign} …"
            self._give(target.name, self.evaluator.combine(sign, held, value, text))
            return
        if sign not in IN_PLACE:
            raise TroubleError(f"{sign}= does not work in place.", f"Write the result as a new value: a = a {sign} b.")
        if not (isinstance(value, Tensor) or is_number(value)):
            hint = NOT_YET if value is None else ""
            raise TroubleError(f"{sign}= cannot combine a tensor and {describe(value)}.", hint)
        self.evaluator.change(f"{SIGNS[sign][0]}_", IN_PLACE[sign], held, (value,), {})
        if isinstance(target, Index):
            owner = self.evaluator.value(target.owner)
            if isinstance(owner, Tensor):
                self._put(target, owner, held)  # Python writes the changed part back
        if isinstance(target, Name | Attribute) and held.grad_fn is not None:
            self.evaluator.root = held

    def _show(self, statement: Show) -> None:
        value = self.evaluator.value(statement.value)
        if isinstance(value, Tensor) and value.grad_fn is not None:
            self.evaluator.root = value

    def _print(self, statement: Print) -> None:
        if len(self.printed) >= limits.PRINTED:
            raise TroubleError(f"The text prints more than {limits.PRINTED:,} lines.", "Print less often.")
        shown = [
            str(each.value)
            if isinstance(each, Literal) and isinstance(each.value, str)
            else printed(self.evaluator.value(each))
            for each in statement.values
        ]
        text = " ".join(shown)
        self._characters += len(text)
        if self._characters > limits.PRINTED_CHARACTERS:
            raise TroubleError("The text prints too much.", "Print fewer or smaller things.")
        self.printed.append((statement.line, text))

    def _loop(self, statement: Loop) -> None:
        bounds = [self.evaluator.value(each) for each in statement.bounds]
        if not all(isinstance(each, int) for each in bounds):
            raise TroubleError("range takes whole numbers.", "Write for i in range(10):.")
        if len(bounds) == 3 and bounds[2] == 0:
            raise TroubleError("The step of range is not 0.", "Write for i in range(0, 10, 2):.")
        for count in range(*bounds):
            self._recorder.line = statement.line
            self._recorder.budget.operations()
            self.evaluator.scope[statement.variable] = count
            self._body(statement.body)

    def _no_grad(self, statement: NoGrad) -> None:
        with torch.no_grad():
            self._body(statement.body)
