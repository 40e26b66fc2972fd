"""Runs a project as the engine thread does, with its looks and verdicts, in this thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine.datasets import Prepared
from engine.diagnosis import DiagnosisView
from engine.mailbox import Mailbox
from engine.spec import ProjectSpec
from engine.tensors.bench import Bench
from engine.tensors.diagnosing import Doctor
from engine.tensors.train import LossNotFinite


def examined(
    project: ProjectSpec, epochs: int | None = None, change: Callable[[Prepared], Prepared] | None = None
) -> DiagnosisView:
    """What is said of a project after it was trained for so many epochs, or until it could not go on.

    `change` puts other data in the place of the project's own.
    """
    return course(project, epochs, change)[-1]


def course(
    project: ProjectSpec, epochs: int | None = None, change: Callable[[Prepared], Prepared] | None = None
) -> list[DiagnosisView]:
    """All that is said on the way: at the steps 0, 1, 2, 4, 8, … and at the end."""
    if epochs is not None:
        project = replace(project, train=replace(project.train, epochs=epochs))
    mailbox, bench, views = Mailbox(), Bench(), list[DiagnosisView]()
    doctor = Doctor(mailbox, bench, silence=0.0)
    bench.show(project)
    if change is not None and bench.prepared is not None:
        bench.prepared = change(bench.prepared)
    doctor.review()
    if bench.report is not None and bench.report.ready:
        run = bench.up_to_date()
        try:
            while not run.finished:
                with doctor.watching(run, None) as most:
                    run.train_for(0.05, most)
                views.append(_said(mailbox))
            run.settle()
        except LossNotFinite:
            pass
        doctor.conclude()
    return [*views, _said(mailbox)]


def _said(mailbox: Mailbox) -> DiagnosisView:
    view = mailbox.read("diagnosis")[1]
    assert isinstance(view, DiagnosisView) and not view.probes.trouble, view
    return view


def names(view: DiagnosisView) -> set[str]:
    """Of all verdicts."""
    return {verdict.name for verdict in view.verdicts}
