"""Gathers what is known of a run for the verdicts: numpy copies, no tensor."""

from __future__ import annotations

import numpy as np

from engine.catalog import LOSSES
from engine.diagnosis import Evidence, ProbeView
from engine.diagnosis.baseline import constant_loss
from engine.diagnosis.evidence import RECENT, Answers, answers
from engine.diagnosis.values import Floats
from engine.metrics import STEP_LOSS, TRAIN_LOSS, VALIDATION_LOSS, MetricLog
from engine.spec import ProjectSpec
from engine.tensors.probes import Prober
from engine.tensors.train import Run
from engine.views import Issue, NetworkReport


class Case:
    """One run's evidence; what never changes while it goes on is computed once."""

    def __init__(self, run: Run) -> None:
        targets = run.rows["train"].targets.cpu().numpy()
        self._baseline = constant_loss(run.project.train.loss, targets)
        data, self._classes = run.prepared.dataset, tuple[int, ...]()
        if data.task == "classes":
            labels = np.asarray(run.prepared.targets["train"], np.int64)
            self._classes = tuple(np.bincount(labels, minlength=len(data.class_names)).tolist())

    def evidence(self, run: Run, view: ProbeView, prober: Prober | None, issues: tuple[Issue, ...]) -> Evidence:
        """The run as it is now, with the looks at it."""
        steps, train, _ = run.log.since(TRAIN_LOSS)
        begun = len(steps) > 0 and float(steps[0]) == 0.0
        return Evidence(
            run.project,
            issues,
            run.step,
            run.steps_per_epoch,
            view,
            start=float(train[0]) if begun else None,
            train=train[int(begun) :].copy(),
            validation=_after_start(run.log, VALIDATION_LOSS),
            recent=_last(run.log),
            baseline=self._baseline,
            training_rows=len(run.rows["train"]),
            validation_rows=len(run.rows["validation"]),
            classes=self._classes,
            class_names=run.prepared.dataset.class_names,
            answers=_answers(run, prober) if self._classes else None,
        )


def standing_evidence(project: ProjectSpec, report: NetworkReport) -> Evidence:
    """Without a run: what the project alone shows."""
    return Evidence(project, report.issues)


def _after_start(log: MetricLog, name: str) -> Floats:
    steps, values, _ = log.since(name)
    return values[steps > 0].copy()


def _last(log: MetricLog) -> Floats:
    _, _, count = log.since(STEP_LOSS, 0)
    return log.since(STEP_LOSS, max(0, count - RECENT))[1].copy()


def _answers(run: Run, prober: Prober | None) -> Answers | None:
    if prober is None or prober.output is None:
        return None
    chances = LOSSES[run.project.train.loss.kind].chances
    return answers(prober.output.cpu().numpy(), prober.targets.cpu().numpy(), chances)
