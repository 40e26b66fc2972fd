"""Verdicts about the way down: steps that are too long or too short, and a loss that does not move."""

from __future__ import annotations

import numpy as np

from engine.diagnosis import remedies
from engine.diagnosis.entry import Finding, VerdictEntry, number, percent
from engine.diagnosis.evidence import Evidence
from engine.views import Fix

TARGET = 1e-3
"""Usual length of an update as a share of the weights."""
LONG = 1e-2
REPLACED = 0.1
JUMPED = 0.05
UNSTEADY = 0.2
"""Spread of the last losses (nine tenths less one tenth of them) as a share of their median."""
SHORT = 1e-5
STUCK = 0.95
FLAT = 0.02
MANY = 50
"""Steps before which nothing is said of the way."""
RISE = 10.0
WORSE = 2.0
"""A loss that grew must also be so many times that of a constant answer."""
JUMP = 1.2
JUMPS = 1 / 3


def _too_high(evidence: Evidence) -> Finding | None:
    seen = _grew(evidence) or _no_better(evidence) or _jumping(evidence) or _leaping(evidence)
    length = _long_steps(evidence)
    if not seen or not length >= LONG:
        return None
    long = f"{percent(length)} as long" if length < 10 else f"{number(length)} times as long"
    text = f"{seen} With the learning rate {evidence.rate:g} the steps are {long} as the weights themselves: they leap over the valley."
    fixes = tuple(remedies.set_rate(evidence.rate / factor) for factor in (10, 100))
    return Finding(text, (), fixes)


def _grew(evidence: Evidence) -> str:
    """Tenfold, from an epoch to a later one, or beyond all numbers."""
    if not evidence.step:
        return ""
    first = [evidence.start] if evidence.start is not None else []
    losses = np.array([*first, *evidence.train]) if evidence.epochs else np.array([*first, *evidence.recent])
    newest = evidence.probes.losses[-1] if len(evidence.probes.losses) else 0.0
    if not np.isfinite(newest):
        losses = np.append(losses, np.inf)
    elif not evidence.struggles or not evidence.epochs:
        return ""
    lows = np.minimum.accumulate(losses)
    with np.errstate(invalid="ignore", divide="ignore"):
        times = np.where(lows > 0, losses / lows, 0.0)
    if not len(times) or not np.max(times) >= RISE:
        return ""
    at = int(np.argmax(times))
    if np.isfinite(losses[at]) and losses[at] < WORSE * (evidence.reference or 0.0):
        return ""  # momentum rolls past a bottom and comes back
    high = f"to {number(float(losses[at]))}" if np.isfinite(losses[at]) else "beyond all numbers"
    return f"The loss grew from {number(float(lows[at]))} {high}."


def _no_better(evidence: Evidence) -> str:
    level, start = evidence.level, evidence.start
    if level is None or start is None or evidence.step < 10 or evidence.epochs < 3:
        return ""
    base = evidence.baseline if evidence.baseline is not None else start
    if not start > 0 or level < STUCK * start or level < 1.05 * base:
        return ""
    return f"After {evidence.step:,} steps the loss is {number(level)}, not better than before the first one ({number(start)})."


def _jumping(evidence: Evidence) -> str:
    """Up and down from epoch to epoch."""
    losses = evidence.train[-20:]
    if len(losses) < 9 or not evidence.struggles:
        return ""
    jumps = int((losses[1:] > JUMP * losses[:-1]).sum())
    if jumps < JUMPS * (len(losses) - 1) or not _long_steps(evidence) >= JUMPED:
        return ""
    return f"The loss rose by more than {percent(JUMP - 1)} at {jumps} of the last {len(losses) - 1} epochs."


def _leaping(evidence: Evidence) -> str:
    """Every step replaces a good part of some layer, and nothing comes of it."""
    ratios = evidence.ratios
    late = ratios[len(ratios) // 2 :]
    late = late[np.isfinite(late)]
    if (
        evidence.step < MANY
        or evidence.epochs < 3
        or len(late) < 3
        or not evidence.struggles
        or not float(np.median(late)) >= REPLACED
    ):
        return ""
    low, middle, high = np.quantile(evidence.recent, [0.1, 0.5, 0.9])
    if not high - low >= UNSTEADY * middle:
        return ""
    return f"After {evidence.step:,} steps {percent(evidence.share)} of the loss of a constant answer are left."


def _long_steps(evidence: Evidence) -> float:
    """The upper quarter of all update/weight ratios: later ones may be 0 because everything died."""
    ratios = evidence.ratios
    ratios = ratios[np.isfinite(ratios)]
    return float(np.quantile(ratios, 0.75)) if len(ratios) else float("nan")


def _too_low(evidence: Evidence) -> Finding | None:
    ratios = evidence.ratios
    known = ratios[np.isfinite(ratios)]
    level, start = evidence.level, evidence.start
    if evidence.step < MANY or len(known) < 3 or level is None or start is None or not evidence.struggles:
        return None
    length = float(np.median(known))
    moved = (start - level) / start if start else 0.0
    gone = float(np.linalg.norm(evidence.probes.gradients[:, -1][~np.isnan(evidence.probes.gradients[:, -1])]))
    if not 0 < length <= SHORT or not moved < 0.2 or not gone > 0:
        return None
    faster = evidence.rate * 10 ** round(np.log10(TARGET / length))
    text = (
        f"A step moves no layer by more than {number(length)} of its weights (usual: {TARGET:g}), and after {evidence.step:,} steps "
        f"the loss ({number(level)}) fell by {percent(max(0.0, moved))}: the learning rate {evidence.rate:g} is too small."
    )
    return Finding(text, (), (remedies.set_rate(faster),))


def _plateau(evidence: Evidence) -> Finding | None:
    losses, base = evidence.train, evidence.baseline
    if len(losses) < 8 or evidence.step < 2 * MANY or base is None or not base > 0:
        return None
    late, middle = (
        float(np.mean(losses[-len(losses) // 4 :])),
        float(np.mean(losses[len(losses) // 4 : len(losses) // 2])),
    )
    if not STUCK * base <= late <= 1.1 * base or abs(late - middle) > FLAT * base or _is_best(evidence):
        return None
    text = (
        f"The training loss has stayed at {number(late)} for {len(losses) - len(losses) // 4:,} epochs; always giving the same answer "
        f"would reach {number(base)}: the network has learned nothing from the features yet."
    )
    return Finding(text, (), _out_of_it(evidence))


def _is_best(evidence: Evidence) -> bool:
    """A constant answer that was asked for: every loss is that of it, from the start on."""
    return evidence.start is not None and evidence.baseline is not None and evidence.start <= 1.001 * evidence.baseline


def _out_of_it(evidence: Evidence) -> tuple[Fix, ...]:
    ratios = evidence.ratios
    known = ratios[np.isfinite(ratios)]
    if len(known) and 0 < float(np.median(known)) < TARGET / 3:
        return (remedies.set_rate(evidence.rate * 10),)
    return remedies.add_hidden_layer(evidence)


TOO_HIGH = VerdictEntry(
    "rate_too_high",
    "Learning rate too high",
    f"Said where the loss grew {RISE:g}-fold, is no better than at the start after 3 epochs, or jumps up in a third of the epochs, "
    f"and steps are longer than {percent(LONG)} of the weights; or where they are longer than {percent(REPLACED)} and little is "
    f"learned. Usual are {TARGET:g}.",
    _too_high,
)
TOO_LOW = VerdictEntry(
    "rate_too_low",
    "Learning rate too low",
    f"Said where the median step is shorter than {SHORT:g} of every layer's weights, a hundredth of what is usual, and the loss "
    f"fell by less than 20 % in {MANY} steps or more.",
    _too_low,
    unless=("exploding", "vanishing"),
)
PLATEAU = VerdictEntry(
    "plateau",
    "Plateau",
    f"Said where the training loss moved by less than {percent(FLAT)} since the first quarter of at least 8 epochs, and stays "
    f"above {percent(STUCK)} of what the best constant answer reaches.",
    _plateau,
    unless=("not_finite", "rate_too_high", "rate_too_low"),
)
