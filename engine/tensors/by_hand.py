"""One element of a parameter's gradient written out: δ of its layer times what it met, and where that δ comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor, nn
from torch.autograd.graph import Node

from engine.spec import TrainSpec
from engine.tensors.formulas.backward import BACKWARD
from engine.tensors.formulas.moment import Moment, NotKept, Worked, at
from engine.tensors.formulas.terms import Index, Numbers, Term, add_up, dot, show, term
from engine.tensors.formulas.windows import convolution
from engine.tensors.graph_walk import Nodes, short_name, title
from engine.tensors.objective import penalized
from engine.tensors.passages import Passage, plain

_LONGEST = 6
_POINTWISE = frozenset(
    f"{name}Backward0"
    for name in ("Relu", "LeakyRelu", "Gelu", "Tanh", "Sigmoid", "Mul", "NativeDropout", "MaskedFill", "Clone")
) | {f"{name}Backward0" for name in ("Abs", "Sub", "Add", "Div", "Neg")}
_RESHAPES = frozenset(("ViewBackward0", "UnsafeViewBackward0", "ReshapeAliasBackward0"))
_PRODUCTS = {"AddmmBackward0": 1, "MmBackward0": 0}
"""Kind → slot of the left factor, through which the gradient goes on to the layer before."""


@dataclass(frozen=True, slots=True)
class Hand:
    """The lines and the value they come to."""

    text: str
    value: float
    element: Index | None
    """The element of δ, the gradient of the layer's output, that counts most; None where all are 0."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How a layer's parameter gets its gradient. `symbols` is the sum, `what` says what stands in it besides δ."""

    symbols: str
    what: str
    left: Numbers
    right: Numbers | None
    """The sum is Σ left·right, or Σ left when right is None."""
    places: Callable[[int], Index]
    """Where in δ the term with this number comes from."""


def written_out(parameter: str, index: Index, module: nn.Module, given: Tensor, output: Tensor, *, called: str) -> Hand:
    """The gradient of one element from its layer's input and δ = ∂L/∂(the layer's output), both in float64.

    `output` holds δ as its `.grad`; `called` is its name.
    The sums are our own arithmetic on NumPy copies, not autograd's.
    """
    name = parameter.rpartition(".")[2]
    assert output.grad is not None
    inputs, delta = _numpy(given.detach()), _numpy(output.grad)
    left = at(f"∂L/∂{parameter}", tuple(module.get_parameter(name).shape), index)
    if isinstance(module, nn.RNNBase):
        text = f"{left}: the same weight is used at every step, so the gradient is a sum over all of them, each step's with"
        return Hand(f"{text} a δ of its own that comes back through the steps behind it.", float("nan"), None)
    rule = _rule(module, name, index, inputs, delta)
    if rule is None:
        return _convolved(left, index, module, inputs, delta, called=called)
    term = add_up(rule.left) if rule.right is None else dot(rule.left, rule.right)
    shares = np.abs(rule.left if rule.right is None else rule.left * rule.right).ravel()
    element = rule.places(int(shares.argmax())) if shares.any() else None
    where = f"where δ = ∂L/∂{called}{rule.what}"
    return Hand(_lines(left, rule.symbols, term, where), term.value, element)


def with_penalty(hand: Hand, parameter: str, index: Index, network: nn.Module, train: TrainSpec) -> Hand:
    """The same with what the penalties on the weights add; `hand` is about the loss of the data alone."""
    weights = penalized(network, train).get(parameter)
    if weights is None or not (train.l1 or train.l2):
        return hand
    value = weights.detach()[index].item()
    parts = []
    if train.l1:
        parts.append(term(train.l1) * float(np.sign(value)))
    if train.l2:
        parts.append(term(2.0) * train.l2 * term(value))
    whole = term(hand.value)
    for part in parts:
        whole = whole + part
    symbols = " + ".join(text for on, text in ((train.l1, "λ₁·sign(w)"), (train.l2, "2·λ₂·w")) if on)
    left = at(f"∂L/∂{parameter}", tuple(weights.shape), index)
    text = f"{hand.text}\nThat is the data's share. With the penalty's, {symbols}:\n{left} = {whole.text} = {show(whole.value)}"
    return Hand(text, whole.value, hand.element)


@dataclass(frozen=True, slots=True, eq=False)
class Trail:
    """A recorded backward pass, to ask where a gradient came from. `saved` is what the nodes kept, read before the pass."""

    nodes: Nodes
    passed: Mapping[Node, Passage]
    saved: Mapping[Node, Mapping[str, object]]

    def lines(self, node: Node, element: Index) -> list[str]:
        """The gradient at one element of `node`'s result: a line for each autograd node on the way to the loss.

        Where a row of numbers is summed, the way goes on through the largest of them. It ends where several paths meet and
        where a rule mixes all elements.
        """
        found: list[str] = []
        while len(found) < _LONGEST and node in self.passed:
            upstream = self.passed[node].upstream[0]
            assert upstream is not None
            left = at(f"∂L/∂{self.nodes.quantity(node)}", upstream.shape, element)
            senders = [
                (each, slot) for each in self.passed for slot, way in enumerate(each.next_functions) if way[0] is node
            ]
            if len(senders) != 1:
                found += self._meeting(left, senders, element)
                break
            sender, slot = senders[0]
            term = self._term(sender, slot, element)
            if term is None or not (worked := Worked(left, term, float(upstream.values[element]))).holds:
                break
            found.append(worked.line)
            further = self._further(sender, slot, element)
            if further is None:
                break
            node, element = sender, further
        return found

    def _meeting(self, left: str, senders: list[tuple[Node, int]], element: Index) -> list[str]:
        """Several paths: their contributions are added."""
        parts = [self.passed[sender].outgoing[slot] for sender, slot in senders]
        if not parts:
            return []
        term = add_up(np.array([0.0 if part is None else float(part.values[element]) for part in parts]))
        names = " and ".join(short_name(sender) for sender, _ in senders)
        return [f"{left} = {term.text} = {show(term.value)}, added up from {names}"]

    def _term(self, sender: Node, slot: int, element: Index) -> Term | None:
        kind = BACKWARD.get(title(sender))
        passage = self.passed[sender]
        upstream, outgoing = (
            tuple(None if each is None else each.values for each in side)
            for side in (passage.upstream, passage.outgoing)
        )
        try:
            moment = Moment(title(sender), upstream, outgoing, self.saved[sender])
            return kind.work(moment, slot, element) if kind is not None else None
        except NotKept:
            return None

    def _further(self, sender: Node, slot: int, element: Index) -> Index | None:
        """The element of the sender's own result through which most of the gradient came."""
        kind, passage = title(sender), self.passed[sender]
        upstream, outgoing = passage.upstream[0], passage.outgoing[slot]
        if upstream is None or outgoing is None or not upstream.shape:
            return None
        if kind in _POINTWISE and upstream.shape == outgoing.shape:
            return element
        if kind in _RESHAPES and upstream.values.size == outgoing.values.size:
            return _at(int(np.ravel_multi_index(element, outgoing.shape)), upstream.shape)
        winners = self.saved[sender].get("result1")
        if kind == "MaxPool2DWithIndicesBackward0" and isinstance(winners, np.ndarray):
            place = element[-2] * outgoing.shape[-1] + element[-1]
            won = np.where(winners[element[:-2]] == place, np.abs(upstream.values[element[:-2]]), -1.0)
            return (*element[:-2], *_at(int(won.argmax()), won.shape)) if won.max() >= 0 else None
        factors = self.saved[sender].get("mat2")
        if _PRODUCTS.get(kind) == slot and isinstance(factors, np.ndarray):
            return element[0], int(np.abs(upstream.values[element[0]] * factors[element[1]]).argmax())
        return None


def _rule(module: nn.Module, name: str, index: Index, given: Numbers, delta: Numbers) -> Rule | None:
    """The sum behind a parameter of every kind of layer; None for the weight of a convolution."""
    if isinstance(module, nn.Linear):
        return _dense(name, index, given, delta)
    if isinstance(module, nn.LayerNorm):
        axes = tuple(range(given.ndim - len(module.normalized_shape), given.ndim))
        place = (slice(None),) * (given.ndim - len(axes)) + index
        return _scaled(f"Σ δ[…, {_listed(index)}]", name, delta, _standardized(given, axes, module.eps), place)
    if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
        axes = (0, *range(2, given.ndim))
        symbols = f"Σ δ[n, {index[0]}{', …' if given.ndim > 2 else ''}]"
        return _scaled(symbols, name, delta, _standardized(given, axes, module.eps), (slice(None), index[0]))
    if isinstance(module, nn.Conv1d | nn.Conv2d) and name == "bias":
        place = (slice(None), index[0])
        return Rule(
            f"Σ δ[n, {index[0]}, {_PLACES[delta.ndim]}]", "", delta[place], None, _unravel(delta[place].shape, place)
        )
    if isinstance(module, nn.Embedding):
        return _looked_up(module, index, given, delta)
    return None


_PLACES = {3: "i", 4: "i, j"}
"""Of a convolution's result with so many axes: the place, behind sample and channel."""


def _looked_up(module: nn.Embedding, index: Index, given: Numbers, delta: Numbers) -> Rule:
    """A row of the table: δ of every place where its number stood. The row that stands for nothing gets none."""
    places = np.argwhere(given == index[0])
    if module.padding_idx == index[0]:
        places = places[:0]
    shares = np.array([delta[(*place, index[1])] for place in places])
    if module.scale_grad_by_freq and len(places):
        shares = shares / len(places)
    what = f", summed over the {len(places)} places where the number {index[0]} arrived"

    def where(number: int) -> Index:
        return (*(int(each) for each in places[number]), index[1])

    return Rule(f"Σ δ[…, {index[1]}]", what, shares if len(places) else np.zeros(1), None, where)


def _dense(name: str, index: Index, given: Numbers, delta: Numbers) -> Rule:
    """A linear layer: the bias sums δ over the batch, a weight sums δ times the input that it met."""
    lead = given.shape[:-1]
    place = (slice(None),) * len(lead) + (index[0],)
    which = {1: "0", 2: "n"}.get(1 if lead == (1,) else 2 if len(lead) == 1 else 3, "…")
    sum_ = f"{'' if which == '0' else 'Σₙ ' if which == 'n' else 'Σ '}δ[{which}, {index[0]}]"
    where = _unravel(lead, place)
    if name == "bias":
        return Rule(sum_, "", delta[place], None, where)
    inputs = given[(*place[:-1], index[1])]
    return Rule(f"{sum_}·x[{which}, {index[1]}]", " and x is what goes into the layer", delta[place], inputs, where)


def _scaled(sum_: str, name: str, delta: Numbers, hats: Numbers, place: tuple[slice | int, ...]) -> Rule:
    """γ (weight) and β (bias) of a normalization."""
    part = delta[place]
    where = _unravel(part.shape, place)
    if name == "bias":
        return Rule(sum_, "", part, None, where)
    what = ", and x̂ = (x − mean)/√(var + eps) of the same place"
    return Rule(f"{sum_}·x̂{sum_[sum_.index('[') :]}", what, part, hats[place], where)


def _at(number: int, shape: tuple[int, ...]) -> Index:
    return tuple(int(each) for each in np.unravel_index(number, shape))


def _unravel(shape: tuple[int, ...], place: tuple[slice | int, ...]) -> Callable[[int], Index]:
    """From the number of an element of `array[place]` to its index in the array."""

    def where(number: int) -> Index:
        inner = iter(_at(number, shape))
        found = [next(inner) if isinstance(axis, slice) else axis for axis in place]
        return (*found, *inner)

    return where


def _convolved(left: str, index: Index, module: nn.Module, given: Numbers, delta: Numbers, *, called: str) -> Hand:
    """A filter's weight: Σ δ·x over the batch and every place where the filter stood."""
    assert isinstance(module, nn.Conv1d | nn.Conv2d)
    kept = {name: getattr(module, name) for name in ("groups", "stride", "padding", "dilation")}
    if module.padding_mode != "zeros":
        around = [(int(each), int(each)) for each in module.padding]
        modes: dict[str, Any] = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
        given = np.pad(given, ((0, 0), (0, 0), *around), mode=modes[module.padding_mode])
        kept["padding"] = (0,) * len(around)
    term = convolution(Moment("", (delta,), (), {**kept, "input": given, "weight": _numpy(module.weight)}), 1, index)
    assert term is not None
    met = f"x is what the filter's element [{_listed(index[1:])}] met while the filter stood at {'row i, column j' if given.ndim == 4 else 'place i'}"
    symbols, where = f"Σ δ[n, {index[0]}, {_PLACES[given.ndim]}]·x", f"where δ = ∂L/∂{called} and {met}"
    place = (slice(None), index[0])
    own = np.abs(delta[place])
    element = _unravel(own.shape, place)(int(own.argmax())) if own.any() else None
    return Hand(_lines(left, symbols, term, where), term.value, element)


def _lines(left: str, symbols: str, term: Term, where: str) -> str:
    result = show(term.value)
    middle = f" = {term.text}" if term.text != result else ""
    sums = f"{left} = {symbols}\n  {middle.lstrip()} = {result}" if middle else f"{left} = {symbols} = {result}"
    return f"{sums}\n{where}"


def _listed(index: Index) -> str:
    return ", ".join(map(str, index))


def _standardized(given: Numbers, axes: tuple[int, ...], eps: float) -> Numbers:
    middle = given.mean(axis=axes, keepdims=True)
    hats: Numbers = (given - middle) / np.sqrt(given.var(axis=axes, keepdims=True) + eps)
    return hats


def _numpy(tensor: Tensor) -> Numbers:
    array = plain(tensor)
    assert isinstance(array, np.ndarray)
    return array
