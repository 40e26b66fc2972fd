"""Verdicts about numbers that leave float32, and about gradients that get lost or grow on their way back."""

from __future__ import annotations

import math

import numpy as np

from engine.diagnosis import remedies
from engine.diagnosis.entry import Finding, VerdictEntry, number
from engine.diagnosis.evidence import Evidence
from engine.diagnosis.values import ProbeView

LOST = 1e-3
"""Gradient per weight of the first layer, as a share of the last one's."""
LOOKS = 3
"""So many looks in a row must agree."""
DEPTH = 3
"""Layers with weights; with fewer there is no way on which a gradient could get lost."""
GROWN = 100.0
"""Gradient norm as a multiple of the norm of the weights."""
GROWN_FOR_OTHERS = 1e4
"""The same for optimizers that divide the gradient's size out, Adam and its kin."""


def _not_finite(evidence: Evidence) -> Finding | None:
    probes = evidence.probes
    if not len(probes.steps):
        return None
    loss, weights = float(probes.losses[-1]), probes.weights[:, -1]
    if np.isfinite(loss) and np.isfinite(weights).all():
        return None
    step = int(probes.steps[-1]) + 1
    became = "not a number (NaN)" if np.isnan(loss) else "infinite" if not np.isfinite(loss) else "still finite"
    text = f"The loss of step {step:,} is {became}"
    broken = [name for name, norm in zip(probes.parameters, weights, strict=True) if not np.isfinite(norm)]
    place = broken[0].partition(".")[0] if broken else _first_broken(probes)
    if broken:
        text += f", and {broken[0]} holds numbers that are no longer finite."
    elif place:
        text += f": {place} is the first layer that gives numbers beyond what float32 can hold."
    else:
        text += ", although every layer still gives finite numbers: the loss itself goes beyond float32."
    slower = (remedies.set_rate(evidence.rate / 10), *remedies.clip(evidence)) if evidence.step else ()
    fixes = (*remedies.standardize(evidence), *slower, *remedies.draw_as_torch(evidence))
    return Finding(text, (place or evidence.last_weights,), fixes)


def _first_broken(probes: ProbeView) -> str:
    last = probes.stds[:, -1]
    return next((layer for layer, std in zip(probes.layers, last, strict=True) if not np.isfinite(std)), "")


def _exploding(evidence: Evidence) -> Finding | None:
    probes = evidence.probes
    if not len(probes.steps):
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        gradient = np.sqrt(np.nansum(probes.gradients**2, axis=0))
        weights = np.sqrt(np.nansum(probes.weights**2, axis=0))
        times = gradient / np.where(weights > 0, weights, np.nan) / _summed(evidence)
    known = np.isfinite(times)
    limit = GROWN if evidence.project.train.optimizer.kind == "sgd" else GROWN_FOR_OTHERS
    if not known.any() or not (times[known][-LOOKS:] >= limit).all() or not evidence.struggles:
        return None
    at = int(np.flatnonzero(known)[-1])
    norms = {layer: float(row[at]) for layer, row in evidence.gradients.items()}
    worst = max(norms, key=lambda layer: norms[layer])
    text = (
        f"The gradient has the norm {number(float(gradient[at]))} after {int(probes.steps[at]):,} steps, "
        f"{number(float(gradient[at] / weights[at]))} times that of all weights; most of it is in {worst} ({number(norms[worst])})."
    )
    return Finding(
        text, (worst,), (*remedies.draw_as_torch(evidence), *remedies.standardize(evidence), *remedies.clip(evidence))
    )


def _summed(evidence: Evidence) -> float:
    """Under "sum" gradients are those of the mean, times the rows of a batch: that is no explosion."""
    return float(evidence.project.train.batch_size) if evidence.project.train.loss.get("reduction") == "sum" else 1.0


def _vanishing(evidence: Evidence) -> Finding | None:
    probes, norms = evidence.probes, evidence.gradients
    layers = tuple(layer for layer in norms if not evidence.layers[layer].kind.startswith(("batch", "layer")))
    if len(layers) < DEPTH or not evidence.struggles or evidence.step < LOOKS:
        return None
    first, last = (norms[layer] / math.sqrt(probes.count(layer)) for layer in (layers[0], layers[-1]))
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = first / last
    recent = shares[-LOOKS:]
    if len(recent) < LOOKS or not ((recent > 0) & (recent <= LOST)).all():
        return None
    text = (
        f"After {int(probes.steps[-1]):,} steps the gradient per weight is {number(float(first[-1]))} in {layers[0]} and "
        f"{number(float(last[-1]))} in {layers[-1]}: only {number(float(recent[-1]))} of it arrives, so the first layers hardly learn."
    )
    lighter = remedies.weaken_penalties(evidence) if _shrunk(probes) else ()
    if lighter:
        text += " Weights have shrunk to less than a tenth: the penalty on them pulls harder than the data."
    squashing = remedies.hidden_activations(evidence, "sigmoid", "tanh")
    fixes = (
        *lighter,
        *remedies.replace_kind(("sigmoid", "tanh"), "relu", squashing),
        *remedies.draw_as_torch(evidence),
    )
    return Finding(text, (layers[0],), fixes)


def _shrunk(probes: ProbeView) -> bool:
    """Whether some table of weights is less than a tenth of what it was at the first look."""
    rows = [index for index, name in enumerate(probes.parameters) if "weight" in name]
    return bool((probes.weights[rows, -1] < 0.1 * probes.weights[rows, 0]).any())


NOT_FINITE = VerdictEntry(
    "not_finite",
    "NaN or infinity",
    "Said at the first number that is not finite: torch goes on with it without a word, and Adam keeps it for ever.",
    _not_finite,
)
EXPLODING = VerdictEntry(
    "exploding",
    "Exploding gradients",
    f"Said where the gradient's norm is at least {GROWN:g} times that of all weights at {LOOKS} looks in a row: plain SGD with "
    f"the rate 0.01 would then replace every weight (Pascanu et al. 2013). For optimizers that divide its size out, "
    f"{GROWN_FOR_OTHERS:,.0f} times.",
    _exploding,
)
VANISHING = VerdictEntry(
    "vanishing",
    "Vanishing gradients",
    f"Said where the first layer's gradient per weight is below {LOST:g} of the last one's at {LOOKS} looks in a row, "
    "while more than half of the loss is left (Glorot and Bengio 2010).",
    _vanishing,
)
