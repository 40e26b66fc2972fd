"""The lab's panel on the screen, with the keyboard in its editor."""

from __future__ import annotations

import pytest

from gui.lab.panel import LabPanel
from gui.theme.tokens import LIGHT


@pytest.fixture
def panel(qtbot) -> LabPanel:
    one = LabPanel()
    qtbot.addWidget(one)
    one.show_theme(LIGHT)
    one.resize(1100, 620)
    one.show()
    qtbot.waitExposed(one)
    one.activateWindow()
    one.editor.setFocus()
    return one
