"""Cycles are collected in the window's thread, and only there."""

from __future__ import annotations

import gc
import threading
import weakref

from pytestqt.qtbot import QtBot

from gui.garbage import Collector


class Knot:
    """An object that only the cycle collector can free."""

    def __init__(self) -> None:
        self.me = self


def test_only_the_timer_collects(qtbot: QtBot) -> None:
    collector = Collector()
    try:
        where: list[str] = []
        collector.settle()
        knot = Knot()
        gone = weakref.ref(knot, lambda _: where.append(threading.current_thread().name))
        del knot
        thread = threading.Thread(target=lambda: [Knot() for _ in range(5000)], name="other")
        thread.start()
        thread.join()
        assert gone() is not None
        qtbot.waitUntil(lambda: gone() is None)
        assert where == [threading.main_thread().name]
    finally:
        collector.stop()
    assert gc.isenabled()


def test_settled_objects_are_left_alone() -> None:
    collector = Collector()
    try:
        collector.settle()
        assert gc.get_freeze_count() > 0
    finally:
        collector.stop()
    assert gc.get_freeze_count() == 0
