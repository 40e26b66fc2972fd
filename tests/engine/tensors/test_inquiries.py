"""Answers that take long are worked on in pieces, beside everything else that the engine does."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from engine.commands import OpenLens, Play, ShowProject, Survey
from engine.examples import example
from engine.inspection import Landscape
from engine.mailbox import Mailbox
from engine.metrics import STEP_LOSS, MetricLog
from engine.tensors import landscape
from engine.tensors.inquiries import Inquirer
from engine.tensors.train import Run
from engine.views import Failure
from tests.engine.session_reader import Reader
from tests.engine.tensors.projects import run_of


@pytest.fixture
def run() -> Run:
    return run_of(example("quadratic"))


def finish(inquirer: Inquirer) -> None:
    while inquirer.busy:
        inquirer.go_on(0.01)


def test_the_answer_comes_when_it_is_whole(run: Run) -> None:
    mailbox = Mailbox()
    inquirer = Inquirer(mailbox)
    inquirer.ask(Survey(), lambda: run)
    assert inquirer.busy and mailbox.read("landscape") == (0, None)
    finish(inquirer)
    version, value = mailbox.read("landscape")
    assert version == 1 and isinstance(value, Landscape)


def test_only_the_newest_long_question_is_answered(run: Run) -> None:
    mailbox = Mailbox()
    inquirer = Inquirer(mailbox)
    inquirer.ask(Survey(steps=3), lambda: run)
    inquirer.go_on(0.0001)
    inquirer.ask(OpenLens(), lambda: run)
    assert mailbox.read("lens")[0] == 1 and inquirer.busy
    inquirer.ask(Survey(steps=5), lambda: run)
    finish(inquirer)
    version, value = mailbox.read("landscape")
    assert version == 1 and isinstance(value, Landscape) and len(value.path) == 6


def test_what_goes_wrong_in_a_later_piece_is_told_and_ends_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Generator[None, None, Landscape]:
        yield
        raise MemoryError

    monkeypatch.setattr(landscape, "survey", broken)
    mailbox = Mailbox()
    inquirer = Inquirer(mailbox)
    inquirer.ask(Survey(), lambda: run)
    finish(inquirer)
    (failure,) = mailbox.take()
    assert isinstance(failure, Failure) and failure.what == "The loss surface could not be drawn."
    assert mailbox.read("landscape") == (0, None)


def test_another_project_ends_it(run: Run) -> None:
    mailbox = Mailbox()
    inquirer = Inquirer(mailbox)
    inquirer.ask(Survey(), lambda: run)
    inquirer.give_up()
    assert not inquirer.busy
    inquirer.go_on(1.0)
    assert mailbox.read("landscape") == (0, None)


def test_training_and_surveying_go_on_together(reader: Reader) -> None:
    """And the losses are those of a run that nobody surveyed."""
    reader.send(ShowProject(example("digits")), Survey(points=21), Play("step", 30))
    reader.wait(lambda status: status.step == 30 and status.state == "paused")
    reader.wait(lambda _: reader.version("landscape") == 1)
    found = reader.slot("landscape", Landscape)
    assert found.step == 0
    assert found.z.shape == (21, 21)
    other = run_of(example("digits"))
    losses = [other.take_step() for _ in range(30)]
    assert reader.slot("metrics", MetricLog).since(STEP_LOSS)[1].tolist() == losses
