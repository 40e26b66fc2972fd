"""What a name of the lab can hold besides tensors, and arithmetic of plain numbers that never runs away."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from engine.lab import limits
from engine.lab.expressions import small
from engine.tensors.lab.trouble import TroubleError

Number = int | float | bool


@dataclass(frozen=True, slots=True)
class GradFn:
    """The name of an autograd node; an address would be another one each time."""

    name: str

    def __str__(self) -> str:
        return f"<{self.name}>"


@dataclass(frozen=True, slots=True, eq=False)
class Criterion:
    """A loss object: its function and its settings."""

    name: str
    function: str
    settings: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.name}()"


@dataclass(frozen=True, slots=True, eq=False)
class Handle:
    """An optimizer with its entry in the catalog."""

    kind: str
    optimizer: torch.optim.Optimizer

    def __str__(self) -> str:
        return str(self.optimizer)

    @property
    def short(self) -> str:
        """On one line: "SGD(lr=0.1)"."""
        return f"{type(self.optimizer).__name__}(lr={self.optimizer.param_groups[0]['lr']:g})"


def printed(value: Any) -> str:
    """What print shows: as Python and torch write it."""
    if isinstance(value, tuple) and not isinstance(value, torch.Size) and not hasattr(value, "values"):
        return "(" + ", ".join(printed(each) for each in value) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, list):
        return "[" + ", ".join(printed(each) for each in value) + "]"
    return str(value)


def arithmetic(sign: str, left: Number, right: Number) -> Number:
    """Plain numbers combined. Whole numbers beyond 64 bits become decimal at once, and too large ones inf."""
    try:
        result = _RULES[sign](left, right)
    except OverflowError:
        return math.inf
    except ZeroDivisionError:
        raise TroubleError("Plain numbers cannot be divided by zero.", "A tensor can: tensor(1.0)/0 is inf.") from None
    if isinstance(result, complex):
        return math.nan
    return small(result) if isinstance(result, int) and not isinstance(result, bool) else result


def _power(base: Number, exponent: Number) -> Any:
    whole = isinstance(base, int) and isinstance(exponent, int)
    if whole and exponent > 0 and abs(base) > 1 and exponent * math.log2(abs(base)) > 62:
        return float(base) ** exponent
    return base**exponent


def _no_product(left: Number, right: Number) -> Any:
    raise TroubleError("@ multiplies matrices and vectors, not plain numbers.", "Write a * b.")


_RULES: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": _power,
    "@": _no_product,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


def items(values: list[Any], is_list: bool) -> list[Any] | tuple[Any, ...]:
    """A list or tuple whose numbers, also in lists inside it, are not too many."""
    if _leaves(values, limits.ITEMS + 1) > limits.ITEMS:
        raise TroubleError(f"The list has more than {limits.ITEMS:,} numbers.", "Use arange, zeros or randn.")
    return values if is_list else tuple(values)


def _leaves(value: Any, most: int) -> int:
    if not isinstance(value, (list, tuple)):
        return 1
    count = 1
    for each in value:
        count += _leaves(each, most - count)
        if count >= most:
            break
    return count


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float))


def describe(value: Any) -> str:
    """What kind of thing a value is, in a sentence."""
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    if value is None:
        return "None"
    kinds = {
        bool: "True or False",
        str: "a text",
        Handle: "an optimizer",
        Criterion: "a loss object",
        GradFn: "a grad_fn",
    }
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "a plain number"
    if isinstance(value, (list, tuple)):
        return "a list"
    return kinds.get(type(value), "no tensor")
