"""Every verdict there is, causes before what follows from them, so that `unless` looks back. A new one is one entry here."""

from __future__ import annotations

from engine.diagnosis.descent import PLATEAU, TOO_HIGH, TOO_LOW
from engine.diagnosis.entry import VerdictEntry
from engine.diagnosis.evidence import Evidence
from engine.diagnosis.fit import IMBALANCE, LABEL_NOISE, OVERFITTING
from engine.diagnosis.gradients import EXPLODING, NOT_FINITE, VANISHING
from engine.diagnosis.silent import BROADCAST, DOUBLE_SOFTMAX, UNSCALED
from engine.diagnosis.units import DEAD_UNITS, SATURATION, SYMMETRIC
from engine.diagnosis.values import Verdict

VERDICTS: tuple[VerdictEntry, ...] = (
    NOT_FINITE,
    BROADCAST,
    DOUBLE_SOFTMAX,
    UNSCALED,
    SYMMETRIC,
    TOO_HIGH,
    EXPLODING,
    VANISHING,
    DEAD_UNITS,
    SATURATION,
    TOO_LOW,
    OVERFITTING,
    LABEL_NOISE,
    IMBALANCE,
    PLATEAU,
)


def diagnose(evidence: Evidence) -> tuple[Verdict, ...]:
    """All verdicts that the evidence bears out, in the catalog's order. Pure."""
    found: dict[str, Verdict] = {}
    for entry in VERDICTS:
        if found.keys().isdisjoint(entry.unless) and (verdict := entry.judge(evidence)) is not None:
            found[entry.name] = verdict
    return tuple(found.values())
