"""What the loss compares the prediction with, and whether network, data and loss fit together at all."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.datasets.dataset import Task

LossTarget = Literal["classes", "numbers", "probabilities", "distribution"]
Targets = NDArray[np.generic]


def targets_for(loss_target: LossTarget, task: Task, targets: Targets, outputs: int, n_classes: int) -> Targets:
    """The targets as the loss wants them; ask `target_issue` first whether they can be had.

    For "classes" int64 (N,). Otherwise float32 (N, outputs): numbers as they are; two classes before one output as 0 and 1;
    other classes as a 1 in the column of the class and 0 elsewhere.
    """
    if loss_target == "classes":
        return targets.astype(np.int64)
    if task == "regression":
        return targets.astype(np.float32)
    if outputs == 1 and n_classes == 2:
        return targets.astype(np.float32)[:, None]
    return np.eye(n_classes, dtype=np.float32)[targets.astype(np.int64)]


def target_issue(
    loss_target: LossTarget, task: Task, targets: Targets, output_shape: tuple[int, ...], n_classes: int
) -> str | None:
    """Why the network's output cannot be compared with these targets, in a sentence; None when it can.

    `output_shape` leaves out the batch axis; `targets` are the data set's own.
    """
    if len(output_shape) != 1:
        shape = ", ".join(["N", *map(str, output_shape)])
        return (
            f"The output of the network has shape ({shape}), but the loss needs (N, K), one row of numbers per sample: "
            "end the network with a Flatten and a Linear."
        )
    if task == "regression":
        return _numbers_issue(loss_target, targets, output_shape[0])
    if loss_target == "distribution" and output_shape[0] == 1:
        return "One output is no distribution over classes: give the last Linear one output per class."
    return _classes_issue(loss_target, output_shape[0], n_classes)


def _numbers_issue(loss_target: LossTarget, targets: Targets, outputs: int) -> str | None:
    if loss_target == "classes":
        return "This loss needs classes, but the targets of this data are numbers: choose MSE, L1 or Huber."
    if outputs != targets.shape[1]:
        return (
            f"The network has {_counted(outputs, 'output')}, but the data has {_counted(targets.shape[1], 'target')} "
            f"per row: set out_features of the last Linear to {targets.shape[1]}."
        )
    low, high = float(np.min(targets)), float(np.max(targets))
    if loss_target == "probabilities" and not (low >= 0 and high <= 1):
        return (
            "BCE needs targets between 0 and 1, but the targets of this data go "
            f"from {low:g} to {high:g}: choose MSE, L1 or Huber."
        )
    if loss_target == "distribution" and not (low >= 0 and np.allclose(targets.sum(axis=1), 1, atol=1e-4)):
        return "KL divergence needs targets that are distributions: no row below 0, every row with the sum 1."
    return None


def _classes_issue(loss_target: LossTarget, outputs: int, n_classes: int) -> str | None:
    if outputs == n_classes or (outputs == 1 and n_classes == 2 and loss_target != "classes"):
        return None
    remedy = f"set out_features of the last Linear to {n_classes}"
    if n_classes == 2:
        remedy += ", or choose BCE with logits" if outputs == 1 else " (or to 1)" if loss_target != "classes" else ""
    return f"The network has {_counted(outputs, 'output')}, but the data has {n_classes} classes: {remedy}."


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
