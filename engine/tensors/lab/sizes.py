"""How many elements an operation will make, from shapes alone: asked before it runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from engine.lab import limits
from engine.tensors.lab.trouble import TroubleError

Arguments = tuple[Any, ...]
Keywords = Mapping[str, Any]
_WORK = 4_000_000_000
"""Multiplications of one product of matrices."""


def expected(name: str, arguments: Arguments, keywords: Keywords) -> int:
    """An upper bound for the elements of the result. Raises TroubleError for a product that would take too long."""
    rule = _RULES.get(name)
    return _broadcast(arguments, keywords) if rule is None else rule(arguments, keywords)


def tensors_in(values: Any) -> Iterator[Tensor]:
    """Every tensor among some values, also in lists."""
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from tensors_in(value)


def _all(arguments: Arguments, keywords: Keywords) -> list[Tensor]:
    return list(tensors_in((*arguments, *keywords.values())))


def _broadcast(arguments: Arguments, keywords: Keywords) -> int:
    found = _all(arguments, keywords)
    try:
        return math.prod(_common(*(each.shape for each in found)))
    except RuntimeError:  # they do not fit: torch will say so, or takes them in another way
        return _largest(arguments, keywords)


def _common(*shapes: Any) -> tuple[int, ...]:
    return tuple(torch.broadcast_shapes(*shapes))  # type: ignore[no-untyped-call]


def _largest(arguments: Arguments, keywords: Keywords) -> int:
    return max((each.numel() for each in _all(arguments, keywords)), default=1)


def _together(arguments: Arguments, keywords: Keywords) -> int:
    return sum(each.numel() for each in _all(arguments, keywords))


def _multiplied(values: Any) -> int:
    """The product of all whole numbers among some values, also in lists."""
    product = 1
    for value in values:
        if isinstance(value, (list, tuple)):
            product *= _multiplied(value)
        elif isinstance(value, int):
            product *= abs(value)
    return product


def _sized(arguments: Arguments, keywords: Keywords) -> int:
    return _multiplied((*arguments, keywords.get("size", 1)))


def _full(arguments: Arguments, keywords: Keywords) -> int:
    return _multiplied((arguments[0] if arguments else keywords.get("size", 1),))


def _arange(arguments: Arguments, keywords: Keywords) -> int:
    given = dict(zip(("start", "end", "step"), arguments, strict=False)) | dict(keywords)
    start, end = (0, given.get("start")) if "end" not in given else (given.get("start"), given["end"])
    step = given.get("step", 1)
    if not all(isinstance(each, (int, float)) for each in (start, end, step)) or not step:
        return 0  # torch refuses it
    length = (float(end) - float(start)) / float(step)  # type: ignore[arg-type]
    return math.ceil(abs(length)) if math.isfinite(length) else limits.ELEMENTS + 1


def _eye(arguments: Arguments, keywords: Keywords) -> int:
    rows = arguments[0] if arguments else keywords.get("n", 1)
    columns = arguments[1] if len(arguments) > 1 else keywords.get("m", rows)
    return _multiplied((rows, columns))


def _randint(arguments: Arguments, keywords: Keywords) -> int:
    lists = [value for value in (*arguments, keywords.get("size", 1)) if isinstance(value, (list, tuple))]
    return _multiplied(lists)


def _normal(arguments: Arguments, keywords: Keywords) -> int:
    return _randint(arguments, keywords) * _broadcast(arguments, keywords)


def _count(place: int, name: str) -> Callable[[Arguments, Keywords], int]:
    def rule(arguments: Arguments, keywords: Keywords) -> int:
        return _multiplied((arguments[place] if len(arguments) > place else keywords.get(name, 1),))

    return rule


def _expand(arguments: Arguments, keywords: Keywords) -> int:
    wanted = _multiplied(max(1, each) if isinstance(each, int) else each for each in arguments[1:])
    return wanted * (arguments[0].numel() if _has_negative(arguments[1:]) else 1)


def _has_negative(values: Any) -> bool:
    return any(
        _has_negative(each) if isinstance(each, (list, tuple)) else isinstance(each, int) and each < 0
        for each in values
    )


def _repeat(arguments: Arguments, keywords: Keywords) -> int:
    return int(arguments[0].numel()) * _multiplied(arguments[1:])


def _one_hot(arguments: Arguments, keywords: Keywords) -> int:
    classes = arguments[1] if len(arguments) > 1 else keywords.get("num_classes", -1)
    given = arguments[0] if arguments else keywords.get("tensor")
    if not isinstance(given, Tensor) or given.is_floating_point() or not isinstance(classes, int):
        return 0
    if classes < 0:
        classes = int(given.max()) + 1 if given.numel() else 0
    return given.numel() * max(classes, 0)


def _product(arguments: Arguments, keywords: Keywords) -> int:
    found = _all(arguments, keywords)[:2]
    if len(found) < 2 or not all(each.ndim for each in found):
        return 0
    left = found[0].shape if found[0].ndim > 1 else (1, *found[0].shape)
    right = found[1].shape if found[1].ndim > 1 else (*found[1].shape, 1)
    try:
        batch = math.prod(_common(left[:-2], right[:-2]))
    except RuntimeError:
        return 0
    made = batch * left[-2] * right[-1]
    if made * left[-1] > _WORK:
        raise TroubleError("This product of matrices would take too long.", "Take smaller matrices.")
    return made


def _linear(arguments: Arguments, keywords: Keywords) -> int:
    found = _all(arguments, keywords)[:2]
    if len(found) < 2 or not all(each.ndim for each in found):
        return 0
    made = found[0].numel() // max(found[0].shape[-1], 1) * found[1].shape[0]
    if made * found[0].shape[-1] > _WORK:
        raise TroubleError("This product of matrices would take too long.", "Take smaller matrices.")
    return made


def _outer(arguments: Arguments, keywords: Keywords) -> int:
    return math.prod(each.numel() for each in _all(arguments, keywords)[:2])


_RULES: dict[str, Callable[[Arguments, Keywords], int]] = {
    **dict.fromkeys(("zeros", "ones", "rand", "randn"), _sized),
    "full": _full,
    "arange": _arange,
    "linspace": _count(2, "steps"),
    "eye": _eye,
    "randint": _randint,
    "normal": _normal,
    "randperm": _count(0, "n"),
    "expand": _expand,
    "repeat": _repeat,
    "one_hot": _one_hot,
    **dict.fromkeys(("matmul", "mm", "mv", "dot", "bmm"), _product),
    "linear": _linear,
    "outer": _outer,
    **dict.fromkeys(("cat", "stack"), _together),
    "addmm": lambda arguments, keywords: _product(arguments[1:], keywords),
    **dict.fromkeys(("cross_entropy", "nll_loss", "multi_margin_loss"), _largest),
}
