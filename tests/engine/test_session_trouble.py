"""The engine thread when things go wrong, come in any order, are saved and taken up again, or end."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from engine import edits
from engine.commands import (
    Close,
    DrawGraph,
    Export,
    Open,
    Pause,
    Play,
    Rewind,
    Save,
    ShowProject,
    TakeApart,
    Watch,
)
from engine.session import Session
from engine.spec import ProjectSpec
from engine.tensors import tape, worker
from engine.tensors.train import Run
from engine.views import (
    Failure,
    GraphView,
    Opened,
    PredictionView,
    Saved,
    Tape,
)
from tests.engine.session_reader import ENDLESS, PATIENCE, Reader, expected_losses, moons
from tests.engine.tensors.projects import chain


def test_a_training_that_diverges_is_told_and_kept(reader: Reader) -> None:
    layers = (("linear", {"out_features": 8}), ("relu", {}), ("linear", {"out_features": 1}))
    project = chain(layers, "quadratic_noise", "mse", optimizer_values={"lr": 1000.0}, batch_size=8, epochs=1000)
    reader.send(ShowProject(project), Play())
    status = reader.wait(lambda status: status.state == "failed")
    failure = reader.event(Failure)
    assert failure.what.startswith("Training stopped: the loss became ") and f"step {status.step + 1}" in failure.what
    assert "1000" in failure.why and "100" in failure.todo and failure.kept and "Traceback" not in str(failure)
    assert status.message == failure.what and status.step == len(reader.losses())
    calmer = edits.set_optimizer_value(project, "lr", 0.001)
    reader.send(ShowProject(calmer), Rewind(), Play("step", 5))
    reader.paused_at(5)
    assert reader.losses() == expected_losses(calmer, 5)


@pytest.mark.parametrize("error", [ValueError("something odd"), SystemExit(1), MemoryError()])
def test_no_error_ends_the_thread(reader: Reader, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    reader.send(ShowProject(moons(epochs=ENDLESS)), Play("step"))
    reader.paused_at(1)

    def broken(run: Run, seconds: float, most: int | None = None) -> int:
        raise error

    monkeypatch.setattr(Run, "train_for", broken)
    reader.send(Play())
    reader.wait(lambda status: status.state == "failed")
    failure = reader.event(Failure)
    assert failure.what.startswith("Training stopped") and "Traceback" in failure.details
    assert "Traceback" not in failure.what + failure.why
    monkeypatch.undo()
    reader.send(Play("step"))
    reader.paused_at(2)
    assert reader.losses() == expected_losses(moons(), 2)


def test_a_command_that_fails_leaves_the_training_alone(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(_: TakeApart, __: Run) -> Tape:
        raise RuntimeError("the tape tore")

    reader.send(ShowProject(moons(epochs=ENDLESS)), Play())
    before = reader.wait(lambda status: status.step > 10)
    monkeypatch.setattr(tape, "take_apart", broken)
    reader.send(TakeApart())
    assert reader.event(Failure).why == "the tape tore"
    reader.send(Open(str(tmp_path / "not there.chainrule")))
    assert "not there.chainrule" in reader.event(Failure).what
    reader.send(Export("nonsense", str(tmp_path / "x")))
    assert reader.event(Failure).todo
    assert reader.wait(lambda status: status.step > before.step + 10).state == "running"


def test_looking_from_all_sides_does_not_change_the_run(reader: Reader, tmp_path: Path) -> None:
    project = moons(epochs=12)
    reader.send(Watch(("surface", "confusion")), ShowProject(project), Play("step"))
    reader.paused_at(1)
    reader.send(Play())
    for _ in range(5):
        reader.send(TakeApart(), DrawGraph(), Export("curves", str(tmp_path / "c.csv")))
        reader.send(Save(project, str(tmp_path / "p.chainrule")), ShowProject(replace(project, name="again")))
    reader.paused_at(84)
    assert reader.losses() == expected_losses(project, 84)
    tape, graph = reader.slot("tape", Tape), reader.slot("graph", GraphView)
    assert tape.generation == 1 and len(tape.events) > 10 and graph.nodes
    reader.wait(lambda _: reader.slot("prediction", PredictionView).step == 84)


def test_a_saved_project_goes_on_in_another_session_bit_for_bit(tmp_path: Path) -> None:
    project, path = moons(epochs=6), str(tmp_path / "run")
    first = Reader()
    first.send(ShowProject(project), Play("step", 10))
    first.paused_at(10)
    first.send(Save(project, path, {"dock": 1}))
    saved = first.event(Saved)
    assert saved.path == path + ".chainrule" and saved.project == project
    assert first.session.close_and_wait(PATIENCE)
    second = Reader()
    second.send(Open(saved.path))
    opened = second.event(Opened)
    assert opened.project == project and opened.ui == {"dock": 1}
    second.send(ShowProject(opened.project, fresh=True))
    assert second.paused_at(10).epoch == 1
    second.send(Play())
    second.paused_at(42)
    assert second.losses() == expected_losses(project, 42)
    assert second.session.close_and_wait(PATIENCE)


def test_a_run_is_not_taken_over_by_an_edited_project(reader: Reader, tmp_path: Path) -> None:
    wider = edits.set_value(moons(), "linear_1", "out_features", 5)
    reader.send(ShowProject(moons()), Play("step", 3), ShowProject(wider))
    reader.wait(lambda status: status.stale and status.step == 3 and status.state == "paused")
    path = str(tmp_path / "stale.chainrule")
    reader.send(Save(wider, path), Open(path))
    reader.event(Saved)
    reader.event(Opened)
    assert not reader.wait(lambda status: status.state == "idle").has_run
    reader.send(ShowProject(wider, fresh=True))
    status = reader.paused_at(3)
    assert status.stale  # the weights of the old network are back, and the project says that they are not its own
    reader.send(Play("step"))
    reader.paused_at(1)
    assert reader.losses() == expected_losses(wider, 1)


def test_of_waiting_projects_only_the_newest_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    original = worker.Bench.show

    def watched(bench: worker.Bench, project: ProjectSpec) -> bool:
        shown.append(project.name)
        return original(bench, project)

    monkeypatch.setattr(worker.Bench, "show", watched)
    session = Session()
    for number in range(20):
        session.send(ShowProject(replace(moons(), name=str(number))))
    session.send(Pause())
    session.send(ShowProject(replace(moons(), name="last")))
    session.start()
    assert session.close_and_wait(PATIENCE)
    assert shown == ["19", "last"]


def test_close_comes_after_what_was_asked_before_it(tmp_path: Path) -> None:
    one = Reader()
    one.send(ShowProject(moons(epochs=ENDLESS)), Play())
    one.wait(lambda status: status.step > 5)
    one.send(Save(moons(), str(tmp_path / "last.chainrule")), Close())
    assert one.session.close_and_wait(PATIENCE)
    assert one.event(Saved) and (tmp_path / "last.chainrule").exists()


def test_hundreds_of_random_commands_leave_a_working_engine(reader: Reader) -> None:
    chance = random.Random(7)
    project = moons(epochs=ENDLESS)
    reader.send(ShowProject(project))
    for _ in range(300):
        command = chance.choice((Play(), Play("step", 2), Play("epoch"), Pause(), Rewind(), Pause(), "live", "wide"))
        if command == "live":
            command = ShowProject(edits.set_optimizer_value(project, "lr", chance.choice((0.1, 0.05))))
        elif command == "wide":
            command = ShowProject(edits.set_value(project, "linear_1", "out_features", chance.randint(1, 20)))
        reader.send(command)
        time.sleep(chance.random() * 0.003)
    reader.send(ShowProject(project), Rewind(), Play("step", 9))
    reader.paused_at(9)
    assert reader.losses() == expected_losses(project, 9)


def test_closing_in_the_middle_of_anything_ends_the_thread() -> None:
    chance = random.Random(3)
    threads = threading.active_count()
    for _ in range(20):
        session = Session()
        session.start()
        session.send(ShowProject(moons(epochs=ENDLESS)))
        session.send(Play())
        time.sleep(chance.random() * 0.02)
        assert session.close_and_wait(PATIENCE)
    assert threading.active_count() == threads
