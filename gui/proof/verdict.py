"""What a proof comes to, in words: how many digits agree, or why they do not. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from engine.inspection import Proof

ENOUGH = 6
"""So many digits must agree for the numbers to be called the same."""
_DOUBLE = 15
_SINGLE = 7


@dataclass(frozen=True, slots=True)
class Verdict:
    """The sentence, and whether it is good news."""

    text: str
    tone: Literal["good", "warning"]


@dataclass(frozen=True, slots=True)
class Way:
    """One line of the table: how the number was found."""

    name: str
    value: float
    difference: str
    tip: str


def ways(proof: Proof) -> tuple[Way, ...]:
    """The four numbers, each with its distance from autograd in float64."""

    def way(name: str, value: float, tip: str) -> Way:
        return Way(name, value, difference(value, proof.exact), tip)

    return (
        way(
            "autograd, float32",
            proof.autograd,
            "The number that tape and ledger show: loss.backward() as the run does it",
        ),
        Way(
            "autograd, float64",
            proof.exact,
            "–",
            "loss.backward() once more with every number in float64, the same batch and the same dropout mask",
        ),
        way(
            f"central difference, h = {proof.h:.3g}",
            proof.numerical,
            "No calculus at all: D(h) = (L(θ+h) − L(θ−h))/2h in float64, with its error in h² taken out: (4·D(h/2) − D(h))/3",
        ),
        way("by hand", proof.by_hand, "The chain rule written out below, in float64"),
    )


def difference(value: float, reference: float) -> str:
    """|value − reference| as a share of the larger one."""
    if value == reference:
        return "0"
    size = max(abs(value), abs(reference))
    return f"{abs(value - reference) / size:.2g}" if math.isfinite(size) else "–"


def digits(one: float, other: float) -> int:
    """How many significant digits two numbers have in common, at most as many as float64 has."""
    if one == other:
        return _DOUBLE
    apart = abs(one - other) / max(abs(one), abs(other))
    return max(0, min(_DOUBLE, math.floor(-math.log10(apart)))) if math.isfinite(apart) else 0


def verdict(proof: Proof) -> Verdict:
    """Whether the numbers are the same, and if not, why."""
    numbers = (proof.autograd, proof.exact, proof.numerical, proof.by_hand)
    if not all(map(math.isfinite, numbers)):
        return Verdict("The gradient is not a finite number in this step: there is nothing to compare.", "warning")
    near = max(abs(proof.numerical - proof.exact), abs(proof.by_hand - proof.exact)) <= proof.noise
    if near and abs(proof.exact) <= proof.noise:
        shown = " What float32 shows is its own rounding." if proof.autograd else ""
        return Verdict(f"It is 0 in every way, up to the rounding of float64 ({proof.noise:.0e}).{shown}", "good")
    agreed = min(digits(proof.numerical, proof.exact), digits(proof.by_hand, proof.exact))
    if agreed >= ENOUGH or (near and not proof.kink):
        also = f" But note: {proof.kink}" if proof.kink else ""
        rest = "" if agreed >= ENOUGH else ", all that the rounding of the loss leaves"
        return Verdict(f"They agree to {agreed} digits{rest}.{_single(proof)}{also}", "good")
    if proof.kink:
        mean = " The central difference is the mean of the slopes on both sides."
        return Verdict(f"This is a kink: {proof.kink}{mean}", "warning")
    return Verdict(f"They agree to only {agreed} digits, and no kink was found on the way.", "warning")


def _single(proof: Proof) -> str:
    """What float32 costs."""
    agreed = digits(proof.autograd, proof.exact)
    if agreed >= _DOUBLE:
        return " The float32 number is the very same."
    return f" The float32 number, with {_SINGLE} digits of its own, agrees to {agreed}."
