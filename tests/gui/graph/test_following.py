"""The graph follows the model as it is edited, soon but not at once, and not while a run goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from engine import edits
from engine.spec import ProjectSpec
from engine.tensors.check import check
from engine.views import RunStatus, Tape
from gui.graph.follow import SOON_MS
from gui.graph.panel import GraphPanel
from gui.pump import Update
from tests.engine.tensors.projects import s3
from tests.gui.graph.test_folding_and_numbers import Answered, answered, tape

__all__ = ["answered", "tape"]


@dataclass
class Model:
    """What the window tells the panel of a project."""

    panel: GraphPanel
    project: ProjectSpec

    def edit(self, change: Callable[[ProjectSpec], ProjectSpec]) -> None:
        old, self.project = self.project, change(self.project)
        self.panel.show_project(old, self.project)

    def report(self, state: str = "idle") -> None:
        status = RunStatus(state)  # type: ignore[arg-type]
        self.panel.show_update(Update(frozenset({"report", "status"}), status, report=check(self.project)))


@pytest.fixture
def model(answered: Answered) -> Model:
    made = Model(answered.panel, s3())
    made.panel.show_project(None, made.project)
    return made


def append_tanh(project: ProjectSpec) -> ProjectSpec:
    link = project.network.links_into("output")[0]
    return edits.insert_on_link(project, link, "tanh", 0.0, 0.0)[0]


def test_the_graph_comes_by_itself_and_follows_edits(qtbot, model: Model) -> None:
    with qtbot.waitSignal(model.panel.drawRequested, timeout=20 * SOON_MS):
        model.report()
    model.edit(append_tanh)
    with qtbot.assertNotEmitted(model.panel.drawRequested, wait=2 * SOON_MS):
        pass  # not before the engine has looked at it
    with qtbot.waitSignal(model.panel.drawRequested, timeout=20 * SOON_MS):
        model.report()


def test_several_edits_in_a_row_are_drawn_once(qtbot, model: Model) -> None:
    asked: list[None] = []
    model.panel.drawRequested.connect(lambda: asked.append(None))
    for _ in range(3):
        model.edit(append_tanh)
        model.report()
    qtbot.wait(3 * SOON_MS)
    assert len(asked) == 1


def test_not_while_training_and_not_for_what_does_not_matter(qtbot, model: Model) -> None:
    with qtbot.assertNotEmitted(model.panel.drawRequested, wait=2 * SOON_MS):
        model.report("running")
    with qtbot.waitSignal(model.panel.drawRequested, timeout=20 * SOON_MS):
        model.report("paused")
    model.edit(lambda project: replace(project, name="other", train=replace(project.train, epochs=99)))
    with qtbot.assertNotEmitted(model.panel.drawRequested, wait=2 * SOON_MS):
        model.report()


def test_a_tape_is_a_graph_of_the_model_too(qtbot, model: Model, tape: Tape) -> None:
    model.panel.show_tape(tape)
    with qtbot.assertNotEmitted(model.panel.drawRequested, wait=2 * SOON_MS):
        model.report()
    model.panel.hide()
    model.edit(append_tanh)
    with qtbot.assertNotEmitted(model.panel.drawRequested, wait=2 * SOON_MS):
        model.report()
    model.panel.show()
    with qtbot.waitSignal(model.panel.drawRequested, timeout=20 * SOON_MS):
        model.report()
