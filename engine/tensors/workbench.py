"""The step by hand: forward, backward, step, zero_grad, one at a time and as often as wanted, on a copy of the run's model.

The copy lives until the run moves on or "reset" is asked for. Everything that was done is one growing tape. What torch
refuses becomes a card; where it lets something pass that a learner would not expect, a note says why.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from torch import Tensor, nn

from engine.catalog import is_random
from engine.commands import Exercise
from engine.diagnosis import Verdict
from engine.diagnosis.by_hand import Pass, evaluated_in_train_mode, forgotten_zero_grad
from engine.inspection import LabError, WorkbenchView
from engine.tensors import hints
from engine.tensors.copies import StepCopy, drawing_from
from engine.tensors.graph_walk import is_freed, title
from engine.tensors.narration import Narrator
from engine.tensors.rates import regroup
from engine.tensors.recorder import NO_GRAPH, Recorder
from engine.tensors.refused import refused
from engine.tensors.schedule import MOVED
from engine.views import GraphView, Tape

if TYPE_CHECKING:
    from engine.tensors.train import Run

MOST_BYTES = 256 * 2**20
"""A tape that holds more numbers than this grows no further."""


def exercise(command: Exercise, run: Run) -> WorkbenchView:
    """Do one part of the coming step on the run's copy; the run is not moved. Engine thread only.

    A copy that was taken before the run moved on (another step or generation) is thrown away, and the action is done on a new one.
    """
    copied = _copies.get(run)
    moved = copied is not None and copied.of != (run.generation, run.step)
    if copied is None or moved or command.action == "reset":
        copied = _copies[run] = _Copy(run)
    try:
        view = copied.do(command, run)
    except BaseException:
        _copies.pop(run, None)  # half done: the next action begins on a new copy
        raise
    if moved and command.action != "reset":
        note = f"The run has moved on, so this is a new copy of it, at step {run.step + 1}."
        view = replace(view, note=f"{note} {view.note}".strip())
    return view


class _Copy:
    """Network, optimizer, batches and random numbers of a run, copied, and the tape of what was done with them."""

    def __init__(self, run: Run) -> None:
        self.of = (run.generation, run.step)
        self._random = run.rng
        self._batches = copy.deepcopy(run.batches)
        self._step = StepCopy.of(run)
        self._recorder = Recorder(self._step, Narrator(run.project))
        self._parameters = self._recorder.parameters()
        self._retained: tuple[str, ...] = ()
        self._loss = math.nan
        self._passes = 0
        """Backward passes through the present graph."""
        self._kept_graph = True
        """Whether the last of them retained it."""
        self._updates = 0
        """optimizer.step() calls since the last forward pass."""
        self._used = False
        """Whether the gradients were used by an optimizer.step() already."""
        self._half = False
        self._looks: list[Pass] = []
        """Forward passes on this batch with these weights, without a backward pass after them."""
        self._recorder.batch()

    def do(self, command: Exercise, run: Run) -> WorkbenchView:
        """One action. Raises whatever is neither a learner's mistake nor torch's refusal."""
        if command.action == "reset":
            return self._view(run, self._retain(command.layers))
        if command.action not in self._can():
            return self._view(run, error=LabError(0, hints.NOT_YET[command.action]))
        if self._size() > MOST_BYTES:
            return self._view(run, error=LabError(0, hints.FULL, why=hints.FULL_WHY))
        self._follow(run)
        actions: dict[str, Callable[[Exercise, Run], str]] = {
            "forward": self._forward,
            "backward": self._backward,
            "step": self._update,
            "zero_grad": self._zero_grad,
            "next_batch": self._next_batch,
        }
        with drawing_from(self._random, run.device) as reached:
            error, note = None, ""
            try:
                note = actions[command.action](command, run)
            except RuntimeError as refusal:
                # As text: an exception would keep the whole graph alive.
                error = self._card(refusal)
            self._random = reached()
        if error is not None and command.action == "step":
            # Some parameters may have moved, others not: nothing further can be learned from this copy.
            fresh = _copies[run] = _Copy(run)
            return replace(fresh._view(run, hints.TAKEN_ANEW), error=error)
        if self._half:
            note = self._clear_half()
        return self._view(run, note, error)

    # ------------------------------------------------------------------------------------------------ actions

    def _forward(self, command: Exercise, run: Run) -> str:
        recorder, begun = self._recorder, len(self._recorder.events)
        self._step.network.train(command.training)
        self._loss, self._passes, self._updates = math.nan, 0, 0
        try:
            recorder.forward()
        except RuntimeError:
            recorder.forget(begun)
            self._step.loss, recorder.graph, recorder.values = None, NO_GRAPH, {}
            raise
        assert self._step.data_loss is not None
        self._loss = self._step.data_loss.item()
        self._looks.append(Pass(command.training, self._loss))
        idle = self._retain(command.layers)
        return " ".join(part for part in (hints.forward(self._step.network, self._loss), idle) if part)

    def _backward(self, command: Exercise, run: Run) -> str:
        recorder, begun = self._recorder, len(self._recorder.events)
        idle = self._retain(command.layers)
        had_grads = self._has_grads()
        try:
            recorder.backward(command.retain_graph, self._keeping())
        except RuntimeError:
            self._half = any(event.phase == "accumulate" for event in recorder.events[begun:])
            raise
        self._passes += 1
        self._used, self._looks = False, []
        note = hints.backward(self._passes, self._kept_graph, self._updates, had_grads)
        self._kept_graph = command.retain_graph
        return " ".join(part for part in (note, idle) if part)

    def _update(self, command: Exercise, run: Run) -> str:
        note = hints.SAME_GRADIENTS if self._used else ""
        self._recorder.clip()
        self._recorder.update()
        self._updates += 1
        self._used, self._looks = True, []
        return note

    def _zero_grad(self, command: Exercise, run: Run) -> str:
        empty = not self._has_grads()
        self._recorder.zero_grad(command.to_none)
        self._used = False
        if command.to_none:
            return ""
        return hints.NONE_STAYS if empty else hints.ZEROS

    def _next_batch(self, command: Exercise, run: Run) -> str:
        ended, self._looks = self._batches.advance(), []
        rows, train = self._batches.peek(), run.rows["train"]
        self._step.x = train.features.index_select(0, rows)
        self._step.y = train.targets.index_select(0, rows)
        self._recorder.batch()
        if len(self._batches) == 1:
            return hints.ONLY_BATCH
        return hints.EPOCH_ENDED if ended else ""

    # ------------------------------------------------------------------------------------------------ its state

    def _follow(self, run: Run) -> None:
        """Live edits (rates, weight decay, what is frozen, a dropout's p) reach the copy as they reach the run."""
        self._recorder.tell, self._step.train = Narrator(run.project), run.project.train
        regroup(self._step.optimizer, self._step.network, run.project.network, run.project.train.optimizer)
        for own, group in zip(self._step.optimizer.param_groups, run.optimizer.param_groups, strict=True):
            own.update({name: group[name] for name in MOVED if name in group})  # where the schedule has brought them
        for mine, theirs in zip(self._step.network.parameters(), run.network.parameters(), strict=True):
            if mine.requires_grad != theirs.requires_grad:
                mine.requires_grad_(theirs.requires_grad).grad = None
        for name, module in run.network.named_modules():
            if isinstance(module, nn.Dropout):
                dropout = self._step.network.get_submodule(name)
                assert isinstance(dropout, nn.Dropout)
                dropout.p = module.p

    def _retain(self, layers: tuple[str, ...]) -> str:
        """Call retain_grad() on these layers' outputs; the sentence says on which it cannot be called."""
        self._retained = tuple(layer for layer in self._step.network.order if layer in layers)
        idle = []
        for layer in self._retained:
            output = self._step.outputs.get(layer)
            if output is not None and output.requires_grad:
                output.retain_grad()
            elif output is not None:
                idle.append(layer)
        return hints.no_gradient(tuple(idle)) if idle else ""

    def _keeping(self) -> dict[str, Tensor]:
        """Outputs whose `.grad` is kept; once told so, a tensor keeps it as long as it lives."""
        return {layer: output for layer, output in self._step.outputs.items() if output.retains_grad}

    def _has_grads(self) -> bool:
        return any(parameter.grad is not None for parameter in self._step.network.parameters())

    def _can(self) -> frozenset[str]:
        can = {"forward", "next_batch"}
        if self._step.loss is not None:
            can.add("backward")
        if self._has_grads():
            can |= {"step", "zero_grad"}
        if len(self._recorder.events) > 1:
            can.add("reset")
        return frozenset(can)

    def _card(self, refusal: RuntimeError) -> LabError:
        node, nodes = self._recorder.stopped_at, self._recorder.nodes
        if node is None or nodes is None:
            return refused(refusal)
        return refused(refusal, title(node), nodes.layers.get(node, ""))

    def _clear_half(self) -> str:
        """A pass that broke off had filled some `.grad`s: with the others they would make a gradient of nothing at all."""
        self._half = False
        for output in self._keeping().values():
            output.grad = None
        self._recorder.zero_grad()
        return hints.HALF

    def _size(self) -> int:
        events = (*self._recorder.events, *chain.from_iterable(self._recorder.operations.values()))
        tensors = (each.values for event in events for each in (*event.inputs, *event.outputs, *event.saved) if each)
        return sum({id(array): array.nbytes for array in tensors}.values())

    def _freed(self) -> frozenset[str]:
        nodes = self._recorder.nodes
        return (
            frozenset(nodes.ids[node] for node in nodes.order if is_freed(node)) if nodes is not None else frozenset()
        )

    def _graph(self, freed: frozenset[str]) -> GraphView:
        """The present graph with its freed nodes; the same object as before when nothing changed."""
        graph = self._recorder.graph
        if freed != frozenset(node.id for node in graph.nodes if node.freed):
            nodes = tuple(replace(node, freed=node.id in freed) for node in graph.nodes)
            graph = self._recorder.graph = replace(graph, nodes=nodes)
        return graph

    def _view(self, run: Run, note: str = "", error: LabError | None = None) -> WorkbenchView:
        freed, names = self._freed(), tuple(self._recorder.value_name(layer) for layer in self._retained)
        training = self._step.network.training
        generation, step = self.of
        events = tuple(self._recorder.events)
        graph = self._graph(freed)
        tape = Tape(
            generation,
            step,
            events,
            self._parameters,
            graph,
            self._loss,
            training,
            names,
            by_hand=True,
            values=dict(self._recorder.values),
            operations=dict(self._recorder.operations),
        )
        return WorkbenchView(tape, self._can(), training, self._retained, freed, error, note, self._verdicts(run))

    def _verdicts(self, run: Run) -> tuple[Verdict, ...]:
        random = [node.id for node in run.project.network.nodes if is_random(node.layer)]
        found = (forgotten_zero_grad(self._recorder.events), evaluated_in_train_mode(self._looks, random))
        return tuple(verdict for verdict in found if verdict is not None)


_copies: WeakKeyDictionary[Run, _Copy] = WeakKeyDictionary()
"""One copy a run, as long as the run lives. A copy must not hold its run."""
