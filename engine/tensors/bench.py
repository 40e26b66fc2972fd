"""What lies on the engine's work bench: the project as it is shown, what torch says of it, its data, and the run."""

from __future__ import annotations

from engine.datasets import DataError, Prepared
from engine.live import same_run
from engine.project_file import RunState
from engine.spec import ProjectSpec
from engine.tensors.check import check, prepared_or_error
from engine.tensors.run_state import same_surroundings
from engine.tensors.train import Run
from engine.views import NetworkReport


class NotReady(Exception):  # noqa: N818 - an ordinary state of a draft, told with what is missing
    """The project has issues with severity "error", so no run can be built of it."""


class Bench:
    """Keeps project, report, data and run together. `generation` numbers the runs, rewound ones anew.

    The run may be older than the project: it goes on with what it was built from until a new one is asked for.
    """

    def __init__(self) -> None:
        self.project: ProjectSpec | None = None
        self.report: NetworkReport | None = None
        self.prepared: Prepared | None = None
        self.run: Run | None = None
        self.generation = 0

    @property
    def stale(self) -> bool:
        """Whether the project was edited so that the run cannot follow."""
        return self.run is not None and self.project is not None and not same_run(self.run.project, self.project)

    def show(self, project: ProjectSpec) -> bool:
        """Check the project and let the run follow live edits. Returns whether its data are other ones than before."""
        self.project, self.report = project, check(project)
        before, found = self.prepared, prepared_or_error(project.data)
        self.prepared = None if isinstance(found, DataError) else found
        if self.run is not None and not self.stale and self.run.project is not project:
            self.run.apply_live(project)
        return self.prepared is not before

    def up_to_date(self) -> Run:
        """The run of the project as it is now; a new one at step 0 when there is none or it is stale.

        Raises:
            NotReady: the project has errors.
        """
        if self.run is None or self.stale:
            self.run = self.fresh(self.generation + 1)
            self.generation = self.run.generation
        return self.run

    def fresh(self, generation: int) -> Run:
        """A run of the project at step 0 that is not put on the bench.

        Raises:
            NotReady: the project has errors.
        """
        if self.project is None or self.report is None or self.prepared is None or not self.report.ready:
            raise NotReady
        return Run(self.project, self.report, self.prepared, generation)

    def rewind(self) -> Run:
        """The run at step 0 again with the same initial weights, or a new one when it is stale or there is none.

        Raises:
            NotReady: a new one is needed and the project has errors.
        """
        if self.run is None or self.stale:
            return self.up_to_date()
        self.generation += 1
        self.run.rewind(self.generation)
        return self.run

    def clear(self) -> None:
        """Give up the run."""
        self.run = None
        self.generation += 1

    def adopt(self, state: RunState) -> bool:
        """Take up a saved run. Returns whether it goes on bit for bit as it would have where it was saved.

        Raises:
            NotReady: the project of the run cannot be trained here, for example for want of its device.
            ValueError: the state does not fit its project.
        """
        live = self.project is not None and same_run(state.project, self.project)
        project = self.project if live and self.project is not None else state.project
        report, found = check(state.project), prepared_or_error(state.project.data)
        if not report.ready or isinstance(found, DataError):
            raise NotReady
        run = Run(state.project, report, found, self.generation + 1)
        run.restore(state)
        run.apply_live(project)
        self.run, self.generation = run, run.generation
        return same_surroundings(state, run)
