"""Graph Lab text in, everything that can be seen of it out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from engine.commands import RunLab
from engine.inspection import LabError, LabTensor, LabView
from engine.lab import limits
from engine.lab.parse import read
from engine.tensors.autograd_graph import graph_view
from engine.tensors.graph_walk import leaf_of
from engine.tensors.lab import optimizers
from engine.tensors.lab.budget import Budget
from engine.tensors.lab.interpreter import Interpreter
from engine.tensors.lab.names import Names
from engine.tensors.lab.notes import Notes
from engine.tensors.lab.recorder import Recorder
from engine.tensors.lab.values import Handle, printed
from engine.views import GraphView, Tape, TensorView

_SEED = 0
_NO_GRAPH = GraphView((), (), 0.0, 0.0, "none")


def lab(command: RunLab) -> LabView:
    """The answer to a command of the window or the command line."""
    return evaluate(command.source, command.draw)


def evaluate(source: str, draw: bool = True) -> LabView:
    """Evaluate Graph Lab text on real tensors. Never raises: what goes wrong is among the errors, with its line.

    torch's global random numbers are as before afterwards; inside they begin with seed 0. Without `draw` the autograd graph is
    not laid out.
    """
    optimizers.warm_up()
    program = read(source)
    recorder, notes = Recorder(Budget()), Notes()
    interpreter = Interpreter(recorder, notes)
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.default_generator.manual_seed(_SEED)
        stopped = interpreter.run(program.statements)
    recorder.over = True
    errors = [] if stopped is None else [stopped]
    errors += [LabError(each.line, each.text, each.instead) for each in program.refusals]
    graph = _graph(recorder.names, interpreter.evaluator.root) if draw else None
    scope = interpreter.evaluator.scope
    return LabView(
        source,
        tuple(_tensor(recorder, name, value) for name, value in scope.items() if isinstance(value, Tensor)),
        tuple(interpreter.printed),
        tuple(errors),
        tuple(notes.found),
        _tape(recorder, interpreter.evaluator.root, graph),
        graph,
        tuple((name, _short(value)) for name, value in scope.items() if not isinstance(value, Tensor)),
    )


def _tensor(recorder: Recorder, name: str, tensor: Tensor) -> LabTensor:
    grad = tensor.grad if tensor.is_leaf or tensor.retains_grad else None
    shown = None if grad is None else _copy(recorder, grad, f"{name}.grad")
    value = _copy(recorder, tensor, name)
    return LabTensor(name, value, shown, recorder.counted(tensor), tensor.retains_grad)


def _short(value: Any) -> str:
    return value.short if isinstance(value, Handle) else printed(value)


def _copy(recorder: Recorder, tensor: Tensor, name: str) -> Any:
    return recorder.view(tensor, name)


def _tape(recorder: Recorder, root: Tensor | None, graph: GraphView | None) -> Tape:
    loss = float(root.detach()) if root is not None and root.numel() == 1 else float("nan")
    retained = tuple(dict.fromkeys(recorder.names.of(each) for each in recorder.retained))
    leaves = tuple(recorder.leaves.values())
    return Tape(
        0,
        0,
        tuple(recorder.events),
        leaves,
        graph or _NO_GRAPH,
        loss,
        retained=retained,
        values=_values(recorder, root, graph),
    )


def _values(recorder: Recorder, root: Tensor | None, graph: GraphView | None) -> dict[str, TensorView]:
    """What the graph's nodes gave, by their ids; the box of the result shows what its node gave."""
    ids = recorder.names.ids
    values = {ids[node]: view for node, view in recorder.results if node in ids}
    last = "" if root is None or root.grad_fn is None else ids.get(root.grad_fn, "")
    for box in graph.nodes if graph is not None and last in values else ():
        if box.kind == "output":
            values[box.id] = values[last]
    return values


def _graph(names: Names, root: Tensor | None) -> GraphView | None:
    """The graph of the last result, its freed nodes marked; None when there is none or it is too large to be drawn."""
    if root is None or root.grad_fn is None:
        return None
    nodes = names.nodes(root)
    if len(nodes.order) > limits.DRAWN_NODES:
        return None
    names.remember_saved(nodes)
    drawn = graph_view(nodes)
    of = {names.ids[node]: node for node in nodes.order if leaf_of(node) is None}
    marked = (
        replace(box, saved=names.kept.get(of[box.id], box.saved), freed=names.freed(of[box.id]))
        if box.id in of
        else box
        for box in drawn.nodes
    )
    return replace(drawn, nodes=tuple(marked))
