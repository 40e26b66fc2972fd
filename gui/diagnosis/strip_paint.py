"""Paints the strip: titles with legends, names, colours, axis, cursor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPen

from gui.diagnosis.places import Cell, Places
from gui.diagnosis.scales import STEPS, Scale
from gui.diagnosis.sections import Section
from gui.theme.fonts import text_font
from gui.theme.tokens import GRID, TEXT_SMALL, Theme

BAR = 80
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
CENTRE = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)


def picture(section: Section, theme: Theme) -> QImage:
    """One pixel per number."""
    pixels = np.ascontiguousarray(section.scale.pixels(section.values, theme))
    rows, columns = pixels.shape
    return QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32).copy()


def legend(scale: Scale, theme: Theme) -> QImage:
    """The colours of a scale from its low to its high end."""
    places = np.linspace(0.0, 1.0, STEPS)
    values = places if scale.kind == "share" else scale.low * (scale.high / scale.low) ** places
    pixels = np.ascontiguousarray(scale.pixels(values, theme)[None, :])
    return QImage(pixels.data, STEPS, 1, 4 * STEPS, QImage.Format.Format_RGB32).copy()


@dataclass(frozen=True, slots=True)
class Brush:
    """What every part is painted with."""

    painter: QPainter
    places: Places
    theme: Theme
    selected: tuple[str, ...]


def paint_section(brush: Brush, index: int, section: Section, image: QImage) -> None:
    """Title, legend, names and colours of one section."""
    painter, places, theme, selected = brush.painter, brush.places, brush.theme, brush.selected
    head = places.head(index)
    room = _paint_legend(painter, head, section.scale, theme)
    painter.setFont(text_font(TEXT_SMALL, bold=True))
    painter.setPen(QColor(theme.text))
    title = QFontMetrics(painter.font()).elidedText(section.title, Qt.TextElideMode.ElideRight, room)
    painter.drawText(QRect(head.left(), head.top(), room, head.height()), LEFT, title)
    painter.setFont(text_font(TEXT_SMALL))
    for row, layer in enumerate(section.layers):
        place = places.name(index, row)
        painter.setPen(QColor(theme.accent if layer in selected else theme.muted))
        name = QFontMetrics(painter.font()).elidedText(layer, Qt.TextElideMode.ElideMiddle, place.width())
        painter.drawText(place, RIGHT, name)
    area = places.cells(index)
    painter.drawImage(area, image)
    painter.setPen(QPen(QColor(theme.panel), 1))
    for row in range(1, len(section.layers)):
        y = area.top() + row * places.row_height(index)
        painter.drawLine(area.left(), y, area.right(), y)
    for row, layer in enumerate(section.layers):
        if layer in selected:
            painter.setPen(QPen(QColor(theme.accent), 2))
            height = places.row_height(index)
            painter.drawRect(QRect(area.left(), area.top() + row * height, area.width(), height))


def _paint_legend(painter: QPainter, head: QRect, scale: Scale, theme: Theme) -> int:
    """At the right of a title: the bar with its numbers. Returns the pixels left for the title."""
    painter.setFont(text_font(TEXT_SMALL))
    painter.setPen(QColor(theme.muted))
    metrics = QFontMetrics(painter.font())
    marks = scale.marks()
    low, high = marks[0][1], marks[-1][1]
    middle = "" if len(marks) < 3 else f"{marks[1][1]} "
    right = head.right() - metrics.horizontalAdvance(high)
    wide = min(BAR, head.width() // 4)
    bar = QRect(right - GRID // 2 - wide, head.top() + 8, wide, 8)
    painter.drawText(QRect(right, head.top(), head.right() - right + 1, head.height()), LEFT, high)
    painter.drawImage(bar, legend(scale, theme))
    left = bar.left() - GRID // 2 - metrics.horizontalAdvance(low)
    painter.drawText(QRect(left, head.top(), metrics.horizontalAdvance(low) + 2, head.height()), LEFT, low)
    if middle:
        x = bar.center().x()
        painter.drawLine(x, bar.top() - 3, x, bar.bottom() + 2)
    return left - head.left() - GRID


def paint_axis(painter: QPainter, places: Places, steps: list[int], theme: Theme, finite: bool = True) -> None:
    """Steps under the columns, as many as have room, the newest always, and what the axis is."""
    painter.setFont(text_font(TEXT_SMALL))
    metrics = QFontMetrics(painter.font())
    top, taken = places.bottom + 2, list[tuple[int, int]]()
    for column in _ticks(len(steps)):
        middle = (places.edge(column) + places.edge(column + 1)) // 2
        text = f"{steps[column]:,}"
        width = metrics.horizontalAdvance(text)
        left = max(0, min(middle - width // 2, places.width - GRID - width))
        if any(left < end + GRID and left + width > start - GRID for start, end in taken):
            continue
        taken.append((left, left + width))
        painter.setPen(QColor(theme.border))
        painter.drawLine(middle, top, middle, top + 3)
        painter.setPen(QColor(theme.muted))
        painter.drawText(QPoint(left, top + 3 + metrics.ascent()), text)
    caption = "step  (blank: not measured)" if finite else "step  (blank: not measured, red: ∞ or NaN)"
    area = QRect(places.gutter, top + 3 + metrics.height(), places.width - places.gutter - GRID, metrics.height())
    painter.setPen(QColor(theme.muted))
    painter.drawText(area, CENTRE, metrics.elidedText(caption, Qt.TextElideMode.ElideRight, area.width()))


def _ticks(count: int) -> list[int]:
    """Columns in the order in which they may have a number: the newest, the first, then the others evenly."""
    stride = max(1, count // 12)
    return list(dict.fromkeys((count - 1, 0, *range(0, count, stride))))


def paint_cursor(painter: QPainter, places: Places, cell: Cell, theme: Theme) -> None:
    """A frame around a cell and a hair line through its column."""
    place = places.cell(cell)
    painter.setPen(QPen(QColor(theme.text), 1))
    painter.drawRect(place.adjusted(0, 0, -1, -1))
    x = place.center().x()
    painter.setPen(QPen(QColor(theme.muted), 1, Qt.PenStyle.DotLine))
    painter.drawLine(x, 0, x, places.bottom)
