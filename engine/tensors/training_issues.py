"""What is wrong with how a project is trained: a schedule that its optimizer or its length does not bear."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from engine.catalog import LOSSES, OPTIMIZERS, SCHEDULES
from engine.datasets import Prepared
from engine.datasets.class_weights import NONE, loss_weights
from engine.spec import OUTPUT_ID, Choice, ProjectSpec
from engine.tensors.build import torch_class
from engine.tensors.data import batches_in_epoch
from engine.tensors.schedule import scheduler_arguments
from engine.views import Fix, Issue, Step


def training_issues(project: ProjectSpec, prepared: Prepared, outputs: int | None) -> Iterator[Issue]:
    """The values themselves are accepted by their fields; here is what they cannot do together.

    `outputs` are the numbers that the network gives; None where it does not run.
    """
    yield from _schedule_issues(project, prepared)
    yield from _group_issues(project)
    if outputs is not None:
        yield from _weight_issues(project.train.loss, prepared, outputs)


def _group_issues(project: ProjectSpec) -> Iterator[Issue]:
    entry = OPTIMIZERS[project.train.optimizer.kind]
    for node in project.network.nodes if entry.closure else ():
        for name, label in (("lr", "learning rate"), ("weight_decay", "weight decay")):
            if getattr(node, name) is not None:
                text = (
                    f"{node.id} has a {label} of its own, but {entry.title} moves all parameters together: torch allows it one "
                    "group only. Let the layer use the optimizer's, or choose another optimizer."
                )
                fix = Fix(f"Use the optimizer's {label} in {node.id}", (Step("set_node", node.id, name, None),))
                yield Issue(node.id, text, fixes=(fix,))


def _weight_issues(loss: Choice, prepared: Prepared, outputs: int) -> Iterator[Issue]:
    data = prepared.dataset
    if LOSSES[loss.kind].target == "classes" and data.task != "classes":
        return  # told already: the loss does not suit the data
    try:
        loss_weights(loss, data, prepared.targets["train"], outputs)
    except ValueError as problem:
        fixes = [Fix("Weigh all classes alike", (Step("part", "loss", "class_weights", NONE),))]
        yield Issue(OUTPUT_ID, str(problem), fixes=tuple(fixes))


def _schedule_issues(project: ProjectSpec, prepared: Prepared) -> Iterator[Issue]:
    train, schedule = project.train, project.train.schedule
    if schedule.kind != "one_cycle":
        return
    optimizer = OPTIMIZERS[train.optimizer.kind]
    if schedule.get("cycle_momentum") and not (train.optimizer.has("momentum") or train.optimizer.has("beta1")):
        text = f"{optimizer.title} has no momentum that the schedule could cycle: switch cycle_momentum off."
        fix = Fix("Switch cycle_momentum off", (Step("part", "schedule", "cycle_momentum", False),))
        yield Issue("", text, fixes=(fix,))
        return
    steps = train.epochs * batches_in_epoch(prepared.sizes[0], train.batch_size, project.network)
    if _phase_without_steps(schedule, steps):
        text = (
            f"With pct_start {schedule.number('pct_start'):g} one phase of the one-cycle schedule would last no step of "
            f"the {steps:,}: choose another pct_start, or train longer."
        )
        share = next(
            each for each in (0.3, 0.4, 0.25, 0.35) if not _phase_without_steps(_with_share(schedule, each), steps)
        )
        fix = Fix(f"Set pct_start to {share:g}", (Step("part", "schedule", "pct_start", share),))
        yield Issue("", text, fixes=(fix,))


def _with_share(schedule: Choice, share: float) -> Choice:
    return schedule.with_value("pct_start", share)


def _phase_without_steps(schedule: Choice, steps: int) -> bool:
    """Whether torch would divide by the length of a phase that is 0: found by asking it for the first and the last rate."""
    arguments = scheduler_arguments(schedule, steps) | {"max_lr": 1.0, "cycle_momentum": False}
    optimizer = torch.optim.SGD([torch.zeros(())], lr=1.0)
    try:
        scheduler = torch_class(SCHEDULES["one_cycle"].torch_name)(optimizer, **arguments)
        optimizer.step()
        scheduler.last_epoch = steps - 1
        scheduler.step()
    except ZeroDivisionError:
        return True
    return False
