"""Play, pause, one step, one epoch, rewind; and every edit goes to the engine thread."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from engine import edits
from engine.commands import Command, LimitSpeed, Pause, Play, Rewind, ShowProject
from engine.spec import ProjectSpec
from engine.views import NetworkReport, RunStatus
from gui.actions import Actions
from gui.pump import Update
from gui.run_bar import RunBar
from gui.run_view import RunView, run_view
from gui.store import Store
from gui.theme.icons import icon
from gui.theme.tokens import LIGHT, Theme

MOST_SEED = 10_000
"""Seeds that a person can read and tell another."""


class RunningController(QObject):
    """Turns the run actions into commands and the engine's answers into the run bar."""

    ready = Signal()
    """PyTorch is loaded; once."""
    playing = Signal()
    """Play was pressed: whoever shows curves may come forward."""

    def __init__(
        self,
        store: Store,
        send: Callable[[Command], None],
        actions: Actions,
        bar: RunBar,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._send = send
        self._actions = actions
        self._bar = bar
        self._theme: Theme = LIGHT
        self._status = RunStatus()
        self._report: NetworkReport | None = None
        self._waiting = False
        self._view: RunView | None = None
        store.changed.connect(self._project_changed)
        bar.issueActivated.connect(self.go_to)
        bar.stepsPicked.connect(self.steps)
        bar.speedPicked.connect(self.limit_speed)
        send(ShowProject(store.project))

    @property
    def status(self) -> RunStatus:
        """What the engine last said of the run."""
        return self._status

    @property
    def report(self) -> NetworkReport | None:
        """What torch last said of the present project; None until it has."""
        return self._report

    def play_or_pause(self) -> None:
        """One toggle: train until the end, or stop at the next step."""
        if self._status.state == "running" or self._waiting:
            self._waiting = False
            self._send(Pause())
        elif self._now().can_play:
            self._waiting = True
            self._send(Play())
            self.playing.emit()
        self._refresh()

    def step(self) -> None:
        """Train with one batch."""
        self._play_some("step")

    def steps(self, count: int) -> None:
        """Train with so many batches, then pause."""
        if self._now().can_run and not self._now().playing:
            self._send(Play("step", count))
            self.playing.emit()

    def limit_speed(self, limit: float | None) -> None:
        """So many steps per second at most; None: no limit."""
        self._send(LimitSpeed(limit))

    def new_weights(self) -> None:
        """Another seed, as one undoable edit, and a run at step 0 with what it draws."""
        seed = secrets.randbelow(MOST_SEED)
        self._store.commit(edits.set_train_value(self._store.project, "seed", seed), f"New weights (seed {seed})")
        self.rewind()

    def epoch(self) -> None:
        """Train to the end of the epoch."""
        self._play_some("epoch")

    def rewind(self) -> None:
        """Back to the same initial weights."""
        self._waiting = False
        self._send(Rewind())

    def go_to(self, node: str) -> None:
        """Select the layer that an issue is about."""
        if node and self._store.project.network.has(node):
            self._store.select((node,))

    def show_update(self, update: Update) -> None:
        if "status" in update.changed:
            if self._status.state == "boot" and update.status.state not in ("boot", "failed"):
                self.ready.emit()
            self._status = update.status
            self._waiting = self._waiting and update.status.state == "boot"
        if "report" in update.changed:
            # A report of a project that was edited meanwhile would switch Play on or off wrongly for a moment.
            report = update.report
            self._report = report if report is not None and report.project is self._store.project else self._report
        if update.changed & {"status", "report"}:
            self._refresh()

    def handle(self, event: object) -> None:
        """Any message of the engine answers a Play that did not start."""
        if self._waiting:
            self._waiting = False
            self._refresh()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._view = None
        self._refresh()

    def _play_some(self, until: str) -> None:
        if self._now().can_run:
            self._send(Play("epoch") if until == "epoch" else Play("step"))

    def _now(self) -> RunView:
        return run_view(self._status, self._report, self._waiting)

    def _project_changed(self, old: ProjectSpec, new: ProjectSpec) -> None:
        # A history without any edit means that another project was opened.
        fresh = not self._store.undo_name and not self._store.redo_name
        self._send(ShowProject(new, fresh))

    def _refresh(self) -> None:
        view = self._now()
        self._bar.show_run(view)
        if self._view is not None and _switches(view) == _switches(self._view):
            return
        self._view = view
        play = self._actions["run.play"]
        play.setText("&Pause" if view.playing else "&Play")
        play.setIconText("Pause" if view.playing else "Play")
        able = view.can_play or view.playing
        play.setIcon(icon("pause" if view.playing else "play", self._theme, self._theme.on_accent if able else ""))
        play.setEnabled(able)
        for name in ("run.step", "run.epoch"):
            self._actions[name].setEnabled(view.can_run and not view.playing)
        self._actions["run.new_weights"].setEnabled(view.can_run)
        self._actions["run.rewind"].setEnabled(view.can_rewind)


def _switches(view: RunView) -> tuple[bool, ...]:
    return view.playing, view.can_play, view.can_run, view.can_rewind
