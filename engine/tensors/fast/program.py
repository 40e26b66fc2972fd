"""Traced steps, compiled: one call takes many steps on the tensors of a network and its optimizer, in place."""

from __future__ import annotations

import math  # noqa: F401 - the compiled source finds it here
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from engine.tensors.build import Network
from engine.tensors.fast.clean import clean
from engine.tensors.fast.emit import Key, Source, emit
from engine.tensors.fast.optimizers import Group, counters, groups_of, kept, update
from engine.tensors.fast.trace import Traced
from engine.tensors.fast.unfit import LIVE
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
    slice_sizes: tuple[int, ...]
    """Rows of the slices of the validation part, likewise; empty where it does not evaluate."""
    waits: bool
    """Whether it stops before a loss that is not finite. A program for a GPU does not wait for its losses: it takes all steps, and
    who calls it puts a keepsake back."""

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
        return Bound(
            self,
            optimizer,
            [tensors[key] for key in self.keys],
            [[tensors[key] for key in keys] for keys in self.lists],
            tuple(network.parameters()),
            [network.get_parameter(name) for name in self.trained],
            [[tensors[key] for key in keys] for group in self.groups for keys in counters(self.kind, group)],
            Ground.of(network, optimizer),
            tuple(script_list(like) for like in (_NUMBER, _TENSOR, _NUMBER, _NUMBER, _TENSOR, _TENSOR, _TENSOR)),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Batches for one call: their rows one after the other, and how many each has.

    `rates` holds every group's learning rate for every step; with `keep` the outputs are kept. After the steps that `ends` says,
    `slices` of the validation part, features and targets, are evaluated.
    """

    features: Tensor
    targets: Tensor
    sizes: list[int]
    rates: list[list[float]]
    keep: bool
    ends: list[bool]
    slices: Sequence[tuple[Tensor, Tensor]] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """What the steps of a chunk gave: fewer losses than batches when one was not finite, or something failed."""

    losses: list[float]
    penalties: list[float]
    """Of the weights, one per step; empty where there are none."""
    outputs: Tensor | None
    """Of all the steps, one row per sample; None where they are not kept."""
    gradients: list[Tensor]
    """Of the last step; empty when not all were done."""
    validated: list[float]
    """Losses of the slices of the validation part, evaluation after evaluation."""
    validated_outputs: Tensor | None
    """Their outputs; None where outputs are not kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A program on the tensors of one network and one optimizer."""

    program: Program
    optimizer: torch.optim.Optimizer
    tensors: list[Tensor]
    lists: list[list[Tensor]]
    all_parameters: tuple[nn.Parameter, ...]
    trained: list[nn.Parameter]
    counters: list[list[Tensor]]
    """Counters of steps that stand for one number: the program moves the first."""
    ground: Ground
    rooms: tuple[Any, ...]
    """Lists that TorchScript fills in place: losses, outputs, penalties, and losses and outputs of the validation part. So they
    tell how far it came whatever happens. The last two hold losses that nobody waited for."""

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

    def set_gradients(self, gradients: Sequence[Tensor]) -> None:
        """Leave the last step's gradients where the textbook's step leaves them."""
        for parameter in self.all_parameters:
            parameter.grad = None
        for parameter, gradient in zip(self.trained, gradients, strict=True):
            parameter.grad = gradient

    def take(self, chunk: Chunk) -> Taken:
        """Take the steps of a chunk, up to the first that fails or whose loss is not finite."""
        program, gradients = self.program, list[Tensor]()
        kinds = [program.sizes.index(size) for size in chunk.sizes]
        parts, answers = [x for x, _ in chunk.slices], [y for _, y in chunk.slices]
        part_kinds = [program.slice_sizes.index(len(y)) for y in answers]
        decays = [float(group["weight_decay"]) for group in self._groups()]
        rows = (chunk.features, chunk.targets, chunk.sizes, kinds, chunk.ends, parts, answers, part_kinds)
        try:
            # Without autograd's bookkeeping an operation takes about a sixth less, and nothing here asks for it.
            with torch.inference_mode(), torch.jit.optimized_execution(False):  # type: ignore[attr-defined]
                gradients = program.call(
                    self.tensors, self.lists, program.constants, *rows, chunk.rates, decays, chunk.keep, *self.rooms
                )
        except (RuntimeError, MemoryError):  # the textbook's step comes to it as well, and says what it is
            gradients = []
        for first, *others in self.counters:
            for other in others:
                other.copy_(first)
        with torch.no_grad():
            gradients = [gradient.clone() for gradient in gradients]
        losses, outputs, penalties, validated, validated_outputs, later, validated_later = self.rooms
        taken = Taken(
            [*losses, *_fetched(later)],
            list(penalties),
            _joined(outputs),
            gradients,
            [*validated, *_fetched(validated_later)],
            _joined(validated_outputs),
        )
        for room in self.rooms:
            room.clear()
        return taken

    def keepsake(self) -> list[Tensor]:
        """Copies of all that the steps write to."""
        return [tensor.detach().clone() for tensor in self.tensors]

    def put_back(self, keepsake: list[Tensor]) -> None:
        """All as it was when the copies were made."""
        with torch.no_grad():
            for tensor, before in zip(self.tensors, keepsake, strict=True):
                tensor.copy_(before)

    def _groups(self) -> list[dict[str, Any]]:
        return [self.optimizer.param_groups[group.place] for group in self.program.groups]


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Where the tensors of a network and an optimizer are kept, and which they were."""

    places: list[tuple[dict[Any, Any], Any, object]]
    groups: list[dict[str, Any]]

    @classmethod
    def of(cls, network: Network, optimizer: torch.optim.Optimizer) -> Ground:
        places: list[tuple[dict[Any, Any], Any, object]] = []
        for module in network.modules():
            for inside in (module._parameters, module._buffers):
                places += [(inside, name, value) for name, value in inside.items()]
        for parameter, kept_of_it in optimizer.state.items():
            places.append((optimizer.state, parameter, kept_of_it))
            places += [(kept_of_it, name, value) for name, value in kept_of_it.items() if isinstance(value, Tensor)]
        places.append((vars(optimizer), "state", optimizer.state))
        return cls(places, [_fixed(group) for group in optimizer.param_groups])

    def same(self, optimizer: torch.optim.Optimizer) -> bool:
        """Whether every tensor is still the one that it was, and every group has its parameters and options."""
        if any(inside.get(name) is not value for inside, name, value in self.places):
            return False
        return [_fixed(group) for group in optimizer.param_groups] == self.groups


def _fixed(group: dict[str, Any]) -> dict[str, Any]:
    """A parameter group without what may change from step to step."""
    fixed = {name: value for name, value in group.items() if name not in ("params", *LIVE)}
    return fixed | {"params": [id(parameter) for parameter in group["params"]]}


def make_program(
    steps: Mapping[int, Traced],
    evaluations: Mapping[int, Traced],
    network: Network,
    optimizer: torch.optim.Optimizer,
    *,
    waits: bool,
) -> Program:
    """Clean, emit and compile traced steps, and evaluations of the validation part, by their numbers of rows.

    `waits`: every loss is looked at before its step is done; otherwise afterwards, all at once (`Program.waits`).
    """
    graphs, parts = list(steps.values()), list(evaluations.values())
    for traced in (*graphs, *parts):
        clean(traced.graph)
    trained, kind = graphs[0].trained, type(optimizer)
    groups = groups_of(optimizer, names_of(network), trained)

    def updates(source: Source) -> list[str]:
        return [
            line
            for i, group in enumerate(groups)
            for line in update(kind, group, [f"g{trained.index(each)}" for each in group.names], source, i)
        ]

    buffers = [name for name, _ in network.named_buffers()]
    text, source = emit(graphs, parts, buffers, updates, waits=waits)
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
        tuple(steps),
        tuple(evaluations),
        waits,
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


_NUMBER, _TENSOR = 0.0, torch.zeros(())
_JOIN = torch.jit.CompilationUnit("def join(parts: List[Tensor]) -> Tensor:\n    return torch.cat(parts)\n")


def _fetched(losses: Any) -> list[float]:
    """Losses that nobody waited for, brought from the device all at once."""
    found: list[float] = torch.stack(list(losses)).tolist() if len(losses) else []
    return found


def _joined(outputs: Any) -> Tensor | None:
    return _JOIN.join(outputs) if len(outputs) else None


def script_list(like: object) -> Any:
    """An empty list that TorchScript fills in place; `like` says what is in it."""
    made = torch._C.ScriptList([like])
    made.clear()
    return made
