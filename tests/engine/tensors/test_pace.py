"""The speed limit: evenly spread steps, and an engine that hears everything meanwhile."""

from __future__ import annotations

import pytest

from engine.commands import LimitSpeed, Pause, Play, ShowProject
from engine.tensors.pace import Pacer
from tests.engine.session_reader import ENDLESS, Reader, expected_losses, moons


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_without_a_limit_nobody_waits() -> None:
    pacer = Pacer(Clock())
    assert (pacer.wait(), pacer.allowed(None), pacer.allowed(7)) == (0.0, None, 7)
    pacer.took(1000)
    assert pacer.wait() == 0.0


@pytest.mark.parametrize("limit", [1.0, 5.0, 20.0, 100.0])
def test_so_many_steps_are_taken_in_ten_seconds(limit: float) -> None:
    clock = Clock()
    pacer = Pacer(clock)
    pacer.limit(LimitSpeed(limit))
    steps = 0
    while clock.now < 10.0 - 1e-9:
        if pacer.wait():
            clock.now += min(pacer.wait(), 0.013)
            continue
        taken = pacer.allowed(None)
        assert taken is not None and 1 <= taken <= 1 + 0.05 * limit
        steps += taken
        pacer.took(taken)
    assert steps == pytest.approx(10 * limit, abs=1 + 0.05 * limit)


def test_a_long_stand_is_no_debt() -> None:
    clock = Clock()
    pacer = Pacer(clock)
    pacer.limit(LimitSpeed(10.0))
    pacer.took(1)
    clock.now = 100.0
    assert pacer.allowed(None) == 1
    pacer.took(1)
    assert pacer.wait() == pytest.approx(0.05)


def test_another_limit_counts_at_once() -> None:
    clock = Clock()
    pacer = Pacer(clock)
    pacer.limit(LimitSpeed(0.1))
    pacer.took(1)
    assert pacer.wait() == pytest.approx(10.0)
    pacer.limit(LimitSpeed(None))
    assert pacer.wait() == 0.0
    pacer.limit(LimitSpeed(2.0))
    assert pacer.wait() == 0.0 and pacer.allowed(3) == 1


def test_the_engine_hears_a_pause_between_two_slow_steps(reader: Reader) -> None:
    """One step every hundred seconds: the second one is never taken, and yet everything is answered."""
    reader.send(LimitSpeed(0.01), ShowProject(moons(epochs=ENDLESS)), Play())
    reader.wait(lambda status: status.state == "running" and status.step == 1)
    reader.send(Pause())
    assert reader.paused_at(1).step == 1


def test_the_steps_are_the_same_and_the_limit_can_be_lifted(reader: Reader) -> None:
    project = moons(epochs=ENDLESS)
    reader.send(LimitSpeed(0.01), ShowProject(project), Play("step", 20))
    reader.wait(lambda status: status.state == "running" and status.step == 1)
    reader.send(LimitSpeed(None))
    reader.paused_at(20)
    assert reader.losses() == expected_losses(project, 20)


def test_single_steps_pause_at_once(reader: Reader) -> None:
    reader.send(LimitSpeed(0.01), ShowProject(moons(epochs=ENDLESS)), Play("step"))
    reader.paused_at(1)
