"""How neurons, their lines and their words look. Everything is computed already (picture.py)."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from engine.spec import INPUT_ID
from gui.neurons.picture import BELOW, LEVELS, MOST_LINES, Pick, Picture
from gui.stepper.tint import levels, mix, ramp
from gui.theme.fonts import text_font
from gui.theme.tokens import TEXT_SMALL, Theme

SMOOTH_LINES = 400
"""Up to so many lines they are drawn smoothly, and dashed where they are negative; more take too long."""
WIDEST = 5.0


def line_pen(theme: Theme, level: int, lines: int) -> QPen:
    """Hue by sign, width and strength by size; the more lines there are, the thinner."""
    strength, few = abs(level) / LEVELS, lines <= SMOOTH_LINES
    hue = theme.positive if level >= 0 else theme.negative
    color = mix(QColor(theme.panel), QColor(hue), 0.3 + 0.7 * strength) if level else QColor(theme.border)
    widest = WIDEST if few else WIDEST / 2 if lines <= MOST_LINES else WIDEST / 3
    # Widths of exactly 1 go another way through Qt's rasterizer that takes four times as long.
    pen = QPen(color, 0.6 + (widest - 0.6) * strength**1.5)
    if few and level < 0:
        pen.setDashPattern([4.0, 2.5])
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def ground(painter: QPainter, picture: Picture, theme: Theme, size: QSize, selected: str) -> None:
    """All lines, dots and words; the title of the selected layer stands out."""
    _lines(painter, picture, theme, picture.batches())
    _dots(painter, picture, theme)
    _words(painter, picture, theme, size, selected)


def _lines(painter: QPainter, picture: Picture, theme: Theme, batches: Mapping[int, list[QLineF]]) -> None:
    few = picture.lines <= SMOOTH_LINES
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, few)
    for level, lines in batches.items():
        painter.setPen(line_pen(theme, level, picture.lines))
        painter.drawLines(lines)


def _dots(painter: QPainter, picture: Picture, theme: Theme) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge = QPen(QColor(theme.text if picture.radius > 4 else theme.muted), 1.2)
    shades = ramp(theme)
    for number, column in enumerate(picture.plan):
        biases = picture.bias(number)
        painter.setPen(edge)
        painter.setBrush(QColor(theme.data) if column.node == INPUT_ID else QColor(theme.zero))
        for unit, y in zip(column.shown, picture.ys[number].tolist(), strict=True):
            if biases is not None:
                painter.setBrush(shades[int(levels(biases[unit], picture.largest))])
            painter.drawEllipse(QPointF(picture.xs[number], y), picture.radius, picture.radius)


def _words(painter: QPainter, picture: Picture, theme: Theme, size: QSize, selected: str) -> None:
    width, height = size.width(), size.height()
    wide = max(24.0, picture.spacing - 6)
    for number, column in enumerate(picture.plan):
        x = picture.xs[number]
        left = max(0.0, min(x - wide / 2, width - wide))
        align = Qt.AlignmentFlag.AlignHCenter
        if number == 0:
            left, align = 4.0, Qt.AlignmentFlag.AlignLeft
        elif number == len(picture.plan) - 1:
            left, align = width - wide - 4.0, Qt.AlignmentFlag.AlignRight
        title = "Data" if column.node == INPUT_ID else column.node
        for text, top, color, bold in (
            (title, 2.0, theme.accent if column.node == selected else theme.text, True),
            (f"{column.units:,}", 16.0, theme.muted, False),
            (" · ".join(column.then), height - BELOW + 6, theme.muted, False),
        ):
            painter.setFont(text_font(TEXT_SMALL, bold))
            painter.setPen(QColor(color))
            fitted = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(wide))
            painter.drawText(QRectF(left, top, wide, 16), int(align | Qt.AlignmentFlag.AlignVCenter), fitted)
        if column.elided:
            painter.setPen(QColor(theme.text))
            painter.setFont(text_font(TEXT_SMALL, True))
            middle = picture.gap_y
            painter.fillRect(QRectF(x - 7, middle - 8, 14, 16), QColor(theme.panel))
            painter.drawText(QRectF(x - 20, middle - 8, 40, 16), int(Qt.AlignmentFlag.AlignCenter), "⋮")


def pick(painter: QPainter, picture: Picture, chosen: Pick, theme: Theme, color: str) -> None:
    """What is under the mouse or chosen: its line with both ends, or a dot with all its lines."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    line = picture.line(chosen)
    if line is not None:
        painter.setPen(QPen(QColor(color), 7.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(line)
        array = picture.values.get(picture.plan[chosen.column].weight.name)  # type: ignore[union-attr]
        level = LEVELS if array is None or array[chosen.unit, chosen.source or 0] >= 0 else -LEVELS
        painter.setPen(QPen(line_pen(theme, level, 0).color(), 3.0))
        painter.drawLine(line)
    elif chosen.source is None:
        _lines(painter, picture, theme, picture.lines_of(chosen.column, chosen.unit))
        _dots(painter, picture, theme)
    ends = [(chosen.column, chosen.unit)] + ([(chosen.column - 1, chosen.source)] if chosen.source is not None else [])
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for column, unit in ends:
        place = picture.place(column, unit)
        if place is not None:
            painter.setPen(QPen(QColor(color), 2.5))
            painter.drawEllipse(QPointF(*place), picture.radius + 3, picture.radius + 3)
