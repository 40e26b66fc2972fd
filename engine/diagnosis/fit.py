"""Verdicts about what was learned: by heart, against false labels, or only the frequent class."""

from __future__ import annotations

import numpy as np

from engine.diagnosis import remedies
from engine.diagnosis.entry import Finding, VerdictEntry, number, percent
from engine.diagnosis.evidence import Evidence
from engine.spec import INPUT_ID
from engine.views import Fix, Step

ABOVE = 1.15
"""The validation loss now against its lowest value."""
FELL = 0.9
"""The training loss now against its value when the validation loss was lowest."""
MATTERS = 0.05
"""The rise as a share of what a constant answer reaches: less does not matter."""
GAP = 1.5
"""The validation loss against the training loss."""
SINCE = 4
"""Epochs since the lowest validation loss."""
ROWS = 8
NOISE = 0.05
LEARNED = 0.65
EVENLY = 0.5
"""Wrong answers among the surest quarter, as a share of those among all. Measured: false labels 0.69 and more, classes that overlap
0.23 and less."""
LOOKED_AT = 128
"""Answers that there must be before they are judged."""
MAJORITY = 0.8
RECALL = 0.5


def _overfitting(evidence: Evidence) -> Finding | None:
    train, validation = evidence.train, evidence.validation
    count, stopping = min(len(train), len(validation)), evidence.project.train.stopping
    if stopping.kind == "early" and stopping.get("restore_best") is True:
        return None  # the best weights come back: it is taken care of
    if count < SINCE + 2 or evidence.validation_rows < ROWS or not np.isfinite(validation[:count]).all():
        return None
    train, validation = train[-count:], validation[-count:]
    best = int(np.argmin(validation))
    now, fell = float(np.median(validation[-3:])), float(np.median(train[-3:]))
    lowest = float(validation[best])
    if count - 1 - best < SINCE or now < ABOVE * lowest or fell > FELL * float(train[best]):
        return None
    if now - lowest < MATTERS * (evidence.reference or 0.0) or (_alike(evidence) and now < GAP * fell):
        return None
    epoch = best + 1 + evidence.epochs - count
    text = (
        f"Since epoch {epoch:,} the validation loss rose from {number(lowest)} to {number(now)} "
        f"(+{percent(now / lowest - 1)}), while the training loss fell from {number(float(train[best]))} to "
        f"{number(fell)}: the network learns its {evidence.training_rows:,} training rows by heart."
    )
    fewer = Fix(f"Plan {epoch} epochs", (Step("train", "", "epochs", epoch),))
    return Finding(text, (), (*remedies.stop_early(evidence), *remedies.add_dropout(evidence), fewer))


def _alike(evidence: Evidence) -> bool:
    """Whether the losses of both parts can be compared: under "sum" they grow with the rows."""
    return evidence.project.train.loss.get("reduction") != "sum"


def _label_noise(evidence: Evidence) -> Finding | None:
    """Who is right where it is unsure and wrong near a border only has no noise; noise is wrong also where it is sure."""
    answers = evidence.answers
    if answers is None or len(answers.true) < LOOKED_AT or evidence.epochs < 3:
        return None
    wrong = answers.true != answers.predicted
    chance = max(evidence.classes, default=0) / max(1, sum(evidence.classes))
    surest = answers.confidence >= np.quantile(answers.confidence, 0.75)
    overall, among_sure = float(wrong.mean()), float(wrong[surest].mean())
    learned = 1 - overall >= max(LEARNED, chance + 0.3 * (1 - chance))
    if not learned or among_sure < max(NOISE, EVENLY * overall) or not _settled(evidence):
        return None
    text = (
        f"Among the {int(surest.sum()):,} training rows that the network is surest of, {percent(among_sure)} carry another label "
        f"than its answer ({percent(overall)} of all {len(wrong):,} looked at): wrong where it is sure points to false labels."
    )
    loss = evidence.project.train.loss
    smooth = Fix("Set the label smoothing to 0.1", (Step("part", "loss", "label_smoothing", 0.1),))
    soft = (smooth,) if loss.has("label_smoothing") and loss.number("label_smoothing") == 0 else ()
    return Finding(text, (INPUT_ID,), soft)


def _settled(evidence: Evidence) -> bool:
    """The loss hardly falls any more: what is wrong now is not only not learned yet."""
    losses = evidence.train
    return len(losses) >= 6 and float(losses[-1]) > 0.9 * float(np.median(losses[-6:-3]))


def _imbalance(evidence: Evidence) -> Finding | None:
    answers, classes = evidence.answers, evidence.classes
    total = sum(classes)
    if answers is None or not total or evidence.epochs < 3 or max(classes) / total < MAJORITY:
        return None
    most = int(np.argmax(classes))
    recalls = {
        one: float((answers.predicted[answers.true == one] == one).mean())
        for one in range(len(classes))
        if one != most and (answers.true == one).any()
    }
    if not recalls or min(recalls.values()) >= RECALL:
        return None
    worst = min(recalls, key=lambda one: recalls[one])
    names = evidence.class_names
    text = (
        f"{percent(max(classes) / total)} of the training rows are of class “{names[most]}”, and {percent(recalls[worst])} of class "
        f"“{names[worst]}” are recognised: always saying “{names[most]}” is right {percent(max(classes) / total)} of the time."
    )
    return Finding(text, (INPUT_ID,), remedies.balance_classes(evidence))


OVERFITTING = VerdictEntry(
    "overfitting",
    "Overfitting",
    f"Said where the validation loss stands {percent(ABOVE - 1)} above its lowest value (median of 3 epochs) at least {SINCE} epochs "
    f"later, while the training loss fell below {percent(FELL)} of what it was, and the rise is at least {percent(MATTERS)} of "
    f"what a constant answer reaches (after Prechelt 1998).",
    _overfitting,
    unless=("not_finite", "rate_too_high", "exploding"),
)
LABEL_NOISE = VerdictEntry(
    "label_noise",
    "Label noise",
    f"Said where at least {percent(NOISE)} of the surest quarter of the answers contradict their labels, about as often as in all of "
    "them, once the loss has settled. Classes that overlap are wrong where the answers are unsure (after Northcutt et al. 2021).",
    _label_noise,
    unless=("not_finite", "rate_too_high", "exploding", "vanishing", "dead_units", "saturation", "overfitting"),
)
IMBALANCE = VerdictEntry(
    "class_imbalance",
    "Class imbalance",
    f"Said where one class has at least {percent(MAJORITY)} of the training rows and less than {percent(RECALL)} of another one is "
    "recognised after 3 epochs.",
    _imbalance,
)
