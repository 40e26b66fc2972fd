"""What a proof comes to in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.inspection import Proof
from engine.views import RunStatus
from gui.proof.age import age, current
from gui.proof.verdict import difference, digits, verdict, ways

GOOD = Proof(
    "linear_1.weight",
    (0, 0),
    autograd=-0.34796690940856934,
    exact=-0.3479667515269709,
    numerical=-0.3479667515266109,
    h=0.0025,
    hand="by hand",
    snippet="print(1)",
    by_hand=-0.3479667515269709,
    noise=3e-12,
)


def test_agreement_is_counted_in_digits() -> None:
    found = verdict(GOOD)
    assert found.tone == "good"
    assert found.text == "They agree to 11 digits. The float32 number, with 7 digits of its own, agrees to 6."
    assert verdict(replace(GOOD, autograd=GOOD.exact)).text.endswith("The float32 number is the very same.")


def test_a_kink_is_said() -> None:
    found = verdict(replace(GOOD, numerical=-0.17, kink="linear_1 is exactly 0 at sample 0, unit 1."))
    assert found.tone == "warning"
    assert found.text.startswith("This is a kink: linear_1 is exactly 0 at sample 0, unit 1. The central difference is")
    soft = verdict(replace(GOOD, kink="The error is exactly delta = 1."))
    assert soft.tone == "good" and soft.text.endswith("But note: The error is exactly delta = 1.")


def test_disagreement_without_a_kink_is_not_hidden() -> None:
    found = verdict(replace(GOOD, numerical=-0.348, noise=1e-12))
    assert (found.tone, found.text) == ("warning", "They agree to only 4 digits, and no kink was found on the way.")
    assert verdict(replace(GOOD, by_hand=-0.5)).tone == "warning"


def test_zero_up_to_rounding() -> None:
    nothing = replace(GOOD, autograd=-7.7e-9, exact=-2.8e-17, numerical=0.0, by_hand=-1.4e-17, noise=4e-13)
    assert (
        verdict(nothing).text
        == "It is 0 in every way, up to the rounding of float64 (4e-13). What float32 shows is its own rounding."
    )
    clean = replace(nothing, autograd=0.0, exact=0.0, by_hand=0.0)
    assert verdict(clean).text == "It is 0 in every way, up to the rounding of float64 (4e-13)."


def test_a_tiny_gradient_is_as_sure_as_the_loss_allows() -> None:
    tiny = replace(GOOD, exact=1e-9, by_hand=1e-9, numerical=1.0004e-9, autograd=1e-9, noise=1e-12)
    assert verdict(tiny).text.startswith("They agree to 3 digits, all that the rounding of the loss leaves.")


def test_nan_is_said() -> None:
    assert verdict(replace(GOOD, exact=float("nan"))).tone == "warning"


@pytest.mark.parametrize(
    ("one", "other", "count"), [(1.0, 1.0, 15), (0.0, 0.0, 15), (1.0, 1.0001, 4), (1.0, -1.0, 0), (0.0, 1.0, 0)]
)
def test_digits(one: float, other: float, count: int) -> None:
    assert digits(one, other) == count


def test_the_four_ways() -> None:
    found = ways(GOOD)
    assert [way.name for way in found] == [
        "autograd, float32",
        "autograd, float64",
        "central difference, h = 0.0025",
        "by hand",
    ]
    assert [way.difference for way in found] == ["4.5e-07", "–", "1e-12", "0"]
    assert difference(float("inf"), 1.0) == "–"


def test_age() -> None:
    run = RunStatus(has_run=True, generation=2, step=3)
    assert age(3, 2, run) == "Of step 4 of the run, not done yet" and current(3, 2, run)
    assert age(1, 2, run) == "Of step 2; the run has done 3 by now" and not current(1, 2, run)
    assert age(3, 1, run) == "Of step 4 of an earlier run" and not current(3, 1, run)
    assert current(0, 1, RunStatus())
