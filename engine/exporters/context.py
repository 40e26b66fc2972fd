"""What an exporter may use: the project, what torch says of it, and the run if there is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.metrics import MetricLog
from engine.spec import ProjectSpec
from engine.views import GraphView, NetworkReport

if TYPE_CHECKING:
    import torch

    from engine.datasets import Part
    from engine.tensors.measure import Evaluation


@dataclass(frozen=True, slots=True, eq=False)
class ExportContext:
    """Filled by the engine thread, which also calls the exporter: only there tensors may be touched.

    `project` is the one that the run was built from when there is a run, else the one on the canvas. `state_dict`, `log`
    and `graph` are None when there is nothing to take them from; `state_dict`, `graph` and `evaluate` (loss and accuracy
    of a part) are asked only when needed. `device` is where the run computes, `stopped` says why
    it ended early.
    """

    project: ProjectSpec
    report: NetworkReport
    state_dict: Callable[[], Mapping[str, torch.Tensor]] | None = None
    log: MetricLog | None = None
    graph: Callable[[], GraphView] | None = None
    evaluate: Callable[[Part], Evaluation | None] | None = None
    device: str = ""
    stopped: str = ""
