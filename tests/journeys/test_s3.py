"""S3 of figures.md through the window: the real engine takes the step apart, keys walk through it, every number is read off."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableView

from tests.gui.stepper.test_panel import BACKWARD, FORWARD, UPDATED, on_screen, rounded
from tests.journeys.hands import Hands, table_texts

NAMES = ["linear_1.weight", "linear_1.bias", "linear_2.weight", "linear_2.bias"]
VALUES = ["[[1], [-1]]", "[1, 2]", "[[1, 2]]", "[-1]"]
GRADS = ["[[-0.347967], [-1.30321]]", "[-0.347967, -1.30321]", "[[-2.91911, -2.42285]]", "[-3.31417]"]


def column(table: QTableView, number: int) -> list[str]:
    return [row[number].removeprefix("▸ ") for row in table_texts(table)]


def test_every_number_of_s3(hands: Hands) -> None:
    bench = hands.bench
    hands.choose_example("Backward pass by hand")
    hands.press("Step")
    hands.press("Take the next step apart", bench.window.docks["tape"])
    hands.wait(lambda: bench.stepping.tape is not None)
    panel, ledger = bench.panels["tape"], bench.panels["ledger"]
    details, table = panel.details, ledger.table  # type: ignore[attr-defined]
    panel.events.setFocus()  # type: ignore[attr-defined]
    assert column(table, 0) == NAMES
    assert column(table, 2) == VALUES
    assert column(table, 3) == ["None"] * 4

    assert [len(FORWARD), len(BACKWARD), len(UPDATED)] == [4, 10, 4]
    for _, numbers in FORWARD:
        hands.key(Qt.Key.Key_Right)
        assert on_screen(details.right) == rounded([numbers])
    for name, outgoing in BACKWARD:
        hands.key(Qt.Key.Key_Right)
        tape = bench.stepping.tape
        assert tape is not None
        assert tape.events[bench.stepping.cursor].name == name
        assert on_screen(details.right) == rounded(outgoing)
    assert column(table, 3) == GRADS
    for name, numbers in UPDATED.items():
        hands.key(Qt.Key.Key_Right)
        assert details.title.text() == f"Update · {name}"
        assert on_screen(details.right) == rounded([numbers])
    for _ in NAMES:
        hands.key(Qt.Key.Key_Right)
    assert column(table, 3) == ["None"] * 4
    hands.key(Qt.Key.Key_Home)
    assert column(table, 2) == VALUES

    # The run itself was not moved; now it does the very step that was looked at, and the loss falls as figures.md says.
    assert hands.status.step == 0
    hands.press("One step")
    hands.wait(lambda: hands.status.step == 1)
    hands.press("One step")
    hands.wait(lambda: hands.status.step == 2)
    log = bench.pump._values["metrics"]
    _, losses, _ = log.since("step_loss")  # type: ignore[attr-defined]
    assert [f"{loss:.6f}" for loss in losses] == ["2.745934", "0.599744"]
