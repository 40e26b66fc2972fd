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
WRITTEN_OUT = ("rmsprop", "adadelta", "nadam", "radam")
"""Optimizers whose updates are written out operation by operation (unfused.py)."""
KNOWN = {"loss", "optimizer", "batch_size", "epochs", "seed", "device", "shuffle", "schedule", "stopping", "clipping"}
KNOWN |= {"l1", "l2", "penalize_all"}
"""Settings of the training that traced steps follow."""


def why_not(run: Run) -> str:
    """The reason, or "" where the steps can be traced."""
    reason = _device(run) or _layers(run) or _optimizer(run) or _settings(run)
    return f"PyTorch's textbook loop takes the steps, because {reason}." if reason else ""


def _device(run: Run) -> str:
    return "an Apple GPU runs no traced ones" if run.device.type == "mps" else ""


def _layers(run: Run) -> str:
    for node in run.project.network.nodes:
        if node.kind == "lstm":
            return (
                f"torch takes {LAYERS[node.kind].title} ({node.id}) as one operation that keeps more than its results"
            )
        if node.layer.has("track_running_stats") and node.layer.get("momentum") is None:
            return f"{node.id} averages over all batches and counts them in Python"
    return ""


def _optimizer(run: Run) -> str:
    entry = OPTIMIZERS[run.project.train.optimizer.kind]
    if runs_fused(entry, run.device.type) or (run.device.type == "cpu" and entry.kind in WRITTEN_OUT):
        return ""
    if entry.kind == "lbfgs":
        return "LBFGS tries several losses in a step"
    return f"torch has no fused form of {entry.title} here"


def _settings(run: Run) -> str:
    train = run.project.train
    if train.schedule.has("cycle_momentum") and train.schedule.get("cycle_momentum"):
        return "the one-cycle schedule moves the momentum in every step"
    if run.device.type != "cpu" and (train.clipping.kind != "none" or train.l1 or train.l2):
        return "clipping and penalties are traced on the CPU only"
    for setting in fields(train):
        if setting.name not in KNOWN and getattr(train, setting.name) != setting.default:
            return f"traced ones do not follow this setting: {setting.name}"
    return ""
