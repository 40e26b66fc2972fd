"""Schedule, clipping, penalty and early stopping picked in the panel, watched in the run bar, found again on the tape and after undo."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox

from engine.edits import set_train_value
from gui.forms.training_panel import TrainingPanel
from gui.stepper.panel import TapePanel
from tests.journeys.hands import Hands


def pick(hands: Hands, panel: TrainingPanel, part: str, title: str) -> None:
    """Choose an entry with the keyboard."""
    box = next(each for each in panel.findChildren(QComboBox) if each.accessibleName() == part)
    box.setFocus()
    while box.currentText() != title:
        QTest.keyClick(box, Qt.Key.Key_Down if box.findText(title) > box.currentIndex() else Qt.Key.Key_Up)


def test_a_training_with_everything_stops_early_and_says_so(hands: Hands) -> None:
    hands.choose_example("Moons")
    hands.press("Train")
    store, bar = hands.bench.store, hands.bench.window.run_bar
    panel = hands.bench.panels["training"]
    assert isinstance(panel, TrainingPanel)
    hands.bench.window.docks["training"].raise_()
    pick(hands, panel, "Schedule", "Cosine")
    pick(hands, panel, "Clipping", "By norm")
    pick(hands, panel, "Stopping", "Early stopping")
    for name, text in (("max_norm", "0.5"), ("patience", "1"), ("min_delta", "0.05"), ("l2", "0.01")):
        hands.type_value("training", name, text)
    train = store.project.train
    assert (train.schedule.kind, train.clipping.get("max_norm"), train.l2) == ("cosine", 0.5, 0.01)
    hands.wait(lambda: panel._curve.view is not None and hands.fresh())

    hands.press("Play")
    hands.wait(lambda: bool(hands.status.stopped) and hands.status.state == "paused")
    assert 0 < hands.status.epoch < train.epochs
    assert bar.sentence.accessibleName() == hands.status.stopped
    assert [card.message for card in hands.bench.cards.cards][-1].text == hands.status.stopped  # type: ignore[union-attr]
    assert hands.status.lr is not None and 0 < hands.status.lr < train.optimizer.number("lr")
    assert bar.values["rate"].text() == f"{hands.status.lr:.4g}"
    assert not hands.button("Play").isEnabled()

    step = hands.status.step
    hands.press("One step")
    hands.wait(lambda: hands.status.step == step + 1)
    hands.press("Step", hands.bench.window)
    tape = hands.bench.panels["tape"]
    assert isinstance(tape, TapePanel)
    hands.key(Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: hands.bench.stepping.tape is not None)
    assert hands.bench.stepping.tape is not None
    phases = [event.phase for event in hands.bench.stepping.tape.events]
    assert phases.count("loss") == 2 and phases.count("clip") == 6

    before = store.project
    hands.press("New weights")
    hands.wait(lambda: hands.status.seed == store.project.train.seed and hands.status.step == 0)
    assert store.project == set_train_value(before, "seed", store.project.train.seed)
    store.undo()
    assert store.project == before
