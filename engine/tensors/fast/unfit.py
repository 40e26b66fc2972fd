"""Why a run stays with the textbook's steps, in one plain sentence."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from engine.catalog import LAYERS, OPTIMIZERS
from engine.tensors.build import runs_fused

if TYPE_CHECKING:
    from engine.tensors.train import Run

LIVE = ("lr", "weight_decay")
"""Numbers of the optimizer that every call of a program is given anew."""
RECURRENT = ("rnn", "lstm", "gru")
KNOWN = {"loss", "optimizer", "batch_size", "epochs", "seed", "device", "shuffle", "schedule"}
"""Settings of the training that traced steps follow."""


def why_not(run: Run) -> str:
    """The reason, or "" where the steps can be traced."""
    if run.device.type == "mps":
        return "On an Apple GPU every step runs as PyTorch's textbook loop."
    for node in run.project.network.nodes:
        if node.kind in RECURRENT:
            title = LAYERS[node.kind].title
            return f"PyTorch's textbook loop runs, because {title} ({node.id}) goes through its sequence in a loop of its own."
        if node.layer.has("track_running_stats") and node.layer.get("momentum") is None:
            return (
                f"PyTorch's textbook loop runs, because {node.id} averages over all batches and counts them in Python."
            )
    optimizer = OPTIMIZERS[run.project.train.optimizer.kind]
    if not runs_fused(optimizer, run.device.type):
        return f"PyTorch's textbook loop runs, because torch has no fused form of {optimizer.title} here."
    train = run.project.train
    if train.schedule.has("cycle_momentum") and train.schedule.get("cycle_momentum"):
        return "PyTorch's textbook loop runs, because the one-cycle schedule moves the momentum in every step."
    for setting in fields(train):
        if setting.name not in KNOWN and getattr(train, setting.name) != setting.default:
            return f"PyTorch's textbook loop runs, because traced steps do not follow this setting yet: {setting.name}."
    return ""
