"""Initial values set by hand, as a project holds them: nested tuples in the parameter's shape, None where it is drawn.

Tables are shared as far as they are equal, so that an edit of one weight of 78,400 makes one new row.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from engine.fields import FieldError, Value

Shape = tuple[int, ...]
Place = tuple[int, ...]
"""Indices of an element; of a part when there are fewer than axes, () is the whole parameter."""
Changes = Mapping[Place, float | None]

LARGEST = 3.4028234663852886e38
"""The largest float32."""


def checked(value: float) -> float:
    """The value as a weight can have it.

    Raises:
        engine.fields.FieldError: it is not finite, or too large for float32.
    """
    number = float(value)
    if not math.isfinite(number):
        raise FieldError(f"A weight must be a finite number, but is {number}.")
    if abs(number) > LARGEST:
        raise FieldError(f"A weight must be within ±{LARGEST:.6g}, the largest float32, but is {number:g}.")
    return number


def parsed(text: str) -> float:
    """The weight that a typed text means.

    Raises:
        engine.fields.FieldError: it means none; the text says why.
    """
    clean = text.strip().replace("−", "-")
    try:
        number = float(clean)
    except ValueError:
        shown = f"“{clean if len(clean) <= 40 else clean[:39] + '…'}”"
        if not clean:
            raise FieldError("A number is missing: type one such as 0.5 or -1e-3.") from None
        hint = " with a point, such as 0.5" if "," in clean else " such as 0.5 or -1e-3"
        raise FieldError(f"{shown} is not a number: type one{hint}.") from None
    return checked(number)


def changed(table: Value, shape: Shape, changes: Changes) -> Value:
    """The table with other values at some places, None drawing them again; a table of another shape counts as empty.

    Returns None when nothing is left that is set by hand.

    Raises:
        IndexError: the parameter has no such place.
    """
    table = table if shape_of(table) == shape else filled(shape, None)
    for place, value in changes.items():
        if len(place) > len(shape) or not all(0 <= index < size for index, size in zip(place, shape, strict=False)):
            raise IndexError(place)
        if len(place) < len(shape):
            table = _put(table, place, filled(shape[len(place) :], value))
    table = _with(table, {place: value for place, value in changes.items() if len(place) == len(shape)})
    return None if is_empty(table) else table


def filled(shape: Shape, value: float | None) -> Value:
    """A table of this shape with the same value everywhere; its equal rows are one object."""
    table: Value = value
    for size in reversed(shape):
        table = (table,) * size
    return table


def at(table: Value, place: Place) -> Value:
    """What stands at a place; None where nothing is set by hand, also when the table has no such place."""
    for index in place:
        if not isinstance(table, tuple) or index >= len(table):
            return None
        table = table[index]
    return table


def given(table: Value, place: Place = ()) -> Iterator[tuple[Place, float]]:
    """Place and value of every element that is set by hand, in order."""
    if isinstance(table, tuple):
        for index, part in enumerate(table):
            yield from given(part, (*place, index))
    elif isinstance(table, (int, float)):
        yield place, float(table)


def shape_of(table: Value) -> Shape | None:
    """Shape of nested tuples; of ragged ones only as far as the first row goes. None when there is no table."""
    if not isinstance(table, tuple):
        return None
    shape: list[int] = []
    part: Value = table
    while isinstance(part, tuple):
        shape.append(len(part))
        part = part[0] if part else None
    return tuple(shape)


def is_empty(table: Value) -> bool:
    """Whether nothing is set by hand. Rows that are one object are looked at once."""
    return all(map(is_empty, _different(table))) if isinstance(table, tuple) else table is None


def is_full(table: Value) -> bool:
    """Whether nothing is left to be drawn."""
    return all(map(is_full, _different(table))) if isinstance(table, tuple) else table is not None


def count(table: Value) -> int:
    """How many elements are set by hand."""
    return sum(map(count, table)) if isinstance(table, tuple) else int(table is not None)


def uniform(table: Value) -> float | None:
    """The one value that all elements have; None when they differ or one is drawn."""
    if not isinstance(table, tuple):
        return float(table) if isinstance(table, (int, float)) else None
    values = {uniform(part) for part in _different(table)}
    return values.pop() if len(values) == 1 else None


def _different(table: tuple[Value, ...]) -> list[Value]:
    return list({id(part): part for part in table}.values())


def _put(table: Value, place: Place, part: Value) -> Value:
    if not place:
        return part
    assert isinstance(table, tuple)
    first, rest = place[0], place[1:]
    return (*table[:first], _put(table[first], rest, part), *table[first + 1 :])


def _with(table: Value, changes: Changes) -> Value:
    """The table with changed elements; every place goes down to one."""
    if not changes:
        return table
    if not isinstance(table, tuple):
        return next(iter(changes.values()))
    parts: dict[int, dict[Place, float | None]] = {}
    for place, value in changes.items():
        parts.setdefault(place[0], {})[place[1:]] = value
    rows = list(table)
    for index, inside in parts.items():
        rows[index] = _with(rows[index], inside)
    return tuple(rows)
