"""Networks that run and learn, but hardly what was meant: every one a warning with its evidence and its fixes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from engine.catalog import LAYERS, LOSSES
from engine.datasets import Prepared
from engine.datasets.prepare import moments, remembered
from engine.fixes import insert, remove, set_value
from engine.spec import INPUT_ID, OUTPUT_ID, NetworkSpec, NodeSpec, ProjectSpec
from engine.tensors.remedies_ends import choose_loss
from engine.tensors.shape_text import Shape, shape_text
from engine.views import Fix, Issue, Step

LARGE = 10.0
"""Features or targets whose mean or standard deviation is beyond this are called unscaled."""

_PASSES_ON = frozenset({"dropout", "flatten", "reshape", "identity"})
"""Layers behind which probabilities are still probabilities, or log-probabilities log-probabilities."""
_CONSTANT = frozenset({"zeros", "ones", "constant"})
_TWICE = {
    ("cross_entropy", "softmax"): "Cross-entropy contains the softmax already: remove {id}, or it is applied twice.",
    ("cross_entropy", "log_softmax"): "Cross-entropy contains the log-softmax already: remove {id}, or choose NLL.",
    ("cross_entropy", "sigmoid"): "Cross-entropy takes logits, but {id} leaves only 0 to 1: remove it.",
    (
        "bce_with_logits",
        "sigmoid",
    ): "BCE with logits contains the sigmoid already: remove {id}, or it is applied twice.",
    (
        "bce_with_logits",
        "softmax",
    ): "BCE with logits contains the sigmoid already: remove {id}, or it is applied twice.",
}
_MEANT_FOR = {("cross_entropy", "log_softmax"): "nll", ("bce_with_logits", "sigmoid"): "bce"}
"""Losses that take what such a last layer gives."""


class _Arrows:
    """A network's arrows by their ends: NetworkSpec would search all of them for every layer."""

    def __init__(self, network: NetworkSpec) -> None:
        self.nodes = {node.id: node for node in network.nodes}
        self.sources: dict[str, list[str]] = {}
        self.targets: dict[str, list[str]] = {}
        for link in network.links:
            self.sources.setdefault(link.target, []).append(link.source)
            self.targets.setdefault(link.source, []).append(link.target)

    def tail(self) -> list[NodeSpec]:
        """The layers in front of the loss, the last first, as long as each has one input; without the data."""
        found: list[NodeSpec] = []
        here = OUTPUT_ID
        while (
            len(sources := self.sources.get(here, [])) == 1 and sources[0] != INPUT_ID and len(found) < len(self.nodes)
        ):
            here = sources[0]
            found.append(self.nodes[here])
        return found


def slips(project: ProjectSpec, prepared: Prepared, shapes: Mapping[str, Shape]) -> Iterator[Issue]:
    """Every warning. Shapes leave out the batch axis."""
    arrows = _Arrows(project.network)
    tail = arrows.tail()
    yield from _twice(project, tail)
    yield from _numbers_for_classes(project, prepared)
    yield from _late_dropout(tail)
    yield from _axes(project.network, arrows, shapes)
    yield from _idle_biases(arrows, shapes)
    yield from _symmetric(arrows)
    yield from _unscaled(project, prepared, arrows)


def _twice(project: ProjectSpec, tail: list[NodeSpec]) -> Iterator[Issue]:
    """A last activation that the loss contains."""
    loss = project.train.loss.kind
    last = next((node for node in tail if node.kind not in _PASSES_ON), None)
    if last is None or (loss, last.kind) not in _TWICE:
        return
    fixes = [_removal(last)]
    if (loss, last.kind) in _MEANT_FOR:
        fixes.append(choose_loss(_MEANT_FOR[loss, last.kind]))
    yield replace(_warning(last, _TWICE[loss, last.kind], *fixes), kind="double_softmax")


def _numbers_for_classes(project: ProjectSpec, prepared: Prepared) -> Iterator[Issue]:
    """Class targets compared as if they were quantities."""
    loss, data = LOSSES[project.train.loss.kind], prepared.dataset
    if data.task == "classes" and loss.target == "numbers":
        text = f"{loss.title} takes classes for numbers, 0 or 1, and not for how probable they are: choose "
        better = ("bce_with_logits",) if len(data.class_names) == 2 else ("cross_entropy",)
        fixes = tuple(choose_loss(kind) for kind in better)
        yield Issue(OUTPUT_ID, text + LOSSES[better[0]].title + ".", "warning", fixes=fixes)


def _late_dropout(tail: list[NodeSpec]) -> Iterator[Issue]:
    """Dropout behind the last layer that learns drops answers, not features."""
    for node in tail:
        if LAYERS[node.kind].learns:
            return
        if node.kind == "dropout":
            text = (
                "{id} comes after the last layer with weights, so it sets answers themselves to 0 at random: remove it."
            )
            yield _warning(node, text, _removal(node))


def _axes(network: NetworkSpec, arrows: _Arrows, shapes: Mapping[str, Shape]) -> Iterator[Issue]:
    for node in network.nodes:
        if node.kind not in ("softmax", "log_softmax", "linear"):
            continue
        arriving = [shapes[source] for source in arrows.sources.get(node.id, ()) if source in shapes]
        if node.kind != "linear" and node.layer.get("dim") in (0, -1 - len(arriving[0]) if arriving else 0):
            fix = Fix(f"Set dim of {node.id} to 1", (set_value(node.id, "dim", 1),))
            yield _warning(node, "{id} takes its shares over axis 0, the batch, so samples mix: set dim to 1.", fix)
        if (
            node.kind == "linear"
            and node.id in shapes
            and arriving
            and len(arriving[0]) > 1
            and not _in_steps(arrows, node.id)
        ):
            text = f"{{id}} acts on the last axis only of {shape_text(arriving[0])}: put a Flatten before it."
            steps = [insert("flatten", node.id)]
            if node.layer.get("in_features") is not None:
                steps.append(set_value(node.id, "in_features", None))
            yield _warning(node, text, Fix(f"Insert Flatten before {node.id}", tuple(steps)))


def _in_steps(arrows: _Arrows, node_id: str) -> bool:
    """Whether what arrives comes from a layer that gives a row per step or per word: there the last axis is what is meant."""
    source = arrows.sources[node_id][0]
    while LAYERS[arrows.nodes[source].kind].ports == 1 and arrows.sources.get(source):
        if arrows.nodes[source].kind == "embedding" or LAYERS[arrows.nodes[source].kind].group == "Sequence":
            return True
        source = arrows.sources[source][0]
    return False


def _idle_biases(arrows: _Arrows, shapes: Mapping[str, Shape]) -> Iterator[Issue]:
    """A bias whose every use is a BatchNorm that subtracts the mean of the very axis that the bias belongs to."""
    for node in arrows.nodes.values():
        if node.kind not in ("linear", "conv1d", "conv2d") or node.layer.get("bias") is not True:
            continue
        uses = [arrows.nodes[target] for target in arrows.targets.get(node.id, ())]
        per_channel = node.kind != "linear" or len(shapes.get(node.id, ())) == 1
        if uses and per_channel and all(use.kind.startswith("batch_norm") for use in uses):
            text = f"{uses[0].id} subtracts the mean, and with it the bias of {{id}}, which never matters: set bias to False."
            yield _warning(node, text, Fix(f"Set bias of {node.id} to False", (set_value(node.id, "bias", False),)))


def _symmetric(arrows: _Arrows) -> Iterator[Issue]:
    """Hidden units that begin equal, before and behind, get equal gradients for ever. Dropout tells them apart."""
    learning = [node for node in arrows.nodes.values() if LAYERS[node.kind].weights]
    if any(node.kind == "dropout" for node in arrows.nodes.values()) or not all(map(_constant, learning)):
        return
    last = learning[-1].id if learning else ""
    hidden = [node for node in learning if node.id != last and node.layer.as_dict().get("out_features") != 1]
    for node in hidden:
        steps = tuple(Step("initializer", other.id, "default") for other in learning)
        text = "All units of {id} begin equal and get equal gradients, so they stay equal: draw the weights at random."
        fix = Fix("Draw all weights at random, as PyTorch does", steps)
        yield replace(_warning(node, text, fix), kind="symmetric")


def _constant(node: NodeSpec) -> bool:
    return (
        node.kind in ("linear", "conv1d", "conv2d")
        and node.initializer.kind in _CONSTANT
        and (node.bias_initializer.kind in _CONSTANT or node.layer.get("bias") is False)
        and not node.weights
    )


def _unscaled(project: ProjectSpec, prepared: Prepared, arrows: _Arrows) -> Iterator[Issue]:
    looks_up = any(node.kind == "embedding" for node in arrows.nodes.values())
    (mean, std), (target_mean, target_std) = _spreads(prepared)
    if project.data.normalization == "none" and not looks_up and max(mean, std) > LARGE:
        text = (
            f"A feature has the mean ±{mean:.3g} and the standard deviation {std:.3g} (beyond {LARGE:g}): "
            "steps that suit it are too large for the rest. Standardize the features."
        )
        fix = Fix("Standardize the features", (Step("normalization", "", "standardize"),))
        yield Issue(INPUT_ID, text, "warning", fixes=(fix,), kind="unscaled")
    deep = sum(LAYERS[node.kind].weights for node in arrows.nodes.values()) > 1
    if prepared.dataset.task != "regression" or not deep or max(target_mean, target_std) <= LARGE:
        return
    # Only where a step grows with the error: Adam and its kin divide that out, Huber and L1 limit it.
    if project.train.loss.kind == "mse" and project.train.optimizer.kind == "sgd":
        text = (
            f"The targets have the mean ±{target_mean:.3g} and the standard deviation {target_std:.3g} (beyond {LARGE:g}): the "
            "gradients of MSE grow with them, and plain SGD steps too far. Choose Huber or Adam, or scale the targets."
        )
        adam = (Step("choose_optimizer", "", "adam"), Step("optimizer", "", "lr", 0.01))
        fixes = (choose_loss("huber"), Fix("Choose Adam as the optimizer, with the rate 0.01", adam))
        yield Issue(OUTPUT_ID, text, "warning", fixes=fixes)


@remembered
def _spreads(prepared: Prepared) -> tuple[tuple[float, float], tuple[float, float]]:
    """The largest |mean| and standard deviation of any feature, and of any target, over the training part."""
    found = []
    for values in (prepared.features["train"], prepared.targets["train"]):
        rows = values.astype(np.float32, copy=False).reshape(len(values), -1)
        if not rows.size:
            found.append((0.0, 0.0))
            continue
        mean, std = moments(rows, ddof=0)
        found.append((float(np.abs(mean).max()), float(std.max())))
    return found[0], found[1]


def unreadable_last(project: ProjectSpec) -> NodeSpec | None:
    """The last layer, where the loss is not defined for what it gives: numbers for a loss of probabilities, or of their logarithms."""
    entry = LOSSES[project.train.loss.kind]
    tail = _Arrows(project.network).tail()
    last = next((node for node in tail if node.kind not in _PASSES_ON), tail[-1] if tail else None)
    return None if last is None or not entry.needs or last.kind in entry.needs else last


def _removal(node: NodeSpec) -> Fix:
    return Fix(f"Remove {node.id}", remove(node.id))


def _warning(node: NodeSpec, text: str, *fixes: Fix) -> Issue:
    return Issue(node.id, text.format(id=node.id), "warning", fixes=fixes)
