"""Verdicts about a step that is taken by hand: what the training loop of a run can never do wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.diagnosis.entry import number
from engine.diagnosis.values import Verdict
from engine.views import TapeEvent, TensorView


@dataclass(frozen=True, slots=True)
class Pass:
    """A forward pass: its mode and its loss."""

    training: bool
    loss: float


def forgotten_zero_grad(events: Sequence[TapeEvent]) -> Verdict | None:
    """Said when the last action was an optimizer.step() whose gradients hold some that an earlier step used already."""
    if not events or events[-1].phase != "update":
        return None
    added: dict[str, list[float]] = {}
    used: set[str] = set()
    mixed: dict[str, tuple[int, float, float]] = {}
    for event in events:
        name = event.parameter
        if event.phase == "accumulate" and event.name == "AccumulateGrad":
            added.setdefault(name, []).append(_norm(event.inputs[0]))
        elif event.phase == "zero_grad":
            added.pop(name, None)
            used.discard(name)
            mixed.pop(name, None)
        elif event.phase == "update":
            passes = added.get(name, [])
            if name in used and len(passes) > 1:
                mixed[name] = (len(passes), _norm(event.inputs[1]), passes[-1])
            used.add(name)
    if not mixed:
        return None
    worst = max(mixed, key=lambda name: mixed[name][0])
    count, whole, last = mixed[worst]
    text = (
        f"This step used the sum of {count} backward passes, and an earlier step had used some of them already: the .grad of {worst} "
        f"has the norm {number(whole)}, that of the last pass alone is {number(last)}. Call zero_grad() after every step."
    )
    threshold = "Said where gradients that an optimizer.step() used are part of the next one's: torch adds to .grad until it is cleared."
    return Verdict("forgotten_zero_grad", "Forgotten zero_grad", text, threshold, (worst.partition(".")[0],))


def evaluated_in_train_mode(passes: Sequence[Pass], random: Sequence[str]) -> Verdict | None:
    """`passes` are those of one batch with the same weights, no backward among them; `random` the layers that draw."""
    losses = [each.loss for each in passes if each.training]
    if not random or len(losses) < 2 or not passes[-1].training or losses[-1] == losses[-2]:
        return None
    names = " and ".join(random)
    text = (
        f"The same rows with the same weights gave the loss {losses[-2]:.6g} and now {losses[-1]:.6g}: in train mode {names} "
        f"draw{'s' if len(random) == 1 else ''} anew every time. To evaluate, choose Eval: model.eval()."
    )
    threshold = "Said where two forward passes in train mode, with nothing done between them, give different losses."
    return Verdict("evaluated_in_train_mode", "Evaluation in train mode", text, threshold, tuple(random))


def _norm(tensor: TensorView | None) -> float:
    return 0.0 if tensor is None else float(np.linalg.norm(np.asarray(tensor.values, np.float64)))
