"""What is wrong with a project although every layer can run: targets, hyper-parameters, memory, common slips."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache

from engine.catalog import LAYERS, LOSSES, UnknownKindError
from engine.catalog.training import TRAIN_FIELDS, TRAIN_PARTS
from engine.datasets import Prepared, target_issue
from engine.fields import FieldError
from engine.spec import INPUT_ID, OUTPUT_ID, Choice, ProjectSpec
from engine.tensors.devices import free_bytes, missing_text, resolve
from engine.tensors.look_up import look_up_issues
from engine.tensors.mismatch import Shape, shape_text
from engine.tensors.remedies_ends import nothing_to_learn, target_fixes, unreadable
from engine.tensors.settings_issues import settings_issues
from engine.tensors.slips import slips, unreadable_last
from engine.tensors.training_issues import training_issues
from engine.views import Fix, Issue, Step

_SHARE_OF_MEMORY = 0.6
"""A project that would take more of the free memory than this is refused before anything is allocated."""


def advise(
    project: ProjectSpec, prepared: Prepared, shapes: Mapping[str, Shape], parameters: Mapping[str, int], needed: int
) -> Iterator[Issue]:
    """Everything that the walk through the network cannot see. Shapes leave out the batch axis; `needed` are bytes."""
    yield from _value_issues(project)
    yield from _optimizer_issues(project.train.optimizer)
    output = shapes.get(OUTPUT_ID)
    yield from training_issues(project, prepared, output[0] if output and len(output) == 1 else None)
    yield from _target_issues(project, prepared, shapes)
    yield from _batch_norm_issues(project, prepared, shapes)
    yield from look_up_issues(project, prepared)
    yield from settings_issues(project.network, parameters)
    yield from _unreadable(project)
    yield from slips(project, prepared, shapes)
    if OUTPUT_ID in shapes and not parameters:
        text = "The network has nothing to learn: add a layer with weights, for example Linear."
        yield Issue(OUTPUT_ID, text, fixes=tuple(nothing_to_learn(project, prepared, shapes[OUTPUT_ID])))
    yield from _device_issues(project, shapes, needed)


def _value_issues(project: ProjectSpec) -> Iterator[Issue]:
    """Forms and files check every value already; torch would take NaN without a word, so it is checked once more."""
    for node in project.network.nodes:
        if text := _node_trouble(node.layer):
            yield Issue(node.id, f"{node.id}: {text}")
    for part in TRAIN_PARTS:
        if text := _part_trouble(part, getattr(project.train, part)):
            yield Issue("", text)
    for field in TRAIN_FIELDS:
        try:
            field.check(getattr(project.train, field.name))
        except FieldError as problem:
            yield Issue("", str(problem))


@lru_cache(maxsize=1024)
def _node_trouble(choice: Choice) -> str:
    return _trouble(LAYERS.check, choice)


@lru_cache(maxsize=256)
def _part_trouble(part: str, choice: Choice) -> str:
    return _trouble(TRAIN_PARTS[part].check, choice)


def _trouble(check: object, choice: Choice) -> str:
    assert callable(check)
    try:
        check(choice)
    except (FieldError, UnknownKindError) as problem:
        return str(problem)
    return ""


def _optimizer_issues(optimizer: Choice) -> Iterator[Issue]:
    values = optimizer.as_dict()
    if values.get("nesterov") and not (values.get("momentum") and values.get("dampening") == 0):
        text = "Nesterov looks ahead along the momentum: set Momentum above 0 and Dampening to 0, or switch it off."
        yield Issue("", text, fixes=(Fix("Switch Nesterov off", (Step("optimizer", "", "nesterov", False),)),))


def _target_issues(project: ProjectSpec, prepared: Prepared, shapes: Mapping[str, Shape]) -> Iterator[Issue]:
    if OUTPUT_ID not in shapes:
        return
    data = prepared.dataset
    text = target_issue(
        LOSSES[project.train.loss.kind].target, data.task, data.targets, shapes[OUTPUT_ID], len(data.class_names)
    )
    if text:
        kind = "broadcast" if _would_broadcast(prepared, shapes[OUTPUT_ID]) else ""
        yield Issue(OUTPUT_ID, text, fixes=tuple(target_fixes(project, prepared, shapes)), kind=kind)


def _would_broadcast(prepared: Prepared, shape: Shape) -> bool:
    """Whether torch would compare (N, 1) with (N, K) without an error: one of outputs and targets of a row is single."""
    data = prepared.dataset
    if len(shape) != 1 or data.task != "regression":
        return False
    return shape[0] != data.targets.shape[1] and 1 in (shape[0], data.targets.shape[1])


def _batch_norm_issues(project: ProjectSpec, prepared: Prepared, shapes: Mapping[str, Shape]) -> Iterator[Issue]:
    """BatchNorm takes mean and variance over the batch: one single value has no variance, and torch refuses it."""
    rows = min(project.train.batch_size, prepared.sizes[0])
    if rows > 1:
        return
    for node in project.network.nodes:
        shape = shapes.get(node.id)
        if node.kind.startswith("batch_norm") and shape is not None and math.prod(shape[1:]) == 1:
            why = "the batch size is 1" if project.train.batch_size == 1 else "the training part has one row"
            fix = Fix("Set the batch size to 2", (Step("train", "", "batch_size", 2),))
            fixes = (fix,) if prepared.sizes[0] > 1 else ()
            text = f"{node.id} needs at least two samples in a batch, but {why}: make it larger."
            yield Issue(node.id, text, fixes=fixes)


def _unreadable(project: ProjectSpec) -> Iterator[Issue]:
    """A loss that is defined for probabilities or their logarithms only, behind a layer that does not give those."""
    last, entry = unreadable_last(project), LOSSES[project.train.loss.kind]
    if last is None:
        return
    wanted = " or ".join(LAYERS[kind].title for kind in entry.needs)
    other = "BCE with logits" if entry.target == "probabilities" else "Cross-entropy"
    what = "probabilities" if entry.target == "probabilities" else "log-probabilities"
    yield Issue(
        OUTPUT_ID,
        f"{entry.title} takes {what}, but the network ends with {last.id}: put a {wanted} behind it, or choose {other}.",
        fixes=tuple(unreadable(project)),
    )


def _device_issues(project: ProjectSpec, shapes: Mapping[str, Shape], needed: int) -> Iterator[Issue]:
    device = resolve(project.train.device)
    if device is None:
        fix = Fix("Choose the device automatically", (Step("train", "", "device", "auto"),))
        yield Issue("", missing_text(project.train.device), fixes=(fix,))
        return
    free = free_bytes(device)
    if free is not None and needed > _SHARE_OF_MEMORY * free:
        worst = max((node_id for node_id in shapes), key=lambda node_id: math.prod(shapes[node_id]), default=INPUT_ID)
        where = f" The largest result is {shape_text(shapes[worst])} at {worst}." if shapes else ""
        yield Issue(
            "",
            f"Training would take about {_size_text(needed)}, but only {_size_text(free)} are free: "
            f"make layers or the batch smaller.{where}",
        )


def _size_text(number: int) -> str:
    size = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"
