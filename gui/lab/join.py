"""Puts the lab into the window: its page in the middle, its controller between panel, tape and engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.controllers.lab import LabController
from gui.lab.panel import LabPanel

if TYPE_CHECKING:
    from gui.workbench import Workbench


def join_lab(bench: Workbench) -> tuple[LabPanel, LabController]:
    """Build both; stepping must be there already."""
    panel = LabPanel()
    bench.window.add_page("lab", panel)
    lab = LabController(panel, bench.stepping, bench.session.send, bench.settings, bench)
    lab.files.told.connect(bench.cards.tell)
    bench.stepping.originChanged.connect(bench.window.show_origin)
    bench.modes.changed.connect(lab.show_mode)
    bench.pump.happened.connect(lab.handle)
    bench.audience.add(panel, lab)
    lab.show_mode(bench.modes.mode)
    return panel, lab
