"""Figures of the course through the window and, the same ones, through the command line.

Those of the Graph Lab's templates are asserted one by one in tests/engine/tensors/lab/test_templates.py; here every template is chosen in
the window and prints what the command line prints. S3 and the optimizers' paths have journeys of their own.
"""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from engine.cli.main import main
from engine.lab.templates import GROUPS, templates
from gui.proof.jacobian import JacobianPanel
from tests.gui.stepper.test_panel import on_screen
from tests.journeys.hands import Hands, table_texts
from tests.journeys.test_lab import choose, open_lab

Capture = pytest.CaptureFixture[str]


def command(capsys: Capture, *arguments: str) -> dict:
    capsys.readouterr()
    assert main([*arguments, "--json"]) in (0, 1)
    return json.loads(capsys.readouterr().out)


def texts(hands: Hands) -> str:
    """Everything that labels of the window say."""
    return "\n".join(label.text() for label in hands.bench.window.findChildren(QLabel) if label.isVisible())


@pytest.mark.parametrize("group", GROUPS)
def test_every_template_prints_in_the_window_what_the_command_line_prints(
    hands: Hands, capsys: Capture, group: str
) -> None:
    panel = open_lab(hands)
    for template in (each for each in templates() if each.group == group):
        choose(hands, template.name)
        found = command(capsys, "lab", template.name)
        assert panel.printed.toPlainText() == "\n".join(found["printed"]), template.name
        shown = {row[0].removeprefix("▸ ") for row in table_texts(panel.results.table)}
        assert shown == {*found["tensors"], *found["values"]}, template.name
        assert panel.results.card.isVisible() == bool(found["errors"]), template.name
        for error in found["errors"]:
            assert panel.view is not None
            assert error["line"] in [each.line for each in panel.view.errors]


@pytest.mark.parametrize(
    ("title", "name", "total", "shapes"),
    [
        ("Two convolutions", "two-conv", "10,540", {"conv2d_1": [20, 24, 24], "conv2d_2": [20, 20, 20]}),
        ("784-100-10", "mlp-784", "79,510", {"input": [784], "linear_1": [100], "linear_2": [10]}),
        ("Torch basics", "torch-basics", "161", {"input": [3], "linear_1": [32], "linear_2": [1]}),
        ("Backward pass by hand", "s3", "7", {"linear_1": [2], "linear_2": [1]}),
    ],
)
def test_parameters_and_shapes(  # noqa: PLR0917
    hands: Hands, capsys: Capture, title: str, name: str, total: str, shapes: dict[str, list[int]]
) -> None:
    hands.choose_example(title)
    assert f"{total} parameters" in texts(hands)
    links = hands.bench.canvas.view.scene().links
    for layer, shape in shapes.items():
        arrow = next(item for link, item in links.items() if link.source == layer)
        assert "×".join(map(str, shape)) in arrow.arrow.shape, layer
    found = command(capsys, "info", name)
    assert f"{found['parameters']['total']:,}" == total
    assert {layer: found["shapes"][layer] for layer in shapes} == shapes


def test_the_two_matrices_of_the_notes(hands: Hands, capsys: Capture) -> None:
    """3 → 4 → 2 with torch's seed 0: z, ŷ and the Jacobian, by stepping."""
    bench = hands.bench
    z, answer = [3.5731, 1.4248, 1.5416, -0.8837], [-3.1442, -2.8670]
    hands.choose_example("3-4-2 by hand")
    hands.press("Step")
    hands.press("Take the next step apart", bench.window.docks["tape"])
    hands.wait(lambda: bench.stepping.tape is not None)
    details = bench.panels["tape"].details  # type: ignore[attr-defined]
    bench.panels["tape"].events.setFocus()  # type: ignore[attr-defined]
    for place, numbers in ((1, z), (3, answer)):
        while bench.stepping.cursor < place:
            hands.key(Qt.Key.Key_Right)
        shown = [float(text.replace("−", "-")) for text in on_screen(details.right)[0] or []]
        assert shown == pytest.approx(numbers, abs=5e-5)
    events = command(capsys, "trace", "network-342")["events"]
    made = {event["layer"]: event["outputs"][0]["values"] for event in events if event["phase"] == "forward"}
    assert made["linear_1"][0] == pytest.approx(z, abs=5e-5)
    assert made["linear_2"][0] == pytest.approx(answer, abs=5e-5)
    panel = bench.panels["jacobian"]
    assert isinstance(panel, JacobianPanel)
    hands.menu("Run", "Jacobian")
    hands.wait(lambda: panel.view is not None and panel.isVisible())
    shown_rows = [[float(text) for text in row] for row in table_texts(panel.table.grid)]
    assert shown_rows == [
        pytest.approx([-1.1266, -1.8399, 1.0977], abs=5e-5),
        pytest.approx([-1.0204, -0.9860, 1.3536], abs=5e-5),
    ]


def test_the_mean_of_batch_means_is_not_the_loss_of_the_set(hands: Hands, capsys: Capture) -> None:
    hands.choose_example("Mean of batch means")
    hands.press("Train")
    hands.press("One epoch")
    hands.wait(lambda: hands.status.step == 2 and hands.status.state == "paused")
    hands.wait(lambda: "step 2 " in texts(hands))
    assert "training loss 11.9583" in texts(hands)
    assert "mean of the epoch's 2 batch losses 12.7846" in texts(hands)
    found = command(capsys, "train", "batch-means", "--epochs", "1")
    assert found["train_loss"] == [pytest.approx(11.9583, abs=5e-5)]
    assert found["mean_of_batch_losses"] == [pytest.approx(12.7846, abs=5e-5)]


def test_epochs_and_iterations_are_counted(hands: Hands) -> None:
    """40 rows in batches of 8: ⌈40/8⌉ iterations an epoch; 700, 150 and 150 rows."""
    hands.choose_example("Regression, 40 points")
    hands.press("One epoch")
    hands.wait(lambda: hands.status.step == 5 and hands.status.state == "paused")
    for _ in range(3):
        done = hands.status.step
        hands.press("One step")
        hands.wait(lambda done=done: hands.status.step == done + 1 and hands.status.state == "paused")
    bar = hands.bench.window.run_bar
    hands.wait(lambda: "epoch 2, iteration 3/5" in bar.sentence.toolTip())
    hands.choose_example("Learning by heart")
    assert "700 training · 150 validation · 150 test rows" in texts(hands)
