"""The smoothed line is the textbook's moving mean; it stands beside the raw one, and only when it is asked for."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from engine.metrics import STEP_LOSS, MetricLog
from engine.views import RunStatus
from gui.curves.panel import SMOOTH, CurvesPanel
from gui.curves.smoothing import CHOICES, MovingMean
from gui.pump import Update
from gui.theme.tokens import LIGHT


def plain(values: list[float], weight: float) -> list[float]:
    """The definition, one value after the other."""
    mean, count, found = 0.0, 0, []
    for value in values:
        if not np.isfinite(value):
            found.append(float("nan"))
            continue
        mean, count = weight * mean + (1 - weight) * value, count + 1
        found.append(mean / (1 - weight**count))
    return found


@pytest.mark.parametrize("weight", CHOICES[1:])
def test_in_any_pieces_it_is_the_definition(weight: float) -> None:
    random = np.random.default_rng(0)
    values = random.normal(size=1500)
    values[[3, 700, 701]] = np.nan, np.inf, -np.inf
    expected = plain(values.tolist(), weight)
    for cuts in ([1500], [1, 2, 300, 301, 1500], [*range(7, 1500, 7), 1500]):
        mean = MovingMean(weight)
        for cut in cuts:
            found = mean.update(values[:cut])
        np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_a_constant_stays_what_it_is() -> None:
    np.testing.assert_allclose(MovingMean(0.99).update(np.full(10, 2.5)), 2.5)


def pick(panel: CurvesPanel, weight: float) -> None:
    menu = panel.smoothing.menu()
    assert isinstance(menu, QMenu)
    next(action for action in menu.actions() if action.data() == weight).trigger()


def test_the_raw_line_is_always_there_and_the_smoothed_one_only_when_asked_for(qtbot: QtBot) -> None:
    panel = CurvesPanel()
    qtbot.addWidget(panel)
    panel.show_theme(LIGHT)
    panel.show()
    log = MetricLog(1, 10)
    log.extend(STEP_LOSS, np.arange(1.0, 21.0), np.arange(20.0, 0.0, -1.0))
    panel.show_update(Update(frozenset({"metrics"}), RunStatus(), metrics=log))
    names = [line.name for line in panel._loss.lines]
    assert STEP_LOSS in names and SMOOTH not in names
    pick(panel, 0.9)
    line = next(line for line in panel._loss.lines if line.name == SMOOTH)
    np.testing.assert_allclose(line.values, plain(list(range(20, 0, -1)), 0.9))
    log.append(STEP_LOSS, 21, 0.0)
    panel.show_update(Update(frozenset(), RunStatus()))
    assert len(line.values) == 21 and STEP_LOSS in [line.name for line in panel._loss.lines]
    assert "smoothed loss" in panel._values.text()
    new = MetricLog(2, 10)
    new.append(STEP_LOSS, 1, 7.0)
    panel.show_update(Update(frozenset({"metrics"}), RunStatus(), metrics=new))
    line = next(line for line in panel._loss.lines if line.name == SMOOTH)
    assert line.values.tolist() == [7.0]
    pick(panel, 0.0)
    assert SMOOTH not in [line.name for line in panel._loss.lines]
