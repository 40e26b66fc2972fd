"""The Qt binding must not lose references to True, False and None: PySide6 6.12.0 on Python 3.11 did, and died within seconds."""

import sys

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

TIMES = 1_000
SLACK = 50
"""Other code moves these counts by a few; the bug moved them by one for each call."""


class Emitter(QObject):
    fired = Signal(bool, object)


def counts() -> dict[str, int]:
    return {str(one): sys.getrefcount(one) for one in (True, False, None)}


def test_emitting_and_void_calls_keep_the_singletons(qtbot: QtBot) -> None:
    emitter, label = Emitter(), QLabel()
    qtbot.addWidget(label)
    heard: list[bool] = []
    emitter.fired.connect(lambda truth, _nothing: heard.append(truth))
    before = counts()
    for index in range(TIMES):
        emitter.fired.emit(True, None)
        emitter.fired.emit(False, None)
        label.setText(str(index))
        label.update()
    assert len(heard) == 2 * TIMES
    heard.clear()
    moved = {name: count - before[name] for name, count in counts().items() if abs(count - before[name]) > SLACK}
    assert moved == {}
