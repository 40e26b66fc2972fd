"""The three panels of the step mode, joined by their controller, in one shown widget."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest
from PySide6.QtWidgets import QHBoxLayout, QWidget

from engine.catalog import LAYERS, LOSSES, OPTIMIZERS
from engine.commands import Command
from engine.datasets import DATASETS
from engine.spec import Choice, DataSpec, LinkSpec, NetworkSpec, NodeSpec, ProjectSpec, TrainSpec
from engine.views import Tape
from gui.controllers.stepping import SteppingController
from gui.graph.panel import GraphPanel
from gui.stepper.ledger import LedgerPanel
from gui.stepper.panel import TapePanel
from gui.store import Store
from gui.theme.tokens import LIGHT
from tests.gui.stepper import s3


@dataclass
class Desk:
    """What a test has in its hands."""

    store: Store
    stepping: SteppingController
    tape_panel: TapePanel
    graph: GraphPanel
    ledger: LedgerPanel
    sent: list[Command]
    tape: Tape
    lit: list[tuple[str, str]]
    window: QWidget


def s3_project() -> ProjectSpec:
    """S3's network under the node ids that its tape names."""
    ends = [NodeSpec(name, Choice(name)) for name in ("input", "output")]
    chosen = {"linear_1": "linear", "sigmoid_1": "sigmoid", "linear_2": "linear"}
    middle = [NodeSpec(name, LAYERS[kind].choose()) for name, kind in chosen.items()]
    names = ["input", *chosen, "output"]
    links = tuple(LinkSpec(source, target) for source, target in pairwise(names))
    network = NetworkSpec((ends[0], *middle, ends[1]), links)
    data = DataSpec(DATASETS["moons"].choose())
    return ProjectSpec("S3", network, data, TrainSpec(LOSSES["mse"].choose(), OPTIMIZERS["sgd"].choose()))


@pytest.fixture
def desk(qtbot) -> Desk:
    whole = QWidget()
    qtbot.addWidget(whole)
    panels = (TapePanel(), GraphPanel(), LedgerPanel())
    line = QHBoxLayout(whole)
    store, sent, lit = Store(s3_project()), [], []
    stepping = SteppingController(store, sent.append, whole)
    stepping.highlighted.connect(lambda layer, direction: lit.append((layer, direction)))
    stepping.attach(*panels)
    for panel in panels:
        line.addWidget(panel, 2 if panel is panels[0] else 1)
        panel.show_theme(LIGHT)
        store.selectionChanged.connect(panel.show_selection)
    whole.resize(1900, 700)
    whole.show()
    qtbot.waitExposed(whole)
    whole.activateWindow()
    return Desk(store, stepping, *panels, sent, s3.tape(), lit, whole)


@pytest.fixture
def stepped(desk: Desk) -> Desk:
    """With the tape of S3 in it, the keyboard on the list of events."""
    desk.stepping.show_tape(desk.tape)
    desk.tape_panel.events.setFocus()
    return desk
