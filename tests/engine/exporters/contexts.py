"""Contexts for exporters, filled as the engine thread fills them."""

from __future__ import annotations

import dataclasses

from engine.examples import example
from engine.exporters import ExportContext
from engine.spec import ProjectSpec
from engine.tensors import autograd_graph
from engine.tensors.check import check, prepared_or_error
from engine.tensors.train import Run


def short(name: str, epochs: int = 2) -> ProjectSpec:
    """An example that is trained for at most so many epochs, on the CPU."""
    return with_epochs(example(name), epochs)


def with_epochs(project: ProjectSpec, epochs: int) -> ProjectSpec:
    train = dataclasses.replace(project.train, epochs=min(epochs, project.train.epochs), device="cpu")
    return dataclasses.replace(project, train=train)


def new_run(project: ProjectSpec) -> Run:
    report, prepared = check(project), prepared_or_error(project.data)
    assert report.ready, report.issues
    assert not isinstance(prepared, Exception)
    return Run(project, report, prepared)


def trained(project: ProjectSpec) -> Run:
    run = new_run(project)
    while not run.finished:
        run.train_for(1.0)
    run.settle()
    return run


def untrained(project: ProjectSpec) -> ExportContext:
    """A project that was never trained; its graph is that of a run at step 0."""
    return ExportContext(project, check(project), graph=lambda: autograd_graph.draw(new_run(project)))


def context_of(run: Run) -> ExportContext:
    return ExportContext(
        run.project,
        run.report,
        run.network.state_dict,
        run.log,
        graph=lambda: autograd_graph.draw(run),
        evaluate=run.evaluate,
        device=run.device.type,
    )
