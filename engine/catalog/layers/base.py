"""What every layer has beside an entry's title and fields, and the fields that many of them share.

Help and formulas of all layers follow the pages of torch.nn (PyTorch 2.13 documentation). `inplace` is offered nowhere: it
changes no number, only memory, and makes autograd refuse what steps and proofs look at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.catalog.entry import Entry
from engine.fields import Field

Group = Literal["Ends", "Dense", "Convolution", "Sequence", "Activation", "Normalization", "Shape", "Join"]


@dataclass(frozen=True, slots=True)
class LayerEntry(Entry):
    """A layer. `ports` is the number of inputs; None: two or more, each on a port of its own.

    `inferred` lists fields that may be None ("auto") and are then read off the arriving tensor: the size of that
    axis, or with axis None the whole shape behind the batch axis. `weights` says that it has parameters with two axes or
    more, `biases` that it can have biases: both can be drawn by another rule (engine.catalog.initializers). `words` are
    other names that people search it by.
    """

    group: Group = "Dense"
    ports: int | None = 1
    inferred: tuple[tuple[str, int | None], ...] = ()
    weights: bool = False
    biases: bool = False
    words: tuple[str, ...] = ()

    @property
    def placeable(self) -> bool:
        """Whether people can add and remove it; the two ends of the network are always there."""
        return self.group != "Ends"

    @property
    def learns(self) -> bool:
        """Whether it has weights of its own, at least with its default values."""
        return self.weights or self.biases


def count(name: str, default: int, help: str, low: int = 1, high: int = 1_000_000) -> Field:
    """A whole number that torch needs."""
    return Field(name, name, "int", default, help, low=low, high=high)


def arriving(name: str, what: str) -> Field:
    """A size that is read off the arriving tensor unless it is given."""
    text = f"Number of {what} that arrive; auto takes it from the arriving tensor."
    return Field(name, name, "int", None, text, low=1, high=1_000_000, optional=True)


def switch(name: str, default: bool, help: str) -> Field:
    """Yes or no."""
    return Field(name, name, "bool", default, help)


def real(name: str, default: float, help: str, low: float, high: float) -> Field:
    """A number within bounds."""
    return Field(name, name, "float", default, help, low=low, high=high)


def choice(name: str, default: str, help: str, *choices: str) -> Field:
    """One of a few words."""
    return Field(name, name, "choice", default, help, choices=choices)


AXIS = Field("dim", "dim", "int", 1, "Axis along which the values are taken together; 0 is the batch.", low=-8, high=8)
