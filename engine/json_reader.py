"""Plain JSON values, read strictly: every complaint says where it is and what is expected there.

Nothing in the JSON can name code: kinds are looked up in the catalogs, everything else is numbers, truth values and short texts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from engine.catalog import Catalog, Entry
from engine.errors import ProjectError
from engine.fields import Field, FieldError, Value
from engine.spec import Choice

MAX_TEXT = 10_000
MAX_PLACE = 1e7

Json = dict[str, Any]


class JsonObject:
    """A JSON object with its place, so that every complaint can say where."""

    def __init__(self, value: object, place: str, lenient: bool) -> None:
        if not isinstance(value, dict):
            raise ProjectError(place, f"A group of named values is expected here, but {short(value)} was found.")
        self.value: Json = value
        self.place = place
        self.lenient = lenient

    def at(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key

    def only(self, *known: str) -> None:
        unknown = [] if self.lenient else sorted(set(self.value) - set(known))
        if unknown:
            text = f"“{short(unknown[0], quote=False)}” is not known; the known names are: {', '.join(known)}."
            raise ProjectError(self.place, text)

    def get(self, key: str) -> Any:
        if key not in self.value:
            raise ProjectError(self.place, f"“{key}” is missing.")
        return self.value[key]

    def object(self, key: str, default: Json | None = None) -> JsonObject:
        value = self.value.get(key, default) if default is not None else self.get(key)
        return JsonObject(value, self.at(key), self.lenient)

    def objects(self, key: str, limit: int) -> list[JsonObject]:
        value = self.get(key)
        if not isinstance(value, list):
            raise ProjectError(self.at(key), f"A list is expected here, but {short(value)} was found.")
        if len(value) > limit:
            raise ProjectError(self.at(key), f"There are {len(value):,} entries; {limit:,} are the most.")
        return [JsonObject(entry, f"{self.at(key)}[{index}]", self.lenient) for index, entry in enumerate(value)]

    def fields(self, fields: Iterable[Field]) -> dict[str, Value]:
        """The checked value of every field that belongs to this object."""
        return {field.name: self.field(field) for field in fields}

    def field(self, field: Field) -> Value:
        if field.name not in self.value:
            return field.default
        value = self.value[field.name]
        try:
            checked = field.check(value)
        except (FieldError, OverflowError) as error:
            text = str(error) if isinstance(error, FieldError) else f"{field.label} must be {field.rule}."
            raise ProjectError(self.at(field.name), text) from error
        if isinstance(checked, str):
            plain_text(checked, self.at(field.name), MAX_TEXT)
        elif field.kind == "names" and isinstance(checked, tuple):
            for index, name in enumerate(checked):
                plain_text(name, f"{self.at(field.name)}[{index}]", MAX_TEXT)
        return checked

    def number(self, key: str, default: float = 0.0) -> float:
        value = self.value.get(key, default)
        if not is_number(value) or abs(value) > MAX_PLACE:
            raise ProjectError(
                self.at(key), f"A number within ±{MAX_PLACE:g} is expected, but {short(value)} was found."
            )
        return float(value)


def choice_to_json(choice: Choice) -> Json:
    """A choice as kind and values."""
    return {"kind": choice.kind, "values": {name: listed(value) for name, value in choice.values}}


def listed(value: Value) -> Any:
    """Nested tuples as nested lists."""
    return [listed(part) for part in value] if isinstance(value, tuple) else value


def read_choice(group: JsonObject, catalog: Catalog[Any]) -> Choice:
    """The entry of the catalog that the group names with its kind, and its checked values. Raises ProjectError."""
    kind = group.get("kind")
    if not isinstance(kind, str) or kind not in catalog:
        todo = "Update Chainrule, or open the file with the version that made it."
        raise ProjectError(group.at("kind"), _unknown(catalog, kind), todo)
    entry: Entry = catalog[kind]
    values = group.object("values", {})
    values.only(*(field.name for field in entry.fields))
    return Choice(kind, tuple(values.fields(entry.fields).items()))


def _unknown(catalog: Catalog[Any], kind: object) -> str:
    return f"There is no {catalog.noun} “{short(kind, quote=False)}”; the known ones are: {', '.join(catalog.kinds)}."


def read_table(value: object, place: str, axes: int) -> tuple[Value, ...]:
    """A rectangular nested list of finite numbers as nested tuples; null stays None: there the initializer draws."""
    if not isinstance(value, list) or not value or axes == 0:
        raise ProjectError(place, f"A table of numbers is expected here, but {short(value)} was found.")
    if isinstance(value[0], list):
        rows = [read_table(row, f"{place}[{index}]", axes - 1) for index, row in enumerate(value)]
        for index, row in enumerate(rows):
            if _shape(row) != _shape(rows[0]):
                raise ProjectError(f"{place}[{index}]", "This row has another size than the first one.")
        return tuple(rows)
    for index, number in enumerate(value):
        if number is not None and not is_number(number):
            raise ProjectError(f"{place}[{index}]", f"A finite number is expected, but {short(number)} was found.")
    return tuple(None if number is None else float(number) for number in value)


def _shape(table: Value) -> tuple[int, ...]:
    return (len(table), *_shape(table[0])) if isinstance(table, tuple) else ()


def plain_text(value: object, place: str, longest: int) -> str:
    """A text that can be shown. Raises ProjectError."""
    if not isinstance(value, str) or len(value) > longest:
        raise ProjectError(
            place, f"A text of at most {longest:,} characters is expected, but {short(value)} was found."
        )
    if any((ord(sign) < 32 and sign not in "\t\n") or 0xD800 <= ord(sign) < 0xE000 for sign in value):
        raise ProjectError(place, "The text holds signs that cannot be shown.")
    return value


def is_number(value: object) -> bool:
    """Whether it is a finite number that a table may hold."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) < 1e300 and math.isfinite(value)


def short(value: object, quote: bool = True) -> str:
    """The value as an error text can bear it: short, on one line, every odd sign escaped."""
    if isinstance(value, (dict, list)):
        return "a group" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and value.bit_length() > 1000:
        return "a huge number"
    text = repr(value)[1:-1] if isinstance(value, str) and not quote else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
