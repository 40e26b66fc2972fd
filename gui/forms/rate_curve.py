"""The learning rate over the planned run, drawn small: what the schedule will do before it does it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from engine.inspection import TrainingView
from gui.theme.fonts import number_font
from gui.theme.tokens import GRID, LIGHT, TEXT_SMALL, Theme

_HEIGHT = 96


class RateCurve(QWidget):
    """Axes from 0 to the highest rate and over the planned epochs or steps; a mark where the run stands."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.view: TrainingView | None = None
        self.here: float | None = None
        """Moves that the run has done; None where there is none."""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Learning rate over the run")

    def sizeHint(self) -> QSize:
        return QSize(240, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, _HEIGHT)

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_view(self, view: TrainingView | None) -> None:
        """Other rates; hidden where there is nothing to draw."""
        self.view = view if view is not None and len(view.rates) else None
        self.setVisible(self.view is not None)
        self.setAccessibleDescription(self.told)
        self.update()

    def show_place(self, moves: float | None) -> None:
        """Where the run stands."""
        if moves != self.here:
            self.here = moves
            self.update()

    @property
    def told(self) -> str:
        """The curve in a sentence."""
        view = self.view
        if view is None:
            return ""
        rates = view.rates
        return (
            f"Learning rate over {int(view.moves[-1]) + 1:,} {view.unit}: begins at {rates[0]:.6g}, highest {rates.max():.6g}, "
            f"lowest {rates.min():.6g}, ends at {rates[-1]:.6g}."
        )

    def rate_at(self, x: float) -> tuple[int, float] | None:
        """Move and rate under a place of the widget."""
        view, room = self.view, self._room()
        if view is None or not room.left() <= x <= room.right():
            return None
        wanted = (x - room.left()) / max(1.0, room.width()) * (float(view.moves[-1]) + 1)
        place = min(len(view.moves) - 1, int(view.moves.searchsorted(wanted, side="right")) - 1)
        return int(view.moves[place]), float(view.rates[place])

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self.rate_at(event.pos().x())
            text = self.told if found is None else f"After {found[0]:,} {self._unit}: learning rate {found[1]!r}"
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        view, room = self.view, self._room()
        if view is None:
            return
        painter = QPainter(self)
        painter.setFont(number_font(TEXT_SMALL))
        top, last = float(view.rates.max()) or 1.0, float(view.moves[-1]) + 1
        painter.setPen(QPen(QColor(self._theme.border), 1))
        painter.drawLine(room.bottomLeft(), room.bottomRight())
        painter.drawLine(room.topLeft(), room.bottomLeft())
        painter.setPen(QColor(self._theme.muted))
        line = painter.fontMetrics().height()
        painter.drawText(QRectF(0, 0, self.width(), line), Qt.AlignmentFlag.AlignLeft, f"{top:.4g}")
        below = QRectF(room.left(), room.bottom() + 2, room.width(), line)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, f"{int(view.moves[-1]) + 1:,} {view.unit}")
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.parameter), 1.5))
        painter.drawPolyline(self._line(room, top, last))
        if self.here is not None and self.here <= last:
            x = room.left() + self.here / last * room.width()
            painter.setPen(QPen(QColor(self._theme.text), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom()))
        painter.end()

    @property
    def _unit(self) -> str:
        return "" if self.view is None else self.view.unit

    def _room(self) -> QRectF:
        line = self.fontMetrics().height()
        return QRectF(1, line + 2, max(1, self.width() - GRID), max(1, self.height() - 2 * line - 6))

    def _line(self, room: QRectF, top: float, last: float) -> QPolygonF:
        assert self.view is not None
        points: list[QPointF] = []
        for move, rate in zip(self.view.moves.tolist(), self.view.rates.tolist(), strict=True):
            x = room.left() + move / last * room.width()
            y = room.bottom() - rate / top * room.height()
            if points and not self._smooth:
                points.append(QPointF(x, points[-1].y()))  # a rate holds until it moves
            points.append(QPointF(x, y))
        if not self._smooth:
            points.append(QPointF(room.right(), points[-1].y()))
        return QPolygonF(points)

    @property
    def _smooth(self) -> bool:
        """Many points are joined, few are drawn as the stairs that they are."""
        return self.view is not None and len(self.view.moves) > 200
