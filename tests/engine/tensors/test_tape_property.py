"""The tape of random networks against an independent recording of the same step in plain torch."""

from __future__ import annotations

import copy
import random
import warnings
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.autograd.graph import Node
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter

from engine.grain import GRAINS, at_grain, carried_over
from engine.ledger import freed, ledger
from engine.spec import INPUT_ID, OUTPUT_ID
from engine.tensors.build import build_loss, build_optimizer
from engine.tensors.formulas.backward import BACKWARD
from engine.tensors.formulas.moment import Moment, NotKept
from engine.tensors.tape import record
from engine.tensors.train import Run
from engine.views import Tape, TapeEvent, TensorView
from tests.engine.tensors.projects import run_of
from tests.engine.tensors.random_dags import random_dag
from tests.engine.tensors.test_graph import label, parsed

ELEMENTS = 12
"""So many elements of every outgoing gradient are worked out by formula."""

_PLAIN_PRODUCTS = "Relu LeakyRelu Sigmoid Mul Abs Sub Add Div Neg MaskedFill View Cat T MseLoss HuberLoss NllLoss Mean Sum MaxPool2DWithIndices"
ONE_PRODUCT = {*(f"{name}Backward0" for name in _PLAIN_PRODUCTS.split(" ")), "MulBackward1", "SumBackward1"}
"""Kinds whose formula is one product: nothing cancels."""


@dataclass
class Passed:
    """What plain torch sent through one node."""

    node: Node
    upstream: list[Tensor | None]
    outgoing: list[Tensor | None]


@dataclass
class Plain:
    """One step in plain torch: modules called along the links, hooks on the nodes, the optimizer's own step."""

    run: Run
    network: nn.Module = field(init=False)
    x: Tensor = field(init=False)
    y: Tensor = field(init=False)
    values: dict[str, Tensor] = field(default_factory=dict)
    order: list[Node] = field(default_factory=list)
    saved: dict[Node, dict[str, object]] = field(default_factory=dict)
    passed: list[Passed] = field(default_factory=list)
    dot: str = ""

    def __post_init__(self) -> None:
        run, project = self.run, self.run.project
        self.network = copy.deepcopy(run.network).train()
        data = run.rows["train"]
        order = torch.randperm(len(data), generator=torch.Generator().manual_seed(project.train.seed))
        rows = order[: self._rows(len(data))]
        self.x, self.y = data.features[rows], data.targets[rows]
        torch.set_rng_state(run.rng["cpu"])
        self.loss = build_loss(project.train.loss)(self._forward(), self.y)
        self._visit(self.loss.grad_fn)
        self.names = dict(self.network.named_parameters())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            from torchviz import make_dot

            self.dot = make_dot(self.loss, params=self.names).source
        self.addresses = {str(id(node)): f"n{number}" for number, node in enumerate(self.order, 1)}
        self.ids = {node: f"n{number}" for number, node in enumerate(self.order, 1)}
        self.addresses |= {
            str(id(node.variable)): f"p{self.ids[node][1:]}" for node in self.order if hasattr(node, "variable")
        }
        self.addresses[str(id(self.loss))] = "loss"
        self.loss.backward()
        self.grads = {name: None if p.grad is None else p.grad.clone() for name, p in self.names.items()}
        optimizer = build_optimizer(project.train.optimizer, self.network.parameters(), "cpu")
        optimizer.step()

    def _rows(self, count: int) -> int:
        """The first batch; a last batch of one sample is merged into it when there is BatchNorm."""
        size = self.run.project.train.batch_size
        return min(size, count)

    def _forward(self) -> Tensor:
        network = self.run.project.network
        self.values[INPUT_ID] = self.x
        for name in self.run.network.order:
            inputs = [self.values[link.source] for link in sorted(network.links_into(name), key=lambda link: link.port)]
            kind = network.node(name).kind
            if kind == "add":
                result = inputs[0]
                for other in inputs[1:]:
                    result = result + other
            elif kind == "concat":
                result = torch.cat(inputs, 1)
            else:
                result = self.network._modules[name](inputs[0])
            self.values[name] = result
        return self.values[network.links_into(OUTPUT_ID)[0].source]

    def _visit(self, node: Node | None) -> None:
        if node is None or node in self.order:
            return
        self.order.append(node)
        names = [name for name in dir(node) if name.startswith("_saved_")]
        kept = {name.removeprefix("_saved_"): getattr(node, name) for name in names}
        # Cloned: the optimizer will change the weights among them in place.
        self.saved[node] = {name: v.clone() if isinstance(v, Tensor) else v for name, v in kept.items()}
        node.register_hook(lambda out, up, node=node: self.passed.append(Passed(node, _clones(up), _clones(out))))
        for operand, _ in node.next_functions:
            self._visit(operand)


def _clones(tensors: tuple[Tensor | None, ...]) -> list[Tensor | None]:
    return [None if each is None else each.clone() for each in tensors]


def same(view: TensorView | None, tensor: Tensor | None) -> bool:
    if view is None or tensor is None:
        return view is None and tensor is None
    there = tensor.detach()
    return view.values.dtype == there.numpy().dtype and torch.equal(torch.from_numpy(view.values.copy()), there)


def of_phase(tape: Tape, *phases: str) -> list[TapeEvent]:
    return [event for event in tape.events if event.phase in phases]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.randoms(use_true_random=False))
def test_the_tape_of_any_network_is_plain_torch(draw: random.Random) -> None:
    project = random_dag(draw)
    run = run_of(project)
    tape, plain = record(run), Plain(run)
    forward_is_plain(tape, plain)
    operations_are_plain(tape, plain)
    backward_is_plain(tape, plain)
    contributions_sum_up(tape, plain)
    formulas_hold(tape, plain)
    ends_with_plain_gradients(tape, plain)
    graph_is_torchvizs(tape, plain)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.randoms(use_true_random=False))
def test_recording_leaves_any_run_bit_identical(draw: random.Random) -> None:
    project = random_dag(draw)
    looked, left = run_of(project), run_of(project)
    for _ in range(3):
        tape = record(looked)
        if not np.isfinite(tape.loss):  # it diverged: neither of them goes on
            break
        loss = looked.take_step()
        assert loss == left.take_step() == tape.loss
    mine, theirs = looked.network.state_dict(), left.network.state_dict()
    assert all(torch.equal(mine[name], theirs[name]) for name in theirs)
    assert all(torch.equal(looked.rng[name], left.rng[name]) for name in left.rng)


def forward_is_plain(tape: Tape, plain: Plain) -> None:
    assert same(tape.events[0].outputs[0], plain.x) and same(tape.events[0].outputs[1], plain.y)
    events = of_phase(tape, "forward")
    assert {event.layer for event in events} == set(plain.values) - {INPUT_ID}
    for event in events:
        assert same(event.outputs[0], plain.values[event.layer]), event.layer
        sources = plain.run.project.network.links_into(event.layer)
        for view, link in zip(event.inputs, sorted(sources, key=lambda link: link.port), strict=True):
            assert same(view, plain.values[link.source])
    assert same(of_phase(tape, "loss")[0].outputs[0], plain.loss) and tape.loss == plain.loss.item()


class Ran(TorchDispatchMode):
    """The test's own ear: name and results of everything that ATen ran, house-keeping left out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[Tensor], list[Tensor]]] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        read = [each.clone() for each in tree_iter(args) if isinstance(each, Tensor)]
        result = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        if name not in ("detach", "empty", "empty_like", "alias"):
            made = [result] if isinstance(result, Tensor) else [each for each in result if isinstance(each, Tensor)]
            self.found.append((name, read, [each.clone() for each in made]))
        return result


def operations_are_plain(tape: Tape, plain: Plain) -> None:
    """At operation grain: what ATen runs in a plain forward pass, in that order, with those very tensors."""
    run, ran = plain.run, Ran()
    network = copy.deepcopy(run.network).train()
    torch.set_rng_state(run.rng["cpu"])
    with ran:
        loss = build_loss(run.project.train.loss)(network(plain.x), plain.y)
    assert torch.equal(loss, plain.loss)
    fine = at_grain(tape, "operation")
    events = of_phase(fine, "forward", "loss")
    assert [event.name for event in events] == [name for name, _, _ in ran.found]
    for event, (name, read, made) in zip(events, ran.found, strict=True):
        assert all(same(*pair) for pair in zip(event.outputs, made, strict=True)), name
        kept = [each for each in read if any(same(view, each) for view in event.inputs)]
        assert len(kept) == len(read) or name == "bernoulli_", name  # writes into memory that was never filled
    operations = {event.name for event in events}
    assert not operations & WRITTEN or any(event.formula for event in events), operations
    made_by = {event.node for event in events if event.node}
    leaves = {node.id for node in tape.graph.nodes if node.kind == "accumulate"}
    nodes = {node.id for node in tape.graph.nodes if node.kind == "operation"}
    assert made_by <= nodes - leaves
    for grain in GRAINS:
        shown = at_grain(tape, grain)
        assert [event.index for event in shown.events] == list(range(len(shown.events)))
        last = max((event.index for event in of_phase(shown, "accumulate")), default=0)
        for row in ledger(shown, last):
            assert same(row.grad, plain.grads[row.name]), (grain, row.name)
        for cursor in range(len(shown.events)):
            place = carried_over(tape, cursor, grain, "node")
            assert tape.events[place].phase == shown.events[cursor].phase
            assert tape.events[place].layer == shown.events[cursor].layer


WRITTEN = {"addmm", "relu", "tanh", "sigmoid", "mse_loss", "huber_loss", "t", "nll_loss_forward"}
"""Operations whose formula is always written."""


def backward_is_plain(tape: Tape, plain: Plain) -> None:
    events = of_phase(tape, "backward", "accumulate")
    assert [event.name for event in events] == [type(each.node).__name__ for each in plain.passed]
    assert [event.node for event in events] == [plain.ids[each.node] for each in plain.passed]
    for event, each in zip(events, plain.passed, strict=True):
        assert all(same(*pair) for pair in zip(event.inputs, each.upstream, strict=True)), event.name
        if event.phase == "backward":
            assert all(same(*pair) for pair in zip(event.outputs, each.outgoing, strict=True)), event.name
        tensors = [value for value in plain.saved[each.node].values() if isinstance(value, Tensor)]
        assert len(event.saved) == len(tensors)
        assert event.frees == bool(tensors)
        assert all(same(*pair) for pair in zip(event.saved, tensors, strict=True)), event.name
    assert freed(tape, len(tape.events) - 1) == {event.node for event in events if event.saved}


def contributions_sum_up(tape: Tape, plain: Plain) -> None:
    """What arrives at a node is, to the last bit, the sum of what the nodes before it sent, in the order in which they ran."""
    arrived: dict[tuple[str, int], np.ndarray] = {}
    nodes = {plain.ids[each.node]: each.node for each in plain.passed}
    sent = defaultdict[str, int](int)
    for event in of_phase(tape, "backward", "accumulate"):
        if (event.node, 0) in arrived:
            upstream = event.inputs[0]
            assert upstream is not None and np.array_equal(arrived[event.node, 0], upstream.values), event.name
        if event.phase == "accumulate":
            continue
        for view, (operand, port) in zip(event.outputs, nodes[event.node].next_functions, strict=True):
            if operand is None or view is None:
                continue
            key = (plain.ids[operand], port)
            arrived[key] = arrived[key] + view.values if key in arrived else view.values
            sent[plain.ids[operand]] += 1
    for event in of_phase(tape, "backward"):
        if sent[event.node] > 1 and event.formula:
            assert "paths meet here" in event.text, event.text


def formulas_hold(tape: Tape, plain: Plain) -> None:
    """outgoing = formula of upstream and saved tensors, within 1e-5 relative; of its greatest term where terms cancel each other."""
    chance = random.Random(0)
    nodes = {plain.ids[each.node]: each.node for each in plain.passed}
    for event in of_phase(tape, "backward"):
        entry = BACKWARD[event.name]
        saved = {
            name: value.detach().numpy() if isinstance(value, Tensor) else value
            for name, value in plain.saved[nodes[event.node]].items()
        }
        upstream, outgoing = (
            tuple(None if v is None else v.values for v in each) for each in (event.inputs, event.outputs)
        )
        moment = Moment(event.name, upstream, outgoing, saved)
        worked = 0
        for slot, gradient in enumerate(outgoing):
            if gradient is None:
                continue
            places = list(np.ndindex(gradient.shape))
            for index in chance.sample(places, min(ELEMENTS, len(places))):
                try:
                    term = entry.work(moment, slot, index)
                except NotKept:
                    continue
                if term is None:
                    continue
                worked += 1
                recorded = float(gradient[index])
                size = max(abs(recorded), 0.0 if event.name in ONE_PRODUCT else abs(term.size), 1e-30)
                assert abs(term.value - recorded) <= 1e-5 * size, (event.name, slot, index, term, recorded)
        assert worked, f"no formula for any element of {event.name}"


def ends_with_plain_gradients(tape: Tape, plain: Plain) -> None:
    last = max((event.index for event in of_phase(tape, "accumulate")), default=0)
    for row in ledger(tape, last):
        assert same(row.grad, plain.grads[row.name]), row.name
        assert row.accumulations == (row.grad is not None)
    for row in ledger(tape, len(tape.events) - 1):
        assert row.grad is None and same(row.value, plain.names[row.name]), row.name


def graph_is_torchvizs(tape: Tape, plain: Plain) -> None:
    nodes, arrows = parsed(plain.dot)
    assert {plain.addresses[key]: text for key, text in nodes.items()} == {
        node.id: label(tape.graph, node.id) for node in tape.graph.nodes
    }
    assert {(plain.addresses[a], plain.addresses[b]) for a, b in arrows} == {
        (edge.source, edge.target) for edge in tape.graph.edges
    }
