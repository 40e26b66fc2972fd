"""Elements and parts of tensors: x[0], x[1:], x[mask]."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from engine.lab.syntax import Cut, Dots, Expression, Index
from engine.tensors.lab.trouble import TroubleError
from engine.tensors.lab.values import describe

if TYPE_CHECKING:
    from engine.tensors.lab.evaluator import Evaluator


def pick(evaluator: Evaluator, node: Index) -> Any:
    owner = evaluator.value(node.owner)
    where = where_of(evaluator, node)
    if isinstance(owner, (tuple, list)):
        if len(where) == 1 and isinstance(where[0], (int, slice)):
            return owner[where[0]]
        raise TroubleError("A list is asked by one whole number.", "Write x.shape[0].")
    if not isinstance(owner, Tensor):
        raise TroubleError(f"{describe(owner)} has no elements to pick.".capitalize())
    evaluator.recorder.budget.elements(_picked(owner, where))
    return evaluator.operate("index", node.text, lambda tensor, *_: tensor[where], (owner, *_tensors(where)), {})


def where_of(evaluator: Evaluator, node: Index) -> tuple[Any, ...]:
    """What stands in the square brackets, as torch takes it."""
    parts: list[Any] = []
    for part in node.parts:
        if isinstance(part, Dots):
            parts.append(Ellipsis)
        elif isinstance(part, Cut):
            parts.append(
                slice(*(None if end is None else _whole(evaluator, end) for end in (part.start, part.stop, part.step)))
            )
        else:
            value = evaluator.value(part)
            if not (value is None or isinstance(value, (int, list, tuple, Tensor))):
                raise TroubleError(
                    f"{describe(value).capitalize()} is no place in a tensor.", "Use whole numbers: x[0]."
                )
            parts.append(value)
    return tuple(parts)


def _whole(evaluator: Evaluator, node: Expression) -> int:
    value = evaluator.value(node)
    if isinstance(value, Tensor) and value.numel() == 1 and not value.is_floating_point():
        return int(value)
    if not isinstance(value, int):
        raise TroubleError("The ends of a slice are whole numbers.", "Write x[0:2].")
    return value


def _tensors(where: tuple[Any, ...]) -> tuple[Tensor, ...]:
    return tuple(each for each in where if isinstance(each, Tensor))


def _picked(owner: Tensor, where: tuple[Any, ...]) -> int:
    """An upper bound for the elements that an index picks."""
    counts = [each.numel() for each in _tensors(where) if each.dtype != torch.bool]
    counts += [len(each) for each in where if isinstance(each, (list, tuple))]
    if not counts:
        return owner.numel()
    plain = not any(each is None or each is Ellipsis for each in where)
    gone = 1
    for size, part in zip(owner.shape, where, strict=False):
        if plain and isinstance(part, (Tensor, list, tuple)):
            gone *= max(size, 1)
    return math.prod(counts) * max(owner.numel() // gone, 1)
