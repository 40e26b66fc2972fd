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
    if epochs is not None:
        project = replace(project, train=replace(project.train, epochs=epochs))
    mailbox, bench = Mailbox(), Bench()
    doctor = Doctor(mailbox, bench)
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
            run.settle()
        except LossNotFinite:
            pass
        doctor.conclude()
    view = mailbox.read("diagnosis")[1]
    assert isinstance(view, DiagnosisView) and not view.probes.trouble, view
    return view


def names(view: DiagnosisView) -> set[str]:
    """Of all verdicts."""
    return {verdict.name for verdict in view.verdicts}
