"""The loss surface: settings, the picture, and a walk along the optimizer's path."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSlider,
    QSpinBox,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.examples import EXAMPLES
from engine.inspection import Landscape
from engine.spec import ProjectSpec
from engine.views import RunStatus
from gui.optimizer.follow import Follower
from gui.optimizer.surface import SurfacePlot
from gui.pump import Update
from gui.stepper.numbers import digits
from gui.stepper.parts import ElidedLabel, EmptyPage, icon_button, plain_label
from gui.theme.icons import icon
from gui.theme.tokens import LIGHT, Theme

DRAW = "Draw the loss surface"
EMPTY_TEXT = (
    "The training loss over the weights, and the path that the optimizer takes across it. With one or two weights over these "
    "themselves; of a larger network a plane through its weights."
)
SHELF = "Optimizers, number by number"
STEP_MS = 400


class LandscapePanel(QWidget):
    """Shows one Landscape. It is drawn when asked for: it takes about a second of the engine's time."""

    surveyRequested = Signal(int, float, int)
    """Steps of the path, span, seed of the directions."""
    exampleRequested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view: Landscape | None = None
        self._status = RunStatus()
        self._follow = Follower()
        self._theme: Theme = LIGHT
        self.empty = EmptyPage("No loss surface yet", EMPTY_TEXT, DRAW)
        self.steps, self.span, self.seed = QSpinBox(), QDoubleSpinBox(), QSpinBox()
        self.draw = QPushButton("Draw")
        self.examples = QToolButton()
        self._menu = QMenu(self)
        self.plot = SurfacePlot()
        self.title, self.age = ElidedLabel("note"), ElidedLabel("note")
        self.note = plain_label("small")
        self.play = icon_button("Play along the path", "From point to point of the path")
        self.fit = icon_button("Show all", "The whole surface again, after zooming with the wheel or dragging")
        self.near = icon_button("Zoom to the path", "The path as large as the picture")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.point = ElidedLabel("number")
        self._timer = QTimer(self)
        self._timer.setInterval(STEP_MS)
        self._pages = QStackedWidget()
        self._set_up()
        self._arrange()
        self._connect()

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.plot.show_theme(theme)
        self.fit.setIcon(icon("fit", theme))
        self.near.setIcon(icon("zoom-in", theme))
        self._dress_play()
        if self.view is not None:
            self.plot.show_point(self.slider.value())

    def show_project(self, old: ProjectSpec | None, new: ProjectSpec) -> None:
        """What was drawn of another network goes."""
        if self._follow.show_project(old, new):
            self._timer.stop()
            self.view = None
            self._pages.setCurrentIndex(0)

    def show_update(self, update: Update) -> None:
        self._status = update.status
        if "landscape" in update.changed and update.landscape is not None:
            self._show(update.landscape)
        if self.view is not None and not self.age.text().startswith("Drawing"):
            self.age.setText(_age(self.view, self._status))

    def ask(self) -> None:
        """The surface around the weights as they are now."""
        self._timer.stop()
        self._dress_play()
        self.age.setText("Drawing: about a second …")
        self.surveyRequested.emit(self.steps.value(), self.span.value(), self.seed.value())

    def hideEvent(self, event: object) -> None:
        """Nobody looks: stop walking."""
        self._timer.stop()
        self._dress_play()
        super().hideEvent(event)  # type: ignore[arg-type]

    def _show(self, view: Landscape) -> None:
        self.view = view
        self._pages.setCurrentIndex(1)
        self.title.setText(view.title)
        self.age.setText("")
        self.note.setText(view.note)
        self.plot.show_landscape(view)
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, len(view.path) - 1)
            self.slider.setValue(0)
        self.seed.setVisible(view.axes[0].startswith("direction"))
        self._point_moved(0)

    def _point_moved(self, step: int) -> None:
        if self.view is None:
            return
        place = self.view.path[step]
        where = ", ".join(f"{name} = {digits(value)}" for name, value in zip(self.view.axes, place[:-1], strict=True))
        self.point.setText(f"step {step}: {where}, loss = {digits(place[-1])}".replace("-", "−"))
        self.plot.show_point(step)

    def _pointed(self, text: str) -> None:
        if text:
            self.point.setText(text.replace("-", "−"))
        else:
            self._point_moved(self.slider.value())

    def _toggle(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
        else:
            if self.slider.value() == self.slider.maximum():
                self.slider.setValue(0)
            self._timer.start()
        self._dress_play()

    def _tick(self) -> None:
        self.slider.setValue(self.slider.value() + 1)
        if self.slider.value() >= self.slider.maximum():
            self._timer.stop()
            self._dress_play()

    def _dress_play(self) -> None:
        running = self._timer.isActive()
        self.play.setIcon(icon("pause" if running else "play", self._theme))
        self.play.setAccessibleName("Pause" if running else "Play along the path")

    def _open_menu(self) -> None:
        self._menu.popup(self.examples.mapToGlobal(self.examples.rect().bottomLeft()))

    def _example_chosen(self, action: QAction) -> None:
        self.exampleRequested.emit(str(action.data()))

    def _connect(self) -> None:
        self.empty.button.clicked.connect(self.ask)
        self.draw.clicked.connect(self.ask)
        self.play.clicked.connect(self._toggle)
        self.fit.clicked.connect(self.plot.fit)
        self.near.clicked.connect(self.plot.fit_path)
        self.slider.valueChanged.connect(self._point_moved)
        self.plot.pointed.connect(self._pointed)
        self._timer.timeout.connect(self._tick)
        self.examples.clicked.connect(self._open_menu)
        self._menu.triggered.connect(self._example_chosen)

    def _set_up(self) -> None:
        for spin, name, tip in (
            (self.steps, "Steps", "Steps of the path"),
            (self.span, "Span", "How far to each side, in sizes of the weights"),
            (self.seed, "Seed", "Draws the two random directions"),
        ):
            spin.setAccessibleName(name)
            spin.setToolTip(tip)
            spin.setPrefix(f"{name.lower()} ")
            spin.setLocale(QLocale.c())
        self.steps.setRange(0, 2000)
        self.steps.setValue(20)
        self.span.setRange(0.01, 100.0)
        self.span.setSingleStep(0.25)
        self.span.setValue(1.0)
        self.seed.setRange(0, 1_000_000)
        self.draw.setToolTip(
            "The loss around the weights as they are now, and the path from there. The run does not move"
        )
        self.slider.setAccessibleName("Point of the path")
        self.slider.setToolTip("Which step of the path is marked: also with ← and →")
        for entry in EXAMPLES.values():
            if entry.shelf == SHELF:
                action = self._menu.addAction(entry.title)
                action.setData(entry.name)
                action.setToolTip(entry.text)
        self._menu.setToolTipsVisible(True)
        self.examples.setText("Examples ▾")
        self.examples.setAccessibleName("Examples")
        self.examples.setToolTip("Small problems whose whole path can be checked on paper")
        for button in (self.play, self.fit, self.near):
            button.setIconSize(QSize(20, 20))

    def _arrange(self) -> None:
        head = QHBoxLayout()
        for widget in (self.draw, self.steps, self.span, self.seed):
            head.addWidget(widget)
        head.addWidget(self.age, 1)
        head.addWidget(self.examples)
        foot = QHBoxLayout()
        foot.addWidget(self.play)
        foot.addWidget(self.slider, 1)
        foot.addWidget(self.near)
        foot.addWidget(self.fit)
        self.note.setWordWrap(True)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.title)
        column.addWidget(self.plot, 1)
        column.addLayout(foot)
        column.addWidget(self.point)
        column.addWidget(self.note)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)


def _age(view: Landscape, status: RunStatus) -> str:
    """Around which weights it was drawn, seen from where the run stands now."""
    drawn = f"Around the weights after step {view.step:,}" if view.step else "Around the initial weights"
    if status.has_run and status.generation != view.generation:
        return f"{drawn} of an earlier run"
    return f"{drawn}; the run has done {status.step:,} by now" if status.step > view.step else drawn
