"""The progress line: on a terminal only, never longer than it, gone at the end."""

from __future__ import annotations

import io
import shutil

import pytest

from engine.progress import ProgressBar
from engine.views import RunStatus


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


STATUS = RunStatus("running", epoch=3, epochs=10, step=35, steps_per_epoch=10, loss=0.123456, steps_per_second=2000.0)


def test_nothing_is_written_where_nobody_looks() -> None:
    stream = io.StringIO()
    with ProgressBar(stream, 10) as bar:
        bar.show(STATUS)
    assert stream.getvalue() == ""


def test_on_a_terminal_one_line_is_drawn_and_removed() -> None:
    stream = Terminal()
    with ProgressBar(stream, 10) as bar:
        bar.show(STATUS)
        drawn = stream.getvalue()
        bar.show(STATUS)
        assert stream.getvalue() == drawn, "not more often than the eye can follow"
    assert "epoch 3/10" in drawn and "loss 0.1235" in drawn and "\n" not in stream.getvalue()
    assert stream.getvalue().endswith("\r")


def test_it_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: shutil.os.terminal_size((30, 20)))  # type: ignore[attr-defined]
    stream = Terminal()
    ProgressBar(stream, 10).show(STATUS)
    assert len(stream.getvalue().strip("\r")) < 30


def test_share_and_time_left() -> None:
    bar = ProgressBar(io.StringIO(), 10)
    line = bar.line(STATUS, 7.0)
    assert line.count("#") == 8 and line.count(".") >= 16
    assert "13 s left" in line and "2,000 steps/s" in line
    assert "left" not in bar.line(RunStatus("paused", epoch=10, step=100, steps_per_epoch=10), 20.0)
    assert bar.line(RunStatus("boot", message="Loading PyTorch …"), 0.0) == "Loading PyTorch …"
