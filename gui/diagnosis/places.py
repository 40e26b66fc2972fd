"""Where everything on the strip is, for a width: computed first, so that painting and pointing agree."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QFontMetrics

from gui.diagnosis.sections import Section
from gui.theme.tokens import GRID

HEAD, AXIS = 24, 34
"""Pixels of a section's title and of the axis."""
LEAST_ROW, MOST_ROW, MAIN = 14, 28, 4
"""Pixels of a row, and how much higher a row of the first section is."""
MOST_NAME = 136


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of the strip: section, row and column."""

    section: int
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Places:
    """`rows`: rows of every section; `columns`: looks; `gutter`: pixels left of the colours, for the names; `row`: a row's height."""

    rows: tuple[int, ...]
    columns: int
    gutter: int
    width: int
    row: int = LEAST_ROW

    @classmethod
    def of(cls, sections: tuple[Section, ...], columns: int, size: QSize, metrics: QFontMetrics) -> Places:
        """For a widget of this size: rows are as high as has room."""
        width = size.width()
        names = [metrics.horizontalAdvance(layer) for section in sections for layer in section.layers]
        gutter = min(max(names, default=0), MOST_NAME, width // 3) + 2 * GRID
        least = cls(tuple(len(section.layers) for section in sections), columns, gutter, width)
        spare = (size.height() - least.height) // max(1, sum(least.rows))
        return replace(least, row=min(MOST_ROW, LEAST_ROW + max(0, spare)))

    def row_height(self, section: int) -> int:
        return self.row + MAIN if section == 0 else self.row

    def head(self, section: int) -> QRect:
        """The line with a section's title and legend."""
        return QRect(GRID, self._top(section), self.width - 2 * GRID, HEAD)

    def cells(self, section: int) -> QRect:
        """Where a section's colours are."""
        height = self.row_height(section) * self.rows[section]
        return QRect(self.gutter, self._top(section) + HEAD, max(1, self.width - self.gutter - GRID), height)

    def name(self, section: int, row: int) -> QRect:
        """Where a layer's name stands."""
        height = self.row_height(section)
        return QRect(GRID, self.cells(section).top() + row * height, self.gutter - GRID - 4, height)

    def cell(self, cell: Cell) -> QRect:
        area, height = self.cells(cell.section), self.row_height(cell.section)
        left, right = self.edge(cell.column), self.edge(cell.column + 1)
        return QRect(left, area.top() + cell.row * height, max(1, right - left), height)

    def edge(self, column: int) -> int:
        """The left edge of a column."""
        return self.gutter + column * max(1, self.width - self.gutter - GRID) // max(1, self.columns)

    @property
    def bottom(self) -> int:
        """Where the axis begins."""
        return self._top(len(self.rows))

    @property
    def height(self) -> int:
        return self.bottom + AXIS

    def at(self, place: QPoint) -> Cell | None:
        """The cell under a point; over a layer's name its newest one."""
        for section in range(len(self.rows) if self.columns else 0):
            area = self.cells(section)
            if not area.adjusted(-self.gutter, 0, 0, 0).contains(place):
                continue
            row = (place.y() - area.top()) // self.row_height(section)
            if place.x() < area.left():
                return Cell(section, row, self.columns - 1)
            column = (place.x() - area.left()) * self.columns // area.width()
            return Cell(section, row, min(self.columns - 1, column))
        return None

    def moved(self, cell: Cell | None, down: int, right: int) -> Cell:
        """The cell that lies so many rows and columns further; without one it is the newest of the first row."""
        if cell is None:
            return Cell(0, 0, self.columns - 1)
        flat = [(section, row) for section, rows in enumerate(self.rows) for row in range(rows)]
        index = min(len(flat) - 1, max(0, flat.index((cell.section, cell.row)) + down))
        return Cell(*flat[index], min(self.columns - 1, max(0, cell.column + right)))

    def _top(self, section: int) -> int:
        return sum(HEAD + self.row_height(index) * rows for index, rows in enumerate(self.rows[:section]))
