"""Draws the neurons and says which of them, or which of their weights, is under the mouse or chosen with keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.views import Array
from gui.neurons import draw
from gui.neurons.picture import Pick, Picture
from gui.neurons.plan import Plan
from gui.theme.tokens import LIGHT, Theme


class NeuronView(QWidget):
    """Dots and lines. Clicks, arrow keys, Page up and down choose; Enter or typing begins an edit."""

    picked = Signal(object)
    """(Pick or None)"""
    hovered = Signal(object)
    """(Pick or None)"""
    editWanted = Signal(str)
    """What was typed already, "" for nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = LIGHT
        self._plan: Plan = ()
        self._values: dict[str, Array] = {}
        self.picture = Picture((), 1, 1)
        self.pick: Pick | None = None
        self._hover: Pick | None = None
        self._selected = ""
        self._ground: QPixmap | None = None
        """All lines and dots; what is picked is drawn on it."""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Neurons and weights")

    def sizeHint(self) -> QSize:
        return QSize(360, 200)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 100)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._redraw()

    def show_plan(self, plan: Plan) -> None:
        """Another network; what is picked stays where it is still there."""
        if plan == self._plan:
            return
        self._plan = plan
        self._lay_out()
        pick = self.pick
        if pick is not None and not _exists(plan, pick):
            self.choose(None)

    def show_values(self, values: dict[str, Array]) -> None:
        self._values = values
        self.picture.show_values(values)
        self._redraw()

    def show_layer(self, node: str) -> None:
        """The layer that is selected everywhere; "" for none."""
        if node != self._selected:
            self._selected = node
            self._redraw()

    def choose(self, pick: Pick | None) -> None:
        """Pick a weight, a bias, an input, or nothing."""
        self.pick = pick
        self.picked.emit(pick)
        self.update()

    # ------------------------------------------------------------------------------------------------ mouse and keys

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        found = self.picture.at(event.position().x(), event.position().y(), self.pick)
        if found != self._hover:
            self._hover = found
            self.setCursor(Qt.CursorShape.PointingHandCursor if found is not None else Qt.CursorShape.ArrowCursor)
            self.hovered.emit(found)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover = None
        self.hovered.emit(None)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.choose(self.picture.at(event.position().x(), event.position().y(), self.pick))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.pick is not None:
            self.editWanted.emit("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, text = event.key(), event.text()
        moves = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        if not self._plan or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().keyPressEvent(event)
        elif key in moves:
            self._move(*moves[Qt.Key(key)])
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self._turn(1 if key == Qt.Key.Key_PageDown else -1)
        elif key == Qt.Key.Key_Escape and self.pick is not None:
            self.choose(None)
        elif self.pick is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            self.editWanted.emit("")
        elif self.pick is not None and text and text in "0123456789.-":
            self.editWanted.emit(text)
        else:
            super().keyPressEvent(event)

    def _move(self, columns: int, units: int) -> None:
        """The unit beside, above or below."""
        if self.pick is None:
            self.choose(Pick(1, 0))
            return
        column = min(max(self.pick.column + columns, 0), len(self._plan) - 1)
        unit = min(max(self.pick.unit + units, 0), self._plan[column].units - 1)
        keep = self.pick.source if not columns else None
        self.choose(Pick(column, unit, keep))

    def _turn(self, step: int) -> None:
        """The next of what goes into the unit: its bias, then its weights."""
        pick = self.pick or Pick(1, 0)
        if pick.column == 0:
            return
        sources = self._plan[pick.column - 1].units
        number = (-1 if pick.source is None else pick.source) + step
        self.choose(
            Pick(pick.column, pick.unit, number if 0 <= number < sources else None if number < 0 else sources - 1)
        )

    # ------------------------------------------------------------------------------------------------ drawing

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        self.picture = Picture(self._plan, self.width(), self.height())
        self.picture.show_values(self._values)
        self._redraw()

    def _redraw(self) -> None:
        self._ground = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._ground is None:
            scale = self.devicePixelRatioF()
            self._ground = QPixmap(round(self.width() * scale), round(self.height() * scale))
            self._ground.setDevicePixelRatio(scale)
            self._ground.fill(QColor(self._theme.panel))
            painter = QPainter(self._ground)
            draw.ground(painter, self.picture, self._theme, self.size(), self._selected)
            painter.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._ground)
        for pick, color in ((self._hover, self._theme.muted), (self.pick, self._theme.accent)):
            if pick is not None and _exists(self._plan, pick):
                draw.pick(painter, self.picture, pick, self._theme, color)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()


def _exists(plan: Plan, pick: Pick) -> bool:
    if pick.column >= len(plan) or pick.unit >= plan[pick.column].units:
        return False
    return pick.source is None or (pick.column > 0 and pick.source < plan[pick.column - 1].units)
