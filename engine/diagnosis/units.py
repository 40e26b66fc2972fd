"""Verdicts about units: dead ones, saturated ones, and such that are all alike."""

from __future__ import annotations

import numpy as np

from engine.diagnosis import remedies
from engine.diagnosis.entry import Finding, VerdictEntry, percent
from engine.diagnosis.evidence import Evidence
from engine.diagnosis.values import Floats

DEAD = 0.5
SATURATED = 0.5
LOOKS = 2
"""So many looks in a row must agree."""


def _dead(evidence: Evidence) -> Finding | None:
    worst = _worst(evidence, evidence.probes.dead, DEAD)
    if not worst or not evidence.struggles:
        return None
    shares = ", ".join(f"{percent(share)} of {layer}" for layer, share in worst.items())
    text = (
        f"After {evidence.step:,} steps {shares} give 0 for every one of {evidence.probes.rows:,} training rows: no gradient "
        "passes through such units, so they stay dead."
    )
    nodes = tuple(evidence.layers[layer] for layer in worst)
    slower = (remedies.set_rate(evidence.rate / 10),) if evidence.step else ()
    fixes = (*remedies.replace_kind(("relu",), "leaky_relu", nodes), *slower, *remedies.draw_as_torch(evidence))
    return Finding(text, tuple(worst), fixes)


def _saturated(evidence: Evidence) -> Finding | None:
    hidden = {node.id for node in remedies.hidden_activations(evidence, "sigmoid", "tanh")}
    worst = {
        layer: share
        for layer, share in _worst(evidence, evidence.probes.saturated, SATURATED).items()
        if layer in hidden
    }
    if not worst or not evidence.struggles:
        return None
    shares = ", ".join(f"{percent(share)} of {layer}" for layer, share in worst.items())
    text = (
        f"After {evidence.step:,} steps {shares} stand at the ends of their curve for {evidence.probes.rows:,} training rows, "
        "where it is so flat that hardly any gradient passes."
    )
    nodes = tuple(evidence.layers[layer] for layer in worst)
    fixes = (
        *remedies.standardize(evidence),
        *remedies.draw_as_torch(evidence),
        *remedies.replace_kind(("sigmoid", "tanh"), "relu", nodes),
    )
    return Finding(text, tuple(worst), fixes)


def _worst(evidence: Evidence, table: Floats, least: float) -> dict[str, float]:
    """Layers whose share was at least so much at the last looks → the newest share, the largest first."""
    recent = table[:, -LOOKS:]
    if not recent.shape[1] or evidence.step < LOOKS:
        return {}
    found = {
        layer: float(row[-1])
        for layer, row in zip(evidence.probes.layers, recent, strict=True)
        if not np.isnan(row).any() and (row >= least).all()
    }
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def _symmetric(evidence: Evidence) -> Finding | None:
    issue = next((issue for issue in evidence.issues if issue.kind == "symmetric"), None)
    probes, last = evidence.probes, evidence.last_weights
    random = any(node.kind == "dropout" for node in evidence.layers.values())
    newest = probes.equal[:, -1] if probes.equal.shape[1] else np.empty(0)
    seen = [layer for layer, equal in zip(probes.layers, newest, strict=False) if equal == 1.0 and layer != last]
    if random or not seen:
        return None if issue is None else Finding(issue.text, (issue.node,), issue.fixes)
    text = (
        f"After {evidence.step:,} steps all units of {' and of '.join(seen)} have the same weights and the same gradients: each of "
        "these layers learns what a single unit would."
    )
    return Finding(text, tuple(seen), issue.fixes if issue is not None else remedies.draw_as_torch(evidence))


DEAD_UNITS = VerdictEntry(
    "dead_units",
    "Dead units",
    f"Said from {percent(DEAD)} of a ReLU's units on at {LOOKS} looks in a row, while more than half of the loss is left: "
    "a few dead units are usual, half of a layer is lost capacity (Lu et al. 2019).",
    _dead,
    unless=("not_finite",),
)
SATURATION = VerdictEntry(
    "saturation",
    "Saturated units",
    f"Said from {percent(SATURATED)} of a hidden Sigmoid's or Tanh's outputs on at {LOOKS} looks in a row, while more than half "
    "of the loss is left. Saturated: a slope below 5 % of the greatest (Glorot and Bengio 2010).",
    _saturated,
    unless=("not_finite",),
)
SYMMETRIC = VerdictEntry(
    "symmetric",
    "Symmetric weights",
    "Said where all units of a hidden layer begin equal, or have equal weights and gradients: nothing ever tells them apart.",
    _symmetric,
)
