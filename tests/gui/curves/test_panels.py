"""Curves and predictions show the numbers of the log and of the network."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QPushButton

from engine.metrics import PENALTY, RATE, STEP_LOSS, TRAIN_LOSS, VALIDATION_ACCURACY, VALIDATION_LOSS, MetricLog
from engine.views import DataView, PredictionView, RunStatus, Score
from gui.curves.mistakes import MistakesList, images
from gui.curves.panel import CurvesPanel
from gui.curves.predictions import PredictionsPanel, applicable
from gui.curves.scores import ScoresTable
from gui.pump import Update
from gui.theme.tokens import DARK, LIGHT


def filled_log(generation=1, epochs=3):
    log = MetricLog(generation, 10)
    for step in range(1, 10 * epochs + 1):
        log.append(STEP_LOSS, step, 1.0 / step)
        if step % 10 == 0:
            log.append(TRAIN_LOSS, step, 2.0 / step)
            log.append(VALIDATION_LOSS, step, 3.0 / step)
            log.append(VALIDATION_ACCURACY, step, 0.5)
    return log


@pytest.fixture
def curves(qtbot):
    panel = CurvesPanel()
    qtbot.addWidget(panel)
    panel.resize(800, 500)
    panel.show_theme(LIGHT)
    panel.show()
    return panel


def show(panel, log, changed=("metrics",)):
    panel.show_update(Update(frozenset(changed), RunStatus(state="running"), metrics=log))


def drawn(panel, name):
    line = next(line for line in panel._lines if line.name == name)
    return line.item.getOriginalDataset()


def test_empty_panel_offers_to_start(qtbot, curves):
    button = next(b for b in curves.findChildren(QPushButton) if b.text() == "Start training")
    with qtbot.waitSignal(curves.playRequested):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_lines_are_the_log(qtbot, curves):
    log = filled_log()
    show(curves, log)
    x, y = drawn(curves, STEP_LOSS)
    assert np.array_equal(x, np.arange(1, 31) / 10)
    assert np.array_equal(y, 1.0 / np.arange(1, 31))
    # The lower chart follows the upper one's range at the next paint.
    qtbot.waitUntil(lambda: np.array_equal(drawn(curves, VALIDATION_ACCURACY)[1], [50.0, 50.0, 50.0]))
    log.append(STEP_LOSS, 31, 7.0)
    show(curves, log, ())
    assert drawn(curves, STEP_LOSS)[1][-1] == 7.0


def test_time_in_steps(curves):
    show(curves, filled_log())
    box = next(b for b in curves.findChildren(QCheckBox) if b.text() == "Steps")
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=box.rect().center() - box.rect().center() / 2)
    assert np.array_equal(drawn(curves, TRAIN_LOSS)[0], [10.0, 20.0, 30.0])


def test_values_under_the_mouse_are_exact(curves):
    show(curves, filled_log())
    curves._loss.pointed.emit(2.04)
    assert curves._values.text() == (
        "step 20  ·  epoch 2.00  ·  each step loss 0.05  ·  training loss 0.1  ·  validation loss 0.15"
        "  ·  validation accuracy 50 %  ·  mean of the epoch's 10 batch losses 0.0668771"
    )


def test_the_mouse_moves_the_crosshair(qtbot, curves):
    show(curves, filled_log())
    qtbot.wait(20)
    box = curves._loss.getPlotItem().vb
    scene = box.mapViewToScene(QPointF(1.0, 0.5))
    curves._loss.scene().sigMouseMoved.emit(scene)
    assert "step 10" in curves._values.text()
    assert "training loss 0.2" in curves._values.text()


def test_an_earlier_run_stays_as_a_ghost(curves):
    show(curves, filled_log(1))
    show(curves, filled_log(2, epochs=2))
    ghosts = [line for _, line in curves._ghost_lines]
    assert [line.name for line in ghosts] == [TRAIN_LOSS, VALIDATION_LOSS, VALIDATION_ACCURACY]
    assert np.array_equal(ghosts[0].values, 2.0 / np.array([10, 20, 30]))
    box = next(b for b in curves.findChildren(QCheckBox) if b.text() == "Earlier runs")
    box.setChecked(False)
    assert curves._ghost_lines == []


def test_log_scale_leaves_out_what_has_no_logarithm(curves):
    log = filled_log()
    log.append(STEP_LOSS, 31, 0.0)
    show(curves, log)
    curves._log_box.setChecked(True)
    assert np.isnan(drawn(curves, STEP_LOSS)[1][-1])
    assert drawn(curves, STEP_LOSS)[1][0] == 1.0


def test_divergence_is_said(curves):
    log = filled_log()
    show(curves, log)
    assert not curves._diverged.isVisible()
    log.append(STEP_LOSS, 31, float("nan"))
    show(curves, log, ())
    assert curves._diverged.isVisible()


def two_inputs(task="classes"):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(30, 2)).astype(np.float32)
    targets = (features[:, 0] > 0).astype(np.int64) if task == "classes" else features[:, :1] * 2
    parts = {"train": slice(0, 20), "validation": slice(20, 30), "test": slice(30, 30)}
    names = ("no", "yes") if task == "classes" else ()
    return DataView(
        task,
        ("a", "b"),
        names,
        {name: features[part] for name, part in parts.items()},
        {name: targets[part] for name, part in parts.items()},
    )


def test_which_pictures_fit():
    assert applicable(two_inputs()) == ("surface", "confusion", "scores", "mistakes")
    assert applicable(two_inputs("regression")) == ("surface", "scatter", "scores")


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("task", ["classes", "regression"])
def test_every_picture_draws_and_only_the_seen_one_is_asked_for(qtbot, theme, task):
    panel = PredictionsPanel()
    qtbot.addWidget(panel)
    panel.resize(500, 400)
    asked = []
    panel.watchRequested.connect(asked.append)
    panel.show_theme(theme)
    panel.show()
    data = two_inputs(task)
    axis = np.linspace(-2, 2, 20)
    grid = axis[None, :] + 0 * axis[:, None]
    views = {
        "surface": PredictionView("surface", 1, 5, axis, axis, (grid > 0) * 1.0 if task == "classes" else grid),
        "confusion": PredictionView("confusion", 1, 5, z=np.array([[4, 1], [0, 5]])),
        "scatter": PredictionView("scatter", 1, 5, x=np.arange(10.0), z=np.arange(10.0)),
        "scores": PredictionView("scores", 1, 5, scores=(Score("MAE", "mean |ŷ − y|", 0.25, None),)),
        "mistakes": PredictionView(
            "mistakes",
            1,
            5,
            data.features["validation"][:1],
            np.array([7]),
            np.array([[0, 1]]),
            np.array([0.9]),
            (),
            1,
            10,
        ),
    }
    panel.show_update(Update(frozenset({"data"}), RunStatus(), data=data))
    for kind in applicable(data):
        button = panel.findChild(QPushButton, kind)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert asked[-1] == (kind,)
        panel.show_update(Update(frozenset({"prediction"}), RunStatus(), data=data, prediction=views[kind]))
        shown = panel._pages.currentWidget()
        if kind == "scores":
            assert isinstance(shown, ScoresTable)
            assert [shown.item(0, column).text() for column in (0, 1)] == ["0.25", "–"]
        elif kind == "mistakes":
            assert isinstance(shown, MistakesList)
            assert shown.item(0).text().startswith("row 7: yes, not no  (90% sure; a ")
            assert panel._caption.text().startswith("1 of 10 rows are wrong.")
        else:
            assert len(panel._plot.getPlotItem().items) > 0
    panel.hide()
    assert asked[-1] == ()


def test_images_are_recognised_and_scaled():
    grey = images(np.array([[[[0.0, 8.0], [16.0, 4.0]]]]), ("channel",))
    assert grey.tolist() == [[[0, 127], [255, 63]]]
    colour = images(np.zeros((2, 3, 5, 4)), ("r", "g", "b"))
    assert colour.shape == (2, 5, 4, 3)
    assert images(np.zeros((2, 64)), ("pixel 0 0", "pixel 0 1")).shape == (2, 8, 8)
    assert images(np.zeros((2, 784)), ("x1", "x2")).shape == (2, 28, 28)
    assert images(np.zeros((2, 4)), ("sepal length", "sepal width")) is None
    assert images(np.zeros((2, 30)), ("pixel 1", "pixel 2")) is None


def test_answers_without_bounds_still_have_a_colour(qtbot):
    panel = PredictionsPanel()
    qtbot.addWidget(panel)
    panel.show_theme(LIGHT)
    panel.show()
    data = two_inputs("regression")
    axis = np.linspace(-2, 2, 20)
    z = np.full((20, 20), np.nan)
    z[0, 0] = np.inf
    view = PredictionView("surface", 1, 5, axis, axis, z)
    panel.show_update(Update(frozenset({"data", "prediction"}), RunStatus(), data=data, prediction=view))
    assert panel._surface_colors(view, data).shape == (20, 20, 3)


def test_the_penalty_is_drawn_and_a_rate_that_moves_is_said(qtbot, curves):
    log = filled_log()
    for step in range(1, 31):
        log.append(PENALTY, step, 0.5 / step)
    for step, rate in ((0, 0.1), (10, 0.1), (20, 0.01), (30, 0.01)):
        log.append(RATE, step, rate)
    show(curves, log)
    assert np.array_equal(drawn(curves, PENALTY)[1], 0.5 / np.arange(1, 31))
    assert "penalty" in curves._legend.text()
    curves._point(1.5)
    assert "penalty 0.0333333" in curves._values.text() and "learning rate 0.1" in curves._values.text()
    curves._point(2.5)
    assert "learning rate 0.01" in curves._values.text()
    constant = filled_log(2)
    for step in (0, 10, 20, 30):
        constant.append(RATE, step, 0.1)
    show(curves, constant)
    assert "penalty" not in curves._legend.text()
    assert "learning rate" not in curves._values.text()
