"""Code on the clipboard becomes a network on the canvas, in one step that can be undone."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from tests.journeys.hands import CTRL, Hands


def test_ctrl_v_builds_the_network_that_trains(hands: Hands) -> None:
    store = hands.bench.store
    hands.choose_example("XOR")
    hands.press("Build")
    before = store.project
    QGuiApplication.clipboard().setText("model = nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 1))")
    hands.bench.canvas.view.setFocus()
    hands.key(Qt.Key.Key_V, CTRL)
    assert [node.id for node in store.project.network.nodes] == ["input", "linear_1", "relu_1", "linear_2", "output"]
    assert store.undo_name == "Build from code"
    hands.wait(lambda: hands.fresh() and hands.bench.running.report.ready)
    hands.press("One step")
    hands.wait(lambda: hands.status.step == 1)
    hands.menu("Edit", "Undo")
    assert store.project == before
    QGuiApplication.clipboard().setText("nn.Sequential(nn.Linear(2, 6), nn.Bilinear(6, 1, 2))")
    hands.bench.canvas.view.setFocus()
    hands.key(Qt.Key.Key_V, CTRL)
    assert store.project == before
    hands.wait(lambda: any("Bilinear" in str(card.message) for card in hands.bench.cards.cards))
