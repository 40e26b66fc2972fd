"""The heat strip: layers from top to bottom, looks from left to right, one colour per number."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from engine.diagnosis import ProbeView
from gui.diagnosis.places import Cell, Places
from gui.diagnosis.sections import Section, sections
from gui.diagnosis.strip_paint import Brush, paint_axis, paint_cursor, paint_section, picture
from gui.stepper.numbers import exact
from gui.theme.fonts import text_font
from gui.theme.tokens import LIGHT, TEXT_SMALL, Theme

_MOVES = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}


class Strip(QWidget):
    """Shows a ProbeView. A click on a row, or Enter, picks its layer; the arrow keys move a cursor from cell to cell."""

    layerPicked = Signal(str)
    pointed = Signal(str)
    """The number under the mouse or the cursor, in words; "" for none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = LIGHT
        self.probes = ProbeView()
        self.sections: tuple[Section, ...] = ()
        self._images: list[QImage] = []
        self._selected: tuple[str, ...] = ()
        self._cell: Cell | None = None
        self.setFont(text_font(TEXT_SMALL))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.setAccessibleName("Layers over time")

    @property
    def places(self) -> Places:
        """Where everything is at the present size."""
        return self._places(self.size())

    def _places(self, size: QSize) -> Places:
        return Places.of(self.sections, len(self.probes.steps), size, QFontMetrics(self.font()))

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._draw()

    def show_probes(self, probes: ProbeView) -> None:
        """Draw these looks."""
        before = self.minimumSizeHint()
        self.probes, self.sections = probes, sections(probes)
        self._cell = None
        titles = ", ".join(section.title for section in self.sections)
        self.setAccessibleDescription(
            f"{len(probes.steps)} looks. {titles}. The arrow keys read one number after the other, Enter selects the layer."
        )
        self._draw()
        if self.minimumSizeHint() != before:
            self.updateGeometry()

    def show_selection(self, ids: tuple[str, ...]) -> None:
        self._selected = ids
        self.update()

    def words(self, cell: Cell) -> str:
        """The number in a cell with all its digits, and what it is."""
        section = self.sections[cell.section]
        value = float(section.values[cell.row, cell.column])
        shown = "not measured" if np.isnan(value) else exact(value)
        step = int(self.probes.steps[cell.column])
        return f"{section.title} of {section.layers[cell.row]} after {step:,} steps: {shown}"

    def sizeHint(self) -> QSize:
        return QSize(420, self._places(QSize(420, 0)).height)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self._places(QSize(200, 0)).height)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tip(event.pos()), self)
            return True
        return super().event(event)

    def tip(self, place: QPoint) -> str:
        """Of a number, or of a section's title."""
        cell = self.places.at(place)
        if cell is not None:
            return f"{self.words(cell)}\n{self.sections[cell.section].tip}\nClick to select the layer."
        titles = (one for index, one in enumerate(self.sections) if self.places.head(index).contains(place))
        section = next(titles, None)
        return "" if section is None else section.tip

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self.places.at(event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.places.at(event.position().toPoint())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self.layerPicked.emit(self.sections[cell.section].layers[cell.row])

    def leaveEvent(self, event: QEvent) -> None:
        self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, cell = Qt.Key(event.key()), self._cell
        if key in _MOVES and self.sections:
            self._point(self.places.moved(cell, *_MOVES[key]))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and cell is not None:
            self.layerPicked.emit(self.sections[cell.section].layers[cell.row])
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, places = QPainter(self), self.places
        brush = Brush(painter, places, self._theme, self._selected)
        for index, (section, image) in enumerate(zip(self.sections, self._images, strict=True)):
            paint_section(brush, index, section, image)
        if self.sections:
            finite = not any(np.isposinf(section.values).any() for section in self.sections)
            paint_axis(painter, places, self.probes.steps.tolist(), self._theme, finite)
        if self._cell is not None:
            paint_cursor(painter, places, self._cell, self._theme)
        painter.end()

    def _draw(self) -> None:
        self._images = [picture(section, self._theme) for section in self.sections]
        self.update()

    def _point(self, cell: Cell | None) -> None:
        if cell != self._cell:
            self._cell = cell
            self.pointed.emit("" if cell is None else self.words(cell))
            self.update()
