"""The engine thread from outside: commands in, mailbox out, whatever the order and whatever goes wrong."""

from __future__ import annotations

import threading
import time

import pytest

from engine import edits
from engine.commands import (
    DrawGraph,
    Pause,
    Play,
    Rewind,
    ShowProject,
    TakeApart,
    Watch,
)
from engine.metrics import STEP_LOSS, TRAIN_LOSS, VALIDATION_LOSS, MetricLog
from engine.session import THREAD_NAME, Session
from engine.views import (
    DataView,
    Failure,
    GraphView,
    NetworkReport,
    Notice,
    PredictionView,
    RunStatus,
    Tape,
)
from tests.engine.session_reader import ENDLESS, PATIENCE, Reader, expected_losses, moons
from tests.engine.tensors.projects import MLP, chain


def test_importing_a_session_starts_nothing_and_closing_ends_the_thread() -> None:
    session = Session()
    assert not session.alive
    session.start()
    assert session.alive
    names = [thread.name for thread in threading.enumerate() if not thread.daemon]
    assert THREAD_NAME in names
    with pytest.raises(RuntimeError):
        session.start()
    assert session.close_and_wait(PATIENCE) and not session.alive
    status = session.mailbox.read("status")[1]
    assert isinstance(status, RunStatus) and status.state == "closed"


def test_a_shown_project_is_checked_and_its_data_delivered(reader: Reader) -> None:
    reader.send(ShowProject(moons()))
    report = reader.wait_slot("report", NetworkReport)
    assert report.project == moons() and report.ready and report.sizes == (210, 45, 45)
    data = reader.slot("data", DataView)
    assert data.features["train"].shape == (210, 2)
    status = reader.wait(lambda status: status.state == "idle")
    assert not status.has_run and status.device == "cpu"
    version = reader.version("data")
    reader.send(ShowProject(moons(seed=4)))
    reader.wait(lambda _: reader.slot("report", NetworkReport).project.train.seed == 4)
    assert reader.version("data") == version


def test_playing_to_the_end_is_the_plain_run(reader: Reader) -> None:
    reader.send(ShowProject(moons()), Play())
    status = reader.paused_at(21)
    assert status.epoch == status.epochs == 3 and status.steps_per_epoch == 7 and status.seed == 3
    assert reader.losses() == expected_losses(moons(), 21)
    assert len(reader.losses(TRAIN_LOSS)) == len(reader.losses(VALIDATION_LOSS)) == 4
    assert status.loss == reader.losses()[-1]
    reader.send(Play())
    assert "3 planned epochs" in reader.event(Notice).text
    assert reader.status.step == 21 and reader.status.state == "paused"


def test_steps_and_epochs_by_hand_are_the_same_run(reader: Reader) -> None:
    reader.send(ShowProject(moons()), Play("step"))
    reader.paused_at(1)
    reader.send(Play("step", 3))
    reader.paused_at(4)
    reader.send(Play("epoch"))
    assert reader.paused_at(7).epoch == 1
    reader.send(Play("epoch"))
    reader.paused_at(14)
    reader.send(Play("end"))
    assert reader.paused_at(21).epochs == 3
    reader.send(Play("step"))
    assert reader.paused_at(22).epochs == 4  # beyond the plan
    reader.send(Play("epoch"))
    reader.paused_at(28)
    assert reader.losses() == expected_losses(moons(), 28)
    assert [float(x) for x in reader.slot("metrics", MetricLog).since(VALIDATION_LOSS)[0]] == [0, 7, 14, 21, 28]


def test_pause_holds_and_play_goes_on(reader: Reader) -> None:
    project = moons(epochs=ENDLESS)
    reader.send(ShowProject(project), Play())
    reader.wait(lambda status: status.state == "running" and status.step > 50 and status.steps_per_second > 0)
    asked = time.perf_counter()
    reader.send(Pause())
    held = reader.wait(lambda status: status.state == "paused")
    print(f"pause took {(time.perf_counter() - asked) * 1000:.1f} ms")
    time.sleep(0.03)
    assert reader.status.step == held.step and reader.status.steps_per_second == 0
    reader.send(Play("step", 5))
    reader.paused_at(held.step + 5)
    assert reader.losses() == expected_losses(project, held.step + 5)


def test_rewinding_while_it_runs_gives_a_new_log_and_the_same_curve(reader: Reader) -> None:
    reader.send(ShowProject(moons(epochs=ENDLESS)), Play())
    before = reader.wait(lambda status: status.step > 30)
    first = reader.slot("metrics", MetricLog)
    reader.send(Rewind())
    after = reader.paused_at(0)
    assert after.generation == before.generation + 1
    assert reader.slot("metrics", MetricLog) is not first
    reader.send(Play("step", 30))
    reader.paused_at(30)
    assert reader.losses() == [float(value) for value in first.since(STEP_LOSS)[1]][:30]


def test_live_edits_are_followed_without_a_stop(reader: Reader) -> None:
    project = moons(epochs=ENDLESS)
    reader.send(ShowProject(project), Play())
    reader.wait(lambda status: status.step > 20)
    reader.send(ShowProject(edits.set_dropout(edits.set_optimizer_value(project, "lr", 0.02), 0.0)))
    log = reader.slot("metrics", MetricLog)
    reader.wait(lambda _: len(log.changes) == 2)
    assert [text for _, text in log.changes] == ["Learning rate 0.1 → 0.02", "dropout_1: Dropout 0.2 → 0"]
    status = reader.status
    assert status.state == "running" and not status.stale and status.generation == 1


def test_other_edits_wait_for_the_next_play(reader: Reader) -> None:
    project = moons(epochs=ENDLESS)
    reader.send(ShowProject(project), Play())
    reader.wait(lambda status: status.step > 20)
    wider = edits.set_value(project, "linear_1", "out_features", 5)
    reader.send(ShowProject(wider))
    stale = reader.wait(lambda status: status.stale)
    reader.wait(lambda status: status.step > stale.step + 20 and status.state == "running")
    reader.send(ShowProject(project))
    reader.wait(lambda status: not status.stale)  # undone: the run fits again
    reader.send(ShowProject(wider), Pause(), Play("step", 4))
    status = reader.paused_at(4)
    assert status.generation == 2 and not status.stale
    assert reader.losses() == expected_losses(wider, 4)


def test_raising_the_epochs_lets_a_finished_run_go_on(reader: Reader) -> None:
    reader.send(ShowProject(moons()), Play())
    reader.paused_at(21)
    longer = edits.set_train_value(moons(), "epochs", 4)
    reader.send(ShowProject(longer), Play())
    assert reader.paused_at(28).epochs == 4
    assert reader.losses() == expected_losses(longer, 28)


def test_a_draft_with_errors_is_not_trained_and_its_run_goes_on(reader: Reader) -> None:
    broken = chain((("linear", {"out_features": 3}),), loss="cross_entropy")
    reader.send(ShowProject(broken), Play())
    failure = reader.event(Failure)
    assert "cannot start" in failure.what and "2 classes" in failure.why
    assert reader.status.state == "idle"
    reader.send(ShowProject(moons()), Play("step"))
    reader.paused_at(1)
    reader.send(ShowProject(broken))
    reader.wait(lambda status: status.stale)
    reader.send(Play())
    reader.event(Failure)
    reader.send(ShowProject(moons()), Play("step"))
    assert reader.paused_at(2).generation == 1


def test_a_fresh_project_gives_up_the_run(reader: Reader) -> None:
    reader.send(Watch(("surface",)), ShowProject(moons()), Play("step", 3))
    reader.paused_at(3)
    reader.wait_slot("prediction", PredictionView)
    reader.send(ShowProject(chain(MLP), fresh=True))
    status = reader.wait(lambda status: status.state == "idle" and not status.has_run)
    assert status.generation > 1
    assert reader.session.mailbox.read("prediction")[1] is None and reader.losses() == []


def test_the_tape_shows_the_very_step_that_comes_next(reader: Reader) -> None:
    reader.send(ShowProject(moons()), TakeApart())
    tape = reader.wait_slot("tape", Tape)
    status = reader.paused_at(0)
    assert status.has_run and tape.generation == status.generation == 1
    reader.send(Play("step"))
    reader.paused_at(1)
    assert tape.loss == reader.losses()[0]


def test_the_graph_of_a_draft_needs_no_run_and_takes_none(reader: Reader) -> None:
    reader.send(ShowProject(moons()), DrawGraph())
    assert reader.wait_slot("graph", GraphView).nodes
    assert not reader.status.has_run
    reader.send(Play("step", 3))
    reader.paused_at(3)
    wider = edits.set_value(moons(), "linear_1", "out_features", 5)
    version = reader.version("graph")
    reader.send(ShowProject(wider), DrawGraph())
    reader.wait_slot("graph", GraphView, beyond=version)
    assert reader.status.step == 3 and reader.status.stale


def test_pictures_come_only_while_somebody_looks(reader: Reader) -> None:
    reader.send(ShowProject(moons(epochs=ENDLESS)), Play())
    reader.wait(lambda status: status.step > 50)
    assert reader.version("prediction") == 0
    reader.send(Watch(("surface",)))
    assert reader.wait_slot("prediction", PredictionView, beyond=1).kind == "surface"
    reader.send(Pause())
    held = reader.wait(lambda status: status.state == "paused")
    reader.wait(lambda _: reader.slot("prediction", PredictionView).step == held.step)
    reader.send(Watch(("confusion",)))
    reader.wait(lambda _: reader.slot("prediction", PredictionView).kind == "confusion")
    reader.send(Watch(()))
    version = reader.version("prediction")
    reader.send(Play("step", 50))
    reader.paused_at(held.step + 50)
    assert reader.version("prediction") == version
