"""Verdicts that the project alone shows: mistakes that torch lets through without a word."""

from __future__ import annotations

from engine.diagnosis.entry import Finding, VerdictEntry
from engine.diagnosis.evidence import Evidence


def _double(evidence: Evidence) -> Finding | None:
    return _issue(evidence, "double_softmax")


def _broadcast(evidence: Evidence) -> Finding | None:
    found = _issue(evidence, "broadcast")
    more = " Compared as they are, torch would broadcast them and hold every output against every target."
    if found is None:
        return None
    return Finding(found.text + more, found.layers, found.fixes)


def _unscaled(evidence: Evidence) -> Finding | None:
    return _issue(evidence, "unscaled")


def _issue(evidence: Evidence, kind: str) -> Finding | None:
    """What the check found (engine/tensors/slips.py, advice.py)."""
    issue = next((issue for issue in evidence.issues if issue.kind == kind), None)
    if issue is None:
        return None
    return Finding(issue.text, (issue.node,) if issue.node else (), issue.fixes)


DOUBLE_SOFTMAX = VerdictEntry(
    "double_softmax",
    "Double softmax",
    "Said for every network that ends with an activation which its loss contains already: applied twice, gradients shrink and "
    "certainty cannot be expressed.",
    _double,
)
BROADCAST = VerdictEntry(
    "broadcast",
    "Broadcast loss",
    "Said where outputs and targets of a row are not equally many and one of both is single: training stays off until they are.",
    _broadcast,
)
UNSCALED = VerdictEntry(
    "unscaled",
    "Unscaled inputs",
    "Said where a feature that is not normalized has a mean or a standard deviation above 10 over the training part: one rate cannot "
    "suit all weights then (LeCun et al. 1998).",
    _unscaled,
)
