"""Diagnosis: looks at the layers of a run over time, and named verdicts with evidence, threshold, place and remedy."""

from engine.diagnosis.catalog import VERDICTS, diagnose
from engine.diagnosis.evidence import Evidence
from engine.diagnosis.log import ProbeLog
from engine.diagnosis.values import SLOPE, DiagnosisView, Look, ProbeView, Verdict

__all__ = [
    "SLOPE",
    "VERDICTS",
    "DiagnosisView",
    "Evidence",
    "Look",
    "ProbeLog",
    "ProbeView",
    "Verdict",
    "diagnose",
]
