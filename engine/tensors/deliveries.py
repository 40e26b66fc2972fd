"""What people take with them or look at in peace: the graph, exports, project files."""

from __future__ import annotations

from dataclasses import replace

from engine import exporters, project_file
from engine.commands import Save
from engine.mailbox import Mailbox
from engine.project_file import Loaded, RunState
from engine.tensors.bench import Bench, NotReady
from engine.tensors.check import check
from engine.tensors.train import Run
from engine.views import Failure, GraphView, Notice, Opened, Saved


def graph(bench: Bench) -> GraphView:
    """The autograd graph of the project's loss; for a project without a run of its own it is drawn of one at step 0.

    Raises:
        NotReady: the project has errors.
    """
    own = bench.run if bench.run is not None and not bench.stale else None
    run = own or bench.fresh(bench.generation)
    return replace(_drawn(run), step=run.step, fresh=own is None)


def _drawn(run: Run) -> GraphView:
    """Imported late, as the tape: what lays the graph out takes time to load, and the engine is to be ready soon."""
    from engine.tensors.autograd_graph import draw

    return draw(run)


def export(bench: Bench, what: str, path: str) -> str:
    """Write one format and return the sentence that says so; it belongs to the run when there is one.

    Raises:
        NotReady: no project is shown yet.
        engine.errors.AppError: it could not be exported.
    """
    run = bench.run
    if run is None:
        if bench.project is None or bench.report is None:
            raise NotReady
        context = exporters.ExportContext(bench.project, bench.report, graph=lambda: graph(bench))
        return exporters.export(what, path, context)
    report = run.report if run.report.project == run.project else check(run.project)
    context = exporters.ExportContext(
        run.project,
        report,
        run.network.state_dict,
        run.log,
        graph=lambda: _drawn(run),
        evaluate=run.evaluate,
        device=run.device.type,
        stopped=run.stopper.told,
    )
    return exporters.export(what, path, context)


def save(bench: Bench, command: Save) -> Saved:
    """Write the project file, with the run if it was trained. Raises engine.errors.FileProblem."""
    run = bench.run
    state = run.state() if run is not None and run.step else None
    return Saved(str(project_file.save(command.path, command.project, state, command.ui)), command.project)


def open_file(path: str, mailbox: Mailbox) -> tuple[Opened, Loaded]:
    """Read a project file. Raises engine.errors.ProjectError; what is open stays as it is."""
    loaded = project_file.load(path)
    if loaded.notice:
        mailbox.post(Notice(loaded.notice))
    return Opened(path, loaded.project, dict(loaded.ui)), loaded


def adopt(bench: Bench, state: RunState, mailbox: Mailbox) -> None:
    """Take up the run that was saved with a project; what stands in the way is told, the project stays open."""
    try:
        if not bench.adopt(state):
            text = "The training goes on where it was saved. It was saved elsewhere: tiny differences are possible."
            mailbox.post(Notice(text))
    except (NotReady, ValueError) as problem:
        why = str(problem) or "The project it was saved with cannot be trained on this computer."
        mailbox.post(
            Failure(
                "The saved training could not be continued.",
                why=why,
                todo="Play starts a new one.",
                kept="The project itself was opened.",
            )
        )
