"""What every thing that can be picked has in common: a kind, a title, fields, a formula, and its place in torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from engine.fields import Field, check_values
from engine.spec import Choice


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a catalog. `kind` is its stable name in files; `torch_name` the class as `torch` names it."""

    kind: str
    title: str
    torch_name: str
    fields: tuple[Field, ...]
    help: str
    formula: str = ""

    def field(self, name: str) -> Field:
        """The field with this name. Raises KeyError when there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)

    def choose(self, values: Mapping[str, object] | None = None) -> Choice:
        """A checked choice of this entry; what is not given has its default.

        Raises:
            engine.fields.FieldError: a value is not accepted or a name is not known.
        """
        return Choice(self.kind, check_values(self.fields, values or {}))


E = TypeVar("E", bound=Entry)


class UnknownKindError(KeyError):
    """A kind that the catalog does not hold; the text names the known ones."""

    def __str__(self) -> str:
        return str(self.args[0])


class Catalog(Generic[E]):
    """Entries by kind, in the order in which people should see them."""

    def __init__(self, noun: str, entries: tuple[E, ...]) -> None:
        self.noun = noun
        self._entries = {entry.kind: entry for entry in entries}
        if len(self._entries) != len(entries):
            raise ValueError(f"two entries of the {noun} catalog share a kind")

    def __iter__(self) -> Iterator[E]:
        return iter(self._entries.values())

    def __contains__(self, kind: object) -> bool:
        return kind in self._entries

    def __getitem__(self, kind: str) -> E:
        try:
            return self._entries[kind]
        except KeyError:
            known = ", ".join(self._entries)
            raise UnknownKindError(f"There is no {self.noun} “{kind}”; the known ones are: {known}.") from None

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(self._entries)

    def check(self, choice: Choice) -> Choice:
        """The same choice with every value checked and what is missing filled with its default.

        Raises:
            UnknownKindError: the catalog has no such entry.
            engine.fields.FieldError: a value is not accepted.
        """
        return self[choice.kind].choose(choice.as_dict())
