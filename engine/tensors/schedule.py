"""The learning rate over the run: torch's own scheduler, on rates that stand in for the optimizer's.

The scheduler acts on an optimizer that moves nothing and has the same parameter groups; after each of its steps the rates are
copied. So the real optimizer is left as torch made it, and where the run stands says everything: `replay` brings a new schedule to
the same rates, bit for bit, after a file was opened, and after an edit to the rates as if it had been so from the start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

from engine.catalog import SCHEDULES
from engine.catalog.schedules import pace_of
from engine.spec import Choice, ProjectSpec, TrainSpec
from engine.tensors.build import torch_class
from engine.tensors.rates import regroup

if TYPE_CHECKING:
    from engine.tensors.train import Run

MOVED = ("lr", "momentum", "betas")
"""What a schedule may move in a parameter group; the last two only a one-cycle that cycles the momentum."""


class Rates(torch.optim.Optimizer):
    """Parameter groups with the rates of `optimizer`; a step moves nothing."""

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        groups = [
            {"params": [torch.zeros(())], **{name: group[name] for name in MOVED if name in group}}
            for group in optimizer.param_groups
        ]
        super().__init__(groups, {name: value for name, value in optimizer.defaults.items() if name in MOVED})

    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """A scheduler wants to see that it was called."""


class Schedule:
    """Moves the rates of `optimizer`, whose groups hold the rates as they are set: the run's learning rate, layers' own ones.

    `pace` says when it moves: after every optimizer "step", at the end of every "epoch", or never ("").
    """

    def __init__(self, train: TrainSpec, optimizer: torch.optim.Optimizer, steps_per_epoch: int) -> None:
        self._choice, self.pace = train.schedule, pace_of(train.schedule)
        self._watches = SCHEDULES[train.schedule.kind].watches
        self._optimizer = optimizer
        self._planned = train.epochs * steps_per_epoch if self.pace == "step" else train.epochs
        self._moves = 0
        self._most = self._planned if train.schedule.kind == "one_cycle" else None
        self._rates = Rates(optimizer) if self.pace else None
        self._scheduler: Any = None
        if self._rates is not None:
            self._scheduler = _make(train.schedule, self._rates, self._planned)
            self._rates.step()
            self._apply()

    @property
    def rate(self) -> float:
        """The learning rate of the coming step: of the first parameter group, which holds the layers without an own one."""
        return float(self._optimizer.param_groups[0]["lr"])

    def step_done(self) -> None:
        """The optimizer moved the weights."""
        if self.pace == "step":
            self._move(None)

    def epoch_done(self, loss: float) -> None:
        """An epoch ended with this loss, of the validation part if there is one."""
        if self.pace == "epoch":
            self._move(loss)

    def replay(self, steps: int, losses: Sequence[float]) -> None:
        """Of a new schedule: the rates after so many steps, and epochs that ended with these losses."""
        if self._watches:
            for loss in losses:
                self._advance(loss)
        elif self.pace:
            self._moves = steps if self.pace == "step" else len(losses)
            done = self._moves if self._most is None else min(self._moves, self._most - 1)
            for move in self._turning_points(done):
                self._scheduler.last_epoch = move - 1
                self._scheduler.step()
            self._scheduler.last_epoch = done
        self._apply()

    def _turning_points(self, done: int) -> Iterable[int]:
        """Of so many moves those in which the rate may change: between them torch's scheduler gives back what there was."""
        match self._choice.kind:
            case "one_cycle":  # a function of the place alone
                return (done,) if done else ()
            case "step":
                size = int(self._choice.number("step_size"))
                return range(size, done + 1, size)
            case "multi_step":
                return (each for each in self._scheduler.milestones if each <= done)
            case "warm_up":
                return range(1, min(done, int(self._choice.number("total_iters"))) + 1)
        return range(1, done + 1)

    def _move(self, loss: float | None) -> None:
        self._advance(loss)
        self._apply()

    def _advance(self, loss: float | None) -> None:
        """scheduler.step(); a one-cycle is over at its last step and stays there, for torch knows no rate beyond."""
        self._moves += 1
        if self._most is not None and self._moves >= self._most:
            return
        if self._watches:
            self._scheduler.step(loss)
        else:
            self._scheduler.step()

    def _apply(self) -> None:
        if self._rates is not None:
            for mine, theirs in zip(self._optimizer.param_groups, self._rates.param_groups, strict=True):
                mine.update({name: theirs[name] for name in MOVED if name in theirs})


def _make(choice: Choice, rates: Rates, planned: int) -> Any:
    """torch's scheduler on these rates."""
    arguments = scheduler_arguments(choice, planned)
    if choice.kind == "warm_up_cosine":
        warm, steps = int(choice.number("total_iters")), LinearLR(rates, choice.number("start_factor"), **arguments)
        rest = CosineAnnealingLR(rates, max(1, planned - warm), choice.number("eta_min"))
        return SequentialLR(rates, [steps, rest], milestones=[warm])
    if choice.kind == "one_cycle":
        arguments["max_lr"] = [group["lr"] for group in rates.param_groups]
    return torch_class(SCHEDULES[choice.kind].torch_name)(rates, **arguments)


def rates_of(project: ProjectSpec) -> tuple[object, ...]:
    """All that the rates of a run follow from, besides where it stands."""
    train = project.train
    own = tuple((node.id, node.lr, node.weight_decay) for node in project.network.nodes)
    return train.optimizer, train.schedule, train.epochs, own


def reschedule(run: Run) -> None:
    """Parameter groups and rates of the project as it is now, as if it had been so from the first step on."""
    train = run.project.train
    regroup(run.optimizer, run.network, run.project.network, train.optimizer)
    run.schedule = Schedule(train, run.optimizer, run.steps_per_epoch)
    run.schedule.replay(run.step, run.watched)


def scheduler_arguments(choice: Choice, planned: int) -> dict[str, Any]:
    """The constructor arguments of the scheduler but the rates. `planned` are the moves of the whole run."""
    arguments: dict[str, Any] = choice.as_dict()
    arguments.pop("every", None)
    if choice.kind == "cosine" and arguments["T_max"] is None:
        arguments["T_max"] = planned
    if choice.kind == "one_cycle":
        arguments["total_steps"] = planned
    if choice.kind == "warm_up_cosine":  # those of the warm-up
        return {"total_iters": arguments["total_iters"]}
    return arguments
