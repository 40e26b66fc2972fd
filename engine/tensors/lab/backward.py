"""A backward pass of the lab: autograd's own, with every node, accumulation and kept gradient written down."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.graph import Node

from engine.tensors.formulas.backward import explain as explain_node
from engine.tensors.formulas.moment import Moment, at, picked
from engine.tensors.formulas.terms import show, term
from engine.tensors.graph_walk import Nodes, leaf_of, result_shape, saved_of, title
from engine.tensors.lab.recorder import Recorder, worked_out
from engine.tensors.lab.trouble import TroubleError, explain
from engine.tensors.narration import meeting_point
from engine.tensors.passages import Passage, listening, plain
from engine.views import TensorView

Views = tuple[TensorView | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Pass:
    """One backward pass and what was known before it."""

    recorder: Recorder
    nodes: Nodes
    saved: dict[Node, dict[str, object]]
    before: dict[Node, TensorView | None]
    """`.grad` of the leaves before."""
    retain: bool
    kept: dict[Node, Tensor]
    """Node → the result that keeps its `.grad` although it is no leaf."""


def go_back(recorder: Recorder, root: Tensor, gradient: Tensor | None, retain: bool) -> str:
    """`root.backward(gradient, retain_graph=retain)`, recorded. Returns a note where torch lets pass what surprises, or "".

    Raises:
        TroubleError: torch refused; what ran before it is on the tape and in the leaves.
    """
    names = recorder.names
    nodes = names.nodes(root)
    recorder.budget.operations(len(nodes.order))
    recorder.budget.elements(2 * sum(math.prod(result_shape(node) or ()) for node in nodes.order), of_one=False)
    names.remember_saved(nodes)
    again = bool(nodes.order) and any(node in names.ran for node in nodes.order if leaf_of(node) is None)
    known = _Pass(
        recorder,
        nodes,
        {node: {name: _kept(value) for name, value in saved_of(node).items()} for node in nodes.order},
        {node: _grad_before(recorder, leaf) for node in nodes.order if (leaf := leaf_of(node)) is not None},
        retain,
        {each.grad_fn: each for each in recorder.retained if each.grad_fn is not None},
    )
    passages: list[Passage] = []
    trouble: TroubleError | None = None
    with listening(nodes, passages) as watched:
        try:
            root.backward(gradient, retain_graph=retain)  # type: ignore[no-untyped-call]
        except RuntimeError as error:
            trouble = _refused(recorder, nodes, root, watched, error)
    recorder.forget_arrays()
    _tell(known, passages)
    if not retain:
        names.ran |= {passage.node for passage in passages if leaf_of(passage.node) is None}
    if trouble is not None:
        raise trouble
    return _surprise(nodes) if again else ""


def _refused(
    recorder: Recorder, nodes: Nodes, root: Tensor, watched: list[Passage], error: RuntimeError
) -> TroubleError:
    """The card of a failed pass; it names the node at which the pass stood still."""
    stuck = [passage.node for passage in watched if passage.arrived and not passage.left]
    count = f"{root.numel()} numbers, shape {tuple(root.shape)}"
    where = (nodes.ids[stuck[0]], recorder.names.shown(stuck[0])) if stuck else ("", "")
    trouble = explain(error, nodes.of, count, where)
    kept = [name for name in recorder.names.kept.get(stuck[0], ()) if "(" in name] if stuck else []
    if kept and "thrown away" in trouble.text:
        trouble.why = f"{where[1]} had saved {', '.join(kept)}. {trouble.why}"
    return trouble


def _surprise(nodes: Nodes) -> str:
    """A second pass over the same graph that works although a first one went through it."""
    operations = sorted({title(node).split("Backward")[0] for node in nodes.order if leaf_of(node) is None})
    listed = ", ".join(operations)
    return (
        f"This graph was gone through before, and yet it works: {listed} saved no tensor that was freed since. "
        "The gradients were added to .grad once more. Only nodes that saved tensors refuse a second pass."
    )


def _grad_before(recorder: Recorder, leaf: Tensor) -> TensorView | None:
    return None if leaf.grad is None else recorder.view(leaf.grad, f"{recorder.names.of(leaf, 'tensor')}.grad")


def _kept(value: object) -> object:
    """A saved value as formulas take it; lists of index tensors too."""
    if isinstance(value, (tuple, list)) and any(isinstance(each, Tensor) for each in value):
        return tuple(plain(each) for each in value)
    return plain(value)


def _tell(known: _Pass, passages: list[Passage]) -> None:
    contributions: dict[Node, list[tuple[str, TensorView]]] = {}
    for passage in passages:
        node = passage.node
        arriving = tuple(contributions.get(node, ()))
        if leaf_of(node) is not None:
            _accumulated(known, passage, arriving)
            continue
        if node in known.kept:
            _kept_gradient(known, passage, known.kept[node])
        _node(known, passage, arriving)
        for (operand, _), sent in zip(node.next_functions, passage.outgoing, strict=False):
            if operand is not None and sent is not None:
                contributions.setdefault(operand, []).append((title(node), sent))


def _node(known: _Pass, passage: Passage, arriving: tuple[tuple[str, TensorView], ...]) -> None:
    nodes, node = known.nodes, passage.node
    moment = Moment(title(node), _arrays(passage.upstream), _arrays(passage.outgoing), known.saved[node])
    bare = Moment(moment.kind, (), (), {})
    formula, text = worked_out(
        moment.kind, lambda: explain_node(moment, nodes.operands(node)), explain_node(bare, nodes.operands(node))
    )
    meeting, sentence = meeting_point(passage.upstream, arriving)
    known.recorder.add(
        "backward",
        title(node),
        layer=nodes.layers.get(node, ""),
        node=nodes.ids[node],
        inputs=passage.upstream,
        outputs=passage.outgoing,
        formula=_renamed("\n".join(part for part in (meeting, formula) if part), nodes),
        text=_renamed(" ".join(part for part in (sentence, text) if part), nodes),
        frees=not known.retain and known.recorder.names.needs_saved(node),
    )


def _accumulated(known: _Pass, passage: Passage, arriving: tuple[tuple[str, TensorView], ...]) -> None:
    """A leaf's `.grad` takes the gradient that arrives, or adds it to what is there."""
    recorder, nodes, node = known.recorder, known.nodes, passage.node
    leaf = leaf_of(node)
    assert leaf is not None
    parameter = nodes.parameters[node]
    recorder.accumulations[id(leaf)] = recorder.counted(leaf) + 1
    old, arrived, grad = known.before[node], passage.upstream[0], passage.outgoing[0]
    meeting, sentence = meeting_point(passage.upstream, arriving)
    shown = [meeting] if meeting else []
    if grad is not None and arrived is not None:
        shown += _sums(f"{parameter}.grad", old, arrived, grad)
    text = (
        f"{parameter} has no .grad yet: it becomes the gradient that arrives."
        if old is None
        else f"{parameter}.grad is not None: the gradient that arrives is added to it."
    )
    recorder.add(
        "accumulate",
        title(node),
        layer=parameter,
        parameter=parameter,
        node=nodes.ids[node],
        inputs=passage.upstream,
        outputs=passage.outgoing,
        formula="\n".join(shown),
        text=" ".join(part for part in (sentence, text) if part),
    )


def _sums(name: str, old: TensorView | None, arrived: TensorView, grad: TensorView) -> list[str]:
    found = []
    for place in picked(grad.values):
        value = show(float(grad.values[place]))
        left = at(name, grad.shape, place)
        if old is None:
            found.append(f"{left} = {value}")
        else:
            sum_ = term(float(old.values[place])) + term(float(arrived.values[place]))
            found.append(f"{left} = {sum_.text} = {value}")
    return found


def _kept_gradient(known: _Pass, passage: Passage, tensor: Tensor) -> None:
    """retain_grad: the upstream gradient of a result that is no leaf is kept in its `.grad`."""
    recorder, nodes = known.recorder, known.nodes
    name = recorder.names.of(tensor, "result")
    if tensor.grad is None:
        return
    recorder.accumulations[id(tensor)] = recorder.counted(tensor) + 1
    grad = recorder.view(tensor.grad, f"{name}.grad")
    recorder.add(
        "accumulate",
        "retain_grad",
        layer=name,
        parameter=name,
        node=nodes.ids[passage.node],
        inputs=passage.upstream,
        outputs=(grad,),
        formula="\n".join(
            f"{at(f'{name}.grad', grad.shape, place)} = {show(float(grad.values[place]))}"
            for place in picked(grad.values)
        ),
        text=f"{name} is no leaf, but retain_grad() was called on it: the gradient that arrives is kept in {name}.grad.",
    )


def _arrays(views: Views) -> tuple[np.ndarray[Any, Any] | None, ...]:
    return tuple(None if each is None else each.values for each in views)


def _renamed(text: str, nodes: Nodes) -> str:
    """The formulas speak of a loss L; here it is the variable that backward was called on."""
    return text.replace("∂L/", f"∂{nodes.of}/")


def jacobian(recorder: Recorder, output: Tensor, given: Tensor) -> Tensor:
    """∂output/∂given, one backward pass per number of the output; shape (*output.shape, *given.shape)."""
    names = recorder.names
    if not output.requires_grad:
        raise TroubleError(
            "The first argument of jacobian was not computed from a tensor that requires grad.",
            "Make the input a parameter: x = tensor([1.0, 2.0], requires_grad=True), and compute the output from it.",
        )
    count = output.numel()
    recorder.budget.elements(count * given.numel())
    length = len(names.nodes(output).order)
    rows = []
    for place, number in enumerate(output.reshape(-1)):
        recorder.budget.operations(length)
        (row,) = torch.autograd.grad(number, given, retain_graph=True, allow_unused=True)
        row = torch.zeros_like(given) if row is None else row
        rows.append(row)
        upstream = torch.zeros(count, dtype=output.dtype)
        upstream[place] = 1
        recorder.add(
            "backward",
            f"row {place} of the Jacobian",
            inputs=(recorder.view(upstream.reshape(output.shape), "upstream"),),
            outputs=(recorder.view(row, f"row {place}"),),
            text=f"One backward pass, begun with 1 at number {place} of {names.of(output, 'the output')} and 0 elsewhere, gives row {place}.",
        )
    if not rows:
        return torch.zeros((*output.shape, *given.shape), dtype=given.dtype)
    return torch.stack(rows).reshape(*output.shape, *given.shape)
