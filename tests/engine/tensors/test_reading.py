"""Files on the engine thread: looked through and read in pieces, while everything else goes on."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine import edits
from engine.commands import GiveUp, LookThrough, Open, Pause, Play, Save, ShowProject
from engine.datasets.importing import Preview, Refusal, first_plan, known, shelf
from engine.mailbox import Mailbox
from engine.spec import Choice, DataSpec, ProjectSpec
from engine.tensors.check import forget_prepared
from engine.tensors.inquiries import Inquirer
from engine.views import DataView, NetworkReport, Opened, Progress
from tests.engine.session_reader import Reader, moons


@pytest.fixture
def reader() -> Iterator[Reader]:
    reader = Reader()
    yield reader
    assert reader.session.close_and_wait(10)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    lines = [f"{a:.6f},{b:.6f},{int(a > b)}" for a, b in rng.normal(size=(40_000, 2))]
    (tmp_path / "points.csv").write_text("a,b,label\n" + "\n".join(lines) + "\n")
    shelf.forget()
    return tmp_path / "points.csv"


def preview_of(reader: Reader, path: Path) -> Preview:
    before = reader.version("preview")
    reader.send(LookThrough(str(path)))
    reader.wait(lambda _: reader.version("preview") > before)
    return reader.slot("preview", Preview)


def with_source(project: ProjectSpec, source: Choice) -> ProjectSpec:
    return edits.set_data(project, replace(project.data, source=source))


def report_of(reader: Reader, project: ProjectSpec) -> NetworkReport:
    """The last report on this project: while its file is being read there is another one before."""

    def done() -> bool:
        report = reader.session.mailbox.read("report")[1]
        return (
            isinstance(report, NetworkReport)
            and report.project is project
            and not any("is being read" in issue.text for issue in report.issues)
        )

    reader.wait(lambda _: done())
    return reader.slot("report", NetworkReport)


def test_a_file_is_looked_through_then_trained_on(reader: Reader, table: Path) -> None:
    preview = preview_of(reader, table)
    assert (preview.rows, preview.target, preview.classes) == (40_000, "two classes", 2)
    known.allow(str(table))
    project = with_source(moons(), first_plan(preview).choice())
    reader.send(ShowProject(project))
    report = report_of(reader, project)
    assert report.ready, report.issues
    assert sum(report.sizes) == 40_000
    assert reader.slot("data", DataView).feature_names == ("a", "b")
    assert reader.session.mailbox.read("progress")[1] is None
    reader.send(Play("step", 5))
    reader.wait(lambda status: status.state == "paused" and status.step == 5)


def test_training_goes_on_and_pauses_while_a_file_is_read(reader: Reader, table: Path) -> None:
    project = moons(epochs=100_000)
    reader.send(ShowProject(project), Play())
    reader.wait(lambda status: status.step > 5)
    reader.send(LookThrough(str(table)))
    reader.wait(lambda _: isinstance(reader.session.mailbox.read("progress")[1], Progress))
    step = reader.status.step
    reader.wait(lambda status: status.step > step)
    reader.send(Pause())
    reader.wait(lambda status: status.state == "paused")
    reader.wait(lambda _: reader.version("preview") == 1)


def test_what_is_wrong_with_a_file_is_an_answer(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    reader.send(LookThrough(str(tmp_path / "empty.csv")))
    reader.wait(lambda _: reader.version("preview") == 1)
    assert "is empty" in reader.slot("preview", Refusal).text


def test_looking_through_can_be_given_up(table: Path) -> None:
    mailbox = Mailbox()
    inquirer = Inquirer(mailbox)
    inquirer.ask(LookThrough(str(table)), lambda: pytest.fail("no run is needed"))
    inquirer.go_on(0.0001)
    assert inquirer.busy
    inquirer.drop(GiveUp("preview"))
    assert not inquirer.busy
    assert mailbox.read("preview") == (0, None)


def test_a_file_that_nobody_chose_here_is_not_opened(reader: Reader, table: Path) -> None:
    preview = preview_of(reader, table)
    project = with_source(moons(), first_plan(preview).choice())
    reader.send(ShowProject(project))
    report = report_of(reader, project)
    assert not report.ready
    assert "was not chosen on this computer, so it is not opened" in report.issues[0].text
    assert report.issues[0].node == "input"


def test_a_changed_file_is_told_and_read_again_when_it_is_back(reader: Reader, table: Path) -> None:
    project = with_source(moons(), first_plan(preview_of(reader, table)).choice())
    known.allow(str(table))
    good = table.read_bytes()
    table.write_bytes(good.replace(b"0.", b"1.", 1))
    reader.send(ShowProject(project))
    assert "another one than before" in report_of(reader, project).issues[0].text
    table.unlink()
    gone = replace(project, name="gone")
    reader.send(ShowProject(gone, again=True))
    assert "points.csv is not there any more" in report_of(reader, gone).issues[0].text
    table.write_bytes(good)
    back = replace(project, name="back")
    reader.send(ShowProject(back, again=True))
    assert report_of(reader, back).ready


def test_another_choice_ends_the_reading_of_the_first(reader: Reader, table: Path) -> None:
    known.allow(str(table))
    plan = first_plan(preview_of(reader, table))
    reader.send(ShowProject(with_source(moons(), plan.choice())))
    project = moons()
    reader.send(ShowProject(project))
    assert report_of(reader, project).ready
    assert DataSpec(project.data.source) != DataSpec(plan.choice())
    reader.wait(lambda _: reader.session.mailbox.read("progress")[1] is None)


def test_a_saved_run_on_a_file_is_taken_up_once_the_file_is_read(reader: Reader, table: Path, tmp_path: Path) -> None:
    known.allow(str(table))
    project = with_source(moons(), first_plan(preview_of(reader, table)).choice())
    reader.send(ShowProject(project, fresh=True))
    assert report_of(reader, project).ready
    reader.send(Play("step", 7))
    reader.wait(lambda status: status.step == 7 and status.state == "paused")
    path = str(tmp_path / "p.chainrule")
    reader.send(Save(project, path))
    reader.wait(lambda _: Path(path).exists())
    shelf.forget()
    forget_prepared()
    reader.send(Open(path))
    opened: list[Opened] = []

    def answered(_: object) -> bool:
        opened.extend(event for event in reader.session.mailbox.take() if isinstance(event, Opened))
        return bool(opened)

    reader.wait(answered)
    reader.send(ShowProject(opened[0].project, fresh=True))
    assert report_of(reader, opened[0].project).ready
    reader.wait(lambda status: status.step == 7)
    reader.send(Play("step", 1))
    reader.wait(lambda status: status.step == 8 and status.state == "paused")
