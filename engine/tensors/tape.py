"""The tape: one whole training step of the real model, recorded once on a copy, so that stepping only moves a cursor.

Batch → each layer → loss → each autograd node in autograd's own order → each `.grad` → each update → zero_grad.
The order and the tensors are torch's: hooks on every node write down what passes. Looking never changes the run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.graph import Node

from engine.commands import TakeApart
from engine.tensors.autograd_graph import graph_view
from engine.tensors.copies import StepCopy, undisturbed
from engine.tensors.graph_walk import Nodes, saved_of, title
from engine.tensors.narration import Narrator
from engine.tensors.passages import Passage, listening, numbers, plain, view
from engine.views import Tape, TapeEvent, TensorView

if TYPE_CHECKING:
    from engine.tensors.train import Run


def record(run: Run) -> Tape:
    """Take the run's coming step on a copy and write down every moment of it. Engine thread only; the run is not moved.

    The numbers are exactly those that `run.take_step()` will come to. Tensors are copied in their own dtype.
    """
    with undisturbed(run):
        return _Recorder(run).record()


def take_apart(_: TakeApart, run: Run) -> Tape:
    """Answer the inquiry with the tape of the coming step."""
    return record(run)


@dataclass(slots=True, eq=False)
class _Recorder:
    """Makes the events of one step, phase by phase."""

    run: Run
    step: StepCopy = field(init=False)
    tell: Narrator = field(init=False)
    events: list[TapeEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.step = StepCopy.of(self.run)
        self.tell = Narrator(self.run.project)

    def record(self) -> Tape:
        network = self.step.network
        parameters = tuple(view(name, parameter) for name, parameter in network.named_parameters())
        self._batch()
        self.step.forward(self._layer)
        nodes = self.step.nodes()
        self._loss()
        graph = graph_view(nodes)
        self._backward(nodes)
        self._update()
        self._zero_grad()
        assert self.step.loss is not None
        loss = self.step.loss.item()
        return Tape(self.run.generation, self.run.step, tuple(self.events), parameters, graph, loss, network.training)

    def _add(self, event: TapeEvent) -> None:
        self.events.append(event)

    def _batch(self) -> None:
        outputs = (view("x", self.step.x), view("y", self.step.y))
        self._add(self.tell.batch(len(self.events), outputs))

    def _layer(self, layer: str, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        sources = self.step.network.sources[layer]
        given = tuple(view(self.tell.value_name(source), each) for source, each in zip(sources, inputs, strict=True))
        result = view(self.tell.value_name(layer, self.step.network), output)
        module = self.step.network.layer(layer)
        held = (*module.named_parameters(recurse=False), *module.named_buffers(recurse=False))
        own = {name: each.detach().cpu().numpy() for name, each in held}
        self._add(self.tell.layer(len(self.events), layer, module=module, held=own, given=given, result=result))

    def _loss(self) -> None:
        assert self.step.prediction is not None and self.step.loss is not None
        given = (view("ŷ", self.step.prediction), view("y", self.step.y))
        self._add(self.tell.loss(len(self.events), given, view("L", self.step.loss)))

    def _backward(self, nodes: Nodes) -> None:
        """Run backward with hooks on every node; then turn what passed into events, in the order it passed."""
        assert self.step.loss is not None
        if not nodes.order:  # a loss without grad_fn: nothing that could be learned
            return
        saved = {node: {name: plain(value) for name, value in saved_of(node).items()} for node in nodes.order}
        passages: list[Passage] = []
        with listening(nodes, passages):
            self.step.loss.backward()  # type: ignore[no-untyped-call]
        contributions: dict[Node, list[tuple[str, TensorView]]] = {}
        for passage in passages:
            node = passage.node
            arriving = tuple(contributions.get(node, ()))
            event = self.tell.backward(
                len(self.events),
                nodes,
                node,
                upstream=passage.upstream,
                outgoing=passage.outgoing,
                saved=saved[node],
                arriving=arriving,
            )
            self._add(event)
            for (operand, _), gradient in zip(node.next_functions, passage.outgoing, strict=False):
                if operand is not None and gradient is not None:
                    contributions.setdefault(operand, []).append((title(node), gradient))

    def _update(self) -> None:
        """One optimizer.step() for all parameters, told one parameter after the other."""
        optimizer = self.step.optimizer
        named = list(self.step.network.named_parameters())
        before = {name: view(name, parameter) for name, parameter in named}
        old = {name: _copied(optimizer.state.get(parameter, {})) for name, parameter in named}
        optimizer.step()
        settings = {id(each): group for group in optimizer.param_groups for each in group["params"]}
        for name, parameter in named:
            gradient = None if parameter.grad is None else view(f"{name}.grad", parameter.grad)
            new = {key: plain(value) for key, value in optimizer.state.get(parameter, {}).items()}
            group = settings[id(parameter)]
            after = view(name, parameter)
            event = self.tell.update(
                len(self.events), before[name], gradient=gradient, after=after, settings=group, old=old[name], new=new
            )
            self._add(event)

    def _zero_grad(self) -> None:
        had = {name: parameter.grad is not None for name, parameter in self.step.network.named_parameters()}
        self.step.optimizer.zero_grad(set_to_none=True)
        for name in had:
            self._add(self.tell.zero_grad(len(self.events), name))


def _copied(state: dict[str, Any]) -> dict[str, np.ndarray[Any, np.dtype[Any]]]:
    return {name: numbers(value) for name, value in state.items() if isinstance(value, torch.Tensor)}
