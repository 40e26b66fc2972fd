"""Live curves: loss and accuracy of the training and validation part, with earlier runs as ghosts."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from engine.metrics import (
    PENALTY,
    RATE,
    STEP_LOSS,
    TRAIN_ACCURACY,
    TRAIN_LOSS,
    VALIDATION_ACCURACY,
    VALIDATION_LOSS,
    MetricLog,
)
from gui.curves.chart import GHOST_ALPHA, Chart, Line
from gui.curves.smoothing import MovingMean, SmoothingButton
from gui.pump import Update
from gui.save_picture import SaveButton
from gui.theme.tokens import LIGHT, Theme

MOST_GHOSTS = 5
SMOOTH = "smooth"
"""The name of the line that is computed here; it is in no log."""
HINT = "The curves of loss and accuracy appear here, live, as soon as training runs."


class CurvesPanel(QWidget):
    """Two charts above each other with one time axis, and in words what moves besides. The raw loss of every step is always drawn; a smoothed line stands beside it
    only when it is asked for."""

    playRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = LIGHT
        self._log: MetricLog | None = None
        self._ghosts: list[MetricLog] = []
        self._penalized = False
        """Whether the legend names the penalty."""
        self._ghost_lines: list[tuple[Chart, Line]] = []
        self._loss = Chart("loss", "")
        self._accuracy = Chart("accuracy", "%")
        self._accuracy.setXLink(self._loss)
        self._charts = (self._loss, self._accuracy)
        self._lines = [
            self._loss.add_line(STEP_LOSS, "each step", faint=True),
            self._loss.add_line(TRAIN_LOSS, "training"),
            self._loss.add_line(VALIDATION_LOSS, "validation", dashed=True),
            self._loss.add_line(PENALTY, "penalty", faint=True),
            self._accuracy.add_line(TRAIN_ACCURACY, "training"),
            self._accuracy.add_line(VALIDATION_ACCURACY, "validation", dashed=True),
        ]
        self._smooth: tuple[MovingMean, Line] | None = None
        self.smoothing = SmoothingButton()
        self.smoothing.weightPicked.connect(self._show_smoothing)
        self._legend = QLabel()
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._values = QLabel()
        self._values.setTextFormat(Qt.TextFormat.PlainText)
        self._values.setWordWrap(True)
        self._values.setProperty("role", "formula")
        self._values.setAccessibleName("Values under the mouse, or the last ones")
        self._diverged = QLabel("The loss is no longer a number: training diverged.")
        self._diverged.setProperty("role", "problem")
        self._diverged.hide()
        self._log_box = self._box("Log", "Logarithmic scale: draw the loss on a logarithmic axis.", self._loss.show_log)
        self._steps_box = self._box("Steps", "Count time in optimizer steps instead of epochs.", self._show_axis)
        self._ghost_box = self._box(
            "Earlier runs", "Keep the curves of earlier runs as faint lines.", self._show_ghosts
        )
        self._ghost_box.setChecked(True)
        fit = QPushButton("Fit")
        fit.setToolTip("Show the whole run again after zooming with the wheel or dragging.")
        fit.clicked.connect(self._fit)
        self._build(fit)
        for chart in self._charts:
            chart.pointed.connect(self._point)

    def _box(self, text: str, tip: str, slot: object) -> QCheckBox:
        box = QCheckBox(text)
        box.setToolTip(tip)
        box.toggled.connect(slot)
        return box

    def _build(self, fit: QPushButton) -> None:
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.addWidget(self._legend)
        bar.addStretch(1)
        for widget in (self._ghost_box, self._steps_box, self._log_box, self.smoothing, fit):
            bar.addWidget(widget)
        charts = QWidget()
        charts.setAccessibleName("Curves")
        self.save = SaveButton(charts, "curves")
        bar.addWidget(self.save)
        layout = QVBoxLayout(charts)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(4)
        layout.addLayout(bar)
        layout.addWidget(self._diverged)
        layout.addWidget(self._loss, 3)
        layout.addWidget(self._accuracy, 2)
        layout.addWidget(self._values)
        empty = QWidget()
        column = QVBoxLayout(empty)
        column.addStretch(1)
        hint = QLabel(HINT)
        hint.setWordWrap(True)
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        play = QPushButton("Start training")
        play.setToolTip("Train the network that is on the canvas.")
        play.clicked.connect(self.playRequested)
        column.addWidget(hint)
        column.addSpacing(8)
        column.addWidget(play, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(empty)
        self._stack.addWidget(charts)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.save.show_theme(theme)
        self.smoothing.show_theme(theme)
        for chart in self._charts:
            chart.show_theme(theme)
        self._dress()
        self._show_axis(self._steps_box.isChecked())
        self._show_legend()

    def _show_legend(self) -> None:
        theme = self._theme
        penalty = self._penalized = self._log is not None and self._log.last(PENALTY) is not None
        self._legend.setText(
            f'<span style="color:{theme.train}">── training</span> &nbsp; '
            f'<span style="color:{theme.validation}">╌╌ validation</span>'
            + (f'<br><span style="color:{theme.warning}">── penalty</span>' if penalty else "")
        )

    def show_update(self, update: Update) -> None:
        if "metrics" in update.changed:
            self._take(update.metrics)
        if self._log is not None:
            self._read(self._log)

    def _take(self, log: MetricLog | None) -> None:
        if self._log is not None and self._log is not log and self._log.last(TRAIN_LOSS) is not None:
            self._ghosts = [*self._ghosts, self._log][-MOST_GHOSTS:]
            self._show_ghosts(self._ghost_box.isChecked())
        self._log = log
        if self._smooth is not None:
            self._show_smoothing(self._smooth[0].weight)
        self._fit()
        self._show_axis(self._steps_box.isChecked())

    def _read(self, log: MetricLog) -> None:
        grown = False
        for line in self._lines:
            steps, values, count = log.since(line.name)
            if count != len(line.values):
                line.show(steps, values)
                grown = True
                if line.name == STEP_LOSS and self._smooth is not None:
                    self._smooth[1].show(steps, self._smooth[0].update(values))
        if not grown and self._stack.currentIndex() == 1:
            return
        self._stack.setCurrentIndex(1 if any(len(line.values) for line in self._lines) else 0)
        self._accuracy.setVisible(any(len(line.values) for line in self._accuracy.lines))
        if (log.last(PENALTY) is not None) != self._penalized:
            self._show_legend()
        last = log.last(STEP_LOSS)
        self._diverged.setVisible(last is not None and not abs(last) < float("inf"))
        self._dress()
        for chart in self._charts:
            chart.repaint_lines()
        self._point(None)

    def _dress(self) -> None:
        for line in self._lines:
            special = {VALIDATION_LOSS: self._theme.validation, VALIDATION_ACCURACY: self._theme.validation}
            special |= {PENALTY: self._theme.warning}
            line.dress(special.get(line.name, self._theme.train))
        if self._smooth is not None:
            self._smooth[1].dress(self._theme.text)
        for _, line in self._ghost_lines:
            line.dress(self._theme.muted, GHOST_ALPHA)

    def _show_axis(self, in_steps: bool) -> None:
        per_epoch = self._log.steps_per_epoch if self._log is not None else 1
        label = "step" if in_steps else "epoch"
        for chart in self._charts:
            chart.show_axis(label, 1.0 if in_steps else float(max(1, per_epoch)))

    def _show_ghosts(self, on: bool) -> None:
        for chart, line in self._ghost_lines:
            chart.drop(line)
        self._ghost_lines = []
        for log in self._ghosts if on else ():
            for chart, name, dashed in (
                (self._loss, TRAIN_LOSS, False),
                (self._loss, VALIDATION_LOSS, True),
                (self._accuracy, VALIDATION_ACCURACY, True),
            ):
                line = chart.add_line(name, "earlier run", dashed=dashed)
                line.show(*log.since(name)[:2])
                self._ghost_lines.append((chart, line))
        self._dress()
        for chart in self._charts:
            chart.repaint_lines()

    def _show_smoothing(self, weight: float) -> None:
        """Another strength; 0 takes the smoothed line away."""
        if self._smooth is not None:
            self._loss.drop(self._smooth[1])
            self._smooth = None
        if weight:
            self._smooth = MovingMean(weight), self._loss.add_line(SMOOTH, "smoothed")
            if self._log is not None:
                steps, values, _ = self._log.since(STEP_LOSS)
                self._smooth[1].show(steps, self._smooth[0].update(values))
        self._dress()
        self._loss.repaint_lines()

    def _fit(self) -> None:
        for chart in self._charts:
            chart.fit()

    def _point(self, position: float | None) -> None:
        for chart in self._charts:
            chart.show_cross(position)
        if self._log is None:
            return
        per_epoch = max(1, self._log.steps_per_epoch)
        if position is None:
            step = max((float(line.steps[-1]) for line in self._lines if len(line.steps)), default=0.0)
        else:
            step = max(0.0, round(position * (1 if self._steps_box.isChecked() else per_epoch)))
        self._values.setText(self._sentence(step, per_epoch))

    def _rate_at(self, step: float) -> float | None:
        """The learning rate after this step, known at the ends of epochs; None where it is the same all the time."""
        if self._log is None:
            return None
        steps, rates, _ = self._log.since(RATE)
        place = int(steps.searchsorted(step, side="right")) - 1
        return float(rates[place]) if place >= 0 and float(rates.min()) != float(rates.max()) else None

    def _sentence(self, step: float, per_epoch: int) -> str:
        parts = [f"step {step:,.0f}", f"epoch {step / per_epoch:.2f}"]
        for line in (*self._lines, *((self._smooth[1],) if self._smooth is not None else ())):
            found, chart = line.at(step), line.chart
            if found is None:
                continue
            what = line.label if line.name == PENALTY else f"{line.label} {chart.title}"
            parts.append(f"{what} {found[1] * chart.factor:.6g} {chart.unit}".rstrip())
        if rate := self._rate_at(step):
            parts.append(f"learning rate {rate:.6g}")
        mean = None if self._log is None else self._log.mean_of_batches(int(step))
        if mean is not None and per_epoch > 1:
            parts.append(f"mean of the epoch's {per_epoch:,} batch losses {mean:.6g}")
        changes = [] if self._log is None else [text for at, text in self._log.changes if at <= step]
        return "  ·  ".join([*parts, *changes[-1:]])
