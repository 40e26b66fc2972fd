"""Loss and output width that fit what is asked for: what a learner would set by hand after choosing data."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine import edits
from engine.catalog import LOSSES
from engine.datasets.importing.plan import Plan
from engine.datasets.importing.values import TargetKind
from engine.spec import OUTPUT_ID, NetworkSpec, NodeSpec, ProjectSpec, SplitSpec

KEEPS_WIDTH = frozenset({"dropout", "identity", "softmax", "log_softmax", "sigmoid"})
"""Layers between the last Linear and the loss whose width is that of the Linear."""
_SQUASH = frozenset({"softmax", "log_softmax", "sigmoid"})


@dataclass(frozen=True, slots=True)
class Offer:
    """A loss, and how many outputs the last Linear gets; 0 leaves its width as it is."""

    loss: str
    outputs: int
    layer: str = ""
    removes: str = ""
    """A Softmax or Sigmoid before the loss, which has its own inside."""

    @property
    def text(self) -> str:
        """What a button says of it."""
        loss = LOSSES[self.loss].title
        parts = [f"use {loss} as the loss"]
        if self.layer and self.outputs:
            parts.append(f"give {self.layer} {'1 output' if self.outputs == 1 else f'{self.outputs:,} outputs'}")
        if self.removes:
            parts.append(f"take out {self.removes}")
        text = " and ".join((", ".join(parts[:-1]), parts[-1])) if len(parts) > 1 else parts[0]
        return text[0].upper() + text[1:]


def last_linear(network: NetworkSpec) -> NodeSpec | None:
    """The Linear whose width is the network's."""
    link = next(iter(network.links_into(OUTPUT_ID)), None)
    while link is not None:
        node = network.node(link.source)
        if node.kind == "linear":
            return node
        if node.kind not in KEEPS_WIDTH:
            return None
        link = next(iter(network.links_into(node.id)), None)
    return None


def offer(project: ProjectSpec, target: TargetKind, count: int) -> Offer:
    """What fits: `count` is the number of classes, or of targets per row; 0: not known."""
    linear = last_linear(project.network)
    layer = linear.id if linear is not None else ""
    if target == "regression":
        loss = project.train.loss.kind if LOSSES[project.train.loss.kind].target == "numbers" else "mse"
        return Offer(loss, count, layer)
    squash = _squashing(project)
    if target == "multi-label":
        return Offer("bce_with_logits", count, layer, squash)
    single = linear is not None and linear.layer.get("out_features") == 1
    if target == "two classes" and single:
        return Offer("bce_with_logits", 1, layer, squash)
    return Offer("cross_entropy", 2 if target == "two classes" else count, layer, squash)


def _squashing(project: ProjectSpec) -> str:
    link = next(iter(project.network.links_into(OUTPUT_ID)), None)
    return link.source if link is not None and project.network.node(link.source).kind in _SQUASH else ""


def fit(project: ProjectSpec, chosen: Offer) -> ProjectSpec:
    """The project with that loss and width."""
    if project.train.loss.kind != chosen.loss:
        project = edits.choose_loss(project, chosen.loss)
    if chosen.layer and chosen.outputs:
        project = edits.set_value(project, chosen.layer, "out_features", chosen.outputs)
    return edits.remove_nodes(project, (chosen.removes,)) if chosen.removes else project


def with_data(project: ProjectSpec, plan: Plan) -> ProjectSpec:
    """The project with the rows of this file. Counts of rows belong to other data: the split then is by shares again."""
    old = project.data
    split = old.split
    if split.mode == "counts":
        split = SplitSpec(seed=split.seed, shuffle=split.shuffle, stratify=split.stratify)
    if split.stratify and plan.target not in ("classes", "two classes"):
        split = replace(split, stratify=False)
    return edits.set_data(project, replace(old, source=plan.choice(), split=split))
