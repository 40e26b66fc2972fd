"""Every sick run gets its verdict with evidence, place and a remedy that helps; healthy runs get none."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import pytest

from engine import fixes
from engine.datasets import Prepared
from engine.diagnosis import VERDICTS, DiagnosisView, Verdict
from engine.example_parts import optimizer_of
from engine.examples import EXAMPLES, example
from engine.spec import ProjectSpec
from engine.tensors.check import check
from tests.engine.diagnosis import broken, well
from tests.engine.diagnosis.patients import course, examined, names

Change = Callable[[Prepared], Prepared]
SICK: dict[str, tuple[Callable[[], ProjectSpec], set[str], Change | None]] = {
    "deep sigmoid": (broken.deep_sigmoid, {"vanishing", "plateau"}, None),
    "small weights": (broken.small_weights, {"vanishing", "plateau"}, None),
    "pressed to 0": (broken.pressed, {"vanishing"}, None),
    "large weights": (broken.large_weights, {"exploding"}, None),
    "diverging": (broken.diverging, {"not_finite", "rate_too_high"}, None),
    "leaping": (broken.leaping, {"rate_too_high", "dead_units"}, None),
    "from side to side": (lambda: example("quadratic-one"), {"rate_too_high"}, None),
    "further every step": (lambda: example("quadratic-large"), {"rate_too_high"}, None),
    "creeping": (broken.creeping, {"rate_too_low"}, None),
    "born dead": (broken.born_dead, {"dead_units"}, None),
    "saturated tanh": (broken.saturated_tanh, {"saturation"}, None),
    "saturated sigmoid": (broken.saturated_sigmoid, {"unscaled", "saturation"}, None),
    "straight xor": (broken.straight_xor, {"plateau"}, None),
    "by heart": (broken.by_heart, {"overfitting"}, None),
    "big on little": (broken.big_on_little, {"overfitting"}, None),
    "softmax twice": (broken.softmax_twice, {"double_softmax"}, None),
    "sigmoid twice": (broken.sigmoid_twice, {"double_softmax"}, None),
    "broadcast": (broken.broadcast, {"broadcast"}, None),
    "unscaled": (broken.unscaled, {"unscaled"}, None),
    "all equal": (broken.all_equal, {"symmetric"}, None),
    "set equal": (broken.set_equal, {"symmetric"}, None),
    "false labels": (lambda: broken.classes(8, epochs=60), {"label_noise"}, partial(broken.flipped, share=0.2)),
    "lopsided": (
        lambda: broken.classes(2, optimizer=optimizer_of("sgd", lr=0.05), epochs=20),
        {"class_imbalance"},
        broken.lopsided,
    ),
}
TEACHING = {"random-two-class", "quadratic-one", "quadratic-large"}
"""Examples that show what goes wrong."""
SLOW = {"two-conv": 2, "digits": 12, "digits-cnn": 6, "lenet": 3, "tokens": 12}
"""Epochs of examples that would take long."""


@cache
def sick(name: str) -> DiagnosisView:
    build, _, change = SICK[name]
    return examined(build(), change=change)


@pytest.mark.parametrize("name", SICK)
def test_a_sick_run_gets_its_verdict_and_no_other(name: str) -> None:
    assert names(sick(name)) == SICK[name][1]


def test_at_least_sixteen_projects_fail_and_every_verdict_is_among_them() -> None:
    assert len(SICK) >= 16
    assert set().union(*(expected for _, expected, _ in SICK.values())) == {entry.name for entry in VERDICTS}


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in TEACHING])
def test_a_healthy_run_gets_none_at_any_moment(name: str) -> None:
    assert [view.verdicts for view in course(example(name), SLOW.get(name)) if view.verdicts] == []


@pytest.mark.parametrize("name", well.WELL)
def test_other_healthy_runs_get_none_at_any_moment(name: str) -> None:
    assert [view.verdicts for view in course(well.WELL[name]()) if view.verdicts] == []


def test_a_penalty_that_is_too_strong_is_weakened() -> None:
    vanishing = sick("pressed to 0").verdicts[0]
    assert (
        "penalty" in vanishing.text and vanishing.fixes[0].text == "Weaken the penalties on the weights to a hundredth"
    )


@pytest.mark.parametrize("name", SICK)
def test_a_verdict_names_evidence_threshold_and_an_existing_place(name: str) -> None:
    project = SICK[name][0]()
    for verdict in sick(name).verdicts:
        assert any(sign.isdigit() for sign in verdict.text) or verdict.name in ("double_softmax", "symmetric"), (
            verdict.text
        )
        assert verdict.text.endswith((".", ":")) and verdict.threshold.startswith("Said ")
        assert all(project.network.has(layer) for layer in verdict.layers)
        assert len({fix.text for fix in verdict.fixes}) == len(verdict.fixes) <= 3


@pytest.mark.parametrize("name", SICK)
def test_every_remedy_offered_can_be_applied_and_trained(name: str) -> None:
    project = SICK[name][0]()
    for verdict in sick(name).verdicts:
        for fix in verdict.fixes:
            changed = fixes.apply(project, fix)
            assert changed != project and check(changed).ready, (verdict.name, fix.text)


HELPED = {
    "deep sigmoid": "vanishing",
    "small weights": "vanishing",
    "pressed to 0": "vanishing",
    "large weights": "exploding",
    "diverging": "not_finite",
    "leaping": "rate_too_high",
    "from side to side": "rate_too_high",
    "further every step": "rate_too_high",
    "creeping": "rate_too_low",
    "born dead": "dead_units",
    "saturated tanh": "saturation",
    "saturated sigmoid": "saturation",
    "straight xor": "plateau",
    "by heart": "overfitting",
    "big on little": "overfitting",
    "lopsided": "class_imbalance",
    "softmax twice": "double_softmax",
    "sigmoid twice": "double_softmax",
    "broadcast": "broadcast",
    "unscaled": "unscaled",
    "all equal": "symmetric",
    "set equal": "symmetric",
}


@pytest.mark.parametrize("name", HELPED)
def test_with_a_remedy_the_verdict_is_gone(name: str) -> None:
    project = SICK[name][0]()
    verdict = next(verdict for verdict in sick(name).verdicts if verdict.name == HELPED[name])
    assert verdict.fixes
    change = SICK[name][2]
    assert any(HELPED[name] not in names(examined(fixes.apply(project, fix), change=change)) for fix in verdict.fixes)


def test_the_place_is_where_it_begins() -> None:
    def place(name: str, verdict: str) -> tuple[str, ...]:
        return next(each for each in sick(name).verdicts if each.name == verdict).layers

    assert place("deep sigmoid", "vanishing") == ("linear_1",)
    assert place("born dead", "dead_units") == ("relu_1", "relu_2")
    assert place("saturated sigmoid", "saturation") == ("sigmoid_1",)
    assert place("all equal", "symmetric") == ("linear_1",)
    assert place("unscaled", "unscaled") == ("input",)
    assert place("softmax twice", "double_softmax") == ("softmax_1",)


def test_the_evidence_is_the_number_that_the_looks_have() -> None:
    view = sick("born dead")
    dead: Verdict = view.verdicts[0]
    share = float(view.probes.layer(view.probes.dead, "relu_1")[-1])
    assert f"{100 * share:.0f} % of relu_1" in dead.text and f"{view.probes.rows} training rows" in dead.text


def test_nothing_is_said_before_anything_is_known() -> None:
    assert examined(broken.classes(8), epochs=1).verdicts == ()
