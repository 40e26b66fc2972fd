"""What the network answers now: decision surface, fitted curve, confusion matrix, predictions against targets."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from engine.views import Array, DataView, PredictionView
from gui.curves.colors import class_colors
from gui.curves.mistakes import MistakesList
from gui.curves.moving import ConfusionMatrix, Surface, rgb
from gui.curves.scores import ScoresTable
from gui.pump import Update
from gui.save_picture import SaveButton
from gui.theme.tokens import LIGHT, Theme

TITLES = {
    "surface": "Surface",
    "curve": "Curve",
    "confusion": "Confusion",
    "scatter": "Predictions",
    "scores": "Scores",
    "mistakes": "Mistakes",
}
CAPTIONS = {
    "surface": "Background: the network's answer at every point; the paler, the less sure. ● training ○ validation rows.",
    "curve": "Line: the network's answer. ● training ○ validation rows.",
    "confusion": "Rows: true class. Columns: predicted class. Counts over the validation part.",
    "scatter": "Every dot is a validation row; on the diagonal the prediction equals the target.",
    "scores": "How good the answers are, in eval mode, for the training and the validation part.",
    "mistakes": "Rows of the validation part that are answered wrong, the surest first.",
}
MOST_POINTS = 2000


def applicable(data: DataView) -> tuple[str, ...]:
    """The pictures that fit the data, the most telling one first."""
    features = data.features["train"]
    width = features.shape[1] if features.ndim == 2 else 0
    if data.task == "classes":
        return (*(("surface",) if width == 2 else ()), "confusion", "scores", "mistakes")
    return (*{1: ("curve",), 2: ("surface",)}.get(width, ()), "scatter", "scores")


class PredictionsPanel(QWidget):
    """One picture at a time; only the one that is looked at is asked for."""

    watchRequested = Signal(object)
    """A tuple of the kinds that are wanted now; empty while the panel is hidden."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = LIGHT
        self._data: DataView | None = None
        self._view: PredictionView | None = None
        self._kind = ""
        self._stage: tuple[object, ...] | None = None
        """What the picture that stands was made for; while it is the same, only its moving part changes."""
        self._confusion: ConfusionMatrix | None = None
        self._surface: Surface | None = None
        self._buttons: list[QPushButton] = []
        self._bar = QHBoxLayout()
        self._bar.setSpacing(8)
        self._plot = pg.PlotWidget()
        self._plot.setAccessibleName("Picture of the network's predictions")
        self._plot.getPlotItem().setMenuEnabled(False)
        self._plot.getPlotItem().hideButtons()
        self._scores, self._mistakes = ScoresTable(), MistakesList()
        self._pages = QStackedWidget()
        for page in (self._plot, self._scores, self._mistakes):
            self._pages.addWidget(page)
        self._caption = QLabel("The network's predictions appear here as soon as the engine is ready.")
        self._caption.setWordWrap(True)
        self._caption.setProperty("role", "note")
        self.save = SaveButton(self._pages, "predictions")
        self._bar.addWidget(self.save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(4)
        layout.addLayout(self._bar)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self._caption)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.save.show_theme(theme)
        self._draw()

    def show_update(self, update: Update) -> None:
        if "data" in update.changed and update.data is not None:
            self._data = update.data
            self._offer(applicable(update.data))
        if "prediction" in update.changed:
            self._view = update.prediction
            self._draw()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.watchRequested.emit(())

    def _offer(self, kinds: tuple[str, ...]) -> None:
        for button in self._buttons:
            self._bar.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = []
        for kind in kinds:
            button = QPushButton(TITLES[kind])
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setObjectName(kind)
            button.setToolTip(CAPTIONS[kind])
            button.clicked.connect(self._clicked)
            self._bar.insertWidget(len(self._buttons), button)
            self._buttons.append(button)
        self._choose(self._kind if self._kind in kinds else kinds[0])

    def _clicked(self) -> None:
        self._choose(self.sender().objectName())

    def _choose(self, kind: str) -> None:
        self._kind = kind
        for button in self._buttons:
            button.setChecked(button.objectName() == kind)
        self._ask()
        self._draw()

    def _ask(self) -> None:
        if self._kind and self.isVisible():
            self.watchRequested.emit((self._kind,))

    def _draw(self) -> None:
        page = {"scores": self._scores, "mistakes": self._mistakes}.get(self._kind, self._plot)
        self._pages.setCurrentWidget(page)
        if page is not self._plot:
            self._list()
            return
        stage = (self._kind, self._theme, self._data)
        if self._stage == stage and self._view is not None and self._view.kind == self._kind and self._move(self._view):
            return
        self._stage = None
        item = self._plot.getPlotItem()
        item.clear()
        self._plot.setBackground(self._theme.panel)
        for side in ("left", "bottom", "top"):
            item.getAxis(side).setPen(self._theme.border)
            item.getAxis(side).setTextPen(self._theme.muted)
            item.getAxis(side).enableAutoSIPrefix(False)
        self._caption.setText(CAPTIONS.get(self._kind, ""))
        view, data = self._view, self._data
        if view is None or data is None or view.kind != self._kind:
            return
        {
            "surface": self._draw_surface,
            "curve": self._draw_curve,
            "confusion": self._draw_confusion,
            "scatter": self._draw_scatter,
        }[view.kind](view, data)
        self._stage = stage

    def _list(self) -> None:
        """Scores and mistakes are no plots."""
        view, data = self._view, self._data
        caption = CAPTIONS[self._kind]
        if view is not None and data is not None and view.kind == self._kind:
            if view.kind == "scores":
                self._scores.show_view(view)
            else:
                self._mistakes.show_view(view, data)
                caption = f"{view.wrong:,} of {view.looked_at:,} rows are wrong. {caption}"
        self._caption.setText(caption)

    def _move(self, view: PredictionView) -> bool:
        """Change the moving part of the picture that stands. Returns whether it has one."""
        if view.kind == "confusion" and self._confusion is not None:
            self._confusion.show(np.asarray(view.z, dtype=float))
        elif view.kind == "surface" and self._surface is not None and self._data is not None:
            self._surface.show(view, self._surface_colors(view, self._data))
        else:
            return False
        return True

    def _axes(self, left: str, bottom: str, locked: bool = False) -> None:
        item = self._plot.getPlotItem()
        item.vb.invertY(False)
        item.setAspectLocked(locked)
        item.showAxes((True, False, False, True))
        for side in ("left", "bottom"):
            item.getAxis(side).setTicks(None)
            item.getAxis(side).setStyle(tickLength=-5)
        item.setLabels(left=left, bottom=bottom)

    def _draw_surface(self, view: PredictionView, data: DataView) -> None:
        names = data.feature_names
        self._axes(names[1], names[0])
        self._surface = Surface(self._plot.getPlotItem())
        self._surface.show(view, self._surface_colors(view, data))
        for part in ("train", "validation"):
            points, targets = _thinned(data.features[part], data.targets[part])
            if data.task == "regression":
                self._dots(points[:, 0], points[:, 1], self._theme.text, part)
                continue
            for index, color in enumerate(class_colors(self._theme, max(2, len(data.class_names)))):
                mine = np.asarray(targets).reshape(-1) == index
                self._dots(points[mine, 0], points[mine, 1], color, part)
        image = self._surface.image
        self._plot.getPlotItem().vb.setRange(image.mapRectToParent(image.boundingRect()), padding=0)

    def _surface_colors(self, view: PredictionView, data: DataView) -> Array:
        # Huge weights can answer with infinity or NaN; a colour needs a number.
        z = np.nan_to_num(np.asarray(view.z, dtype=float))
        if data.task == "regression":
            span = float(np.abs(z).max()) or 1.0
            ends = (rgb(self._theme.negative), rgb(self._theme.zero), rgb(self._theme.positive))
            t = np.clip(z / span, -1, 1)[..., None]
            ramp: Array = np.where(t < 0, ends[1] + (ends[0] - ends[1]) * -t, ends[1] + (ends[2] - ends[1]) * t)
            return ramp.astype(np.uint8)
        count = max(2, len(data.class_names), int(z.max()) + 1)
        table = np.array([rgb(color) for color in class_colors(self._theme, count)])
        strength = (
            np.full(z.shape, 0.5) if view.p is None else (np.asarray(view.p, dtype=float) - 1 / count) / (1 - 1 / count)
        )
        weight = (0.08 + 0.47 * np.clip(strength, 0, 1))[..., None]
        mixed: Array = (rgb(self._theme.panel) * (1 - weight) + table[z.astype(int)] * weight).astype(np.uint8)
        return mixed

    def _dots(self, x: Array, y: Array, color: str, part: str) -> None:
        filled = part == "train"
        self._plot.getPlotItem().plot(
            np.asarray(x, dtype=float),
            np.asarray(y, dtype=float),
            pen=None,
            symbol="o",
            symbolSize=6,
            symbolPen=pg.mkPen(self._theme.panel if filled else color, width=1),
            symbolBrush=color if filled else None,
        )

    def _draw_curve(self, view: PredictionView, data: DataView) -> None:
        self._axes("target", data.feature_names[0])
        for part in ("train", "validation"):
            points, targets = _thinned(data.features[part], data.targets[part])
            wanted = np.asarray(targets, dtype=float)
            self._dots(points[:, 0], wanted if wanted.ndim == 1 else wanted[:, 0], self._theme.data, part)
        answers = np.asarray(view.z, dtype=float).reshape(len(view.x), -1)
        item = self._plot.getPlotItem()
        item.plot(np.asarray(view.x, dtype=float), answers[:, 0], pen=pg.mkPen(self._theme.forward, width=2))
        item.autoRange(padding=0.05)

    def _draw_scatter(self, view: PredictionView, data: DataView) -> None:
        self._axes("predicted", "target", locked=True)
        targets, answers = np.asarray(view.z, dtype=float).reshape(-1), np.asarray(view.x, dtype=float).reshape(-1)
        if not len(targets):
            return
        ends = [min(targets.min(), answers.min()), max(targets.max(), answers.max())]
        item = self._plot.getPlotItem()
        item.plot(ends, ends, pen=pg.mkPen(self._theme.muted, width=1, style=Qt.PenStyle.DashLine))
        self._dots(targets, answers, self._theme.data, "train")
        item.autoRange(padding=0.05)

    def _draw_confusion(self, view: PredictionView, data: DataView) -> None:
        counts = np.asarray(view.z, dtype=float)
        size = len(counts)
        self._axes("true class", "predicted class", locked=False)
        item = self._plot.getPlotItem()
        self._confusion = ConfusionMatrix(item, self._theme)
        self._confusion.show(counts)
        item.vb.invertY(True)
        names = data.class_names or tuple(str(index) for index in range(size))
        ticks = [[(index + 0.5, name) for index, name in enumerate(names)]]
        for side in ("left", "bottom"):
            item.getAxis(side).setTicks(ticks)
            item.getAxis(side).setStyle(tickLength=0)  # ticks reach into the cells
        item.vb.setRange(QRectF(0, 0, size, size), padding=0)


def _thinned(points: Array, targets: Array) -> tuple[Array, Array]:
    step = max(1, -(-len(points) // MOST_POINTS))
    return points[::step], targets[::step]
