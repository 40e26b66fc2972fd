"""Weights to be looked at and edited: what a project begins with, what a run has now."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from engine.commands import ChangeWeights, LookAtWeights
from engine.edits import ENDS
from engine.inspection import InitialWeights, PresentWeights
from engine.spec import ProjectSpec
from engine.tensors.build import Network, build_network
from engine.tensors.check import check
from engine.tensors.devices import threads_for
from engine.tensors.train import Run
from engine.views import Array, NetworkReport, frozen
from engine.weight_edits import change_sentence


def look(command: LookAtWeights) -> InitialWeights:
    """The values that a new run of the project would begin with. No run is touched, nor torch's random state."""
    report = check(command.project)
    if trouble := _trouble(command.project, report):
        return InitialWeights(command.project, {}, trouble)
    found = dict(_initial(command.project, report).named_parameters())
    return InitialWeights(command.project, {name: copied(found[name]) for name in command.parameters if name in found})


def present(run: Run, parameters: tuple[str, ...]) -> PresentWeights:
    """Copies of those of the parameters that the run has."""
    found = dict(run.network.named_parameters())
    values = {name: copied(found[name]) for name in parameters if name in found}
    return PresentWeights(run.generation, run.step, values)


def change(run: Run, command: ChangeWeights) -> None:
    """Set elements of a parameter in place, between two steps, and write it into the run's list of changes.

    What the optimizer remembers of the parameter stays. An evaluation that is due is finished first: it is of the weights before.

    Raises:
        AttributeError, IndexError: the run has no such parameter or element.
    """
    run.settle()
    node, _, name = command.parameter.partition(".")
    parameter = run.network.layer(node).get_parameter(name)
    with torch.no_grad():
        for place, value in command.changes:
            parameter[place] = value
    run.log.changes.append((run.step, change_sentence(command.parameter, dict(command.changes))))


def copied(parameter: Tensor) -> Array:
    """A read-only copy in memory."""
    values: Array = parameter.detach().cpu().numpy()
    return frozen(np.array(values))


def _initial(project: ProjectSpec, report: NetworkReport) -> Network:
    """As a run builds it (train.py)."""
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        try:
            torch.set_num_threads(threads_for(project.network))
            torch.manual_seed(project.train.seed)
            return build_network(project.network, report.settled)
        finally:
            torch.set_num_threads(threads)


def _trouble(project: ProjectSpec, report: NetworkReport) -> str:
    """Why the network cannot be built yet; "" when it can."""
    unsettled = {node.id for node in project.network.nodes if node.id not in ENDS} - set(report.settled)
    of_weights = {issue.node for issue in report.issues if issue.severity == "error"} & set(report.settled)
    wrong = [
        issue.text for issue in report.issues if issue.severity == "error" and issue.node in unsettled | of_weights
    ]
    if not unsettled and not any(project.network.node(node).weights for node in of_weights):
        return ""
    return wrong[0] if wrong else "The network cannot be built yet."
