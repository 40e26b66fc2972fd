"""What is wrong with a project although every layer can run: targets, hyper-parameters, memory, common slips."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache

from engine.catalog import LAYERS, LOSSES, OPTIMIZERS, UnknownKindError
from engine.catalog.training import TRAIN_FIELDS
from engine.datasets import Prepared, target_issue
from engine.fields import FieldError
from engine.spec import INPUT_ID, OUTPUT_ID, Choice, NetworkSpec, NodeSpec, ProjectSpec
from engine.tensors.devices import free_bytes, missing_text, resolve
from engine.tensors.look_up import look_up_issues
from engine.tensors.mismatch import Shape, shape_text
from engine.tensors.settings_issues import settings_issues
from engine.views import Issue

_FLOAT = 4
_SHARE_OF_MEMORY = 0.6
"""A project that would take more of the free memory than this is refused before anything is allocated."""

_STATE_TENSORS = {"sgd": 0, "adam": 2, "adamw": 2, "rmsprop": 1, "adagrad": 1, "adadelta": 2, "nadam": 2, "radam": 2}


def advise(
    project: ProjectSpec, prepared: Prepared, shapes: Mapping[str, Shape], parameters: Mapping[str, int]
) -> Iterator[Issue]:
    """Everything that the walk through the network cannot see. Shapes leave out the batch axis."""
    yield from _value_issues(project)
    yield from _optimizer_issues(project.train.optimizer)
    yield from _target_issues(project, prepared, shapes)
    yield from _batch_norm_issues(project, prepared, shapes)
    yield from look_up_issues(project, prepared)
    yield from settings_issues(project.network, parameters)
    yield from _slips(project, shapes)
    if OUTPUT_ID in shapes and not parameters:
        yield Issue(OUTPUT_ID, "The network has nothing to learn: add a layer with weights, for example Linear.")
    yield from _device_issues(project, shapes, sum(parameters.values()))


def needed_bytes(project: ProjectSpec, shapes: Mapping[str, Shape], parameters: int) -> int:
    """Estimate: parameters with their gradients and the optimizer's state, and all activations of one batch, float32."""
    copies = 2 + _state_tensors(project.train.optimizer)
    activations = sum(math.prod(shape) for node_id, shape in shapes.items() if node_id != OUTPUT_ID)
    return _FLOAT * (parameters * copies + activations * project.train.batch_size)


def _state_tensors(optimizer: Choice) -> int:
    momentum = optimizer.has("momentum") and optimizer.number("momentum") > 0
    more = sum(optimizer.as_dict().get(name) is True for name in ("amsgrad", "centered"))
    return _STATE_TENSORS[optimizer.kind] + momentum + more


def _value_issues(project: ProjectSpec) -> Iterator[Issue]:
    """Forms and files check every value already; torch would take NaN without a word, so it is checked once more."""
    for node in project.network.nodes:
        if text := _node_trouble(node.layer):
            yield Issue(node.id, f"{node.id}: {text}")
    for text in (_loss_trouble(project.train.loss), _optimizer_trouble(project.train.optimizer)):
        if text:
            yield Issue("", text)
    for field in TRAIN_FIELDS:
        try:
            field.check(getattr(project.train, field.name))
        except FieldError as problem:
            yield Issue("", str(problem))


@lru_cache(maxsize=1024)
def _node_trouble(choice: Choice) -> str:
    return _trouble(LAYERS.check, choice)


@lru_cache(maxsize=64)
def _loss_trouble(choice: Choice) -> str:
    return _trouble(LOSSES.check, choice)


@lru_cache(maxsize=64)
def _optimizer_trouble(choice: Choice) -> str:
    return _trouble(OPTIMIZERS.check, choice)


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
        yield Issue(
            "", "Nesterov looks ahead along the momentum: set Momentum above 0 and Dampening to 0, or switch it off."
        )


def _target_issues(project: ProjectSpec, prepared: Prepared, shapes: Mapping[str, Shape]) -> Iterator[Issue]:
    if OUTPUT_ID not in shapes:
        return
    data = prepared.dataset
    text = target_issue(
        LOSSES[project.train.loss.kind].target, data.task, data.targets, shapes[OUTPUT_ID], len(data.class_names)
    )
    if text:
        yield Issue(OUTPUT_ID, text)


def _batch_norm_issues(project: ProjectSpec, prepared: Prepared, shapes: Mapping[str, Shape]) -> Iterator[Issue]:
    """BatchNorm takes mean and variance over the batch: one single value has no variance, and torch refuses it."""
    rows = min(project.train.batch_size, prepared.sizes[0])
    if rows > 1:
        return
    for node in project.network.nodes:
        shape = shapes.get(node.id)
        if node.kind.startswith("batch_norm") and shape is not None and math.prod(shape[1:]) == 1:
            why = "the batch size is 1" if project.train.batch_size == 1 else "the training part has one row"
            yield Issue(node.id, f"{node.id} needs at least two samples in a batch, but {why}: make it larger.")


def _slips(project: ProjectSpec, shapes: Mapping[str, Shape]) -> Iterator[Issue]:
    """Networks that run and learn, but hardly what was meant."""
    network, loss = project.network, project.train.loss.kind
    into_loss = network.links_into(OUTPUT_ID)
    last = network.node(into_loss[0].source) if into_loss else None
    yield from _unreadable(project, last)
    if last is not None and loss == "cross_entropy" and last.kind == "softmax":
        yield _warning(last, "Cross-entropy contains the softmax already: remove {id}, or it is applied twice.")
    if last is not None and loss == "bce_with_logits" and last.kind in ("sigmoid", "softmax"):
        yield _warning(last, "BCE with logits contains the sigmoid already: remove {id}, or it is applied twice.")
    for node in network.nodes:
        if node.kind not in ("softmax", "linear"):
            continue
        sources = [shapes[link.source] for link in network.links_into(node.id) if link.source in shapes]
        if node.kind == "softmax" and node.layer.get("dim") in (0, -1 - len(sources[0]) if sources else 0):
            yield _warning(node, "{id} takes its shares over axis 0, the batch, so samples mix: set dim to 1.")
        if node.kind == "linear" and sources and len(sources[0]) > 1 and not _in_steps(network, node.id):
            text = f"{{id}} acts on the last axis only of {shape_text(sources[0])}: put a Flatten before it."
            yield _warning(node, text)


def _in_steps(network: NetworkSpec, node_id: str) -> bool:
    """Whether what arrives comes from a layer that gives a row per step or per word: there the last axis is what is meant."""
    source = network.links_into(node_id)[0].source
    while LAYERS[network.node(source).kind].ports == 1 and network.links_into(source):
        if network.node(source).kind == "embedding" or LAYERS[network.node(source).kind].group == "Sequence":
            return True
        source = network.links_into(source)[0].source
    return False


_PASSES_ON = frozenset({"dropout", "flatten", "reshape", "identity"})
"""Layers behind which probabilities are still probabilities, or log-probabilities log-probabilities."""


def _unreadable(project: ProjectSpec, last: NodeSpec | None) -> Iterator[Issue]:
    """A loss that is defined for probabilities or their logarithms only, behind a layer that does not give those."""
    entry, network = LOSSES[project.train.loss.kind], project.network
    while last is not None and last.kind in _PASSES_ON and (into := network.links_into(last.id)):
        last = network.node(into[0].source)
    if last is None or not entry.needs or last.kind in entry.needs:
        return
    wanted = " or ".join(LAYERS[kind].title for kind in entry.needs)
    other = "BCE with logits" if entry.target == "probabilities" else "Cross-entropy"
    what = "probabilities" if entry.target == "probabilities" else "log-probabilities"
    yield Issue(
        OUTPUT_ID,
        f"{entry.title} takes {what}, but the network ends with {last.id}: put a {wanted} behind it, or choose {other}.",
    )


def _warning(node: NodeSpec, text: str) -> Issue:
    return Issue(node.id, text.format(id=node.id), severity="warning")


def _device_issues(project: ProjectSpec, shapes: Mapping[str, Shape], parameters: int) -> Iterator[Issue]:
    device = resolve(project.train.device)
    if device is None:
        yield Issue("", missing_text(project.train.device))
        return
    needed, free = needed_bytes(project, shapes, parameters), free_bytes(device)
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
