"""Takes a step on a copy and writes down every moment of it: the whole step at once (tape.py) or part by part (workbench.py).

The order and the tensors are torch's: hooks on every node write down what passes. Engine thread only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.graph import Node

from engine.tensors.autograd_graph import graph_view
from engine.tensors.copies import StepCopy
from engine.tensors.dispatch import Heard, Listener
from engine.tensors.graph_walk import Nodes, is_freed, leaf_of, saved_of, title
from engine.tensors.lbfgs import takes_closure
from engine.tensors.narration import Narrator
from engine.tensors.narration_training import DATA_LOSS, clip_event, closure_text, penalty_event
from engine.tensors.objective import penalized
from engine.tensors.operations import OperationTeller
from engine.tensors.passages import Passage, listening, numbers, plain, view
from engine.views import GraphView, TapeEvent, TensorView

NO_GRAPH = GraphView((), (), 0.0, 0.0, "built-in")


@dataclass(slots=True, eq=False)
class Recorder:
    """One growing list of events. Each method does one part of the step on the copy and appends what happened."""

    step: StepCopy
    tell: Narrator
    events: list[TapeEvent] = field(default_factory=list)
    nodes: Nodes | None = None
    graph: GraphView = NO_GRAPH
    """The autograd graph of the last forward pass."""
    values: dict[str, TensorView] = field(default_factory=dict)
    """What the nodes of `graph` gave, by id, where torch shows it."""
    operations: dict[int, tuple[TapeEvent, ...]] = field(default_factory=dict)
    """What the forward events come down to, by their index."""
    stopped_at: Node | None = None
    """The node in which the last backward pass failed."""
    _results: dict[Node, TensorView] = field(default_factory=dict)
    _listener: Listener = field(default_factory=Listener)
    _heard: dict[int, tuple[Heard, ...]] = field(default_factory=dict)
    """Operations of the present forward pass, by the index of their event."""
    _kinds: tuple[tuple[str, str], ...] = ()
    _graphs: int = 1

    def parameters(self) -> tuple[TensorView, ...]:
        """Every parameter as it is now, in the model's order."""
        return tuple(view(name, parameter) for name, parameter in self.step.network.named_parameters())

    def batch(self) -> None:
        """The batch of the copy."""
        outputs = (view("x", self.step.x), view("y", self.step.y))
        self._add(self.tell.batch(len(self.events), outputs))

    def forward(self) -> None:
        """Every layer, and the loss. Whatever graph there was before is let go."""
        self.nodes, self._results, self._listener, self._heard = None, {}, Listener(), {}
        with self._listener:
            self.step.forward(self._layer, self._loss)
            self._penalty()
        self.nodes = self._numbered(self.step.nodes())
        self._tell_operations(self.nodes)
        self.graph = graph_view(self.nodes, roomy=True)
        self.values = _known_values(self.nodes, self._results)

    def forget(self, begun: int) -> None:
        """Take back the events from this number on."""
        del self.events[begun:]
        self.operations = {index: events for index, events in self.operations.items() if index < begun}

    def value_name(self, layer: str) -> str:
        """What the output of a layer is called on the tape."""
        return self.tell.value_name(layer, self.step.network)

    def backward(self, retain_graph: bool = False, retained: Mapping[str, Tensor] | None = None) -> None:
        """Run backward with hooks on every node; then turn what passed into events, in the order it passed.

        `retained` are the layers' outputs on which retain_grad() was called. Needs `forward`.

        Raises:
            RuntimeError: torch refused. What had passed by then is told, and `stopped_at` is the node that refused.
        """
        nodes, loss = self.nodes, self.step.loss
        assert nodes is not None and loss is not None
        saved = {node: {name: plain(value) for name, value in saved_of(node).items()} for node in nodes.order}
        held = {node for node in nodes.order if not is_freed(node)}
        keeping = {layer: value for layer, value in (retained or {}).items() if value.grad_fn is not None}
        by_node = {value.grad_fn: value for value in keeping.values() if value.grad_fn is not None}
        before = {
            layer: None if value.grad is None else view(f"{self.value_name(layer)}.grad", value.grad)
            for layer, value in keeping.items()
        }
        passages: list[Passage] = []
        watched: list[Passage] = []
        try:
            with listening(nodes, passages, by_node) as watched:
                loss.backward(retain_graph=retain_graph)  # type: ignore[no-untyped-call]
        finally:
            self.stopped_at = next((passage.node for passage in watched if passage.arrived and not passage.left), None)
            contributions: dict[Node, list[tuple[str, TensorView]]] = {}
            stuck = [passage for passage in watched if passage.node is self.stopped_at]
            for passage in (*passages, *stuck):
                for layer in (name for name, value in keeping.items() if value.grad_fn is passage.node):
                    self._retained(nodes, passage, layer, before[layer])
                if passage.left:
                    self._passed(nodes, passage, saved[passage.node], contributions, held)

    def clip(self) -> None:
        """Clip the gradients, told one parameter after the other; nothing where they are not clipped."""
        choice = self.step.train.clipping
        if choice.kind == "none":
            return
        named = [each for each in self.step.network.named_parameters() if each[1].grad is not None]
        before = {name: _grad(name, parameter) for name, parameter in named}
        norm = self.step.clip()
        for name, parameter in named:
            old, new = before[name], _grad(name, parameter)
            assert old is not None and new is not None
            self._add(clip_event(len(self.events), choice, old, new, norm=None if norm is None else float(norm)))

    def update(self) -> None:
        """One optimizer.step() for all parameters, told one parameter after the other."""
        optimizer = self.step.optimizer
        named = list(self.step.network.named_parameters())
        before = {name: view(name, parameter) for name, parameter in named}
        gradients = {name: _grad(name, parameter) for name, parameter in named}
        old = {name: _copied(optimizer.state.get(parameter, {})) for name, parameter in named}
        evaluations = self.step.update()
        settings = {id(each): group for group in optimizer.param_groups for each in group["params"]}
        for name, parameter in named:
            gradient = gradients[name]
            new = {key: plain(value) for key, value in optimizer.state.get(parameter, {}).items()}
            group = settings[id(parameter)]
            after = view(name, parameter)
            event = self.tell.update(
                len(self.events), before[name], gradient=gradient, after=after, settings=group, old=old[name], new=new
            )
            if takes_closure(optimizer):
                event = replace(event, text=f"{event.text} {closure_text(evaluations)}")
            self._add(event)

    def zero_grad(self, to_none: bool = True) -> None:
        """optimizer.zero_grad(set_to_none=to_none), told one parameter after the other."""
        named = list(self.step.network.named_parameters())
        before = {name: _grad(name, parameter) for name, parameter in named}
        self.step.optimizer.zero_grad(set_to_none=to_none)
        for name, parameter in named:
            after = _grad(name, parameter)
            self._add(self.tell.zero_grad(len(self.events), name, before=before[name], after=after))

    # ------------------------------------------------------------------------------------------------ moments

    def _add(self, event: TapeEvent, seconds: float = 0.0) -> None:
        self.events.append(replace(event, seconds=seconds) if seconds else event)

    def _numbered(self, nodes: Nodes) -> Nodes:
        """The same graph as before keeps its ids on a growing tape; another one gets ids that were not used yet."""
        kinds = tuple((title(node), nodes.layers.get(node, "")) for node in nodes.order)
        self._graphs += bool(self._kinds) and kinds != self._kinds
        self._kinds = kinds
        if self._graphs == 1:
            return nodes
        return replace(nodes, ids={node: f"n{self._graphs}_{name[1:]}" for node, name in nodes.ids.items()})

    def _layer(self, layer: str, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        with self._listener.deaf():
            self._ran(layer, inputs, output)

    def _ran(self, layer: str, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        sources = self.step.network.sources[layer]
        given = tuple(view(self.tell.value_name(source), each) for source, each in zip(sources, inputs, strict=True))
        result = view(self.value_name(layer), output)
        module = self.step.network.layer(layer)
        held = (*module.named_parameters(recurse=False), *module.named_buffers(recurse=False))
        own = {name: each.detach().cpu().numpy() for name, each in held}
        if output.grad_fn is not None:
            self._results.setdefault(output.grad_fn, result)
        seconds = self._taken()
        self._add(
            self.tell.layer(len(self.events), layer, module=module, held=own, given=given, result=result), seconds
        )

    def _taken(self) -> float:
        """Put what was heard down to the coming event. Returns how long torch computed."""
        heard = self._heard[len(self.events)] = self._listener.take()
        return sum(each.seconds for each in heard)

    def _tell_operations(self, nodes: Nodes) -> None:
        """Every operation of this forward pass as an event of its own."""
        teller = OperationTeller(self.step, nodes, self._results, self.value_name)
        for index, heard in self._heard.items():
            self.operations[index] = teller.events(self.events[index], heard)

    def _loss(self) -> None:
        with self._listener.deaf():
            loss = self.step.data_loss
            assert self.step.prediction is not None and loss is not None
            given = (view("ŷ", self.step.prediction), view("y", self.step.y))
            penalized = bool(self.step.train.l1 or self.step.train.l2)
            result = self._result(DATA_LOSS if penalized else "L", loss)
            seconds = self._taken()
            self._add(self.tell.loss(len(self.events), given, result, weights_in(self.step.loss_fn)), seconds)

    def _penalty(self) -> None:
        """What the weights add to the loss, where they do."""
        step = self.step
        with self._listener.deaf():
            if step.penalty is None or step.loss is None or step.data_loss is None:
                return
            weights = [view(name, each) for name, each in penalized(step.network, step.train).items()]
            given = (view(DATA_LOSS, step.data_loss), self._result("penalty", step.penalty), *weights)
            result = self._result("L", step.loss)
            seconds = self._taken()
            self._add(penalty_event(len(self.events), step.train, given, result), seconds)

    def _result(self, name: str, value: Tensor) -> TensorView:
        """The view of a result, remembered for the node that made it."""
        shown = view(name, value)
        if value.grad_fn is not None:
            self._results.setdefault(value.grad_fn, shown)
        return shown

    def _retained(self, nodes: Nodes, passage: Passage, layer: str, before: TensorView | None) -> None:
        if passage.kept is None:
            return
        after = replace(passage.kept, name=f"{self.value_name(layer)}.grad")
        self._add(
            self.tell.retained(
                len(self.events), nodes, passage.node, layer, before=before, after=after, upstream=passage.upstream
            )
        )

    def _passed(
        self,
        nodes: Nodes,
        passage: Passage,
        saved: Mapping[str, object],
        contributions: dict[Node, list[tuple[str, TensorView]]],
        held: set[Node],
    ) -> None:
        node = passage.node
        self._add(
            self.tell.backward(
                len(self.events),
                nodes,
                node,
                upstream=passage.upstream,
                outgoing=passage.outgoing,
                saved=saved,
                arriving=tuple(contributions.get(node, ())),
                before=passage.before,
                frees=node in held and is_freed(node),
            ),
            passage.seconds,
        )
        for (operand, _), gradient in zip(node.next_functions, passage.outgoing, strict=False):
            if operand is not None and gradient is not None:
                contributions.setdefault(operand, []).append((title(node), gradient))


def _known_values(nodes: Nodes, results: dict[Node, TensorView]) -> dict[str, TensorView]:
    """Layers' outputs, and every result that some node saved: a saved tensor knows which node made it."""
    kept = (value for node in nodes.order for value in saved_of(node).values() if isinstance(value, Tensor))
    for value in kept:
        if value.grad_fn is not None and value.output_nr == 0 and value.grad_fn not in results:
            results[value.grad_fn] = view(title(value.grad_fn), value)
    for node in nodes.order:
        operand = node.next_functions[0][0] if title(node) == "TBackward0" else None
        leaf = None if operand is None else leaf_of(operand)
        if leaf is not None:  # a weight, transposed for F.linear; nobody saved it where the input needs no gradient
            results.setdefault(node, view("TBackward0", leaf.t()))
    return {nodes.ids[node]: value for node, value in results.items() if node in nodes.ids}


def _grad(name: str, tensor: Tensor) -> TensorView | None:
    return None if tensor.grad is None else view(f"{name}.grad", tensor.grad)


def weights_in(loss_fn: nn.Module) -> np.ndarray[Any, np.dtype[Any]] | None:
    """The weights of the classes that a loss was given."""
    found = [each for name, each in loss_fn.named_buffers() if name in ("weight", "pos_weight")]
    return numbers(found[0]) if found else None


def _copied(state: dict[str, Any]) -> dict[str, np.ndarray[Any, np.dtype[Any]]]:
    return {name: numbers(value) for name, value in state.items() if isinstance(value, torch.Tensor)}
