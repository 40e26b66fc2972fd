"""Every journey gets the whole window with the real engine, and hands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.examples import example
from tests.journeys.hands import Hands
from tests.windows import workbench


@pytest.fixture
def hands(qtbot: QtBot, tmp_path: Path) -> Iterator[Hands]:
    with workbench(qtbot, tmp_path, example("digits"), engine=True) as bench:
        yield Hands(qtbot, bench)
