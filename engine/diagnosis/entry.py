"""What one kind of verdict is: a name, the rule that finds it, and the rule in words with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.diagnosis.evidence import Evidence
from engine.diagnosis.values import Verdict
from engine.views import Fix


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: the evidence in a sentence, where, and what may help, the likeliest first."""

    text: str
    layers: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True, slots=True)
class VerdictEntry:
    """`threshold` says from where on it is said and why there. `find` is a pure function."""

    name: str
    title: str
    threshold: str
    find: Callable[[Evidence], Finding | None]
    unless: tuple[str, ...] = ()
    """Verdicts that explain it: with one of them it is not said."""

    def judge(self, evidence: Evidence) -> Verdict | None:
        found = self.find(evidence)
        if found is None:
            return None
        return Verdict(self.name, self.title, found.text, self.threshold, found.layers, found.fixes)


def number(value: float) -> str:
    """A number as a sentence shows it."""
    return f"{value:.3g}"


def percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 or share == 0 else "less than 1 %"
