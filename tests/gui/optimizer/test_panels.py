"""The optimizer's panels with values of their own: what they show, and when they ask again by themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine import edits
from engine.examples import example
from engine.inspection import DropoutView, Landscape, Part, UpdateLens
from engine.mailbox import Slot
from engine.spec import ProjectSpec
from engine.views import RunStatus, TensorView
from gui.optimizer.dropout import DropoutPanel
from gui.optimizer.follow import Follower
from gui.optimizer.landscape import LandscapePanel
from gui.optimizer.lens import LensPanel
from gui.optimizer.surface import heat, numbered
from gui.pump import Update
from gui.theme.tokens import DARK, LIGHT, Theme

PAUSED = RunStatus("paused", 1, "cpu", step=0, has_run=True)
FILTERS = np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2)


def lens_view(**changes: object) -> UpdateLens:
    view = UpdateLens(
        "conv.weight",
        (1, 2, 0, 1),
        "Adam",
        "θ ← θ − lr·m̂/(√v̂ + eps)",
        old=21.0,
        new=20.7,
        gradient=0.5,
        parts=(Part("gradient", "−0.1·2", -0.2), Part("momentum", "−0.1·1.5", -0.15), Part("decay", "+", 0.05)),
        state=(("step", 3.0), ("exp_avg", 0.25)),
        derived=(("m̂", 1.25),),
        decay_share=0.125,
        ratio=0.001,
        data_loss=0.75,
        penalty=0.25,
        penalty_note="A note on the penalty.",
        generation=1,
        step=0,
        parameters=("conv.weight", "conv.bias"),
        values=TensorView("conv.weight", FILTERS),
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def update(status: RunStatus = PAUSED, **slots: object) -> Update:
    changed: frozenset[Slot] = frozenset({"status", *slots})  # type: ignore[arg-type]
    return Update(changed, status, **slots)  # type: ignore[arg-type]


def shown(qtbot: QtBot, panel: LensPanel | LandscapePanel | DropoutPanel, project: ProjectSpec) -> None:
    qtbot.addWidget(panel)
    panel.resize(720, 460)
    panel.show_theme(LIGHT)
    panel.show_project(None, project)
    panel.show()


@pytest.fixture
def panel(qtbot: QtBot) -> LensPanel:
    one = LensPanel()
    shown(qtbot, one, example("digits-cnn"))
    return one


# ---------------------------------------------------------------------------------------------------- the lens


def test_the_empty_lens_offers_one_action(panel: LensPanel) -> None:
    asked: list[tuple[str, object]] = []
    panel.lensRequested.connect(lambda *what: asked.append(what))
    assert panel.empty.isVisible()
    QTest.mouseClick(panel.empty.button, Qt.MouseButton.LeftButton)
    assert asked == [("", ())]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_lens_says_everything(panel: LensPanel, theme: Theme) -> None:
    panel.show_theme(theme)
    panel.show_update(update(lens=lens_view()))
    assert panel.equation.text == "21 − 0.2 − 0.15 + 0.05 = 20.7"
    assert "old" in panel.equation.accessibleName() and "− 0.2 gradient" in panel.equation.accessibleName()
    assert "gradient = -0.2" in panel.equation.toolTip()
    assert panel.shares.items == [
        ("gradient", 0.2, "50 %"),
        ("momentum", 0.15, "37.5 %"),
        ("decay", 0.05, "12.5 %"),
    ]
    assert panel.state.texts == [("gradient g", "0.5"), ("step", "3"), ("exp_avg", "0.25"), ("m̂", "1.25")]
    assert panel.losses.items == [("data loss", 0.75, "0.75"), ("penalty", 0.25, "0.25")]
    assert "‖Δθ‖/‖θ‖ of conv.weight: 0.001" in panel.ratio.text() and "12.5 %" in panel.ratio.text()
    assert "conv.weight[1, 2, 0, 1]" in panel.formula.text()
    panel.grab()


def test_fewer_parts_leave_no_old_rows(panel: LensPanel) -> None:
    panel.show_update(update(lens=lens_view()))
    panel.show_update(update(lens=lens_view(parts=(), state=(), derived=(), ratio=float("inf"), note="Skipped.")))
    assert panel.parts.texts == [] and panel.state.texts == [("gradient g", "0.5")]
    assert panel.note.isVisible() and "all zeros" in panel.ratio.text()
    panel.grab()


def test_a_filter_is_a_row_of_the_table(panel: LensPanel) -> None:
    panel.show_update(update(lens=lens_view()))
    grid = panel.picker.grid
    assert (grid.cells.rowCount(), grid.cells.columnCount()) == (2, 12)
    assert (grid.currentIndex().row(), grid.currentIndex().column()) == (1, 9)
    asked: list[tuple[str, object]] = []
    panel.lensRequested.connect(lambda *what: asked.append(what))
    place = grid.visualRect(grid.cells.index(0, 1)).center()
    grid.scrollTo(grid.cells.index(0, 1))
    place = grid.visualRect(grid.cells.index(0, 1)).center()
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert asked == [("conv.weight", (0, 0, 0, 1))]


def test_another_parameter_from_elsewhere(panel: LensPanel) -> None:
    asked: list[tuple[str, object]] = []
    panel.lensRequested.connect(lambda *what: asked.append(what))
    panel.choose_parameter("conv.bias")
    assert asked == []  # nothing is shown yet: nobody asked for a lens
    panel.show_update(update(lens=lens_view()))
    panel.choose_parameter("conv.weight")
    panel.choose_parameter("other.weight")
    assert asked == []
    panel.choose_parameter("conv.bias")
    assert asked == [("conv.bias", ())]


def test_the_lens_keeps_up_with_a_run_that_stands(panel: LensPanel) -> None:
    asked: list[tuple[str, object]] = []
    QTest.mouseClick(panel.empty.button, Qt.MouseButton.LeftButton)
    panel.show_update(update(lens=lens_view()))
    panel.lensRequested.connect(lambda *what: asked.append(what))
    panel.show_update(update(replace(PAUSED, state="running", step=4)))
    assert asked == [] and "the run has done 4 by now" in panel.age.text() and panel.again.isVisible()
    panel.show_update(update(replace(PAUSED, step=9)))
    panel.show_update(update(replace(PAUSED, step=9)))
    assert asked == [("conv.weight", (1, 2, 0, 1))]


def test_another_project_empties_the_lens(panel: LensPanel) -> None:
    panel.show_update(update(lens=lens_view()))
    assert not panel.empty.isVisible()
    panel.show_project(example("digits-cnn"), example("quadratic"))
    assert panel.empty.isVisible() and panel.view is None


# ---------------------------------------------------------------------------------------------------- asking again


def followed(project: ProjectSpec) -> Follower:
    one = Follower()
    one.show_project(None, project)
    one.status = PAUSED
    one.asking()
    return one


def test_it_never_asks_after_an_edit_that_the_run_cannot_follow() -> None:
    """The engine would build a new run for the answer, and the old one's training would be gone."""
    project = example("moons")
    one = followed(project)
    assert one.show_project(project, edits.choose_optimizer(project, "sgd"))
    one.status = replace(PAUSED, step=7)
    assert not one.due()


def test_it_asks_once_after_a_live_edit_and_after_rewind() -> None:
    project = example("moons")
    one = followed(project)
    assert not one.due()
    assert not one.show_project(project, edits.set_optimizer_value(project, "lr", 0.5))
    assert one.due()
    one.asking()
    assert not one.due()
    one.status = replace(PAUSED, generation=2)
    assert one.due()


@pytest.mark.parametrize("change", [{"state": "running"}, {"stale": True}, {"has_run": False}, {"state": "failed"}])
def test_it_waits_while_the_run_is_busy_stale_or_gone(change: dict[str, object]) -> None:
    one = followed(example("moons"))
    one.status = replace(PAUSED, step=3)
    assert one.due()
    one.status = replace(PAUSED, step=3, **change)  # type: ignore[arg-type]
    assert not one.due()


# ---------------------------------------------------------------------------------------------------- the surface


def plane() -> Landscape:
    line = np.linspace(-1, 1, 5)
    z = line[None, :] ** 2 + 3 * line[:, None] ** 2
    path = np.array([[0.9, 0.9, 3.2], [0.5, -0.5, 1.0], [0.1, 0.05, 0.02], [0.1, 0.04, 0.01]])
    return Landscape("A bowl", ("direction 1", "direction 2"), line, line, z, path, note="A note.", generation=1)


def line() -> Landscape:
    x = np.linspace(-1, 3, 9)
    path = np.array([[2.0, 1.0], [1.8, 0.64], [-0.5, 2.25]])
    return Landscape("Loss over w", ("w",), x, np.empty(0), (x - 1) ** 2, path, note="A note.", generation=1)


@pytest.fixture
def surface(qtbot: QtBot) -> LandscapePanel:
    one = LandscapePanel()
    shown(qtbot, one, example("quadratic"))
    return one


def test_the_surface_is_asked_for_with_its_settings(surface: LandscapePanel) -> None:
    asked: list[tuple[int, float, int]] = []
    surface.surveyRequested.connect(lambda *what: asked.append(what))
    QTest.mouseClick(surface.empty.button, Qt.MouseButton.LeftButton)
    surface.show_update(update(landscape=plane()))
    surface.steps.setValue(7)
    surface.span.setValue(0.5)
    surface.seed.setValue(3)
    QTest.mouseClick(surface.draw, Qt.MouseButton.LeftButton)
    assert asked == [(20, 1.0, 0), (7, 0.5, 3)]
    assert surface.age.text().startswith("Drawing")


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("view", [plane(), line()])
def test_the_picture_and_its_words(surface: LandscapePanel, view: Landscape, theme: Theme) -> None:
    surface.show_theme(theme)
    surface.show_update(update(landscape=view))
    assert surface.title.text() == view.title and surface.note.text() == "A note."
    assert surface.seed.isVisible() == (len(view.axes) == 2)
    assert surface.age.text() == "Around the initial weights"
    surface.slider.setFocus()
    QTest.keyClick(surface.slider, Qt.Key.Key_Right)
    wanted = "step 1: direction 1 = 0.5, direction 2 = −0.5, loss = 1"
    assert surface.point.text() == (wanted if len(view.axes) == 2 else "step 1: w = 1.8, loss = 0.64")
    surface.show_theme(LIGHT)
    assert surface.slider.value() == 1
    surface.grab()


def test_points_that_stand_apart_are_numbered_and_zooming_shows_more(surface: LandscapePanel) -> None:
    surface.show_update(update(landscape=plane()))
    assert sorted(surface.plot.numbers) == [0, 1, 2]
    surface.plot.getPlotItem().vb.setRange(xRange=(0.05, 0.15), yRange=(0.0, 0.1), padding=0)
    assert {2, 3} <= set(surface.plot.numbers)
    surface.plot.fit()
    assert sorted(surface.plot.numbers) == [0, 1, 2]
    surface.plot.fit_path()
    assert surface.plot.getPlotItem().vb.viewRect().width() < 1.2


def test_an_older_surface_says_so(surface: LandscapePanel) -> None:
    surface.show_update(update(replace(PAUSED, step=12), landscape=plane()))
    assert surface.age.text() == "Around the initial weights; the run has done 12 by now"
    surface.show_update(update(replace(PAUSED, generation=4)))
    assert surface.age.text().endswith("of an earlier run")


def test_playing_ends_at_the_end_and_when_nobody_looks(surface: LandscapePanel) -> None:
    surface.show_update(update(landscape=line()))
    QTest.mouseClick(surface.play, Qt.MouseButton.LeftButton)
    assert surface.play.accessibleName() == "Pause"
    surface._tick()
    surface._tick()
    assert surface.slider.value() == 2 and surface.play.accessibleName() == "Play along the path"
    QTest.mouseClick(surface.play, Qt.MouseButton.LeftButton)
    assert surface.slider.value() == 0
    surface.hide()
    assert surface.play.accessibleName() == "Play along the path"


def test_heights_that_are_not_numbers_are_the_highest() -> None:
    assert heat(np.array([1.0, 2.0, np.inf, np.nan])).tolist() == [0.0, 1.0, 1.0, 1.0]
    assert heat(np.array([np.nan])).tolist() == [0.0]
    assert heat(np.array([3.0, 3.0])).tolist() == [0.0, 0.0]


def test_a_point_at_infinity_has_no_number() -> None:
    assert numbered(np.array([[0.0, 0.0], [np.inf, 0.0], [1.0, 1.0]]), (2.0, 2.0)) == [0, 2]


# ---------------------------------------------------------------------------------------------------- dropout


def mask_view(layer: str = "dropout_1", draws: int = 200, step: int = 0) -> DropoutView:
    ones, mask = np.ones((1, 10), np.float32), np.array([[0, 0, 1, 0, 0, 0, 1, 1, 0, 1]], np.float32)
    tensors = [TensorView("one", each) for each in (ones, mask, 2 * mask, ones, ones)]
    return DropoutView(layer, 0.5, 2.0, *tensors, draws=draws, generation=1, step=step)


def test_ten_ones(qtbot: QtBot) -> None:
    panel = DropoutPanel()
    shown(qtbot, panel, example("digits"))
    asked: list[tuple[str, int]] = []
    panel.lookRequested.connect(lambda *what: asked.append(what))
    QTest.mouseClick(panel.empty.button, Qt.MouseButton.LeftButton)
    panel.show_update(update(dropout=mask_view()))
    assert panel.fact.text() == "p = 0.5: 4 of 10 values pass and are multiplied by 1/(1 − p) = 2."
    cells = panel.tables["train"].grid.cells
    row = [cells.index(0, column).data() for column in range(10)]
    assert row == ["0", "0", "2", "0", "0", "0", "2", "2", "0", "2"]
    assert panel.tables["mean"].title.text() == "Mean of 200 draws"
    panel.show_update(update(replace(PAUSED, step=1)))
    assert asked == [("dropout_1", 200)] * 2
    panel.show_update(update(replace(PAUSED, step=1), dropout=mask_view("dropout_9", step=1)))
    assert panel.view is not None and panel.view.layer == "dropout_1"  # an answer about another project's layer


@pytest.mark.parametrize(("width", "beside"), [(480, 1), (720, 2), (1100, 3)])
def test_no_table_is_cut_at_the_side(qtbot: QtBot, width: int, beside: int) -> None:
    panel = DropoutPanel()
    shown(qtbot, panel, example("digits"))
    wide = np.ones((32, 100), np.float32) / 3
    tensors = [TensorView("one", each) for each in (wide, np.sign(wide), wide, wide, wide)]
    panel.show_update(update(dropout=DropoutView("dropout_1", 0.5, 2.0, *tensors, draws=3)))
    panel.resize(width, 460)
    qtbot.wait(20)
    tables = list(panel.tables.values())
    tops = [table.mapTo(panel, table.rect().topLeft()).y() for table in tables]
    assert tops.count(tops[0]) == beside
    assert all(table.mapTo(panel, table.rect().topRight()).x() < width for table in tables)


def test_without_a_dropout_layer(qtbot: QtBot) -> None:
    panel = DropoutPanel()
    shown(qtbot, panel, example("moons"))
    wanted: list[str] = []
    panel.exampleRequested.connect(wanted.append)
    assert panel.without.isVisible()
    QTest.mouseClick(panel.without.button, Qt.MouseButton.LeftButton)
    assert wanted == ["digits"]
    panel.show_project(example("moons"), example("digits"))
    assert panel.empty.isVisible() and panel.layer.currentText() == "dropout_1"


def test_a_selected_dropout_layer_is_the_one(qtbot: QtBot) -> None:
    project, second = edits.append_node(example("digits"), "dropout")
    panel = DropoutPanel()
    shown(qtbot, panel, project)
    panel.show_selection(("linear_1",))
    assert panel.layer.currentText() == "dropout_1"
    panel.show_selection((second,))
    assert panel.layer.currentText() == second
