"""A tensor as a picture: a heat map by sign and size, and a histogram of its values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from engine.views import Array
from gui.stepper.numbers import digits, exact
from gui.stepper.tint import LEVELS, largest_magnitude, levels, ramp
from gui.theme.tokens import LIGHT, TEXT_SMALL, Theme

_HEIGHT = 184
_LARGEST_CELL = 24.0
_FINEST = 1024
"""Cells on a side that a heat map has at most; of a larger matrix it shows every n-th row and column."""
_SCALE = 24
"""Room below for the scale, in pixels."""


class Picture(QWidget):
    """What both pictures share: a size, the theme, small text, and a tool tip under the mouse."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = LIGHT
        font = self.font()
        font.setPixelSize(TEXT_SMALL)
        self.setFont(font)
        self.setMouseTracking(True)

    def show_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, _HEIGHT)

    def tip_at(self, point: QPointF) -> str:
        """What is under the mouse, "" where there is nothing."""
        raise NotImplementedError

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tip_at(QPointF(event.pos())), self)
            return True
        return super().event(event)


class HeatMap(Picture):
    """Every value one cell, coloured like the table; the scale below names the two ends."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: Array = np.zeros((0, 0))
        self._largest = 0.0
        self._image = QImage()

    def show_values(self, values: Array, whole: Array) -> None:
        """Show a 2-D part of the tensor `whole`, on one scale for all of it."""
        self._values, self._largest = values, largest_magnitude(whole)
        self._paint_image()
        self.setAccessibleName(f"Heat map, {values.shape[0]} rows, {values.shape[1]} columns")
        self.update()

    def show_theme(self, theme: Theme) -> None:
        super().show_theme(theme)
        self._paint_image()

    def area(self) -> QRectF:
        """Where the cells are: all the room, unless cells would grow beyond the largest size."""
        rows, columns = self._values.shape
        room = QRectF(0, 0, self.width(), self.height() - _SCALE)
        if not rows or not columns:
            return QRectF()
        return QRectF(0, 0, min(room.width(), columns * _LARGEST_CELL), min(room.height(), rows * _LARGEST_CELL))

    def tip_at(self, point: QPointF) -> str:
        area = self.area()
        if not area.contains(point):
            return ""
        row = int(point.y() / area.height() * self._values.shape[0])
        column = int(point.x() / area.width() * self._values.shape[1])
        return f"[{row}, {column}] = {exact(self._values[row, column])}"

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = self.area()
        shrinks = area.width() < self._image.width() or area.height() < self._image.height()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shrinks)
        painter.drawImage(area, self._image)
        self._paint_scale(painter)
        painter.end()

    def _paint_scale(self, painter: QPainter) -> None:
        bar = QRectF(0, self.height() - _SCALE + 8, min(96.0, self.width() / 3), 8)
        blend = QLinearGradient(bar.topLeft(), bar.topRight())
        colors = ramp(self.theme)
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            blend.setColorAt(share, colors[round(share * 2 * LEVELS)])
        painter.fillRect(bar, blend)
        painter.setPen(QColor(self.theme.muted))
        text = QRectF(bar.right() + 8, bar.top() - 6, self.width(), 20)
        end = digits(self._largest)
        painter.drawText(
            text, int(Qt.AlignmentFlag.AlignVCenter), f"−{end} … 0 … +{end}" if self._largest else "all zero"
        )

    def _strides(self) -> tuple[int, int]:
        """One of how many rows, and of how many columns, is shown."""
        rows, columns = self._values.shape
        return -(-rows // _FINEST) or 1, -(-columns // _FINEST) or 1

    def _paint_image(self) -> None:
        colors = np.array([color.rgb() for color in ramp(self.theme)], dtype=np.uint32)
        down, across = self._strides()
        seen = self._values[::down, ::across]
        pixels: NDArray[np.uint32] = np.ascontiguousarray(colors[levels(seen, self._largest)])
        rows, columns = pixels.shape
        shared = QImage(pixels.tobytes(), columns, rows, 4 * columns, QImage.Format.Format_RGB32)
        self._image = shared.copy()  # its own memory: Qt does not keep ours alive


class Histogram(Picture):
    """How often values occur, in bins of equal width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.counts: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        self.edges: NDArray[np.float64] = np.zeros(1)

    def show_values(self, values: Array) -> None:
        """Count the finite values."""
        numbers = np.asarray(values, dtype=np.float64).ravel()
        numbers = numbers[np.isfinite(numbers)]
        bins = int(np.clip(np.sqrt(numbers.size), 4, 40))
        self.counts, self.edges = np.histogram(numbers, bins=bins)
        self.setAccessibleName(f"Histogram of {numbers.size} values")
        self.update()

    def bar(self, index: int) -> QRectF:
        """The rectangle of one bin."""
        room = QRectF(0, 16, self.width(), self.height() - _SCALE - 16)
        wide = room.width() / len(self.counts)
        tall = room.height() * self.counts[index] / max(int(self.counts.max()), 1)
        return QRectF(room.left() + index * wide, room.bottom() - tall, max(wide - 1, 1), tall)

    def tip_at(self, point: QPointF) -> str:
        if not len(self.counts):
            return ""
        index = min(max(int(point.x() / self.width() * len(self.counts)), 0), len(self.counts) - 1)
        low, high = self.edges[index], self.edges[index + 1]
        return f"{self.counts[index]} values from {digits(low)} to {digits(high)}"

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for index in range(len(self.counts)):
            middle = (self.edges[index] + self.edges[index + 1]) / 2
            painter.fillRect(self.bar(index), QColor(self.theme.positive if middle >= 0 else self.theme.negative))
        line = self.height() - _SCALE + 0.5
        painter.setPen(QPen(QColor(self.theme.border), 1))
        painter.drawLine(QPointF(0, line), QPointF(self.width(), line))
        painter.setPen(QColor(self.theme.muted))
        low, high = digits(self.edges[0]), digits(self.edges[-1])
        below = QRectF(0, line, self.width(), _SCALE)
        painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), low)
        painter.drawText(below, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), high)
        painter.drawText(QRectF(0, 0, self.width(), 16), f"highest bar: {int(self.counts.max(initial=0))} values")
        painter.end()
