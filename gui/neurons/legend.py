"""What the lines' hues and widths mean, in one line above the neurons."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.neurons.draw import SMOOTH_LINES, line_pen
from gui.neurons.picture import LEVELS, MOST_LINES
from gui.stepper.numbers import digits
from gui.theme.fonts import text_font
from gui.theme.tokens import LIGHT, TEXT_SMALL, Theme

_SAMPLE, _SPACE = 22, 8


class Legend(QWidget):
    """Two sample lines, and the magnitude that the widest line has."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = LIGHT
        self._largest, self._lines = 0.0, 0
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Legend")

    def sizeHint(self) -> QSize:
        return QSize(240, 22)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_largest(self, largest: float, lines: int) -> None:
        """The greatest magnitude of all weights and biases, and how many lines there are."""
        if (largest, lines) != (self._largest, self._lines):
            self._largest, self._lines = largest, lines
            positive, negative, widest, some = self._texts()
            text = f"Lines: {positive}, {negative}; {widest}{some}. Dots: biases, in the same hues."
            self.setToolTip(text)
            self.setAccessibleDescription(text)
            self.update()

    def _texts(self) -> tuple[str, str, str, str]:
        few = self._lines <= SMOOTH_LINES
        widest = f"widest: {digits(float(f'{self._largest:.3g}'))}"
        some = f", the strongest {MOST_LINES:,} of {self._lines:,} lines" if self._lines > MOST_LINES else ""
        return "positive", "negative, dashed" if few else "negative", widest, some

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(text_font(TEXT_SMALL))
        x, middle = 0.0, self.height() / 2
        positive, negative, widest, some = self._texts()
        for level, text in ((LEVELS, positive), (-LEVELS, negative), (0, widest), (0, some)):
            if level:
                pen = line_pen(self._theme, level, 0)
                pen.setWidthF(3.0)
                if self._lines > SMOOTH_LINES:
                    pen.setStyle(Qt.PenStyle.SolidLine)
                painter.setPen(pen)
                painter.drawLine(QPointF(x, middle), QPointF(x + _SAMPLE, middle))
                x += _SAMPLE + 4
            painter.setPen(QColor(self._theme.muted))
            needed = painter.fontMetrics().horizontalAdvance(text)
            if x + needed > self.width():
                break  # the tool tip has all of it
            painter.drawText(QPointF(x, middle + 4), text)
            x += needed + (_SPACE if level else 0)
        painter.end()
