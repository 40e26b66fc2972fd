"""Fixes applied: a `Fix` of an issue is a few plain steps, and `apply` turns them into one edit of the project.

A fix belongs to the project that the issue was found in. Applied to one that was edited meanwhile, it either still makes sense
or is refused with a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from engine import edits, placing
from engine.arrange import middle
from engine.catalog import LAYERS, LOSSES
from engine.datasets.registry import DATASETS
from engine.edits import EditError
from engine.fields import FieldError, Value
from engine.spec import LinkSpec, ProjectSpec
from engine.views import Fix, Step

Values = tuple[tuple[str, Value], ...]


def apply(project: ProjectSpec, fix: Fix) -> ProjectSpec:
    """The project with every step of the fix made.

    Raises:
        EditError: the project has changed since, so that a step cannot be made any more.
    """
    try:
        for step in fix.steps:
            project = _DO[step.do](project, step)
    except (KeyError, FieldError) as problem:
        raise EditError(f"“{fix.text}” no longer fits the project: it was edited meanwhile.") from problem
    return project


def set_value(node: str, name: str, value: Value) -> Step:
    """Set a constructor argument of a layer."""
    return Step("set", node, name, value)


def insert(kind: str, target: str, port: int = 0, values: Mapping[str, Value] | None = None) -> Step:
    """Put a new layer into the arrow that enters `target` at `port`."""
    return Step("insert", target, kind, (port, tuple((values or {}).items())))


def remove(*nodes: str) -> tuple[Step, ...]:
    return tuple(Step("remove", node) for node in nodes)


def connect(source: str, target: str) -> Step:
    return Step("connect", source, target)


def _set(project: ProjectSpec, step: Step) -> ProjectSpec:
    return edits.set_value(project, step.node, step.name, step.value)


def _set_node(project: ProjectSpec, step: Step) -> ProjectSpec:
    return edits.set_node_value(project, step.node, step.name, step.value)


def _insert(project: ProjectSpec, step: Step) -> ProjectSpec:
    port, values = cast(tuple[int, Values], step.value)
    link = _entering(project, step.node, port)
    project, new = placing.insert(project, step.name, link, *middle(project.network, link))
    for name, value in values:
        project = edits.set_value(project, new, name, value)
    return project


def _move(project: ProjectSpec, step: Step) -> ProjectSpec:
    """Cut a layer out and put it before another one."""
    return placing.reorder(project, _entering(project, step.name, 0), step.node)


def _entering(project: ProjectSpec, target: str, port: int) -> LinkSpec:
    for link in project.network.links_into(target):
        if link.port == port:
            return link
    raise EditError(f"No arrow enters {target} there any more.")


def _remove(project: ProjectSpec, step: Step) -> ProjectSpec:
    project.network.node(step.node)
    return edits.remove_nodes(project, (step.node,))


def _connect(project: ProjectSpec, step: Step) -> ProjectSpec:
    project.network.node(step.node)
    project.network.node(step.name)
    return edits.connect(project, step.node, step.name)


def _initializer(project: ProjectSpec, step: Step) -> ProjectSpec:
    return edits.choose_initializer(project, step.node, step.name)


def _drawn(project: ProjectSpec, step: Step) -> ProjectSpec:
    return edits.set_weights(project, step.node, {})


def _loss(project: ProjectSpec, step: Step) -> ProjectSpec:
    LOSSES[step.name]
    return edits.choose_loss(project, step.name)


def _optimizer_value(project: ProjectSpec, step: Step) -> ProjectSpec:
    return edits.set_optimizer_value(project, step.name, step.value)


def _part_value(project: ProjectSpec, step: Step) -> ProjectSpec:
    """Set a value of the schedule or another part of the training."""
    return edits.set_part_value(project, step.node, step.name, step.value)


def _choose_part(project: ProjectSpec, step: Step) -> ProjectSpec:
    return edits.choose_part(project, step.node, step.name)


def _choose_optimizer(project: ProjectSpec, step: Step) -> ProjectSpec:
    return edits.choose_optimizer(project, step.name)


def _train(project: ProjectSpec, step: Step) -> ProjectSpec:
    return edits.set_train_value(project, step.name, step.value)


def _normalization(project: ProjectSpec, step: Step) -> ProjectSpec:
    if step.name == "standardize":
        return edits.set_data(project, replace(project.data, normalization="standardize"))
    return edits.set_data(project, replace(project.data, normalization="none"))


def _source(project: ProjectSpec, step: Step) -> ProjectSpec:
    """Set a value of the data source."""
    source = project.data.source
    checked = DATASETS[source.kind].field(step.name).check(step.value)
    return edits.set_data(project, replace(project.data, source=source.with_value(step.name, checked)))


_DO: dict[str, Callable[[ProjectSpec, Step], ProjectSpec]] = {
    "set": _set,
    "set_node": _set_node,
    "insert": _insert,
    "move": _move,
    "remove": _remove,
    "connect": _connect,
    "initializer": _initializer,
    "drawn": _drawn,
    "loss": _loss,
    "choose_optimizer": _choose_optimizer,
    "optimizer": _optimizer_value,
    "part": _part_value,
    "choose_part": _choose_part,
    "train": _train,
    "normalization": _normalization,
    "source": _source,
}


def title(kind: str) -> str:
    """What a layer of this kind is called in the sentence of a fix."""
    return LAYERS[kind].title
