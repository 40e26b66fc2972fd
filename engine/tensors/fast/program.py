"""Traced steps, compiled: one call takes many steps on the tensors of a network and its optimizer, in place."""

from __future__ import annotations

import math  # noqa: F401 - the compiled source finds it here
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from engine.tensors.build import Network
from engine.tensors.fast.clean import clean
from engine.tensors.fast.emit import Key, Source, emit
from engine.tensors.fast.optimizers import Group, groups_of, kept, update
from engine.tensors.fast.trace import Traced
from engine.tensors.schedule import Schedule


class Unfit(Exception):  # noqa: N818 - told to the learner as the reason for the textbook path
    """The run cannot take the fast path; the text is one plain sentence."""


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """The function for one network, loss and optimizer. It holds none of their tensors: `bind` brings it to them."""

    call: Callable[..., list[Tensor]]
    source: str
    keys: tuple[Key, ...]
    lists: tuple[tuple[Key, ...], ...]
    constants: list[Tensor]
    kind: type[torch.optim.Optimizer]
    groups: tuple[Group, ...]
    trained: tuple[str, ...]
    sizes: tuple[int, ...]
    """Rows of the batches that it was traced for; a batch's kind is its place here."""

    def bind(self, network: Network, optimizer: torch.optim.Optimizer) -> Bound:
        """The program on these very tensors.

        Raises:
            Unfit: the optimizer keeps other tensors than the program was made for.
        """
        tensors = located(network, optimizer)
        if type(optimizer) is not self.kind or groups_of(optimizer, names_of(network), self.trained) != self.groups:
            raise Unfit("The optimizer was changed.")
        if any(key not in tensors for key in self.keys):
            raise Unfit("The optimizer has not moved all parameters yet.")
        parameters = [network.get_parameter(name) for name in self.trained]
        lists = [[tensors[key] for key in keys] for keys in self.lists]
        return Bound(self, optimizer, [tensors[key] for key in self.keys], lists, parameters, _followers(self, tensors))


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Batches for one call: their rows one after the other, and how many each has.

    `rates` holds every group's learning rate for every step; with `keep` the outputs are kept.
    """

    features: Tensor
    targets: Tensor
    sizes: list[int]
    rates: list[list[float]]
    keep: bool


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A program on the tensors of one network and one optimizer."""

    program: Program
    optimizer: torch.optim.Optimizer
    tensors: list[Tensor]
    lists: list[list[Tensor]]
    parameters: list[nn.Parameter]
    followers: tuple[tuple[Tensor, tuple[Tensor, ...]], ...]
    """The counter of steps that the program moves, and those that stand for the same number."""

    def holds(self, network: Network, optimizer: torch.optim.Optimizer) -> bool:
        """Whether network and optimizer still have these very tensors, in these groups."""
        program, now = self.program, located(network, optimizer)
        same = all(now.get(key) is tensor for key, tensor in zip(program.keys, self.tensors, strict=True))
        return same and groups_of(optimizer, names_of(network), program.trained) == program.groups

    def rates(self, count: int, schedule: Schedule | None = None) -> list[list[float]]:
        """The learning rates of the coming steps, group by group; the schedule is moved on by so many steps."""
        groups = self._groups()
        if schedule is None or schedule.pace != "step":
            return [[float(group["lr"])] * count for group in groups]
        rates: list[list[float]] = [[] for _ in groups]
        for _ in range(count):
            for known, group in zip(rates, groups, strict=True):
                known.append(float(group["lr"]))
            schedule.step_done()
        return rates

    def _groups(self) -> list[dict[str, Any]]:
        return [self.optimizer.param_groups[group.place] for group in self.program.groups]

    def set_gradients(self, gradients: Sequence[Tensor]) -> None:
        """Leave the last step's gradients where the textbook's step leaves them."""
        self.optimizer.zero_grad(set_to_none=True)
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter.grad = gradient

    def take(self, chunk: Chunk, losses: Any, outputs: Any) -> list[Tensor]:
        """Take the steps of a chunk; fewer when a loss is not finite. Returns the last gradients.

        `losses` and `outputs` are ScriptLists that are filled in place, so they tell how far it came whatever happens.
        """
        program = self.program
        kinds = [program.sizes.index(size) for size in chunk.sizes]
        decays = [float(group["weight_decay"]) for group in self._groups()]
        given = (chunk.features, chunk.targets, chunk.sizes, kinds, chunk.rates, decays, chunk.keep, losses, outputs)
        try:
            with torch.no_grad(), torch.jit.optimized_execution(False):  # type: ignore[attr-defined]
                return program.call(self.tensors, self.lists, program.constants, *given)
        finally:
            for first, others in self.followers:
                for other in others:
                    other.copy_(first)


def make_program(
    steps: Sequence[Traced], sizes: Sequence[int], network: Network, optimizer: torch.optim.Optimizer
) -> Program:
    """Clean, emit and compile traced steps, one for each of the sizes."""
    for traced in steps:
        clean(traced.graph)
    trained, kind = steps[0].trained, type(optimizer)
    groups = groups_of(optimizer, names_of(network), trained)

    def updates(source: Source) -> list[str]:
        return [
            line
            for i, group in enumerate(groups)
            for line in update(kind, group, [f"g{trained.index(each)}" for each in group.names], source, i)
        ]

    buffers = [name for name, _ in network.named_buffers()]
    text, source = emit(steps, buffers, updates)
    for group in groups:
        for each in group.names:
            for what in kept(kind, group):
                source.name((each, what))
    return Program(
        compiled(text),
        text,
        tuple(source.keys),
        tuple(source.lists),
        source.constants,
        kind,
        groups,
        trained,
        tuple(sizes),
    )


def compiled(text: str) -> Callable[..., list[Tensor]]:
    """The function `steps` as TorchScript, which runs without Python and its interpreter lock.

    Raises:
        RuntimeError: TorchScript refuses it.
    """
    steps: Callable[..., list[Tensor]] = torch.jit.CompilationUnit(text).steps
    return steps


def names_of(network: Network) -> dict[int, str]:
    """Names of the parameters by their `id()`."""
    return {id(parameter): name for name, parameter in network.named_parameters()}


def located(network: Network, optimizer: torch.optim.Optimizer) -> dict[Key, Tensor]:
    """Every tensor that a program may work on, by what it is."""
    found: dict[Key, Tensor] = dict(network.named_parameters())
    for name, parameter in network.named_parameters():
        found |= {
            (name, what): value
            for what, value in optimizer.state.get(parameter, {}).items()
            if isinstance(value, Tensor)
        }
    return found | dict(network.named_buffers())


def _followers(program: Program, tensors: dict[Key, Tensor]) -> tuple[tuple[Tensor, tuple[Tensor, ...]], ...]:
    """Of every group that is counted by one counter: that one and the others."""
    groups = [group for group in program.groups if group.together and "step" in kept(program.kind, group)]
    counters = [[tensors[name, "step"] for name in group.names] for group in groups]
    return tuple((first, tuple(others)) for first, *others in counters)


def script_list(like: object) -> Any:
    """An empty list that TorchScript fills in place; `like` says what is in it."""
    made = torch._C.ScriptList([like])
    made.clear()
    return made
