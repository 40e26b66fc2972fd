"""A picture that was changed in place shows what one made anew would show."""

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QRectF

from engine.views import PredictionView
from gui.curves.moving import ConfusionMatrix, Surface
from gui.theme.tokens import DARK, LIGHT

EARLY = np.array([[4.0, 1.0, 0.0], [0.0, 0.0, 5.0], [2.0, 2.0, 2.0]])
LATE = np.array([[5.0, 0.0, 0.0], [0.0, 5.0, 0.0], [0.0, 1.0, 5.0]])


@pytest.fixture
def item(qtbot):
    plot = pg.PlotWidget()
    qtbot.addWidget(plot)
    yield plot.getPlotItem()  # a return would let go of the plot, which pytest-qt holds weakly


def seen(item: pg.PlotItem) -> dict[tuple[float, float], tuple[str, str]]:
    """Place of every text that can be seen → its words and colour."""
    texts = [one for one in item.items if isinstance(one, pg.TextItem) and one.isVisible()]
    return {(one.pos().x(), one.pos().y()): (one.toPlainText(), one.color.name()) for one in texts}


def image(item: pg.PlotItem) -> np.ndarray:
    (found,) = [one.image for one in item.items if isinstance(one, pg.ImageItem)]
    return found


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_confusion_matrix_that_moved_equals_a_new_one(item, qtbot, theme):
    moved = ConfusionMatrix(item, theme)
    for counts in (EARLY, LATE, EARLY, LATE):
        moved.show(counts)
    other = pg.PlotWidget()
    qtbot.addWidget(other)
    ConfusionMatrix(other.getPlotItem(), theme).show(LATE)
    assert seen(item) == seen(other.getPlotItem())
    assert np.array_equal(image(item), image(other.getPlotItem()))


def test_every_count_but_zero_stands_in_its_cell(item):
    ConfusionMatrix(item, LIGHT).show(EARLY)
    expected = {(c + 0.5, r + 0.5): f"{EARLY[r, c]:.0f}" for r, c in np.argwhere(EARLY > 0)}
    assert {place: text for place, (text, _) in seen(item).items()} == expected


def test_text_stands_out_from_its_cell(item):
    ConfusionMatrix(item, LIGHT).show(LATE)
    assert seen(item)[(0.5, 0.5)] == ("5", LIGHT.on_accent)
    assert seen(item)[(1.5, 2.5)] == ("1", LIGHT.text)


def test_an_unchanged_cell_is_not_touched(item):
    matrix = ConfusionMatrix(item, LIGHT)
    matrix.show(LATE)
    texts = list(matrix._texts.values())
    matrix.show(LATE)
    assert list(matrix._texts.values()) == texts


def test_a_surface_lies_where_its_grid_lies(item):
    surface = Surface(item)
    for top in (1.0, 3.0):
        axis, tall = np.linspace(0.0, 2.0, 5), np.linspace(0.0, top, 4)
        colors = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
        surface.show(PredictionView("surface", 1, 1, axis, tall, np.zeros((4, 5))), colors)
    assert np.array_equal(image(item), np.transpose(colors, (1, 0, 2)))
    place = surface.image.mapRectToParent(surface.image.boundingRect())
    assert place == QRectF(-0.25, -0.5, 2.5, 4.0)
