"""What one moment of a step offers to a formula, and how worked elements become the lines that people read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.tensors.formulas.terms import Index, Numbers, Term, show

LINES = 6
"""A formula has at most this many lines."""
SMALL = 4
"""Every element of a tensor with at most this many is worked; of a larger one, the first."""
TOLERANCE = 1e-4
CONSTANT = "constant"
"""The name of an operand that requires no gradient."""


class NotKept(KeyError):  # noqa: N818 - it is an answer: this torch does not keep that, so no numbers can be put in
    """The node did not save what the rule needs."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One execution of an autograd node. `saved` maps the names of `_saved_*` to arrays and plain values."""

    kind: str
    upstream: tuple[Numbers | None, ...]
    outgoing: tuple[Numbers | None, ...]
    saved: Mapping[str, object]

    @property
    def gradient(self) -> Numbers:
        """The upstream gradient of a node with one result."""
        array = self.upstream[0]
        assert array is not None
        return array

    @property
    def scalar(self) -> float:
        """The upstream gradient of a node whose result is one number."""
        return float(self.gradient.reshape(-1)[0])

    def array(self, name: str) -> Numbers:
        """A saved tensor. Raises NotKept when the node did not save it."""
        value = self.saved.get(name)
        if not isinstance(value, np.ndarray):
            raise NotKept(name)
        return value

    def number(self, name: str) -> float:
        """A saved plain number, or the only element of a saved tensor. Raises NotKept when there is none."""
        value = self.saved.get(name)
        if isinstance(value, np.ndarray) and value.size == 1:
            return float(value.reshape(-1)[0])
        if not isinstance(value, (int, float)):
            raise NotKept(name)
        return float(value)

    def integers(self, name: str) -> tuple[int, ...]:
        value = self.saved.get(name)
        if not isinstance(value, tuple):
            raise NotKept(name)
        return tuple(int(each) for each in value)

    def axis(self, name: str, dims: int) -> int:
        """A saved axis, which autograd keeps as an unsigned number when it is negative."""
        return signed(self.whole(name)) % max(dims, 1)

    def axes(self, name: str) -> tuple[int, ...]:
        """Saved axes, each as axis() has it; none at all when the node took every axis."""
        value = self.saved.get(name)
        if value is None:
            return ()
        return tuple(signed(each) for each in (value if isinstance(value, tuple) else (self.whole(name),)))

    def whole(self, name: str) -> int:
        """A saved whole number, exactly as it was kept."""
        value = self.saved.get(name)
        if not isinstance(value, int):
            raise NotKept(name)
        return value

    def has(self, name: str) -> bool:
        return self.saved.get(name) is not None


Work = Callable[[Moment, int, Index], Term | None]
"""The number of an outgoing gradient (which operand's, which element) as an expression; None when there is no rule for it."""


@dataclass(frozen=True, slots=True)
class BackwardKind:
    """A kind of autograd node. `rule` is its formula in symbols; g is the upstream gradient ∂L/∂(its result)."""

    rule: str
    text: str
    work: Work


@dataclass(frozen=True, slots=True)
class Worked:
    """One element worked out: `term` with our numbers in double precision, and the number that torch recorded."""

    left: str
    term: Term
    recorded: float

    @property
    def holds(self) -> bool:
        """Whether the expression gives torch's number, up to float32 rounding of its parts."""
        if np.isnan(self.recorded):
            return bool(np.isnan(self.term.value))
        if np.isinf(self.recorded):
            return self.recorded == self.term.value
        return abs(self.term.value - self.recorded) <= TOLERANCE * max(self.term.size, abs(self.recorded), 1e-30)

    @property
    def line(self) -> str:
        result = show(self.recorded)
        shown = self.term.text if self.term.text != result else ""
        return f"{self.left} = {shown} = {result}" if shown else f"{self.left} = {result}"


def picked(array: Numbers) -> Iterator[Index]:
    """The elements that a formula shows: all of a small tensor; of a large one the first that is not 0."""
    places = range(array.size)
    if array.size > SMALL:
        there = np.flatnonzero(array)
        places = range(there[0], there[0] + 1) if there.size else range(1)
    for flat in places:
        yield tuple(int(i) for i in np.unravel_index(flat, array.shape)) if array.shape else ()


def at(name: str, shape: tuple[int, ...], index: Index) -> str:
    """`name[0, 1]`, or the bare name when the tensor has only one element."""
    if int(np.prod(shape, dtype=np.int64)) == 1:
        return name
    return f"{name}[{', '.join(str(i) for i in index)}]"


def worked_gradients(work: Work, moment: Moment, names: Sequence[str]) -> list[Worked]:
    """The elements to show of every outgoing gradient that somebody receives; `names` are those of the operands."""
    found: list[Worked] = []
    for slot, outgoing in enumerate(moment.outgoing):
        if outgoing is None or names[slot] == CONSTANT:
            continue
        for index in picked(outgoing):
            try:
                term = work(moment, slot, index)
            except NotKept:
                return []
            if term is not None:
                found.append(Worked(at(f"∂L/∂{names[slot]}", outgoing.shape, index), term, float(outgoing[index])))
    return found


def signed(number: int) -> int:
    """The number that was meant when a negative one was kept as an unsigned 64-bit one."""
    return number if number < 2**63 else number - 2**64


def lines(worked: Sequence[Worked], otherwise: str) -> str:
    """The formula to show: the worked lines that give torch's number, or the general formula when there is none.

    A line that does not give torch's number (another version of torch may compute differently) is not shown at all.
    """
    good = [each.line for each in worked if each.holds][:LINES]
    return "\n".join(good) or otherwise
