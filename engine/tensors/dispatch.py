"""Listens to torch's own operations while a forward pass runs: what autograd's layers come down to.

A TorchDispatchMode sees every operation below autograd, in the order in which they ran, with the real tensors. Engine thread only.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from engine.tensors.passages import numbers, settle
from engine.views import frozen

Numbers = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """One operation: its name in ATen, its arguments (tensors themselves), copies of what it read and of what it gave."""

    name: str
    arguments: tuple[object, ...]
    keywords: Mapping[str, object]
    given: tuple[tuple[Tensor, Numbers], ...]
    made: tuple[tuple[Tensor, Numbers], ...]
    seconds: float

    def plain(self, value: object) -> object:
        """An argument as formulas take it: tensors as the numbers that they had."""
        if isinstance(value, Tensor):
            return next(array for tensor, array in self.given if tensor is value)
        return value


class Listener(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Writes down every operation between `with listener:` and its end, except inside `listener.deaf()`."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.heard: list[Heard] = []
        self._deaf = False
        self._copies: dict[int, tuple[Tensor, int, Numbers]] = {}

    @contextmanager
    def deaf(self) -> Iterator[None]:
        """Inside, what torch is asked for is not part of the forward pass."""
        self._deaf = True
        try:
            yield
        finally:
            self._deaf = False

    def take(self) -> tuple[Heard, ...]:
        """What was heard since the last time."""
        found, self.heard = tuple(self.heard), []
        return found

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        keywords = kwargs or {}
        if self._deaf:
            return func(*args, **keywords)
        with self.deaf():
            given = tuple((each, self._copy(each)) for each in _tensors((*args, *keywords.values())))
            start = time.perf_counter()
            result = func(*args, **keywords)
            made = tuple(_tensors((result,)))
            if made:
                settle(made[0].device)
            seconds = time.perf_counter() - start
            name = func.overloadpacket.__name__
            copies = tuple((each, self._copy(each, fresh=True)) for each in made)
            self.heard.append(Heard(name, tuple(args), keywords, given, copies, seconds))
        return result

    def _copy(self, tensor: Tensor, fresh: bool = False) -> Numbers:
        """The numbers of a tensor; one copy serves as long as nothing was written into it."""
        known = self._copies.get(id(tensor))
        if known is not None and not fresh and known[1] == tensor._version:
            return known[2]
        array = frozen(numbers(tensor))
        self._copies[id(tensor)] = (tensor, tensor._version, array)  # held, so that no other tensor gets its id
        return array


def _tensors(values: tuple[Any, ...]) -> Iterator[Tensor]:
    """Every tensor once, in order, also those in lists."""
    seen: set[int] = set()
    for value in values:
        for each in value if isinstance(value, (tuple, list)) else (value,):
            if isinstance(each, Tensor) and id(each) not in seen:
                seen.add(id(each))
                yield each
